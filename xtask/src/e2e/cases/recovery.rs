//! What the program seals is opened by the real kubeseals with `--recovery-unseal`, byte for byte, and what they
//! seal is opened by the program; under another name, namespace or scope, or with a bit flipped, it is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::keys::{Pair, pair};
use super::noise::bytes;
use super::{Case, Runs};
use crate::command::{self, Finished};
use crate::e2e::objects::{self, Values};
use crate::e2e::stage::Stage;

const LIMIT: Duration = Duration::from_secs(120);
const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];
const NAME: &str = "tls.wild-card.example.com";
const NAMESPACE: &str = "istio-system";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in [2048, 3072, 4096] {
        let name = format!("recovery/rsa-{bits}");
        cases.push(Case::new(name, Runs::Once, move |stage| {
            opened(stage, bits)
        }));
    }
    for scope in SCOPES {
        let name = format!("recovery/refused/{scope}");
        cases.push(Case::new(name, Runs::Once, move |stage| {
            refused(stage, scope)
        }));
    }
    cases.push(Case::new("recovery/flipped", Runs::Once, flipped));
    cases
}

/// A program that can seal and open: the one under test or a kubeseal.
struct Sealer<'a> {
    stage: &'a Stage,
    program: Option<&'a Path>,
}

impl Sealer<'_> {
    fn seal(&self, pair: &Pair, scope: &str, format: &str, secret: &Value) -> Result<Vec<u8>> {
        let mut command = self.command();
        command
            .arg("--cert")
            .arg(&pair.certificate)
            .args(["--scope", scope, "-o", format]);
        Ok(command::succeed(&mut command, secret.to_string().as_bytes(), LIMIT)?.stdout)
    }

    fn open(&self, pair: &Pair, sealed: &[u8]) -> Result<Finished> {
        let mut command = self.command();
        command
            .args(["--recovery-unseal", "-o", "json", "--recovery-private-key"])
            .arg(&pair.key);
        command::finish(&mut command, sealed, LIMIT)
    }

    fn command(&self) -> std::process::Command {
        match self.program {
            Some(program) => self.stage.command(program),
            None => self.stage.rseal(),
        }
    }
}

/// Values that went wrong somewhere, once.
fn difficult() -> Values {
    let mut values = BTreeMap::from([
        ("empty".to_owned(), Vec::new()),
        ("one".to_owned(), b"x".to_vec()),
        ("newline".to_owned(), b"\n".to_vec()),
        ("nul".to_owned(), b"a\0b\0".to_vec()),
        (
            "not-utf-8".to_owned(),
            vec![0xff, 0xfe, 0x80, 0xc3, 0x28, 0x0a],
        ),
        ("every.byte".to_owned(), (0..=255).collect()),
        (
            "utf-8".to_owned(),
            "p\u{e4}ssw\u{f6}rd \u{1f511}\u{2028}\u{a0}"
                .as_bytes()
                .to_vec(),
        ),
        (
            "text".to_owned(),
            b"yes\n---\nkey: value # not yaml\n".to_vec(),
        ),
        ("64-KiB".to_owned(), bytes("64 KiB", 64 * 1024)),
        ("1-MiB".to_owned(), bytes("1 MiB", 1024 * 1024)),
        (".dockerconfigjson".to_owned(), b"{\"auths\":{}}".to_vec()),
    ]);
    // Around the sizes of a block and of a buffer.
    for length in [15, 16, 17, 4095, 4096, 4097] {
        values.insert(format!("length_{length}"), bytes("length", length));
    }
    values
}

fn opened(stage: &Stage, bits: u32) -> Result<String> {
    let pair = pair(bits);
    let values = difficult();
    let ours = Sealer {
        stage,
        program: None,
    };
    let mut opened = 0;
    for scope in SCOPES {
        for format in ["json", "yaml"] {
            let secret = objects::secret(NAMESPACE, NAME, &values);
            let sealed = ours.seal(&pair, scope, format, &secret)?;
            for theirs in &stage.parts.sealed_secrets {
                let kubeseal = Sealer {
                    stage,
                    program: Some(&theirs.kubeseal),
                };
                let what = format!("{scope} {format}, kubeseal {}", theirs.version);
                same(&kubeseal.open(&pair, &sealed)?, &values)
                    .with_context(|| format!("sealed by us, {what}"))?;
                let sealed = kubeseal.seal(&pair, scope, format, &secret)?;
                same(&ours.open(&pair, &sealed)?, &values)
                    .with_context(|| format!("opened by us, {what}"))?;
                opened += 2 * values.len();
            }
        }
    }
    Ok(format!("{opened} values opened"))
}

