//! Runs a program on a case, in a folder and an environment of its own, and compares.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::SysRng;
use rseal::keyring::Keyring;
use rseal::scope::Scope;
use serde_json::Value;

use crate::case::{Case, Expected};
use crate::fake_api::{FakeApi, tls};

/// A program that has not ended by then never will.
const FOR_EVER: Duration = Duration::from_secs(2);
/// Nothing that ends takes so long.
const LIMIT: Duration = Duration::from_secs(60);
const CERTIFICATE: &[u8] = include_bytes!("../../testdata/certificates/sealing-2048.pem");
const KEY: &[u8] = include_bytes!("../../testdata/keys/2048.key.pem");

struct Ran {
    /// None if it had to be stopped.
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs `program` on `case`. The error says what is otherwise than `expected`, or that the other
/// program would have passed for it.
pub(crate) fn run(
    program: &Path,
    case: &Case,
    expected: &Expected,
    other: &Expected,
) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("cert.pem"), CERTIFICATE).unwrap();
    let server = case.server.map(|(tls, answer)| match tls {
        true => FakeApi::https(answer),
        false => FakeApi::http(answer),
    });
    let url = server.as_ref().map(FakeApi::url).unwrap_or_default();
    for (name, bytes) in &case.files {
        let text = std::str::from_utf8(bytes).map(|text| text.replace("{server}", &url));
        fs::write(
            path.join(name),
            text.map_or(bytes.clone(), String::into_bytes),
        )
        .unwrap();
    }
    (case.prepare)(path);

    let mut command = Command::new(program);
    command
        .args(
            case.arguments
                .iter()
                .map(|word| word.replace("{server}", &url)),
        )
        .current_dir(path)
        .env_clear()
        .envs(case.variables.iter().copied())
        .env("HOME", "/nonexistent")
        .env("TMPDIR", path)
        .env("SSL_CERT_FILE", tls("ca.pem"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    if case.full {
        command.stdout(File::options().write(true).open("/dev/full").unwrap());
    } else {
        command.stdout(Stdio::piped());
    }
    let limit = expected.code.map_or(FOR_EVER, |_| LIMIT);
    let ran = finish(command, case.input.clone(), limit);
    let outcome = compare(&ran, path, expected).and_then(|()| {
        let same = compare(&ran, path, other).is_ok();
        ensure(!same, "the other program is said to do the same".to_owned())
    });
    outcome.map_err(|why| {
        let how = match ran.code {
            Some(code) => format!("ended with {code}"),
            None => "had to be stopped".to_owned(),
        };
        let said = [shortened(&ran.stdout), shortened(&ran.stderr)].concat();
        format!("{why}; it {how} and said:\n{said}")
    })
}

fn finish(mut command: Command, input: Vec<u8>, limit: Duration) -> Ran {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program may end without reading all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let start = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status.code().unwrap_or(-1));
        }
        if start.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    writer.join().unwrap();
    let text = |reader: Option<thread::JoinHandle<String>>| {
        reader
            .map(|reader| reader.join().unwrap())
            .unwrap_or_default()
    };
    Ran {
        code,
        stdout: text(stdout),
        stderr: text(stderr),
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn ensure(fine: bool, why: String) -> Result<(), String> {
    if fine { Ok(()) } else { Err(why) }
}

fn compare(ran: &Ran, folder: &Path, expected: &Expected) -> Result<(), String> {
    ensure(
        ran.code == expected.code,
        match expected.code {
            Some(code) => format!("the exit code is not {code}"),
            None => "it ends".to_owned(),
        },
    )?;
    for (name, found, texts) in [
        ("output", &ran.stdout, &expected.stdout),
        ("error", &ran.stderr, &expected.stderr),
    ] {
        for text in texts {
            ensure(
                found.contains(text),
                format!("standard {name} does not say: {text}"),
            )?;
        }
        let may_be_there = !texts.is_empty() || (name == "output" && !expected.sealed.is_empty());
        ensure(
            found.is_empty() || may_be_there,
            format!("standard {name} is not empty"),
        )?;
    }
    for text in &expected.not_stdout {
        ensure(
            !ran.stdout.contains(text),
            format!("standard output says: {text}"),
        )?;
    }
    if !expected.sealed.is_empty() {
        sealed(&ran.stdout, expected)?;
    }
    for (what, check) in &expected.folder {
        ensure(check(folder), format!("it is not true that {what}"))?;
    }
    Ok(())
}

/// The names of the SealedSecrets are those that are expected, and so are the first one's values.
fn sealed(stdout: &str, expected: &Expected) -> Result<(), String> {
    let documents: Vec<Value> = serde_json::Deserializer::from_str(stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| format!("standard output is no JSON: {error}"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = documents
        .iter()
        .map(|document| {
            let metadata = &document["metadata"];
            format!(
                "{}/{}",
                text(&metadata["namespace"]),
                text(&metadata["name"])
            )
        })
        .collect();
    if names != expected.sealed {
        return Err(format!("it sealed {names:?}"));
    }
    if expected.values.is_empty() {
        return Ok(());
    }
    let opened = open(&documents[0]);
    let wanted: BTreeMap<String, Vec<u8>> = expected
        .values
        .iter()
        .map(|(item, value)| ((*item).to_owned(), value.clone()))
        .collect();
    if opened != wanted {
        let shown: Vec<_> = opened
            .iter()
            .map(|(item, value)| (item, String::from_utf8_lossy(value)))
            .collect();
        return Err(format!("what it sealed opens to {shown:?}"));
    }
    Ok(())
}

fn open(document: &Value) -> BTreeMap<String, Vec<u8>> {
    let mut keys = Keyring::new();
    keys.add_pem(KEY).unwrap();
    let metadata = &document["metadata"];
    let annotations = metadata["annotations"].as_object();
    let scope = Scope::from_annotations(
        annotations
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))),
    );
    let text = |name: &str| metadata[name].as_str().unwrap_or_default();
    let label = scope.label(text("namespace"), text("name")).unwrap();
    let items = document["spec"]["encryptedData"].as_object();
    items
        .into_iter()
        .flatten()
        .map(|(item, value)| {
            let sealed = STANDARD.decode(value.as_str().unwrap()).unwrap();
            let value = keys.open(&mut SysRng, &label, &sealed).unwrap();
            (item.clone(), value.expose().to_vec())
        })
        .collect()
}

fn shortened(text: &str) -> String {
    let mut short = String::new();
    for line in text.lines().take(12) {
        short.extend(line.chars().take(200));
        short.push('\n');
    }
    short
}
