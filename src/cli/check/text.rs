//! Findings as lines for people, and for editors that jump to `path:line:column`.

use std::fmt::Write as _;

use super::super::git;
use super::super::message::escaped;
use crate::check::{Report, Severity};

/// One line for each finding.
pub(super) fn print(report: &Report) -> String {
    let mut lines = String::new();
    for finding in &report.findings {
        let (path, span) = (finding.path.display(), finding.span);
        let mut line = format!("{path}:{}:{}: ", span.line, span.column);
        if finding.severity == Severity::Warning {
            line.push_str("warning: ");
        }
        let _ = write!(line, "{}: ", finding.rule);
        if let Some(object) = &finding.object {
            let _ = write!(line, "{object}: ");
        }
        line.push_str(&finding.message);
        if let Some(commit) = &finding.commit {
            let _ = write!(line, " (commit {})", git::short(commit));
        }
        lines.push_str(&escaped(&line, |_| true));
        lines.push('\n');
    }
    lines
}
