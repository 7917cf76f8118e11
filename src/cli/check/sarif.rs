//! Findings as SARIF 2.1.0, for code scanning.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::advice;
use crate::check::{Finding, Note, Report, Rule};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// All of the report.
pub(super) fn print(report: &Report) -> String {
    let is_found = |rule: &&Rule| report.findings.iter().any(|finding| finding.rule == **rule);
    let rules: Vec<Rule> = Rule::ALL.iter().filter(is_found).copied().collect();
    let results = report
        .findings
        .iter()
        .map(|finding| result(finding, &rules));
    let results: Vec<Value> = results.collect();
    let notes: Vec<Value> = report.notes.iter().map(noted).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rseal",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| described(*rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notes,
            }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn described(rule: Rule) -> Value {
    let advice = advice::of(rule);
    json!({
        "id": rule.name(),
        "shortDescription": {"text": rule.summary()},
        "help": {"text": format!("{}. Next step: {advice}.", rule.summary())},
        "defaultConfiguration": {"level": rule.severity().name()},
    })
}

fn result(finding: &Finding, rules: &[Rule]) -> Value {
    let mut text = String::new();
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(&finding.path),
            "region": {
                "startLine": finding.span.line,
                "startColumn": finding.span.column,
                "endLine": finding.span.end_line,
            },
        },
    });
    if let Some(object) = &finding.object {
        let _ = write!(text, "{object}: ");
        location["logicalLocations"] =
            json!([{"fullyQualifiedName": object.to_string(), "kind": "object"}]);
    }
    text.push_str(&finding.message);
    let mut result = json!({
        "ruleId": finding.rule.name(),
        "ruleIndex": rules.iter().position(|rule| *rule == finding.rule),
        "level": finding.severity.name(),
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"rsealObject/v1": fingerprint(finding)},
    });
    if let Some(commit) = &finding.commit {
        result["properties"] = json!({"commit": commit});
    }
    result
}

/// What stays the same when lines above it change.
fn fingerprint(finding: &Finding) -> String {
    let object = finding.object.as_ref();
    format!(
        "{}:{}:{}:{}",
        uri(&finding.path),
        finding.rule,
        object.map(ToString::to_string).unwrap_or_default(),
        finding.position
    )
}

fn noted(note: &Note) -> Value {
    json!({
        "level": "note",
        "message": {"text": note.message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact(&note.path)}}],
    })
}

fn artifact(path: &Path) -> Value {
    if path.is_absolute() {
        json!({"uri": format!("file://{}", uri(path))})
    } else {
        json!({"uri": uri(path), "uriBaseId": "%SRCROOT%"})
    }
}

/// The path as a relative reference: bytes that do not stand for themselves in one are written as
/// `%20`, the colon too, because what stands before it would be a scheme.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
