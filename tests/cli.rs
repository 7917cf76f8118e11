//! Transcripts: what a user types, and everything that the program answers.

#![cfg(all(feature = "cli", unix))]
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

#[test]
fn transcripts() {
    let rseal = Path::new(env!("CARGO_BIN_EXE_rseal"));
    let links = tempfile::tempdir().unwrap();
    let kubeseal = links.path().join("kubeseal");
    symlink(rseal, &kubeseal).unwrap();
    let path = format!(
        "{}:{}:/usr/bin:/bin",
        rseal.parent().unwrap().display(),
        links.path().display()
    );
    trycmd::TestCases::new()
        // Nothing of the machine that runs the tests may show.
        .env("HOME", "/nonexistent")
        .env("KUBECONFIG", "")
        .env("PATH", path)
        .register_bin("kubeseal", &kubeseal)
        .register_bin("sh", PathBuf::from("/bin/sh"))
        .case("tests/cmd/*.trycmd");
}

/// The inputs of the transcripts hold this text as their secret, some of them as base64.
const CANARIES: [&str; 2] = ["canary-5ea", "Y2FuYXJ5LTVlY"];

#[test]
fn no_transcript_shows_a_value() {
    let mut seen = 0;
    for entry in std::fs::read_dir("tests/cmd").unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "trycmd")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            for canary in CANARIES {
                assert!(!text.contains(canary), "{}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}
