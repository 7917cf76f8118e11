//! JSON patches (RFC 6902) that put a value into a Secret.

use super::finding::Object;
use super::object::{Fields, is_item_name, is_word};
use super::rule::Rule;
use super::secret::listed;
use super::source::{Source, Trail};
use super::value::{Rules, Verdict, judge};
use super::walk::{Context, Walk};
use crate::yaml::Node;

/// What a patch changes, as a kustomization says beside it.
#[derive(Clone, Copy)]
pub(super) struct Target<'t> {
    kind: &'t str,
    namespace: &'t str,
    name: &'t str,
}

/// What the patch in the entry `key` of a mapping changes.
pub(super) fn target<'t>(fields: &Fields<'t>, key: &str) -> Option<Target<'t>> {
    if key != "patch" {
        return None;
    }
    fields.get("target").map(|node| {
        let target = Fields::within(node);
        Target {
            kind: target.text("kind").unwrap_or_default(),
            namespace: target.text("namespace").unwrap_or_default(),
            name: target.text("name").unwrap_or_default(),
        }
    })
}

/// Looks at the elements of a sequence that may be operations.
pub(super) fn operations(
    walk: &mut Walk<'_>,
    source: &Source<'_>,
    elements: &[Node<'_>],
    trail: &Trail<'_>,
    context: &Context<'_>,
) {
    for (index, element) in elements.iter().enumerate() {
        // Its own keys first: to follow merge keys takes longer.
        let is_operation = element
            .own_entries()
            .is_some_and(|entries| entries.iter().any(|(key, _)| is_word(*key, "op")));
        if is_operation && walk.visit(1) {
            operation(walk, source, *element, &trail.index(index), context);
        }
    }
}

fn operation(
    walk: &mut Walk<'_>,
    source: &Source<'_>,
    node: Node<'_>,
    trail: &Trail<'_>,
    context: &Context<'_>,
) {
    let fields = Fields::within(node);
    if !walk.visit(fields.entries().len()) {
        return;
    }
    if !(fields.any_is("op", "add") || fields.any_is("op", "replace")) {
        return;
    }
    let Some(path) = fields.text("path") else {
        return;
    };
    let mut steps = path.strip_prefix('/').unwrap_or(path).splitn(2, '/');
    let encoded = match steps.next() {
        Some("data") => true,
        Some("stringData") => false,
        _ => return,
    };
    let rules = Rules {
        encoded,
        sops: source.sops,
        ..Rules::default()
    };
    let item = steps
        .next()
        .map(|name| name.replace("~1", "/").replace("~0", "~"));
    let mut keys = Vec::new();
    let mut worst = Verdict::Empty;
    for value in fields.all("value") {
        if value.is_mapping() {
            for entry in Fields::within(value).entries() {
                let verdict = source
                    .scalar(entry.value)
                    .map_or(Verdict::Empty, |text| judge(text, rules));
                if verdict >= Verdict::Placeholder {
                    keys.push(entry.key.text.to_owned());
                }
                worst = worst.max(verdict);
            }
        } else if let Some(text) = source.scalar(value) {
            keys.extend(item.clone());
            worst = worst.max(judge(text, rules));
        }
    }
    let rule = match worst {
        Verdict::Real => Rule::PlaintextSecret,
        Verdict::Placeholder => Rule::PlaceholderValue,
        Verdict::Reference | Verdict::Empty => return,
    };
    let target = context.target.filter(|target| !target.kind.is_empty());
    let span = source.span(node);
    let mut finding = walk.finding(rule, span, trail);
    keys.retain(|key| is_item_name(key));
    let shown = listed(&keys);
    finding.keys = keys;
    finding.object = Some(Object {
        kind: "Secret".to_owned(),
        namespace: target.map_or("", |target| target.namespace).to_owned(),
        name: target.map_or("", |target| target.name).to_owned(),
    });
    finding.message = if rule == Rule::PlaintextSecret {
        format!("a patch with a value in plaintext{shown}")
    } else {
        format!("a patch with a value that looks like a placeholder{shown}")
    };
    match target {
        Some(target) if target.kind != "Secret" => {}
        // Nothing but a Secret has stringData.
        None if encoded => walk.facts().patches.push(finding),
        _ => {
            walk.cover(span);
            walk.report(finding);
        }
    }
}
