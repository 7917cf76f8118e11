//! When it is certain enough that a reference is a mistake.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::super::conclude::Located;
use super::super::file::Inspection;
use super::super::finding::Finding;
use super::super::kustomize::folder;
use super::super::object::is_item_name;
use super::example;
use super::known::{Known, lacks};
use super::look::{Made, Reference, Seen};
use super::near::{self, Near};

/// More items than this nobody reads.
const MOST_SHOWN: usize = 20;

/// What ties a reference to a Secret, from what is most to what is least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// One file, or one kustomization.
    Beside,
    /// A namespace of their own.
    Namespace,
    /// One folder.
    Folder,
    /// They are in one tree.
    Tree,
}

/// What both passes say.
pub(super) struct Tree<'i> {
    known: Known<'i>,
    groups: &'i [HashSet<usize>],
    inspections: &'i [Inspection],
    seen: BTreeMap<usize, Vec<Reference>>,
    /// Names that something may make.
    excused: HashSet<String>,
    /// Names that may be in other namespaces, or have other items.
    spread: HashSet<String>,
    made: HashMap<String, Vec<(usize, Made)>>,
}

impl<'i> Tree<'i> {
    pub(super) fn of(
        known: Known<'i>,
        groups: &'i [HashSet<usize>],
        inspections: &'i [Inspection],
    ) -> Self {
        Self {
            known,
            groups,
            inspections,
            seen: BTreeMap::new(),
            excused: HashSet::new(),
            spread: HashSet::new(),
            made: HashMap::new(),
        }
    }

    /// Adds what was seen in a file.
    pub(super) fn add(&mut self, index: usize, seen: Seen) {
        self.excused.extend(seen.named);
        self.spread.extend(seen.spread);
        for made in seen.made {
            let all = self.made.entry(made.name.clone()).or_default();
            all.push((index, made));
        }
        if !seen.references.is_empty() {
            self.seen.insert(index, seen.references);
        }
    }

