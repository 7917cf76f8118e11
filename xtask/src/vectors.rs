//! `testdata/vectors`: values that the real kubeseal sealed, for tests that run without it. This room owns the
//! list of what is sealed and damaged, and has the real kubeseal confirm every line of it; `tests/vectors.rs`
//! reads the files. Their form is described in `testdata/README.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::command;
use crate::parts::{self, SealedSecrets};

const LIMIT: Duration = Duration::from_secs(60);
/// The length of the long values: two of them are 350 KiB of files.
const LONG: usize = 64 * 1024;
/// Where most vectors are sealed for.
const NAMESPACE: &str = "staging";
const NAME: &str = "tls-secret";

/// What is sealed, with a word for the file name.
const VALUES: [(&str, Plain); 5] = [
    ("empty", Plain::Bytes(b"")),
    ("one-byte", Plain::Bytes(b"v")),
    ("newline", Plain::Bytes(b"two lines\nand a newline\n")),
    ("nul", Plain::Bytes(b"\0a\0\0")),
    (
        "no-utf8",
        Plain::Bytes(b"\xff\xfe\xc3\x28\x80 \xed\xa0\x80"),
    ),
];

/// A value, or the rule that makes it.
#[derive(Clone, Copy)]
enum Plain {
    Bytes(&'static [u8]),
    /// So many bytes, of which byte `i` is the low byte of `i * 7 + i / 256`.
    Counter(usize),
}

impl Plain {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.to_vec(),
            Self::Counter(length) => (0..length)
                .map(|place| (place * 7 + place / 256).to_le_bytes()[0])
                .collect(),
        }
    }

    fn header(self) -> String {
        match self {
            Self::Bytes(bytes) => format!("base64 {}", STANDARD.encode(bytes))
                .trim()
                .to_owned(),
            Self::Counter(length) => format!("counter {length}"),
        }
    }
}

/// One file of the folder.
#[derive(Clone)]
struct Vector {
    file: String,
    expect: &'static str,
    scope: &'static str,
    namespace: &'static str,
    name: &'static str,
    item: &'static str,
    /// A file of `testdata/keys` without `.key.pem`.
    key: &'static str,
    value: Plain,
    comment: String,
    payload: String,
}

/// `cargo xtask vectors`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    ensure!(arguments.is_empty(), "usage: cargo xtask vectors");
    let parts = parts::ensure()?;
    let newest = parts.sealed_secrets.last().context("no sealed-secrets")?;
    let home = tempfile::Builder::new()
        .prefix("rseal-vectors-")
        .tempdir()?;
    let kubeseal = Kubeseal {
        part: newest,
        home: home.path(),
        testdata: Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata"),
    };

    let mut vectors = opened(&kubeseal)?;
    let mut refused = refused(&vectors)?;
    vectors.append(&mut refused);
    for vector in &vectors {
        kubeseal
            .confirm(vector)
            .with_context(|| format!("confirming {}", vector.file))?;
    }

    let folder = kubeseal.testdata.join("vectors");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    for vector in &vectors {
        fs::write(folder.join(&vector.file), vector.text()?)?;
    }
    println!("{} vectors by kubeseal {}", vectors.len(), newest.version);
    Ok(ExitCode::SUCCESS)
}

/// What opens.
fn opened(kubeseal: &Kubeseal<'_>) -> Result<Vec<Vector>> {
    let mut vectors = Vec::new();
    for scope in ["strict", "namespace-wide", "cluster-wide"] {
        for key in ["2048", "3072", "4096"] {
            let mut items = VALUES.to_vec();
            if (scope, key) == ("strict", "2048") || (scope, key) == ("cluster-wide", "4096") {
                items.push(("long", Plain::Counter(LONG)));
            }
            // The item is not sealed with the value: what it is called must not matter.
            let items = items.into_iter().map(|(word, value)| (word, word, value));
            vectors.extend(kubeseal.seal(scope, NAMESPACE, NAME, key, items)?);
        }
    }
    let value = Plain::Bytes(b"value");
    for scope in ["strict", "namespace-wide", "cluster-wide"] {
        let dots = [("dots", "tls.key", value)];
        vectors.extend(kubeseal.seal(scope, "team-a", "www.example.com", "2048", dots)?);
        // A name that no API server takes, but kubeseal does: the label is made of UTF-8.
        let unicode = [("unicode", "schlüssel.日本", value)];
        vectors.extend(kubeseal.seal(scope, "größe", "geheimnis-秘密", "2048", unicode)?);
    }
    let nowhere = [("nowhere", "item", value)];
    vectors.extend(kubeseal.seal("cluster-wide", "", NAME, "2048", nowhere)?);
    // A namespace with a slash gives the label of another namespace and name.
    vectors.extend(kubeseal.seal("strict", "a/b", "c", "2048", [("slash", "item", value)])?);
    let (key, scope) = ("1024", "strict");
    vectors.extend(kubeseal.seal(scope, NAMESPACE, NAME, key, [("weak", "item", value)])?);
    Ok(vectors)
}

