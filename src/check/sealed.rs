//! SealedSecrets: items that are no sealed values, metadata that contradicts itself, readable values
//! in a template.
//!
//! Owns what the controller makes of each field. What an item is on its own is
//! [`super::ciphertext`]; what its metadata says, [`super::label`]; what two SealedSecrets say about
//! each other is [`super::conclude`](mod@super::conclude).

mod template;

use super::ciphertext::Ciphertext;
use super::facts::{Digest, Names, Sealed};
use super::finding::{Finding, Object, Span};
use super::object::{Fields, text};
use super::rule::Rule;
use super::source::{Source, Trail, object_of};
use super::value::Rules;
use super::walk::Walk;
use super::{label, secret};
use crate::yaml::Node;

/// A part of a SealedSecret that is looked at as a whole, so that nothing in it is taken for an
/// object of its own.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Part {
    #[default]
    None,
    Spec,
    Template,
}

impl Part {
    /// What stands under `key` of this part, or of a SealedSecret itself.
    pub(super) fn under(self, key: &str, is_sealed: bool) -> Self {
        match (self, key) {
            (_, "spec") if is_sealed => Self::Spec,
            (Self::Spec, "template") => Self::Template,
            _ => Self::None,
        }
    }

    /// Whether what stands under `key` was looked at.
    pub(super) fn has_read(self, key: &str) -> bool {
        match self {
            Self::None => false,
            Self::Spec => matches!(key, "encryptedData" | "data" | "stringData"),
            Self::Template => matches!(key, "data" | "stringData"),
        }
    }
}

/// Looks at one SealedSecret.
pub(super) fn inspect(
    walk: &mut Walk<'_>,
    source: &Source<'_>,
    node: Node<'_>,
    fields: &Fields<'_>,
    trail: &Trail<'_>,
) {
    let mut object = object_of(source, fields);
    "SealedSecret".clone_into(&mut object.kind);
    let specs: Vec<_> = fields.all("spec").map(Fields::within).collect();
    let nodes = nodes(source, fields, &specs);
    if !walk.visit(nodes.len()) {
        return;
    }
    let mut look = Look {
        walk,
        source,
        trail,
        span: source.span(node),
        is_template: !source.actions(node).is_empty(),
        object,
        rules: secret::rules(source, fields),
        found: Vec::new(),
    };
    let items = look.items(&nodes);
    look.deprecated(&specs);
    look.conflict(fields);
    look.template_values(&specs);
    let sealed = look.facts(fields, &specs, items);
    let found = look.found;
    walk.facts().sealed.push(sealed);
    for finding in found {
        walk.report(finding);
    }
}

/// A look at one SealedSecret.
struct Look<'l> {
    walk: &'l Walk<'l>,
    source: &'l Source<'l>,
    trail: &'l Trail<'l>,
    span: Span,
    is_template: bool,
    object: Object,
    rules: Rules,
    found: Vec<Finding>,
}

/// Items that are found for one reason.
type Found<'t> = Vec<(&'t str, Node<'t>)>;

