//! What kustomizations build of the files around them: SealedSecrets under another name, two of one
//! name, patches of Secrets.
//!
//! Owns the way from a kustomization to the files that it takes in, directly or through others. It
//! reads nothing: what was not inspected is not there.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::conclude::Located;
use super::facts::{Kustomization, Names, Sealed};
use super::file::Inspection;
use super::finding::{Finding, Span};
use super::kustomize::{FILES, normal};
use super::rule::Rule;
use crate::scope::Scope;

/// How many kustomizations may stand in each other.
const DEEPEST: usize = 50;

/// The files that were inspected, by where they are.
pub(super) struct Files<'i> {
    inspections: &'i [Inspection],
    /// A file that was inspected twice counts as it was last.
    paths: HashMap<PathBuf, usize>,
}

/// A SealedSecret: the number of its file, and its own in that.
pub(super) type Place = (usize, usize);

impl<'i> Files<'i> {
    pub(super) fn of(inspections: &'i [Inspection]) -> Self {
        let paths = inspections.iter().enumerate();
        Self {
            inspections,
            paths: paths
                .map(|(index, inspection)| (normal(&inspection.path), index))
                .collect(),
        }
    }

    /// The kustomization that a path names: a folder with one.
    fn kustomization(&self, path: &Path) -> Option<usize> {
        FILES
            .iter()
            .find_map(|name| self.paths.get(&path.join(name)).copied())
    }

    fn kustomization_of(&self, index: usize) -> Option<&'i Kustomization> {
        self.inspections[index].facts.kustomizations.first()
    }

    /// The kustomizations that no other one takes in.
    fn roots(&self) -> Vec<usize> {
        let all = || (0..self.inspections.len()).filter(|index| self.is_kustomization(*index));
        let taken: HashSet<usize> = all()
            .filter_map(|index| self.kustomization_of(index))
            .flat_map(|kustomization| &kustomization.resources)
            .filter_map(|path| self.kustomization(path))
            .collect();
        all().filter(|index| !taken.contains(index)).collect()
    }

    fn is_kustomization(&self, index: usize) -> bool {
        // Of a file that was inspected twice only one is asked for.
        self.kustomization_of(index).is_some()
            && self.paths.get(&normal(&self.inspections[index].path)) == Some(&index)
    }
}

/// What was found out about SealedSecrets.
#[derive(Default)]
pub(super) struct Built {
    pub(super) findings: Vec<Located>,
    /// Those whose label a kustomization makes what their template says.
    pub(super) put_right: HashSet<Place>,
    /// The files that each kustomization without another one around it takes in.
    pub(super) groups: Vec<HashSet<usize>>,
}

/// Builds every kustomization.
pub(super) fn find(inspections: &[Inspection]) -> Built {
    let files = Files::of(inspections);
    let mut built = Built::default();
    patches(&files, &mut built.findings);
    let mut told = HashSet::new();
    let mut twice = HashSet::new();
    for root in files.roots() {
        let mut build = Build {
            files: &files,
            seen: HashSet::new(),
            chain: Vec::new(),
            sealed: Vec::new(),
        };
        build.enter(root);
        let Build { seen, sealed, .. } = build;
        duplicates(&files, &sealed, &mut twice, &mut built.findings);
        for made in sealed {
            relabelled(&files, &made, &mut told, &mut built);
        }
        built.groups.push(seen);
    }
    built
}

/// A way through what one kustomization builds.
struct Build<'f, 'i> {
    files: &'f Files<'i>,
    seen: HashSet<usize>,
    /// The kustomizations around what is looked at, the outermost first, and whether each may patch
    /// SealedSecrets.
    chain: Vec<(usize, bool)>,
    sealed: Vec<Made<'i>>,
}

/// A SealedSecret as it is built.
struct Made<'i> {
    place: Place,
    sealed: &'i Sealed,
    label: Names,
    scope: Scope,
    /// The fields that changed its label, the outermost first: file, place, name and value.
    causes: Vec<(usize, Span, &'static str, &'i str)>,
    /// Whether a patch may have given it other values.
    is_patched: bool,
}

