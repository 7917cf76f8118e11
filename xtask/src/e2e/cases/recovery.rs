//! What the program seals is opened by the real kubeseals with `--recovery-unseal`, byte for byte, and what they
//! seal is opened by the program; under another name, namespace or scope, or with a bit flipped, it is refused.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::keys::{Pair, pair};
use super::noise::bytes;
use super::{Case, Run, Runs};
use crate::command::{self, Finished};
use crate::e2e::objects::{self, Values};
use crate::e2e::stage::Stage;
use crate::parts::SealedSecrets;

const LIMIT: Duration = Duration::from_secs(120);
const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];
const NAME: &str = "tls.wild-card.example.com";
const NAMESPACE: &str = "istio-system";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for side in [Side::Kubeseal, Side::Tested] {
        let case = |name: String, run: Run| {
            let case = Case::new(format!("recovery/{}/{name}", side.name()), Runs::Once, run);
            if side == Side::Tested {
                case.with_flag("--recovery-unseal")
            } else {
                case
            }
        };
        for bits in [2048, 3072, 4096] {
            let run = Box::new(move |stage: &Stage| opened(stage, side, bits));
            cases.push(case(format!("rsa-{bits}"), run));
        }
        for scope in SCOPES {
            let run = Box::new(move |stage: &Stage| refused(stage, side, scope));
            cases.push(case(format!("refused/{scope}"), run));
        }
        let run = Box::new(move |stage: &Stage| flipped(stage, side));
        cases.push(case("flipped".to_owned(), run));
    }
    cases
}

/// Who opens.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// The real kubeseals, each version.
    Kubeseal,
    /// The program under test.
    Tested,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Kubeseal => "opened-by-kubeseal",
            Self::Tested => "opened-by-us",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Kubeseal => Self::Tested,
            Self::Tested => Self::Kubeseal,
        }
    }

    fn programs(self, stage: &Stage) -> Vec<Program<'_>> {
        match self {
            Self::Tested => vec![Program {
                stage,
                kubeseal: None,
            }],
            Self::Kubeseal => {
                let all = stage.parts.sealed_secrets.iter();
                all.map(|sealed| Program {
                    stage,
                    kubeseal: Some(sealed),
                })
                .collect()
            }
        }
    }
}

/// A program that can seal and open.
struct Program<'a> {
    stage: &'a Stage,
    /// Of this version; otherwise it is the one under test.
    kubeseal: Option<&'a SealedSecrets>,
}

impl Program<'_> {
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

    fn command(&self) -> Command {
        match self.kubeseal {
            Some(sealed) => self.stage.command(&sealed.kubeseal),
            None => self.stage.rseal(),
        }
    }

    fn name(&self) -> String {
        match self.kubeseal {
            Some(sealed) => format!("kubeseal {}", sealed.version),
            None => "the program under test".to_owned(),
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

fn opened(stage: &Stage, side: Side, bits: u32) -> Result<String> {
    let pair = pair(bits);
    let values = difficult();
    let secret = objects::secret(NAMESPACE, NAME, &values);
    let mut opened = 0;
    for sealer in side.other().programs(stage) {
        for scope in SCOPES {
            for format in ["json", "yaml"] {
                let sealed = sealer.seal(&pair, scope, format, &secret)?;
                for opener in side.programs(stage) {
                    let what = || {
                        format!(
                            "{scope} {format} by {} for {}",
                            sealer.name(),
                            opener.name()
                        )
                    };
                    same(&opener.open(&pair, &sealed)?, &values).with_context(what)?;
                    opened += values.len();
                }
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
fn refused(stage: &Stage, side: Side, scope: &str) -> Result<String> {
    let pair = pair(2048);
    let values = BTreeMap::from([("key".to_owned(), b"value".to_vec())]);
    let sealed = seal_as_object(stage, side, &pair, scope, &values)?;
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
        for opener in side.programs(stage) {
            let finished = opener.open(&pair, object.to_string().as_bytes())?;
            let what = format!("{scope} as {what} by {}", opener.name());
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
    Ok(format!("{} objects", tries.len()))
}

/// One bit, in every part of a ciphertext.
fn flipped(stage: &Stage, side: Side) -> Result<String> {
    let pair = pair(2048);
    let values = BTreeMap::from([("key".to_owned(), bytes("flipped", 100))]);
    let sealed = seal_as_object(stage, side, &pair, "strict", &values)?;
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
            for opener in side.programs(stage) {
                let finished = opener.open(&pair, object.to_string().as_bytes())?;
                is_refusal(&finished)
                    .with_context(|| format!("byte {place}, bit {bit}, by {}", opener.name()))?;
            }
        }
    }
    Ok(format!("{} bits", 2 * places.len()))
}

fn is_refusal(finished: &Finished) -> Result<()> {
    let said = &finished.stderr;
    ensure!(
        finished.status.code() == Some(1),
        "{} instead of exit code 1: {said}",
        finished.status
    );
    ensure!(finished.stdout.is_empty(), "something on stdout");
    ensure!(
        said.starts_with("error: no key could decrypt secret"),
        "another message: {said}"
    );
    Ok(())
}

/// Sealed by the other side.
fn seal_as_object(
    stage: &Stage,
    side: Side,
    pair: &Pair,
    scope: &str,
    values: &Values,
) -> Result<Value> {
    let secret = objects::secret(NAMESPACE, NAME, values);
    let sealers = side.other().programs(stage);
    let sealer = sealers.first().context("nobody seals")?;
    Ok(serde_json::from_slice(
        &sealer.seal(pair, scope, "json", &secret)?,
    )?)
}
