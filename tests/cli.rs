//! Transcripts: what a user types, and everything that the program answers.

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        // Nothing of the machine that runs the tests may show.
        .env("HOME", "/nonexistent")
        .env("KUBECONFIG", "")
        .case("tests/cmd/*.trycmd");
}

/// The inputs of the transcripts hold this text as their secret.
const CANARY: &str = "canary-5ea";

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
            assert!(!text.contains(CANARY), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 0);
}