impl<'i> Build<'_, 'i> {
    fn enter(&mut self, index: usize) {
        let kustomization = self.files.kustomization_of(index);
        let Some(kustomization) = kustomization.filter(|_| self.chain.len() < DEEPEST) else {
            return;
        };
        if !self.seen.insert(index) {
            return;
        }
        let is_patched = kustomization.patches_sealed
            || kustomization.patches.iter().any(|path| {
                let file = self.files.paths.get(path);
                file.is_some_and(|file| !self.files.inspections[*file].facts.sealed.is_empty())
            });
        self.chain.push((index, is_patched));
        for path in &kustomization.resources {
            if let Some(inner) = self.files.kustomization(path) {
                self.enter(inner);
            } else if let Some(file) = self.files.paths.get(path).copied()
                && self.seen.insert(file)
            {
                let sealed = &self.files.inspections[file].facts.sealed;
                for (number, sealed) in sealed.iter().enumerate() {
                    let made = self.make((file, number), sealed);
                    self.sealed.push(made);
                }
            }
        }
        self.chain.pop();
    }

    fn make(&self, place: Place, sealed: &'i Sealed) -> Made<'i> {
        let mut made = Made {
            place,
            sealed,
            label: sealed.label.clone(),
            scope: sealed.scope,
            causes: Vec::new(),
            is_patched: false,
        };
        let mut namespace = None;
        for (index, is_patched) in self.chain.iter().rev().copied() {
            let Some(kustomization) = self.files.kustomization_of(index) else {
                continue;
            };
            made.scope = made.scope.max(kustomization.scope);
            made.is_patched |= is_patched;
            // The namespace that is set last, by the outermost one, counts.
            if let Some((value, span)) = &kustomization.namespace {
                made.label.namespace = Some(value.clone());
                namespace = Some((index, *span, "namespace", value.as_str()));
            }
            let prefix = &kustomization.name_prefix;
            let suffix = &kustomization.name_suffix;
            let of = |setting: &'i Option<(String, Span)>| {
                setting.as_ref().map_or("", |(value, _)| value.as_str())
            };
            made.label.name = made
                .label
                .name
                .map(|name| format!("{}{name}{}", of(prefix), of(suffix)));
            for (setting, what) in [(prefix, "namePrefix"), (suffix, "nameSuffix")] {
                if let Some((value, span)) = setting
                    && !value.is_empty()
                {
                    made.causes.insert(0, (index, *span, what, value));
                }
            }
        }
        if let Some(cause) = namespace {
            made.causes.insert(0, cause);
        }
        made
    }
}

/// Reports a SealedSecret whose values cannot be opened as it is built.
fn relabelled(
    files: &Files<'_>,
    made: &Made<'_>,
    told: &mut HashSet<(usize, usize, Place)>,
    built: &mut Built,
) {
    let goal = &made.sealed.sealed_for;
    let differs = |is: &Option<String>, goal: &Option<String>| match (is, goal) {
        (Some(is), Some(goal)) => is != goal,
        _ => false,
    };
    let namespace =
        made.scope != Scope::ClusterWide && differs(&made.label.namespace, &goal.namespace);
    let name = made.scope == Scope::Strict && differs(&made.label.name, &goal.name);
    if !namespace && !name {
        if made.scope == made.sealed.sealed_scope {
            built.put_right.insert(made.place);
        }
        return;
    }
    let causes: Vec<_> = made
        .causes
        .iter()
        .filter(|(.., what, _)| {
            if *what == "namespace" {
                namespace
            } else {
                name
            }
        })
        .collect();
    let Some((index, span, ..)) = causes.first() else {
        return;
    };
    if made.is_patched
        || made.sealed.items.is_empty()
        || !told.insert((*index, span.line, made.place))
    {
        return;
    }
    let settings: Vec<_> = causes
        .iter()
        .map(|(.., what, value)| format!("{what} {value}"))
        .collect();
    let kustomization = &files.inspections[*index];
    let file = &files.inspections[made.place.0].path;
    let mut finding = made
        .sealed
        .finding(&kustomization.path, Rule::SealedRelabelled);
    finding.span = *span;
    finding.allowance_line = span.line;
    finding.position = format!("{}/{}", file.display(), made.sealed.position);
    finding.message = format!(
        "{} set over {}, which was sealed for {} and cannot be opened as {}",
        match settings.as_slice() {
            [one] => format!("{one} is"),
            several => format!("{} are", several.join(" and ")),
        },
        file.display(),
        shown(goal, made.scope),
        shown(&made.label, made.scope),
    );
    built.findings.push((*index, finding));
}

