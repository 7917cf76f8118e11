//! What the first pass over the files says of Secrets, and which names are worth a second look.

use std::collections::{HashMap, HashSet};

use super::super::facts::Sealed;
use super::super::file::Inspection;
use super::super::generator;
use super::super::label::is_name;
use super::near;

/// What the first pass over the files says.
pub(super) struct Known<'i> {
    /// The Secrets and SealedSecrets of each name: the file, and the SealedSecret if it is one.
    pub(super) names: HashMap<&'i str, Vec<(usize, Option<&'i Sealed>)>>,
    /// Their namespaces, of those that say one.
    namespaces: HashMap<&'i str, Vec<&'i str>>,
    /// The names of generators.
    generated: HashSet<&'i str>,
    /// What kustomizations put before and behind names.
    affixes: HashSet<(&'i str, &'i str)>,
    /// What stands before and behind what is filled in later into the name of a Secret, and in which file.
    pub(super) unknown: Vec<(usize, &'i str, &'i str)>,
    pub(super) sets_namespaces: bool,
}

impl<'i> Known<'i> {
    pub(super) fn of(inspections: &'i [Inspection]) -> Self {
        let mut known = Self {
            names: HashMap::new(),
            namespaces: HashMap::new(),
            generated: HashSet::new(),
            affixes: HashSet::new(),
            unknown: Vec::new(),
            sets_namespaces: false,
        };
        for (index, inspection) in inspections.iter().enumerate() {
            let facts = &inspection.facts;
            for object in &facts.secrets {
                known.add(index, &object.name, &object.namespace, None);
            }
            for sealed in &facts.sealed {
                let object = &sealed.object;
                known.add(index, &object.name, &object.namespace, Some(sealed));
            }
            let generated = facts.generators.iter();
            let generated = generated.filter_map(|generator| generator.finding.object.as_ref());
            known
                .generated
                .extend(generated.map(|object| object.name.as_str()));
            for kustomization in &facts.kustomizations {
                let of = |setting: &'i Option<(String, _)>| {
                    setting.as_ref().map_or("", |(value, _)| value.as_str())
                };
                known.affixes.insert((
                    of(&kustomization.name_prefix),
                    of(&kustomization.name_suffix),
                ));
                known.sets_namespaces |= kustomization.namespace.is_some();
            }
        }
        known
    }

    fn add(&mut self, file: usize, name: &'i str, namespace: &'i str, sealed: Option<&'i Sealed>) {
        if is_name(name) {
            self.names.entry(name).or_default().push((file, sealed));
            if is_name(namespace) {
                self.namespaces.entry(name).or_default().push(namespace);
            }
            return;
        }
        // What has no name is not applied; it may be the target of a reference.
        if name.is_empty() {
            return;
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let behind = name.trim_start_matches(is_part);
        let before = &name[..name.len() - behind.len()];
        let end = behind.trim_end_matches(is_part).len();
        self.unknown.push((file, before, &behind[end..]));
    }

    /// Whether a generator makes a Secret of this name.
    pub(super) fn generates(&self, name: &str) -> bool {
        self.generated.contains(name)
            || generator::without_hash(name).is_some_and(|name| self.generated.contains(name))
    }

    /// Whether a Secret may have this name when everything is built.
    pub(super) fn has(&self, name: &str) -> bool {
        let is_made = |name: &str| self.names.contains_key(name) || self.generates(name);
        is_made(name)
            || self.affixes.iter().any(|(prefix, suffix)| {
                let inner = name.strip_prefix(prefix);
                inner.is_some_and(is_made)
                    || inner
                        .and_then(|inner| inner.strip_suffix(suffix))
                        .is_some_and(is_made)
            })
    }

    /// The names that are worth a second look.
    pub(super) fn wanted(&self, inspections: &'i [Inspection]) -> HashSet<&'i str> {
        let mentions = || inspections.iter().map(|it| &it.facts.mentions);
        let named: HashSet<&str> = mentions()
            .flat_map(|mentions| mentions.names.iter().map(AsRef::as_ref))
            .collect();
        let known: HashSet<&str> = self.names.keys().copied().collect();
        let mut wanted = near::pairs(&named, &known);
        for mentions in mentions() {
            for (name, key) in &mentions.items {
                if self
                    .only_sealed(name)
                    .is_some_and(|sealed| lacks(sealed, key))
                {
                    wanted.insert(name);
                }
            }
            if self.sets_namespaces {
                continue;
            }
            for name in &mentions.names {
                let of_all = self.names.get(name.as_ref()).map_or(0, Vec::len);
                let said = self.namespaces.get(name.as_ref());
                let mut own = mentions.namespaces.iter();
                if let Some(said) = said
                    && said.len() == of_all
                    && own.any(|own| !said.contains(&own.as_ref()))
                {
                    wanted.insert(name);
                }
            }
        }
        wanted
    }

    /// The one object of a name, if it is a SealedSecret.
    pub(super) fn only_sealed(&self, name: &str) -> Option<&'i Sealed> {
        match self.names.get(name)?.as_slice() {
            [(_, sealed)] => *sealed,
            _ => None,
        }
    }
}

/// Whether what a SealedSecret makes has no item of this name.
pub(super) fn lacks(sealed: &Sealed, key: &str) -> bool {
    !sealed.has_other_items
        && !sealed.items.is_empty()
        && !sealed.items.iter().any(|(name, _)| name == key)
}
