//! References to Secrets that are not there, while one of a name that is nearly the same is, or one in
//! another namespace, or one without the item that is asked for.
//!
//! Owns what is known of the Secrets of a tree, and when it is enough to say that somebody made a
//! mistake. Most Secrets that are referred to are in no repository; so a name that is merely unknown is
//! nothing, and whatever says a name anywhere else makes it known.

mod example;
mod known;
mod look;
mod near;
mod sites;
mod verdict;

use std::collections::HashSet;

use super::conclude::{Located, Surroundings};
use super::file::{self, Inspection};
use known::Known;
pub(super) use look::{Look, Seen, document};
use verdict::Tree;

/// Finds the references of a whole tree. `groups` are the files that kustomizations take in together.
pub(super) fn find(
    inspections: &[Inspection],
    groups: &[HashSet<usize>],
    around: &Surroundings<'_>,
) -> Vec<Located> {
    let known = Known::of(inspections);
    if known.names.is_empty() {
        return Vec::new();
    }
    let wanted = known.wanted(inspections);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut tree = Tree::of(known, groups, inspections);
    for (index, inspection) in inspections.iter().enumerate() {
        let facts = &inspection.facts;
        let named = facts.mentions.names.iter().map(AsRef::as_ref);
        let said: Vec<&str> = named
            .chain(names_of(inspection))
            .filter(|name| wanted.contains(name))
            .collect();
        if said.is_empty() {
            continue;
        }
        match (around.read)(&inspection.path) {
            Some(bytes) => tree.add(index, file::look(&inspection.path, &bytes, &wanted)),
            None => tree.excuse(said),
        }
    }
    tree.conclude()
}

/// The names of the Secrets that a file makes for certain.
fn names_of(inspection: &Inspection) -> impl Iterator<Item = &str> {
    let secrets = inspection.facts.secrets.iter();
    let secrets = secrets.map(|object| object.name.as_str());
    let sealed = inspection.facts.sealed.iter();
    secrets.chain(sealed.map(|sealed| sealed.object.name.as_str()))
}
