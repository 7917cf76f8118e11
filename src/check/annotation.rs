//! Labels and annotations, and the annotations that keep what was applied last.

use std::io::Read as _;

use flate2::read::GzDecoder;
use zeroize::Zeroizing;

use super::file::LARGEST_FILE;
use super::finding::Object;
use super::object::{Fields, text};
use super::rule::Rule;
use super::secret;
use super::source::{Source, Trail};
use super::walk::{Context, Walk};
use crate::manifest::{self, COPIES_OF_THE_OBJECT};

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
        let Some(written) = text(entry.value) else {
            continue;
        };
        let unpacked = unpacked(walk, written);
        let applied = unpacked.as_deref().map_or(written, String::as_str);
        let Ok(trees) = walk.parse(applied) else {
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

/// What kubecfg has packed: JSON, compressed by gzip, in base64 (upstream: `utils/meta.go` of kubecfg,
/// `CompactEncodeObject`). None where it is nothing of the kind.
fn unpacked(walk: &mut Walk<'_>, written: &str) -> Option<Zeroizing<String>> {
    /// What a gzip file begins with (RFC 1952, 2.3.1), in base64.
    const BEGIN: &str = "H4sI";
    if !written.starts_with(BEGIN) {
        return None;
    }
    let packed = manifest::decode(written).ok()?;
    // The length that it claims to have, in its last four bytes: the buffer never grows, so that no
    // smaller one is left behind unwiped, and what it costs is counted before.
    let length = u32::from_le_bytes(*packed.last_chunk()?);
    let room = usize::try_from(length).ok()?;
    if room > LARGEST_FILE || !walk.spend(room) {
        return None;
    }
    let mut text = Zeroizing::new(String::with_capacity(room));
    GzDecoder::new(packed.as_slice())
        .take(u64::from(length))
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}
