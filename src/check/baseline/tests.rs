//! Baselines: what they match, and what a broken one says.

use std::path::{Path, PathBuf};

use super::super::finding::Object;
use super::{Applied, Baseline, BaselineError, Finding, Report, Rule, Span};

const SALT: [u8; 16] = [7; 16];

fn finding(path: &str, rule: Rule, position: &str) -> Finding {
    Finding {
        path: PathBuf::from(path),
        span: Span {
            line: 3,
            column: 1,
            end_line: 5,
        },
        rule,
        severity: rule.severity(),
        object: Some(Object {
            kind: "Secret".to_owned(),
            namespace: "staging".to_owned(),
            name: "db".to_owned(),
        }),
        keys: vec!["password".to_owned()],
        commit: None,
        message: "1 value in plaintext (password)".to_owned(),
        position: position.to_owned(),
        filled_in: false,
        allowance_line: 3,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report {
        findings,
        notes: Vec::new(),
    }
}

/// Applies a baseline to a run that saw everything.
fn apply(baseline: &Baseline, findings: Vec<Finding>) -> Vec<Finding> {
    let mut report = report(findings);
    let around = Applied {
        path: Path::new(".rseal-baseline.json"),
        expects: &|_, _| true,
    };
    baseline.apply(&mut report, &around);
    report.findings
}

#[test]
fn what_was_written_allows_what_it_was_made_of() {
    let findings = vec![
        finding("b.yaml", Rule::PlaintextSecret, "document 1"),
        finding("a.yaml", Rule::PrivateKey, "key 1"),
    ];
    let made = Baseline::of(&report(findings.clone()), SALT, "a demo").unwrap();
    let read = Baseline::read(&made.to_json()).unwrap();
    assert_eq!(made.to_json(), read.to_json());
    assert_eq!(apply(&read, findings), []);
}

#[test]
fn the_text_is_sorted_and_has_a_line_for_each_entry() {
    let findings = vec![
        finding("b \"quoted\".yaml", Rule::PlaintextSecret, "document 1"),
        finding("./a/b.yaml", Rule::PlaintextSecret, "document 1"),
        finding("a/b.yaml", Rule::PlaintextSecret, "document 1"),
    ];
    let text = Baseline::of(&report(findings), SALT, "a \"demo\"").unwrap();
    let text = text.to_json();
    let expected = r#"{
  "version": 1,
  "salt": "07070707070707070707070707070707",
  "allowed": [
    {"path": "a/b.yaml", "rule": "plaintext-secret", "object": "Secret staging/db", "position": "HASH", "reason": "a \"demo\""},
    {"path": "b \"quoted\".yaml", "rule": "plaintext-secret", "object": "Secret staging/db", "position": "HASH", "reason": "a \"demo\""}
  ]
}
"#;
    // SHA-256 of sixteen 7 and "document 1", as `sha256sum` prints it.
    let expected = expected.replace("HASH", "c7af41c94177e09a5a9f9c273550e4db");
    assert_eq!(text, expected);
    let empty = Baseline::of(&report(Vec::new()), SALT, "").unwrap();
    assert!(empty.to_json().ends_with("\"allowed\": []\n}\n"));
    assert_eq!(Baseline::read(&empty.to_json()), Ok(empty));
}

#[test]
fn lines_may_move_but_place_rule_object_and_file_may_not() {
    let old = finding("a.yaml", Rule::PlaintextSecret, "document 1");
    let baseline = Baseline::of(&report(vec![old.clone()]), SALT, "a demo").unwrap();
    let mut moved = old.clone();
    moved.span.line = 90;
    moved.keys.clear();
    assert_eq!(apply(&baseline, vec![moved]), []);
    let mut renamed = old.clone();
    renamed.object = None;
    for other in [
        finding("b.yaml", Rule::PlaintextSecret, "document 1"),
        finding("a.yaml", Rule::SealingKey, "document 1"),
        finding("a.yaml", Rule::PlaintextSecret, "document 2"),
        renamed,
    ] {
        let left = apply(&baseline, vec![other.clone()]);
        assert!(left.contains(&other), "{left:?}");
        let unused = left.iter().find(|it| it.rule == Rule::AllowUnused).unwrap();
        assert_eq!(
            unused.message,
            "nothing of plaintext-secret is found in a.yaml for Secret staging/db any more: \
             remove the entry"
        );
    }
}

#[test]
fn an_entry_is_unused_only_where_something_would_have_been_found() {
    let findings = vec![finding("a.yaml", Rule::PlaintextSecret, "document 1")];
    let baseline = Baseline::of(&report(findings), SALT, "a demo").unwrap();
    let baseline = Baseline::read(&baseline.to_json()).unwrap();
    let mut seen = report(Vec::new());
    let mut around = Applied {
        path: Path::new("x/.rseal-baseline.json"),
        expects: &|_, path| path != Path::new("a.yaml"),
    };
    baseline.apply(&mut seen, &around);
    assert_eq!(seen.findings, []);
    around.expects = &|rule, path| rule == Rule::PlaintextSecret && path == Path::new("a.yaml");
    baseline.apply(&mut seen, &around);
    let [unused] = seen.findings.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!(unused.path, Path::new("x/.rseal-baseline.json"));
    assert_eq!(unused.span.line, 5, "the line of the entry");
}

