//! Secrets with readable values.

use std::collections::HashSet;

use super::annotation::Metadata;
use super::finding::Object;
use super::key;
use super::object::{Fields, is_item_name, is_word};
use super::rule::Rule;
use super::source::{Source, Trail, object_of};
use super::value::{Rules, Verdict, decoded, has_placeholder, judge};
use super::walk::Walk;
use crate::yaml::Node;

/// The label of a Secret that holds a key pair of the controller (upstream:
/// `pkg/controller/keyregistry.go`).
const SEALING_KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";
/// How the controller names them.
const SEALING_KEY_NAME: &str = "sealed-secrets-key";

/// What the values of a Secret are.
#[derive(Default)]
pub(super) struct Values<'t> {
    /// Names, with the nodes of the keys.
    pub(super) real: Vec<(&'t str, Node<'t>)>,
    pub(super) placeholders: Vec<(&'t str, Node<'t>)>,
    pub(super) has_private_key: bool,
    /// Whether a value is filled in, in part or as a whole.
    pub(super) filled_in: bool,
}

/// Looks at one Secret.
pub(super) fn inspect(
    walk: &mut Walk<'_>,
    source: &Source<'_>,
    node: Node<'_>,
    fields: &Fields<'_>,
    trail: &Trail<'_>,
) {
    let mut object = object_of(source, fields);
    "Secret".clone_into(&mut object.kind);
    walk.facts().secrets.push(object.clone());
    if fields.any_is("$patch", "delete") {
        return;
    }
    let values = values(source, fields);
    let (found, rule) = if !values.real.is_empty() {
        let rule = if is_sealing_key(fields, &object) {
            Rule::SealingKey
        } else {
            Rule::PlaintextSecret
        };
        (&values.real, rule)
    } else if !values.placeholders.is_empty() {
        (&values.placeholders, Rule::PlaceholderValue)
    } else {
        return;
    };
    let whole = source.span(node);
    // In a template it is the literal that somebody has to look at.
    let span = match found.first() {
        Some((_, key)) if !source.actions(node).is_empty() => source.span(*key),
        _ => whole,
    };
    let mut finding = walk.finding(rule, span, trail);
    finding.allowance_line = whole.line;
    finding.keys = names(found);
    let mut message = match rule {
        Rule::SealingKey => {
            "the private key of the controller, which opens everything that was sealed with it"
                .to_owned()
        }
        Rule::PlaintextSecret => count(found.len(), "in plaintext"),
        _ => match found.len() {
            1 => "1 value that looks like a placeholder".to_owned(),
            n => format!("{n} values that look like placeholders"),
        },
    };
    message.push_str(&listed(&finding.keys));
    if rule == Rule::PlaintextSecret && values.has_private_key {
        message.push_str(", a private key among them");
    }
    finding.message = message;
    let rules = rules(source, fields);
    finding.filled_in = values.filled_in
        || [&object.name, &object.namespace]
            .iter()
            .any(|text| has_placeholder(text, rules));
    finding.object = Some(object);
    if rule != Rule::PlaceholderValue {
        walk.cover(whole);
    }
    walk.report(finding);
}

fn count(values: usize, how: &str) -> String {
    match values {
        1 => format!("1 value {how}"),
        n => format!("{n} values {how}"),
    }
}

/// The names of items, each once.
pub(super) fn names(values: &[(&str, Node<'_>)]) -> Vec<String> {
    let mut seen = HashSet::new();
    values
        .iter()
        .filter(|(name, _)| is_item_name(name) && seen.insert(*name))
        .map(|(name, _)| (*name).to_owned())
        .collect()
}

/// Names in brackets behind a message, unless there are none.
pub(super) fn listed(names: &[String]) -> String {
    /// More than this nobody reads.
    const MOST: usize = 20;
    match names {
        [] => String::new(),
        names if names.len() <= MOST => format!(" ({})", names.join(", ")),
        names => format!(
            " ({} and {} more)",
            names[..MOST].join(", "),
            names.len() - MOST
        ),
    }
}

/// Sorts the values of `data` and `stringData`.
pub(super) fn values<'t>(source: &Source<'t>, fields: &Fields<'t>) -> Values<'t> {
    let rules = rules(source, fields);
    let mut values = Values::default();
    for (field, encoded) in [("data", true), ("stringData", false)] {
        let rules = Rules { encoded, ..rules };
        for node in fields.all(field) {
            let items = Fields::within(node);
            if is_body(node) {
                // An object of its own is met where it stands.
                if items.get("kind").is_none() {
                    let inner = self::values(source, &items);
                    values.real.extend(inner.real);
                    values.placeholders.extend(inner.placeholders);
                    values.has_private_key |= inner.has_private_key;
                    values.filled_in |= inner.filled_in;
                }
                continue;
            }
            for entry in items.entries() {
                let name = source.scalar(entry.key_node).unwrap_or_default();
                item(
                    source,
                    (name, entry.key_node),
                    entry.value,
                    rules,
                    &mut values,
                );
            }
        }
    }
    values.real.sort_by_key(|(_, node)| node.range().start);
    values
        .placeholders
        .sort_by_key(|(_, node)| node.range().start);
    values
}

/// Whether what stands under `data` is not the items but the whole body of an object, as in the rules
/// by which Kyverno generates one.
pub(super) fn is_body(data: Node<'_>) -> bool {
    data.own_entries().is_some_and(|entries| {
        entries.iter().any(|(key, value)| {
            value.is_mapping()
                && ["metadata", "data", "stringData"]
                    .iter()
                    .any(|field| is_word(*key, field))
        })
    })
}

/// What decides about the values of an object.
pub(super) fn rules(source: &Source<'_>, fields: &Fields<'_>) -> Rules {
    Rules {
        encoded: false,
        sops: source.sops,
        script: source.script,
        vault_plugin: Metadata::of(fields)
            .has_annotation(|name| name.starts_with("avp.kubernetes.io/")),
    }
}

fn item<'t>(
    source: &Source<'t>,
    key: (&'t str, Node<'t>),
    node: Node<'t>,
    rules: Rules,
    values: &mut Values<'t>,
) {
    if let Some(elements) = node.elements() {
        for element in elements.into_iter().filter(|element| !element.is_alias()) {
            item(source, key, element, rules, values);
        }
    } else if node.is_mapping() {
        for entry in Fields::within(node).entries() {
            if !entry.value.is_alias() {
                item(source, key, entry.value, rules, values);
            }
        }
    } else if let Some(text) = source.scalar(node) {
        values.filled_in |= has_placeholder(text, rules)
            || rules.encoded && decoded(text).is_some_and(|text| has_placeholder(&text, rules));
        match judge(text, rules) {
            Verdict::Empty | Verdict::Reference => {}
            Verdict::Placeholder => values.placeholders.push(key),
            Verdict::Real => {
                values.real.push(key);
                values.has_private_key |= key::is_in(text)
                    || rules.encoded && decoded(text).is_some_and(|text| key::is_in(&text));
            }
        }
    }
}

fn is_sealing_key(fields: &Fields<'_>, object: &Object) -> bool {
    Metadata::of(fields).has_label(|name| name == SEALING_KEY_LABEL)
        || object.name.starts_with(SEALING_KEY_NAME) && fields.any_is("type", "kubernetes.io/tls")
}
