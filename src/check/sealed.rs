//! SealedSecrets: items that are no sealed values, metadata that contradicts itself, readable values
//! in a template.
//!
//! Owns what the controller makes of each field. What an item is on its own is
//! [`super::ciphertext`]; what two SealedSecrets say about each other is [`super::conclude`](mod@super::conclude).

use super::ciphertext::Ciphertext;
use super::facts::{Digest, Names, Sealed};
use super::finding::{Finding, Object, Span};
use super::object::{Fields, is_item_name, text};
use super::rule::Rule;
use super::secret;
use super::source::{Source, Trail, object_of};
use super::value::{Rules, Verdict, judge};
use super::walk::Walk;
use crate::scope::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, Scope};
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
        let annotations = annotations(fields);
        let said = |name| {
            let node = annotations.get(name)?;
            let known = self.source.actions(node).is_empty();
            text(node).filter(|_| known)
        };
        let odd = |name| said(name).is_some_and(|value| value != "true");
        let message = if said(CLUSTER_WIDE_ANNOTATION).is_some()
            && said(NAMESPACE_WIDE_ANNOTATION).is_some()
        {
            "it has the annotations of two scopes: remove the one that it was not sealed for"
                .to_owned()
        } else if let Some(name) = SCOPES.into_iter().find(|name| odd(name)) {
            format!("the annotation {name} counts only when it says \"true\"")
        } else {
            return;
        };
        let finding = self.finding(Rule::SealedScopeConflict, None, message);
        self.found.push(finding);
    }

    /// Reports readable values in a template.
    fn template_values(&mut self, specs: &[Fields<'_>]) {
        let mut found = Found::new();
        for template in specs.iter().flat_map(|spec| spec.all("template")) {
            let template = Fields::within(template);
            for data in ["data", "stringData"]
                .iter()
                .flat_map(|key| template.all(key))
            {
                let entries = Fields::within(data);
                let values = entries.entries().iter().filter(|entry| {
                    is_password(entry.key.text)
                        && self.source.scalar(entry.value).is_some_and(|value| {
                            !matches!(value, "true" | "false")
                                && !value.contains("{{")
                                && judge(value, self.rules) >= Verdict::Placeholder
                        })
                });
                found.extend(values.map(|entry| (entry.key.text, entry.value)));
            }
        }
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
        let label = names(self.source, fields);
        let inner = template.as_ref().map(|fields| names(self.source, fields));
        let inner = inner.unwrap_or_default();
        let (scope, _) = scope(self.source, fields);
        let inner_scope = template
            .as_ref()
            .map(|fields| self::scope(self.source, fields));
        // A template without the annotation says nothing: who writes one by hand leaves it out.
        let inner_scope = inner_scope.and_then(|(scope, is_said)| is_said.then_some(scope));
        let contradictions = contradictions(&label, &inner, scope, inner_scope);
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

const SCOPES: [&str; 2] = [CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION];

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

fn annotations<'t>(fields: &Fields<'t>) -> Fields<'t> {
    fields.fields("metadata").fields("annotations")
}

/// The scope that the annotations of an object or of a template say, and whether any says one.
fn scope(source: &Source<'_>, fields: &Fields<'_>) -> (Scope, bool) {
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
fn names(source: &Source<'_>, fields: &Fields<'_>) -> Names {
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
fn contradictions(
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

/// Whether other tools take what has this name for a password.
fn is_password(name: &str) -> bool {
    const PARTS: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "encryptionkey",
    ];
    /// What is about a password, but none.
    const ABOUT: [&str; 15] = [
        "name",
        "url",
        "uri",
        "host",
        "port",
        "path",
        "file",
        "id",
        "type",
        "ttl",
        "endpoint",
        "enabled",
        "namespace",
        "algorithm",
        "issuer",
    ];
    let word: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    PARTS.iter().any(|part| word.contains(part)) && !ABOUT.iter().any(|end| word.ends_with(end))
}

fn push_new(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
