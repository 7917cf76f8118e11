//! Findings as one JSON object, of which `docs/check.schema.json` is the schema.

use serde::Serialize;

use super::super::message::Failure;
use crate::check::{Finding, Note, Report};

/// Goes up when something that is there changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    findings: Vec<Found<'r>>,
    notes: Vec<Noted<'r>>,
}

#[derive(Serialize)]
struct Found<'r> {
    path: String,
    line: usize,
    column: usize,
    end_line: usize,
    rule: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'r>>,
    keys: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'r str>,
    message: &'r str,
}

#[derive(Serialize)]
struct Object<'r> {
    kind: &'r str,
    namespace: &'r str,
    name: &'r str,
}

#[derive(Serialize)]
struct Noted<'r> {
    path: String,
    message: &'r str,
}

/// All of the report.
pub(super) fn print(report: &Report) -> Result<String, Failure> {
    let document = Document {
        version: VERSION,
        findings: report.findings.iter().map(found).collect(),
        notes: report.notes.iter().map(noted).collect(),
    };
    serde_json::to_string_pretty(&document)
        .map(|text| text + "\n")
        .map_err(|error| Failure::of(&error))
}

fn found(finding: &Finding) -> Found<'_> {
    Found {
        path: finding.path.to_string_lossy().into_owned(),
        line: finding.span.line,
        column: finding.span.column,
        end_line: finding.span.end_line,
        rule: finding.rule.name(),
        severity: finding.severity.name(),
        object: finding.object.as_ref().map(|object| Object {
            kind: &object.kind,
            namespace: &object.namespace,
            name: &object.name,
        }),
        keys: &finding.keys,
        commit: finding.commit.as_deref(),
        message: &finding.message,
    }
}

fn noted(note: &Note) -> Noted<'_> {
    Noted {
        path: note.path.to_string_lossy().into_owned(),
        message: &note.message,
    }
}
