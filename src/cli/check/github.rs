//! Findings as GitHub's workflow commands, which become annotations of a change.
//!
//! Owns their escapes (upstream: `actions/toolkit`, `packages/core/src/command.ts`).

use std::fmt::Write as _;

use super::super::git;
use crate::check::{Report, Severity};

/// One command for each finding and each note.
pub(super) fn print(report: &Report) -> String {
    let mut lines = String::new();
    for finding in &report.findings {
        let kind = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut message = String::new();
        if let Some(object) = &finding.object {
            let _ = write!(message, "{object}: ");
        }
        message.push_str(&finding.message);
        if let Some(commit) = &finding.commit {
            let _ = write!(message, " (commit {})", git::short(commit));
        }
        let _ = writeln!(
            lines,
            "::{kind} file={},line={},endLine={},col={},title={}::{}",
            property(&finding.path.to_string_lossy()),
            finding.span.line,
            finding.span.end_line,
            finding.span.column,
            property(finding.rule.name()),
            data(&message)
        );
    }
    for note in &report.notes {
        let path = property(&note.path.to_string_lossy());
        let _ = writeln!(lines, "::notice file={path}::{}", data(&note.message));
    }
    lines
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