    /// Adds a file that could not be looked at, and that says these names.
    pub(super) fn excuse<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.excused.extend(names.into_iter().map(str::to_owned));
    }

    /// Judges every reference.
    pub(super) fn conclude(mut self) -> Vec<Located> {
        let seen = std::mem::take(&mut self.seen);
        let near = Near::to(self.made.keys().map(String::as_str));
        let mut found = Vec::new();
        for (index, references) in seen {
            let references = references.into_iter();
            let findings = references.filter_map(|reference| self.judge(index, reference, &near));
            found.extend(findings.map(|finding| (index, finding)));
        }
        found
    }

    /// What is wrong with a reference, if anything is for certain.
    fn judge(&self, index: usize, reference: Reference, near: &Near<'_>) -> Option<Finding> {
        let name = reference.name.as_str();
        if self.excused.contains(name) {
            return None;
        }
        if self.known.has(name) || self.made.contains_key(name) {
            let (message, keys) = self
                .in_another_namespace(index, &reference)
                .map(|message| (message, Vec::new()))
                .or_else(|| self.without_item(index, &reference))?;
            return Some(Finding {
                message,
                keys,
                ..reference.finding
            });
        }
        let message = self.of_a_near_name(index, &reference, near)?;
        Some(Finding {
            message,
            ..reference.finding
        })
    }

    fn of_a_near_name(
        &self,
        index: usize,
        reference: &Reference,
        near: &Near<'_>,
    ) -> Option<String> {
        let name = reference.name.as_str();
        if self.may_be_filled_in(index, name) {
            return None;
        }
        let mut near: Vec<_> = near
            .of(name)
            .into_iter()
            .filter_map(|name| self.made.get(name))
            .flatten()
            .filter_map(|(file, made)| {
                Some((self.bond(index, *file, reference, made)?, *file, made))
            })
            .collect();
        near.sort_by_key(|(bond, file, made)| (*bond, &self.inspections[*file].path, made.span));
        let &(bond, file, made) = near.first()?;
        let is_only = near.iter().all(|(.., other)| other.name == made.name);
        let is_example = self.is_example(index, name) || self.is_example(file, name);
        let is_clear = match bond {
            Bond::Beside => true,
            Bond::Namespace | Bond::Folder => !is_example,
            Bond::Tree => is_only && near::is_same_word(name, &made.name) && !is_example,
        };
        is_clear.then(|| {
            format!(
                "no Secret {name} is known, but {} is ({})",
                made.name,
                self.place(index, file, made)
            )
        })
    }

    /// What ties a reference to a Secret, unless their namespaces keep them apart.
    fn bond(&self, index: usize, file: usize, reference: &Reference, made: &Made) -> Option<Bond> {
        let own = reference.namespace.as_deref();
        let other = made.namespace.as_deref();
        if own.is_some() && other.is_some() && own != other {
            return None;
        }
        // In `default` stands whatever has nothing to do with each other.
        let one = own.is_some() && own == other && own != Some("default");
        Some(if self.is_beside(index, file) {
            Bond::Beside
        } else if one {
            Bond::Namespace
        } else if self.folder(index) == self.folder(file) {
            Bond::Folder
        } else {
            Bond::Tree
        })
    }

    fn is_example(&self, index: usize, name: &str) -> bool {
        example::is_one(&self.inspections[index].path, name)
    }

    fn in_another_namespace(&self, index: usize, reference: &Reference) -> Option<String> {
        let name = reference.name.as_str();
        let own = reference.namespace.as_deref()?;
        let made = self.made.get(name)?;
        if self.known.sets_namespaces
            || self.known.generates(name)
            || self.may_be_filled_in(index, name)
            || self.spread.contains(name)
            || self.known.names.get(name)?.len() != made.len()
        {
            return None;
        }
        for (_, made) in made {
            if made.namespace.as_deref()? == own {
                return None;
            }
        }
        let beside = made.iter().find(|(file, _)| self.is_beside(index, *file));
        let (file, made) = match beside {
            Some(beside) => beside,
            // Credentials of a registry are put into every namespace, by whatever makes these.
            None if reference.is_of_registry => return None,
            None => made.first()?,
        };
        if beside.is_none() && (self.is_example(index, name) || self.is_example(*file, name)) {
            return None;
        }
        Some(format!(
            "no Secret {name} is known in namespace {own}, but in {} ({})",
            made.namespace.as_deref().unwrap_or_default(),
            self.place(index, *file, made)
        ))
    }

    fn without_item(&self, index: usize, reference: &Reference) -> Option<(String, Vec<String>)> {
        let name = reference.name.as_str();
        let sealed = self.known.only_sealed(name)?;
        let [(file, made)] = self.made.get(name)?.as_slice() else {
            return None;
        };
        let own = reference.namespace.as_deref()?;
        let is_patched = self.groups.iter().any(|group| {
            group.contains(file)
                && group.iter().any(|index| {
                    let kustomizations = &self.inspections[*index].facts.kustomizations;
                    kustomizations
                        .iter()
                        .any(|it| it.patches_sealed || !it.patches_of_secrets.is_empty())
                })
        });
        if made.namespace.as_deref()? != own
            || self.spread.contains(name)
            || is_patched
            || self.known.generates(name)
        {
            return None;
        }
        let keys: Vec<String> = reference
            .keys
            .iter()
            .filter(|key| is_item_name(key) && lacks(sealed, key))
            .cloned()
            .collect();
        if keys.is_empty() {
            return None;
        }
        let items = sealed.items.iter().map(|(name, _)| name.as_str());
        let items: Vec<&str> = items.filter(|name| is_item_name(name)).collect();
        let message = format!(
            "{} has no {} {}{}",
            self.place(index, *file, made),
            if keys.len() == 1 { "item" } else { "items" },
            keys.join(", "),
            match items.len() {
                1..=MOST_SHOWN => format!(", only {}", items.join(", ")),
                _ => String::new(),
            }
        );
        Some((message, keys))
    }

    /// Whether a name that is filled in later may be this one.
    fn may_be_filled_in(&self, index: usize, name: &str) -> bool {
        let mut unknown = self.known.unknown.iter();
        unknown.any(|(file, before, behind)| {
            name.len() > before.len() + behind.len()
                && name.starts_with(before)
                && name.ends_with(behind)
                && (!before.is_empty()
                    || !behind.is_empty()
                    || self.is_beside(index, *file)
                    || self.folder(index) == self.folder(*file))
        })
    }

    /// Whether two files are one, or one kustomization takes in both.
    fn is_beside(&self, a: usize, b: usize) -> bool {
        let mut groups = self.groups.iter();
        a == b || groups.any(|group| group.contains(&a) && group.contains(&b))
    }

    fn folder(&self, index: usize) -> &Path {
        folder(&self.inspections[index].path)
    }

    /// An object and where it is, seen from the file of a reference.
    fn place(&self, from: usize, file: usize, made: &Made) -> String {
        let path: &Path = &self.inspections[file].path;
        if from == file {
            format!("{} in line {}", made.object, made.span.line)
        } else {
            format!("{} in {}", made.object, path.display())
        }
    }
}
