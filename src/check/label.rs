//! What the metadata of a SealedSecret and of its template says: name, namespace and scope.
//!
//! Owns what of it counts, and where the two contradict each other. What was sealed is opened under
//! the label that these make ([`crate::scope`]).

use super::facts::Names;
use super::object::{Fields, is_item_name, text};
use super::source::Source;
use crate::scope::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, Scope};

const SCOPES: [&str; 2] = [CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION];

fn annotations<'t>(fields: &Fields<'t>) -> Fields<'t> {
    fields.fields("metadata").fields("annotations")
}

/// The scope that the annotations of an object or of a template say, and whether any says one.
pub(super) fn scope(source: &Source<'_>, fields: &Fields<'_>) -> (Scope, bool) {
    let annotations = annotations(fields);
    let said: Vec<_> = SCOPES
        .into_iter()
        .filter_map(|name| {
            let node = annotations.get(name)?;
            source.actions(node).is_empty().then_some(())?;
            Some((name, text(node)?))
        })
        .collect();
    let any = said.iter().any(|(_, value)| *value == "true");
    (Scope::from_annotations(said), any)
}

/// What an object or a template is called, as far as that is said and nothing is filled in later.
pub(super) fn names(source: &Source<'_>, fields: &Fields<'_>) -> Names {
    let metadata = fields.fields("metadata");
    let said = |key| {
        let node = metadata.get(key)?;
        source.actions(node).is_empty().then_some(())?;
        text(node).filter(|text| is_name(text)).map(str::to_owned)
    };
    Names {
        namespace: said("namespace"),
        name: said("name"),
    }
}

/// A name that an object can have (RFC 1123), so that nothing in it is filled in later.
pub(super) fn is_name(text: &str) -> bool {
    is_item_name(text)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

/// What a template says otherwise than its SealedSecret, as far as it matters in that scope.
pub(super) fn contradictions(
    label: &Names,
    inner: &Names,
    scope: Scope,
    inner_scope: Option<Scope>,
) -> Vec<String> {
    let differs = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(outer), Some(inner)) if outer != inner => Some(inner.clone()),
        _ => None,
    };
    let mut found = Vec::new();
    if scope != Scope::ClusterWide
        && let Some(namespace) = differs(&label.namespace, &inner.namespace)
    {
        found.push(format!("namespace {namespace}"));
    }
    if scope == Scope::Strict
        && let Some(name) = differs(&label.name, &inner.name)
    {
        found.push(format!("name {name}"));
    }
    if let Some(inner) = inner_scope.filter(|inner| *inner != scope) {
        found.push(format!("scope {inner}"));
    }
    found
}

/// What is wrong with scope annotations that contradict each other, or do not count.
pub(super) fn conflict(source: &Source<'_>, fields: &Fields<'_>) -> Option<String> {
    let annotations = annotations(fields);
    let said = |name| {
        let node = annotations.get(name)?;
        let known = source.actions(node).is_empty();
        text(node).filter(|_| known)
    };
    if said(CLUSTER_WIDE_ANNOTATION).is_some() && said(NAMESPACE_WIDE_ANNOTATION).is_some() {
        return Some(
            "it has the annotations of two scopes: remove the one that it was not sealed for"
                .to_owned(),
        );
    }
    let odd = |name| said(name).is_some_and(|value| value != "true");
    let name = SCOPES.into_iter().find(|name| odd(name))?;
    Some(format!(
        "the annotation {name} counts only when it says \"true\""
    ))
}
