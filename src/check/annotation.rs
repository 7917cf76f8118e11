//! Labels and annotations, and the annotations that keep what was applied last.

use super::finding::Object;
use super::object::{Fields, text};
use super::rule::Rule;
use super::secret;
use super::source::{Source, Trail};
use super::walk::{Context, Walk};
use crate::manifest::COPIES_OF_THE_OBJECT;
use crate::yaml;

/// The metadata of an object, wherever it stands twice.
pub(super) struct Metadata<'t>(Vec<Fields<'t>>);

impl<'t> Metadata<'t> {
    pub(super) fn of(fields: &Fields<'t>) -> Self {
        Self(fields.all("metadata").map(Fields::within).collect())
    }

    pub(super) fn has_annotation(&self, is: impl Fn(&str) -> bool) -> bool {
        self.has("annotations", is)
    }

    pub(super) fn has_label(&self, is: impl Fn(&str) -> bool) -> bool {
        self.has("labels", is)
    }

    fn has(&self, field: &str, is: impl Fn(&str) -> bool) -> bool {
        self.0.iter().any(|metadata| {
            metadata.all(field).any(|node| {
                Fields::within(node)
                    .entries()
                    .iter()
                    .any(|entry| is(entry.key.text))
            })
        })
    }
}

/// Whether an annotation keeps an object as it was applied.
pub(super) fn is_last_applied(name: &str) -> bool {
    COPIES_OF_THE_OBJECT.contains(&name)
}

/// Finds an annotation in `fields` that holds a Secret with readable values.
pub(super) fn find(
    walk: &mut Walk<'_>,
    source: &Source<'_>,
    fields: &Fields<'_>,
    trail: &Trail<'_>,
    context: &Context<'_>,
) {
    for entry in fields.entries() {
        if !is_last_applied(entry.key.text) {
            continue;
        }
        let Some(applied) = text(entry.value) else {
            continue;
        };
        let Ok(trees) = yaml::read_leniently(applied) else {
            continue;
        };
        for tree in &trees {
            let object = Fields::within(tree.root());
            if !object.any_is("kind", "Secret") {
                continue;
            }
            let inner = Source::of_text(applied);
            let values = secret::values(&inner, &object);
            if values.real.is_empty() {
                continue;
            }
            let own = source.span(entry.key_node);
            let span = context.object.map_or(own, |(_, node)| source.span(node));
            let mut finding = walk.finding(Rule::LeakedAnnotation, span, trail);
            finding.keys = secret::names(&values.real);
            finding.object = context.object.map(|(object, _)| Object::clone(object));
            finding.message = format!(
                "the annotation {} holds a Secret in plaintext{}",
                entry.key.text,
                secret::listed(&finding.keys)
            );
            walk.cover(own);
            walk.report(finding);
            break;
        }
    }
}
