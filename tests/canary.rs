//! No output of `check` holds a value of what it read, in whatever notation.
//!
//! Every value of the table in `testdata/check` is replaced by one that occurs nowhere else, and then
//! looked for in what every format prints.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands in the table for a value.
const VALUE: &str = "hunter2";
/// As long as that, so that what is base64 stays of the same length.
const CANARY: &str = "c4n4ryQ";

#[test]
fn no_format_prints_a_value() {
    let folder = tempfile::tempdir().unwrap();
    let mut replaced = 0;
    copy(Path::new("testdata/check"), folder.path(), &mut replaced);
    assert!(replaced > 150, "only {replaced} values in the table");
    for format in ["text", "json", "sarif", "github"] {
        let output = check(folder.path(), &["--format", format]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(
            output.stdout.len() > 10_000,
            "{format} says next to nothing"
        );
        assert_silent(&output, format);
    }
    // Its messages name what cannot be sealed, and why.
    let certificate = fs::canonicalize("testdata/certificates/sealing-4096.pem").unwrap();
    let certificate = certificate.to_str().unwrap();
    assert_silent(
        &check(folder.path(), &["--fix", "--cert", certificate]),
        "--fix",
    );
    assert_silent(
        &check(folder.path(), &["--write-baseline", "--reason", "all"]),
        "--write-baseline",
    );
    let baseline = fs::read(folder.path().join(".rseal-baseline.json")).unwrap();
    assert_eq!(found(&baseline), None, "in the baseline");
}

fn check(folder: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rseal"))
        .arg("check")
        .args(flags)
        .current_dir(folder)
        .env_remove("SEALED_SECRETS_CERT")
        .output()
        .unwrap()
}

fn assert_silent(output: &Output, what: &str) {
    for bytes in [&output.stdout, &output.stderr] {
        if let Some(notation) = found(bytes) {
            panic!("{what} prints a value, as {notation}");
        }
    }
}

/// The notation in which the canary is there.
fn found(bytes: &[u8]) -> Option<String> {
    let mut notations = vec![CANARY.to_owned(), CANARY.chars().rev().collect()];
    notations.push(hexadecimal(CANARY.as_bytes(), ""));
    notations.push(hexadecimal(CANARY.as_bytes(), "%"));
    notations.push(hexadecimal(CANARY.as_bytes(), "\\x"));
    notations.push(
        CANARY
            .chars()
            .map(|c| format!("\\u{:04x}", u32::from(c)))
            .collect(),
    );
    notations.push(CANARY.chars().map(|c| format!("{c}\0")).collect());
    // Base64 at each of the three offsets, without the characters that others have a part in.
    for offset in 0..3 {
        let encoded = STANDARD.encode([&b"xxx"[..offset], CANARY.as_bytes()].concat());
        notations.push(encoded[(offset * 8).div_ceil(6)..encoded.len() - 4].to_owned());
    }
    let shown = String::from_utf8_lossy(bytes).to_lowercase();
    notations
        .into_iter()
        .find(|notation| shown.contains(&notation.to_lowercase()))
}

fn hexadecimal(bytes: &[u8], mark: &str) -> String {
    bytes
        .iter()
        .map(|byte| format!("{mark}{byte:02x}"))
        .collect()
}

/// Copies a folder with the canary in the place of every value.
fn copy(from: &Path, to: &Path, replaced: &mut usize) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, replaced);
        } else if entry.file_name() != "expected.txt" {
            fs::write(
                target,
                with_canary(&fs::read(entry.path()).unwrap(), replaced),
            )
            .unwrap();
        }
    }
}

fn with_canary(bytes: &[u8], replaced: &mut usize) -> Vec<u8> {
    let wide = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    };
    let mut bytes = bytes.to_vec();
    for (old, new) in [
        (VALUE.as_bytes().to_vec(), CANARY.as_bytes().to_vec()),
        (
            STANDARD.encode(VALUE).into(),
            STANDARD.encode(CANARY).into(),
        ),
        (
            wide(VALUE, u16::to_le_bytes),
            wide(CANARY, u16::to_le_bytes),
        ),
        (
            wide(VALUE, u16::to_be_bytes),
            wide(CANARY, u16::to_be_bytes),
        ),
    ] {
        while let Some(at) = bytes.windows(old.len()).position(|part| part == old) {
            bytes.splice(at..at + old.len(), new.iter().copied());
            *replaced += 1;
        }
    }
    bytes
}