fn same(finished: &Finished, values: &Values) -> Result<()> {
    ensure!(finished.status.success(), "{}", finished.stderr);
    let secret: Value = serde_json::from_slice(&finished.stdout)?;
    let found = objects::values(&secret)?;
    for (key, value) in values {
        ensure!(
            found.get(key) == Some(value),
            "{key} is not what was sealed"
        );
    }
    ensure!(
        found.len() == values.len(),
        "{} values instead of {}",
        found.len(),
        values.len()
    );
    ensure!(
        secret["metadata"]["name"] == NAME,
        "the name is {}",
        secret["metadata"]["name"]
    );
    Ok(())
}

/// Every opener must refuse what was sealed for elsewhere, and must not refuse what its scope allows.
fn refused(stage: &Stage, scope: &str) -> Result<String> {
    let pair = pair(2048);
    let values = BTreeMap::from([("key".to_owned(), b"value".to_vec())]);
    let sealed = seal_as_object(stage, &pair, scope, &values)?;
    let rescoped = |to: &str| {
        let mut object = sealed.clone();
        for metadata in ["/metadata", "/spec/template/metadata"] {
            if let Some(metadata) = object.pointer_mut(metadata) {
                metadata["annotations"] =
                    json!({format!("sealedsecrets.bitnami.com/{to}"): "true"});
            }
        }
        object
    };
    let with = |field: &str, value: &str| {
        let mut object = sealed.clone();
        object["metadata"][field] = json!(value);
        object
    };
    let mut tries = vec![
        ("itself", sealed.clone(), true),
        ("another name", with("name", "other"), scope != "strict"),
        (
            "another namespace",
            with("namespace", "other"),
            scope == "cluster-wide",
        ),
    ];
    for to in SCOPES {
        tries.push((to, rescoped(to), to == scope));
    }
    for (what, object, allowed) in &tries {
        for (opener, program) in openers(stage) {
            let finished = Sealer { stage, program }.open(&pair, object.to_string().as_bytes())?;
            let what = format!("{scope} as {what} by {opener}");
            if *allowed {
                ensure!(
                    finished.status.success(),
                    "{what} is refused: {}",
                    finished.stderr
                );
            } else {
                is_refusal(&finished).context(what)?;
            }
        }
    }
    Ok(format!(
        "{} objects by {} programs",
        tries.len(),
        openers(stage).len()
    ))
}

/// One bit, in every part of a ciphertext.
fn flipped(stage: &Stage) -> Result<String> {
    let pair = pair(2048);
    let values = BTreeMap::from([("key".to_owned(), bytes("flipped", 100))]);
    let sealed = seal_as_object(stage, &pair, "strict", &values)?;
    let text = sealed["spec"]["encryptedData"]["key"]
        .as_str()
        .context("no ciphertext")?;
    let blob = STANDARD.decode(text)?;
    let wrapped = 2048 / 8;
    ensure!(
        blob.len() == 2 + wrapped + 100 + 16,
        "a ciphertext of {} bytes",
        blob.len()
    );
    let places = [
        0,
        1,
        2,
        2 + wrapped / 2,
        1 + wrapped,
        2 + wrapped,
        2 + wrapped + 50,
        blob.len() - 16,
        blob.len() - 1,
    ];
    for place in places {
        for bit in [0, 7] {
            let mut blob = blob.clone();
            blob[place] ^= 1 << bit;
            let mut object = sealed.clone();
            object["spec"]["encryptedData"]["key"] = json!(STANDARD.encode(blob));
            for (opener, program) in openers(stage) {
                let finished =
                    Sealer { stage, program }.open(&pair, object.to_string().as_bytes())?;
                is_refusal(&finished)
                    .with_context(|| format!("byte {place}, bit {bit}, by {opener}"))?;
            }
        }
    }
    Ok(format!(
        "{} bits by {} programs",
        2 * places.len(),
        openers(stage).len()
    ))
}

fn is_refusal(finished: &Finished) -> Result<()> {
    ensure!(
        finished.status.code() == Some(1),
        "{} instead of exit code 1: {}",
        finished.status,
        finished.stderr
    );
    ensure!(finished.stdout.is_empty(), "something on stdout");
    ensure!(
        finished
            .stderr
            .starts_with("error: no key could decrypt secret"),
        "another message: {}",
        finished.stderr
    );
    Ok(())
}

fn seal_as_object(stage: &Stage, pair: &Pair, scope: &str, values: &Values) -> Result<Value> {
    let secret = objects::secret(NAMESPACE, NAME, values);
    let sealed = Sealer {
        stage,
        program: None,
    }
    .seal(pair, scope, "json", &secret)?;
    Ok(serde_json::from_slice(&sealed)?)
}

/// The program under test and each real kubeseal.
fn openers(stage: &Stage) -> Vec<(String, Option<&Path>)> {
    let theirs = stage.parts.sealed_secrets.iter();
    let mut openers = vec![("the program under test".to_owned(), None)];
    openers.extend(theirs.map(|sealed| {
        (
            format!("kubeseal {}", sealed.version),
            Some(sealed.kubeseal.as_path()),
        )
    }));
    openers
}