impl Look<'_> {
    fn finding(&self, rule: Rule, at: Option<Node<'_>>, message: String) -> Finding {
        // In a template it is the item that somebody has to look at.
        let span = at
            .filter(|_| self.is_template)
            .map_or(self.span, |node| self.source.span(node));
        let mut finding = self.walk.finding(rule, span, self.trail);
        finding.allowance_line = self.span.line;
        finding.object = Some(self.object.clone());
        finding.message = message;
        finding
    }

    /// Reports items; behind their number stands the first text for one, the second for several.
    fn report(&mut self, rule: Rule, items: &Found<'_>, what: [&str; 2]) {
        let Some((_, first)) = items.first() else {
            return;
        };
        let keys = secret::names(items);
        let mut message = match items.len() {
            1 => format!("1 {}", what[0]),
            n => format!("{n} {}", what[1]),
        };
        message.push_str(&secret::listed(&keys));
        let mut finding = self.finding(rule, Some(*first), message);
        finding.keys = keys;
        self.found.push(finding);
    }

    /// Looks at the items, and returns their names with what tells the ciphertexts apart.
    fn items(&mut self, nodes: &Found<'_>) -> Vec<(String, Option<Digest>)> {
        let (mut malformed, mut reasons) = (Found::new(), Vec::new());
        let (mut other_size, mut sizes) = (Found::new(), Vec::new());
        let (mut placeholders, mut empty) = (Found::new(), Found::new());
        let mut items = Vec::new();
        for &(name, node) in nodes {
            let ciphertext = Ciphertext::of(self.source, node, self.rules);
            let mut item = (name.to_owned(), None);
            match ciphertext {
                Ciphertext::Elsewhere => {}
                Ciphertext::Placeholder => placeholders.push((name, node)),
                Ciphertext::Malformed(why) => {
                    malformed.push((name, node));
                    push_new(&mut reasons, why.to_owned());
                }
                Ciphertext::Sealed {
                    key_size,
                    is_empty,
                    digest,
                } => {
                    item.1 = Some(digest);
                    if is_empty {
                        empty.push((name, node));
                    }
                    let wanted = self.walk.options.key_size;
                    if wanted.is_some_and(|wanted| wanted != key_size) {
                        other_size.push((name, node));
                        push_new(&mut sizes, (key_size * 8).to_string());
                    }
                }
            }
            items.push(item);
        }
        let why = reasons.join(", ");
        self.report(
            Rule::SealedMalformed,
            &malformed,
            [
                &format!("item is no sealed value: {why}"),
                &format!("items are no sealed values: {why}"),
            ],
        );
        let bits = self.walk.options.key_size.unwrap_or_default() * 8;
        let sizes = sizes.join(" and ");
        self.report(
            Rule::SealedWrongKeySize,
            &other_size,
            [
                &format!("value is for a key of {sizes} bits, the certificate has {bits}"),
                &format!("values are for a key of {sizes} bits, the certificate has {bits}"),
            ],
        );
        self.report(
            Rule::SealedEmpty,
            &empty,
            [
                "value is empty under its seal",
                "values are empty under their seals",
            ],
        );
        self.report(
            Rule::PlaceholderValue,
            &placeholders,
            [
                "item looks like a placeholder",
                "items look like placeholders",
            ],
        );
        items
    }

    /// Reports the field of the first format, in which all values were sealed as one.
    fn deprecated(&mut self, specs: &[Fields<'_>]) {
        let mut data = specs.iter().flat_map(|spec| spec.all("data"));
        let data = data.find(|node| node.scalar().is_none() || text(*node).is_some());
        if let Some(node) = data {
            let message = "spec.data is the field of the first format, which is deprecated: \
                           seal each item into spec.encryptedData";
            let finding = self.finding(Rule::SealedDeprecatedData, Some(node), message.to_owned());
            self.found.push(finding);
        }
    }

    /// Reports scope annotations that contradict each other, or do not count.
    fn conflict(&mut self, fields: &Fields<'_>) {
        if let Some(message) = label::conflict(self.source, fields) {
            let finding = self.finding(Rule::SealedScopeConflict, None, message);
            self.found.push(finding);
        }
    }

    /// Reports readable values in a template.
    fn template_values(&mut self, specs: &[Fields<'_>]) {
        let found = template::readable(self.source, specs, self.rules);
        self.report(
            Rule::PlaintextTemplate,
            &found,
            [
                "value in the template is in plaintext",
                "values in the template are in plaintext",
            ],
        );
    }

    /// What other files are compared with.
    fn facts(
        &self,
        fields: &Fields<'_>,
        specs: &[Fields<'_>],
        items: Vec<(String, Option<Digest>)>,
    ) -> Sealed {
        let template = specs.last().and_then(|spec| spec.get("template"));
        let template = template.map(Fields::within);
        let label = label::names(self.source, fields);
        let inner = template
            .as_ref()
            .map(|fields| label::names(self.source, fields));
        let inner = inner.unwrap_or_default();
        let (scope, _) = label::scope(self.source, fields);
        let inner_scope = template
            .as_ref()
            .map(|fields| label::scope(self.source, fields));
        // A template without the annotation says nothing: who writes one by hand leaves it out.
        let inner_scope = inner_scope.and_then(|(scope, is_said)| is_said.then_some(scope));
        let contradictions = label::contradictions(&label, &inner, scope, inner_scope);
        let mismatch = (!items.is_empty() && !contradictions.is_empty()).then(|| {
            let message = format!(
                "its template says {}: values that were sealed for that cannot be opened here",
                contradictions.join(" and ")
            );
            self.finding(Rule::SealedLabelMismatch, None, message)
        });
        Sealed {
            object: self.object.clone(),
            span: self.span,
            position: self.trail.to_string(),
            sealed_for: Names {
                namespace: inner.namespace.or_else(|| label.namespace.clone()),
                name: inner.name.or_else(|| label.name.clone()),
            },
            label,
            scope,
            sealed_scope: inner_scope.unwrap_or(scope),
            mismatch,
            items,
            has_other_items: self.is_template
                || specs.iter().any(|spec| spec.get("data").is_some())
                || template.is_some_and(|template| {
                    template.get("data").is_some() || template.get("stringData").is_some()
                }),
        }
    }
}

/// Every item, also where somebody put it beside the field that it belongs to, and the old field as
/// one without a name.
fn nodes<'t>(source: &Source<'t>, fields: &Fields<'t>, specs: &[Fields<'t>]) -> Found<'t> {
    let mut nodes = Found::new();
    for fields in std::iter::once(fields).chain(specs) {
        let maps = ["encryptedData", "data", "stringData"];
        for node in maps.into_iter().flat_map(|key| fields.all(key)) {
            if node.is_mapping() {
                let items = Fields::within(node);
                nodes.extend(items.entries().iter().map(|entry| {
                    let name = source.scalar(entry.key_node).unwrap_or_default();
                    (name, entry.value)
                }));
            } else if text(node).is_some_and(|text| !text.is_empty()) {
                nodes.push(("", node));
            }
        }
    }
    nodes
}

fn push_new(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