/// What must not open, made of what does.
fn refused(opened: &[Vector]) -> Result<Vec<Vector>> {
    let find = |file: &str| {
        let found = opened.iter().find(|vector| vector.file == file);
        found.with_context(|| format!("no vector is called {file}"))
    };
    let mut vectors = Vec::new();

    for (from, scope, namespace, name, file, comment) in [
        (
            "strict-2048-one-byte",
            "strict",
            NAMESPACE,
            "tls-secre",
            "name",
            "another name",
        ),
        (
            "strict-2048-one-byte",
            "strict",
            "istio-system",
            NAME,
            "namespace",
            "another namespace",
        ),
        (
            "strict-2048-one-byte",
            "namespace-wide",
            NAMESPACE,
            NAME,
            "wider",
            "a wider scope",
        ),
        (
            "strict-2048-one-byte",
            "cluster-wide",
            NAMESPACE,
            NAME,
            "widest",
            "the widest scope",
        ),
        (
            "strict-2048-one-byte",
            "strict",
            "Staging",
            NAME,
            "case",
            "another case",
        ),
        (
            "namespace-wide-2048-one-byte",
            "strict",
            NAMESPACE,
            NAME,
            "narrower",
            "a narrower scope",
        ),
        (
            "namespace-wide-2048-one-byte",
            "namespace-wide",
            "istio-system",
            NAME,
            "namespace",
            "another namespace",
        ),
        (
            "namespace-wide-2048-one-byte",
            "cluster-wide",
            NAMESPACE,
            NAME,
            "wider",
            "a wider scope",
        ),
        (
            "cluster-wide-2048-one-byte",
            "strict",
            NAMESPACE,
            NAME,
            "narrowest",
            "the narrowest scope",
        ),
        (
            "cluster-wide-2048-one-byte",
            "namespace-wide",
            NAMESPACE,
            NAME,
            "narrower",
            "a narrower scope",
        ),
    ] {
        let sealed = find(from)?;
        vectors.push(Vector {
            file: format!("wrong-label-{}-{file}", sealed.scope),
            expect: "wrong-label",
            scope,
            namespace,
            name,
            comment: format!(
                "sealed as {} for {}/{}, opened under {comment}",
                sealed.scope, sealed.namespace, sealed.name
            ),
            ..sealed.clone()
        });
    }

    for (key, file, comment) in [
        ("other-2048", "same-size", "another key of the same size"),
        ("3072", "other-size", "a key of another size"),
    ] {
        let sealed = find("strict-2048-one-byte")?;
        vectors.push(Vector {
            file: format!("wrong-key-{file}"),
            expect: "wrong-key",
            key,
            comment: format!("sealed for the key {}, opened with {comment}", sealed.key),
            ..sealed.clone()
        });
    }

    let sealed = find("strict-2048-newline")?;
    let bytes = STANDARD.decode(&sealed.payload)?;
    let wrapped = 2 + 256;
    let mut changed = |expect, file: &str, comment: &str, bytes: &[u8]| {
        vectors.push(Vector {
            file: format!("{expect}-{file}"),
            expect,
            comment: comment.to_owned(),
            payload: STANDARD.encode(bytes),
            ..sealed.clone()
        });
    };
    for (place, file, comment) in [
        (
            0,
            "length",
            "a bit of the length of the wrapped session key is flipped",
        ),
        (
            2,
            "wrapped-first",
            "a bit of the first byte of the wrapped session key is flipped",
        ),
        (
            wrapped - 1,
            "wrapped-last",
            "a bit of the last byte of the wrapped session key is flipped",
        ),
        (wrapped, "value", "a bit of the encrypted value is flipped"),
        (
            bytes.len() - 16,
            "tag-first",
            "a bit of the first byte of the tag is flipped",
        ),
        (
            bytes.len() - 1,
            "tag-last",
            "a bit of the last byte of the tag is flipped",
        ),
    ] {
        let mut bytes = bytes.clone();
        *bytes.get_mut(place).context("too short")? ^= 1;
        changed("damaged", file, comment, &bytes);
    }
    let longer = [bytes.as_slice(), b"\0"].concat();
    changed("damaged", "longer", "a byte is added", &longer);
    for (length, file, comment) in [
        (0, "nothing", "nothing is left"),
        (1, "half-length", "only the first byte is left"),
        (
            2,
            "no-wrapped",
            "only the length of the wrapped session key is left",
        ),
        (100, "half-wrapped", "the wrapped session key is cut off"),
        (wrapped, "no-value", "only the wrapped session key is left"),
        (wrapped + 15, "half-tag", "too little is left for a tag"),
        (bytes.len() - 1, "one-byte", "the last byte is missing"),
        (bytes.len() - 16, "no-tag", "the last 16 bytes are missing"),
    ] {
        let cut = bytes.get(..length).context("too short")?;
        changed("truncated", file, comment, cut);
    }
    Ok(vectors)
}

