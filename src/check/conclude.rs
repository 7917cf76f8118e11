//! What the files say together: rules over several of them, and what is allowed.

use std::path::Path;

use super::file::Inspection;
use super::finding::{Finding, Note};
use super::rule::Rule;

/// What is known of the files around those that were inspected.
pub struct Surroundings<'a> {
    /// Whether every file of the tree was inspected, so that what is not there is missing.
    pub whole: bool,
    /// Reads a file that another one names, if git tracks it.
    pub read: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
    /// Which rules count.
    pub counts: &'a dyn Fn(Rule) -> bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings, by path and line.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub notes: Vec<Note>,
}

/// Joins what was seen in files.
#[must_use]
pub fn conclude(inspections: Vec<Inspection>, around: &Surroundings<'_>) -> Report {
    let mut report = Report::default();
    for inspection in inspections {
        report.findings.extend(inspection.findings);
        report.notes.extend(inspection.notes);
    }
    report
        .findings
        .retain(|finding| (around.counts)(finding.rule));
    report.findings.sort_by(order);
    report.notes.sort_by(|a, b| a.path.cmp(&b.path));
    report
}

/// By path and line; a sealing key is told before everything else.
fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let key = |finding: &Finding| finding.rule != Rule::SealingKey;
    key(a)
        .cmp(&key(b))
        .then_with(|| a.path.cmp(&b.path))
        .then_with(|| a.span.cmp(&b.span))
        .then_with(|| a.rule.cmp(&b.rule))
        .then_with(|| a.commit.cmp(&b.commit))
        .then_with(|| a.position.cmp(&b.position))
}
