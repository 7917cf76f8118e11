//! Sealed values that stand under two labels, of which they can be opened under one at most.

use std::collections::HashMap;

use super::conclude::Located;
use super::facts::{Digest, Sealed};
use super::file::Inspection;
use super::finding::Finding;
use super::object::is_item_name;
use super::rule::Rule;
use super::secret;
use crate::scope::Scope;

/// Finds every SealedSecret with a value of one that stands before it, by path and line.
pub(super) fn find(inspections: &[Inspection]) -> Vec<Located> {
    let mut all: Vec<(usize, &Inspection, &Sealed)> = inspections
        .iter()
        .enumerate()
        .flat_map(|(index, inspection)| {
            let sealed = inspection.facts.sealed.iter();
            sealed.map(move |sealed| (index, inspection, sealed))
        })
        .collect();
    all.sort_by(|(_, a, x), (_, b, y)| a.path.cmp(&b.path).then_with(|| x.span.cmp(&y.span)));

    let mut first: HashMap<Digest, Vec<(&Inspection, &Sealed)>> = HashMap::new();
    let mut found = Vec::new();
    for (index, inspection, sealed) in all {
        let mut keys = Vec::new();
        let mut original = None;
        for (name, digest) in &sealed.items {
            let Some(digest) = digest else { continue };
            let known = first.entry(*digest).or_default();
            // A file that was read twice is no copy of itself.
            let is_copy = |(other, original): &&(&Inspection, &Sealed)| {
                (std::ptr::eq(*other, inspection) || other.path != inspection.path)
                    && cannot_both(original, sealed)
            };
            if let Some(copy) = known.iter().find(is_copy) {
                keys.push(name.as_str());
                original.get_or_insert(*copy);
            } else if !known.iter().any(|(_, other)| is_same(other, sealed)) {
                known.push((inspection, sealed));
            }
        }
        if let Some((other, original)) = original {
            found.push((index, finding(inspection, sealed, &keys, other, original)));
        }
    }
    found
}

/// Whether no value can be opened in both places.
fn cannot_both(a: &Sealed, b: &Sealed) -> bool {
    let differ = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    };
    a.scope != b.scope
        || a.scope != Scope::ClusterWide && differ(&a.label.namespace, &b.label.namespace)
        || a.scope == Scope::Strict && differ(&a.label.name, &b.label.name)
}

fn is_same(a: &Sealed, b: &Sealed) -> bool {
    a.scope == b.scope && a.label == b.label
}

fn finding(
    inspection: &Inspection,
    sealed: &Sealed,
    keys: &[&str],
    other: &Inspection,
    original: &Sealed,
) -> Finding {
    let mut finding = sealed.finding(&inspection.path, Rule::SealedCopied);
    finding.keys = keys
        .iter()
        .filter(|key| is_item_name(key))
        .map(|key| (*key).to_owned())
        .collect();
    let values = match keys.len() {
        1 => "1 value is".to_owned(),
        n => format!("{n} values are"),
    };
    let place = if std::ptr::eq(other, inspection) {
        format!("line {}", original.span.line)
    } else {
        other.path.display().to_string()
    };
    let names = secret::listed(&finding.keys);
    finding.message = format!(
        "{values} the same as in {} of {place}, and can be opened in one of the two only{names}",
        original.object
    );
    finding
}