/// The real program. It sees no cluster and no variable of ours.
struct Kubeseal<'a> {
    part: &'a SealedSecrets,
    home: &'a Path,
    testdata: PathBuf,
}

impl Kubeseal<'_> {
    /// Seals a Secret; every item of it (word for the file name, name, value) becomes a vector.
    fn seal(
        &self,
        scope: &'static str,
        namespace: &'static str,
        name: &'static str,
        key: &'static str,
        items: impl IntoIterator<Item = (&'static str, &'static str, Plain)>,
    ) -> Result<Vec<Vector>> {
        let items: Vec<_> = items.into_iter().collect();
        let data: Map<String, Value> = items
            .iter()
            .map(|(_, item, value)| ((*item).to_owned(), STANDARD.encode(value.bytes()).into()))
            .collect();
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "data": data,
        });
        let certificate = format!("certificates/sealing-{key}.pem");
        let mut command = self.command();
        command.args(["--scope", scope, "--cert"]);
        command.arg(self.testdata.join(certificate));
        let output = command::succeed(&mut command, secret.to_string().as_bytes(), LIMIT)?;
        let sealed: Value = serde_json::from_slice(&output.stdout)?;
        items
            .into_iter()
            .map(|(word, item, value)| {
                let payload = sealed["spec"]["encryptedData"][item]
                    .as_str()
                    .with_context(|| format!("kubeseal did not seal {item}"))?;
                Ok(Vector {
                    file: format!("{scope}-{key}-{word}"),
                    expect: "opened",
                    scope,
                    namespace,
                    name,
                    item,
                    key,
                    value,
                    comment: format!("sealed by kubeseal {}", self.part.version),
                    payload: payload.to_owned(),
                })
            })
            .collect()
    }

    /// Opens a vector, and fails when the real kubeseal does not agree with what it expects.
    fn confirm(&self, vector: &Vector) -> Result<()> {
        let annotations = match vector.scope {
            "strict" => json!({}),
            scope => json!({format!("sealedsecrets.bitnami.com/{scope}"): "true"}),
        };
        let sealed = json!({
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": {
                "name": vector.name,
                "namespace": vector.namespace,
                "annotations": annotations,
            },
            "spec": {"encryptedData": {vector.item: vector.payload}},
        });
        let key = format!("keys/{}.key.pem", vector.key);
        let mut command = self.command();
        command.args(["--recovery-unseal", "--recovery-private-key"]);
        command.arg(self.testdata.join(key));
        let output = command::finish(&mut command, sealed.to_string().as_bytes(), LIMIT)?;
        if vector.expect != "opened" {
            let refused = format!("no key could decrypt secret ({})", vector.item);
            if output.status.success() || !output.stderr.contains(&refused) {
                bail!("kubeseal did not refuse it: {}", output.stderr);
            }
            return Ok(());
        }
        ensure!(output.status.success(), "{}", output.stderr);
        let secret: Value = serde_json::from_slice(&output.stdout)?;
        // Nothing comes back as null.
        let value = secret["data"][vector.item].as_str().unwrap_or_default();
        ensure!(
            STANDARD.decode(value)? == vector.value.bytes(),
            "kubeseal opened another value"
        );
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.part.kubeseal);
        command
            .env_clear()
            .env("HOME", self.home)
            .current_dir(self.home);
        command
    }
}

impl Vector {
    fn text(&self) -> Result<String> {
        let mut text = String::new();
        for (header, value) in [
            ("expect", self.expect),
            ("scope", self.scope),
            ("namespace", self.namespace),
            ("name", self.name),
            ("item", self.item),
            ("key", self.key),
            ("value", &self.value.header()),
            ("comment", &self.comment),
        ] {
            writeln!(text, "{}", format!("{header}: {value}").trim_end())?;
        }
        writeln!(text, "\n{}", self.payload)?;
        Ok(text)
    }
}