#[test]
fn a_new_baseline_keeps_old_reasons_and_needs_one_for_what_is_new() {
    let old = finding("a.yaml", Rule::PlaintextSecret, "document 1");
    let new = finding("b.yaml", Rule::PlaintextSecret, "document 1");
    let gone = finding("c.yaml", Rule::PlaintextSecret, "document 1");
    let before = Baseline::of(&report(vec![old.clone(), gone]), SALT, "a demo").unwrap();
    let both = report(vec![old.clone(), new]);
    assert_eq!(before.renewed(&both, " "), Err(BaselineError::NoReason));
    let after = before.renewed(&both, "another demo").unwrap().to_json();
    assert_eq!(after.matches("\"a demo\"").count(), 1, "{after}");
    assert_eq!(after.matches("\"another demo\"").count(), 1, "{after}");
    assert!(!after.contains("c.yaml"), "{after}");
    assert!(before.renewed(&report(vec![old]), "").is_ok());
}

#[test]
fn what_is_wrong_with_an_allowance_is_not_allowed() {
    let findings = vec![
        finding("a.yaml", Rule::AllowUnused, "line 1"),
        finding("a.yaml", Rule::AllowWithoutReason, "line 2"),
    ];
    let baseline = Baseline::of(&report(findings.clone()), SALT, "a demo").unwrap();
    assert_eq!(apply(&baseline, findings).len(), 2);
}

#[track_caller]
fn broken(text: &str, expected: &str) {
    let message = Baseline::read(text).unwrap_err().to_string();
    assert_eq!(message, expected);
}

/// A baseline with one entry, with `old` replaced by `new`.
fn edited(old: &str, new: &str) -> String {
    let findings = vec![finding("a.yaml", Rule::PlaintextSecret, "document 1")];
    let text = Baseline::of(&report(findings), SALT, "a demo").unwrap();
    let text = text.to_json();
    assert!(text.contains(old), "{text}");
    text.replacen(old, new, 1)
}

#[test]
fn a_broken_baseline_says_where_and_what() {
    broken("", "not one JSON object");
    broken("{}{}", "not one JSON object");
    broken(
        "{\n",
        "line 2: the text ends in the middle of an object: it was cut off",
    );
    broken("[]", "line 1: not a JSON object");
    broken("{}", "line 1: the field \"version\" is missing");
    broken(&edited("1,", "2,"), "line 2: version must be 1");
    broken(&edited("1,", "[1],"), "line 2: version must be a text");
    broken(
        &edited("07\"", "0x\""),
        "line 3: salt must be 32 hexadecimal digits",
    );
    broken(
        &edited("\"salt\"", "\"SALT\""),
        "line 3: the field \"SALT\" is unknown in version 1",
    );
    broken(
        &edited("[\n", "{}, \"x\": [\n"),
        "line 4: the field \"x\" is unknown in version 1",
    );
    broken(
        &edited("\"a demo\"", "\" \""),
        "line 5: reason is empty: say why it is allowed",
    );
    broken(
        &edited("\"a demo\"", "null"),
        "line 5: reason must be a text",
    );
    broken(
        &edited(", \"reason\": \"a demo\"", ""),
        "line 5: the field \"reason\" is missing",
    );
    broken(
        &edited("\"reason\"", "\"until\": \"2030\", \"reason\""),
        "line 5: the field \"until\" is unknown in version 1",
    );
    broken(
        &edited("plaintext-secret", "plaintext"),
        "line 5: rule is none that there is",
    );
    broken(
        &edited("plaintext-secret", "allow-unused"),
        "line 5: rule is one that nothing can be allowed of",
    );
    broken(
        &edited("{\"path\"", "1, {\"path\""),
        "line 5: not a JSON object",
    );
    broken(
        &edited("\"reason\"", "\"path\": \"b\", \"reason\""),
        "line 5: the key \"path\" is there twice, first in line 5: remove one, or put --- between two documents",
    );
    broken("{\n<<<<<<< HEAD\n", "line 2: not valid JSON");
}

/// Where time grows with the square of the length, this takes minutes.
#[test]
fn many_entries_take_no_longer() {
    let findings: Vec<_> = (0..50_000)
        .map(|n| finding("a.yaml", Rule::PlaintextSecret, &format!("document {n}")))
        .collect();
    let made = Baseline::of(&report(findings.clone()), SALT, "a demo").unwrap();
    let again = made.renewed(&report(findings.clone()), "").unwrap();
    assert_eq!(again, made);
    assert_eq!(apply(&again, findings), []);
}
