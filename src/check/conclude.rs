//! What the files say together: rules over several of them, and what is allowed.
//!
//! Owns the order in which that goes. Which files there are, and how another one is read, is for
//! the caller.

use std::collections::HashMap;
use std::path::Path;

use super::file::Inspection;
use super::finding::{Finding, Note};
use super::rule::Rule;
use super::{allow, built, copied, generator, reference};

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

impl Report {
    pub(super) fn sort(&mut self) {
        self.findings.sort_by(order);
        self.notes.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// A finding, and the number of the inspection whose file it is in.
pub(super) type Located = (usize, Finding);

/// Joins what was seen in files. What several of them say together is looked for within one commit:
/// a file that another one brought may be a later state of the same.
#[must_use]
pub fn conclude(inspections: Vec<Inspection>, around: &Surroundings<'_>) -> Report {
    let mut commits: Vec<Vec<Inspection>> = Vec::new();
    let mut numbers: HashMap<Option<String>, usize> = HashMap::new();
    for inspection in inspections {
        let next = commits.len();
        let number = *numbers.entry(inspection.commit.clone()).or_insert(next);
        if number == next {
            commits.push(Vec::new());
        }
        commits[number].push(inspection);
    }
    let mut report = Report::default();
    for inspections in commits {
        join(inspections, around, &mut report);
    }
    report
        .findings
        .retain(|finding| (around.counts)(finding.rule));
    report.sort();
    report
}

/// Joins what was seen in the files of one commit, or of a tree.
fn join(mut inspections: Vec<Inspection>, around: &Surroundings<'_>, report: &mut Report) {
    let mut located: Vec<Located> = Vec::new();
    let built = built::find(&inspections);
    for (index, inspection) in inspections.iter().enumerate() {
        for (number, sealed) in inspection.facts.sealed.iter().enumerate() {
            let is_right = built.put_right.contains(&(index, number));
            let mismatch = sealed.mismatch.clone().filter(|_| !is_right);
            located.extend(mismatch.map(|finding| (index, finding)));
        }
    }
    if around.whole && (around.counts)(Rule::ReferenceNearMiss) {
        located.extend(reference::find(&inspections, &built.groups, around));
    }
    located.extend(built.findings);
    located.extend(copied::find(&inspections));
    located.extend(generator::find(&inspections, around));
    for (index, finding) in located {
        inspections[index].findings.push(finding);
    }
    for mut inspection in inspections {
        allow::apply(
            &inspection.path,
            &inspection.allowances,
            &mut inspection.findings,
            |rule| {
                // What git or the rest of the tree decides is not seen in a part of it.
                let is_patch = inspection.facts.patches.iter().any(|it| it.rule == rule);
                (around.counts)(rule)
                    && rule != Rule::SealedWrongKeySize
                    && (around.whole || !rule.needs_the_tree() && !is_patch)
            },
        );
        for finding in &mut inspection.findings {
            finding.commit.clone_from(&inspection.commit);
        }
        report.findings.append(&mut inspection.findings);
        report.notes.append(&mut inspection.notes);
    }
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
        .then_with(|| a.message.cmp(&b.message))
}