/// The part of a label that a scope needs.
fn shown(names: &Names, scope: Scope) -> String {
    let namespace = names.namespace.as_deref();
    match (namespace, names.name.as_deref()) {
        (Some(namespace), _) if scope == Scope::NamespaceWide => format!("namespace {namespace}"),
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        (None, Some(name)) => name.to_owned(),
        (namespace, None) => namespace.unwrap_or_default().to_owned(),
    }
}

/// Reports SealedSecrets that come out under a name that another one has already.
fn duplicates(
    files: &Files<'_>,
    sealed: &[Made<'_>],
    told: &mut HashSet<(Place, Place)>,
    findings: &mut Vec<Located>,
) {
    let mut first: HashMap<&Names, &Made<'_>> = HashMap::new();
    for made in sealed.iter().filter(|made| made.label.name.is_some()) {
        let Some(other) = first.get(&made.label) else {
            first.insert(&made.label, made);
            continue;
        };
        if !told.insert((other.place, made.place)) {
            continue;
        }
        let (index, _) = made.place;
        let path = &files.inspections[index].path;
        let mut finding = made.sealed.finding(path, Rule::SealedDuplicate);
        let (other_file, _) = other.place;
        let place = if other_file == index {
            format!("line {}", other.sealed.span.line)
        } else {
            files.inspections[other_file].path.display().to_string()
        };
        finding.message = format!(
            "a kustomization takes in another one of this name, in {place}: one hides the other"
        );
        findings.push((index, finding));
    }
}

/// Reports operations in files that a kustomization applies to Secrets.
fn patches(files: &Files<'_>, findings: &mut Vec<Located>) {
    let mut done = HashSet::new();
    for inspection in files.inspections {
        for kustomization in &inspection.facts.kustomizations {
            for (path, target) in &kustomization.patches_of_secrets {
                let Some(index) = files.paths.get(path).copied() else {
                    continue;
                };
                if !done.insert(index) {
                    continue;
                }
                for patch in &files.inspections[index].facts.patches {
                    let object = Some(target.clone());
                    let finding = Finding {
                        object,
                        ..patch.clone()
                    };
                    findings.push((index, finding));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Options, Surroundings, conclude, inspect};

    /// Where time grows with the square of the length, this takes minutes.
    #[test]
    fn many_patches_of_many_values_take_no_longer() {
        let value = crate::manifest::encode(&[&[0, 128][..], &[7; 145]].concat());
        let sealed = |n: usize| {
            format!(
                "---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: a{n}}}\n\
                 spec: {{encryptedData: {{b: {value}}}}}\n"
            )
        };
        let sealed: String = (0..10_000).map(sealed).collect();
        let patches: String = (0..100_000)
            .map(|n| format!("- path: p{n}.yaml\n"))
            .collect();
        let kustomization = format!("namePrefix: c-\nresources: [a.yaml]\npatches:\n{patches}");
        let files = [("a.yaml", sealed), ("kustomization.yaml", kustomization)];
        let inspections = files
            .map(|(name, text)| inspect(Path::new(name), text.as_bytes(), &Options::default()));
        let around = Surroundings {
            whole: false,
            read: &|_| None,
            counts: &|_| true,
        };
        let report = conclude(inspections.into(), &around);
        let relabelled = |it: &&super::Finding| it.rule == super::Rule::SealedRelabelled;
        assert_eq!(report.findings.iter().filter(relabelled).count(), 10_000);
    }
}
