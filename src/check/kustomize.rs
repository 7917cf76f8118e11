//! Kustomizations: what one takes in, and what it changes.
//!
//! Owns the fields of the file. What several of them build together is [`super::built`]; the Secrets
//! that one generates, [`super::generator`].

use std::path::{Component, Path, PathBuf};

use super::facts::Kustomization;
use super::finding::{Object, Span};
use super::generator;
use super::object::{Fields, text};
use super::source::{Source, Trail};
use super::walk::Walk;
use crate::scope::Scope;
use crate::yaml::Node;

/// The names that kustomize looks for in a folder (upstream:
/// `api/konfig/general.go`, `RecognizedKustomizationFileNames`).
pub(super) const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Looks at the root of a document in a kustomization file.
pub(super) fn inspect(walk: &mut Walk<'_>, source: &Source<'_>, root: Node<'_>, trail: &Trail<'_>) {
    let fields = Fields::within(root);
    if fields.entries().is_empty() {
        return;
    }
    for generators in fields.all("secretGenerator") {
        let own = trail.key("secretGenerator");
        for (index, node) in generators.elements().into_iter().flatten().enumerate() {
            generator::inspect(walk, source, node, &own.index(index));
        }
    }
    let folder = folder(walk.path());
    let file = |node: Node<'_>| {
        let path = literal(source, node)?;
        is_local(path).then(|| join(folder, path))
    };
    let mut kustomization = Kustomization {
        namespace: setting(source, &fields, "namespace"),
        name_prefix: setting(source, &fields, "namePrefix"),
        name_suffix: setting(source, &fields, "nameSuffix"),
        scope: common_scope(source, &fields),
        ..Kustomization::default()
    };
    for field in ["resources", "bases", "components"] {
        let elements = fields.elements(field);
        kustomization
            .resources
            .extend(elements.into_iter().filter_map(file));
    }
    for field in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
        for node in fields.elements(field) {
            let patch = Fields::within(node);
            let target = patch.fields("target");
            let kind = target.text("kind").unwrap_or_default();
            let path = file(patch.get("path").unwrap_or(node));
            let inline = patch
                .text("patch")
                .or_else(|| text(node))
                .unwrap_or_default();
            kustomization.patches_sealed |=
                kind.contains("SealedSecret") || inline.contains("SealedSecret");
            // A kind is a regular expression.
            if let Some(path) = &path
                && kind
                    .split(['|', '(', ')', '^', '$'])
                    .any(|kind| kind == "Secret")
            {
                let text = |key| target.text(key).unwrap_or_default().to_owned();
                let object = Object {
                    kind: "Secret".to_owned(),
                    namespace: text("namespace"),
                    name: text("name"),
                };
                kustomization
                    .patches_of_secrets
                    .push((path.clone(), object));
            }
            kustomization.patches.extend(path);
        }
    }
    walk.facts().kustomizations.push(kustomization);
}

/// The text of a scalar in which nothing is filled in later.
pub(super) fn literal<'t>(source: &Source<'_>, node: Node<'t>) -> Option<&'t str> {
    source.actions(node).is_empty().then_some(())?;
    text(node).filter(|text| !text.is_empty())
}

/// A field that changes what is built, and where it stands.
fn setting(source: &Source<'_>, fields: &Fields<'_>, key: &str) -> Option<(String, Span)> {
    let entry = fields
        .entries()
        .iter()
        .rfind(|entry| entry.key.text == key)?;
    let value = literal(source, entry.value)?;
    // What is filled in later can be anything.
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    value
        .chars()
        .all(is_name)
        .then(|| (value.to_owned(), source.span(entry.key_node)))
}

fn common_scope(source: &Source<'_>, fields: &Fields<'_>) -> Scope {
    let annotations = fields.fields("commonAnnotations");
    let pairs = annotations
        .entries()
        .iter()
        .filter_map(|entry| Some((entry.key.text, literal(source, entry.value)?)));
    Scope::from_annotations(pairs)
}

/// Whether a resource is a file or a folder, and not an address.
fn is_local(path: &str) -> bool {
    !path.contains("://") && !path.contains(['\n', '?']) && !path.starts_with("git@")
}

/// The folder of a file.
pub(super) fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or_else(|| Path::new(""))
}

/// What `path` names that is said in a file of `folder`.
pub(super) fn join(folder: &Path, path: &str) -> PathBuf {
    normal(&folder.join(path))
}

/// A path without `.` and, as far as that can be seen, without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for step in path.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            step => normal.push(step),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_local, join, normal};

    #[test]
    fn paths_are_followed_as_far_as_they_can_be() {
        for (folder, path, expected) in [
            ("", "a.yaml", "a.yaml"),
            ("a/b", "../c", "a/c"),
            ("a/b", "./../../c/", "c"),
            ("a", "../../c", "../c"),
            ("..", "../c", "../../c"),
            ("/a", "../../c", "/../c"),
        ] {
            assert_eq!(join(Path::new(folder), path), Path::new(expected));
        }
        assert_eq!(normal(Path::new("./a/./b")), Path::new("a/b"));
    }

    #[test]
    fn an_address_is_no_file() {
        for path in [
            "https://x/y",
            "git@x:y",
            "github.com/x/y?ref=1",
            "a: 1\nb: 2",
        ] {
            assert!(!is_local(path), "{path}");
        }
        assert!(is_local("../a-b/c d.yaml"));
    }
}
