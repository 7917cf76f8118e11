//! Secrets sealed in place: what is not meant stays, what is meant is found no more.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rseal::amend::{AmendError, seal_in_place};
use rseal::certificate::Certificate;
use rseal::check::{Finding, Options, Rule, Surroundings, conclude, inspect};
use rseal::encoding::line_of;
use rseal::yaml::parts::parts;

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| {
    let file = include_bytes!("../../testdata/certificates/sealing-1024.pem");
    Certificate::from_bytes(file).expect("a certificate of the tests")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Check may take it for UTF-16, and then sees another text.
    if text.contains('\0') {
        return;
    }
    // The caller keeps a mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let joined: String = parts(text).map(|part| part.text).collect();
    assert_eq!(joined, text);
    assert_eq!(sealed(text, &[]).as_deref(), Ok(text));

    let found = plaintext(text);
    if let Some(sealed) = look_at(text, &found) {
        assert_eq!(plaintext(&sealed), [], "{sealed}");
    }
    if let [first, others @ ..] = found.as_slice()
        && !others.is_empty()
        && let Some(sealed) = look_at(text, std::slice::from_ref(first))
    {
        assert_eq!(plaintext(&sealed).len(), others.len(), "{sealed}");
    }
});

/// The text in which what was found is sealed, if it can be.
fn look_at(text: &str, found: &[Finding]) -> Option<String> {
    let lines: Vec<usize> = found.iter().map(|it| it.allowance_line).collect();
    match sealed(text, &lines) {
        Ok(sealed) => {
            assert_others_same(text, &lines, &sealed);
            let first = lines.iter().min();
            let last = found.iter().map(|it| it.span.end_line).max();
            let before = first.map_or(0, |line| start(text, *line));
            let after = last.map_or(text.len(), |line| start(text, line + 1));
            assert!(sealed.starts_with(&text[..before]), "{sealed}");
            assert!(sealed.ends_with(&text[after..]), "{sealed}");
            Some(sealed)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let last = line_of(text.as_bytes(), text.len());
            match error {
                // To the parser a carriage return ends a line too.
                AmendError::Unread { line, .. } => {
                    let last = 1 + text.matches(['\n', '\r']).count();
                    assert!((1..=last).contains(&line), "{error}");
                }
                AmendError::Within { line }
                | AmendError::SameLine { line }
                | AmendError::Problem { line, .. }
                | AmendError::Shape { line } => assert!((1..=last).contains(&line), "{error}"),
                _ => panic!("{error}"),
            }
            None
        }
    }
}

/// Where a line, counted from 1, starts.
fn start(text: &str, line: usize) -> usize {
    let above = text.split_inclusive('\n').take(line - 1);
    above.map(str::len).sum()
}

/// The documents without a line that is meant are as they were.
fn assert_others_same(text: &str, lines: &[usize], sealed: &str) {
    let mut before = 0;
    let mut after = parts(sealed);
    for part in parts(text) {
        let other = after.next().expect("as many parts as before");
        let end = before + part.text.matches('\n').count();
        let is_meant = |line: &usize| (before + 1..=end + 1).contains(line);
        if !lines.iter().any(is_meant) {
            assert_eq!(other.text, part.text);
        }
        before = end;
    }
    assert!(after.next().is_none(), "{sealed}");
}

fn sealed(text: &str, lines: &[usize]) -> Result<String, AmendError> {
    // The same for every run, so that a finding can be found again.
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let key = CERTIFICATE.public_key();
    seal_in_place(&mut rng, key, text, lines, Some("staging"))
}

fn plaintext(text: &str) -> Vec<Finding> {
    let inspection = inspect(Path::new("a.yaml"), text.as_bytes(), &Options::default());
    let around = Surroundings {
        whole: false,
        read: &|_| None,
        counts: &|rule| rule == Rule::PlaintextSecret,
    };
    conclude(vec![inspection], &around).findings
}
