//! The second look at a file, with the parser: which objects name a Secret, which make one, and what
//! else says a name.

use std::collections::HashSet;

use super::super::annotation::Metadata;
use super::super::finding::{Finding, Object, Span};
use super::super::kustomize::literal;
use super::super::label;
use super::super::mention::may_be_name;
use super::super::object::Fields;
use super::super::rule::Rule;
use super::super::source::{Source, Trail, object_of};
use super::super::value::{Rules, Verdict, judge};
use super::super::walk::Walk;
use super::sites::{self, Namespace, Site};
use crate::yaml::Node;

/// How deep Lists may stand in each other.
const DEEPEST: usize = 16;

/// What is looked for, and what was seen.
pub(in super::super) struct Look<'l> {
    wanted: &'l HashSet<&'l str>,
    pub(super) seen: Seen,
}

/// What was seen in one file of the names that are looked for.
#[derive(Default)]
pub(in super::super) struct Seen {
    pub(super) references: Vec<Reference>,
    pub(super) made: Vec<Made>,
    /// Names that stand somewhere else. What makes such a Secret may be there.
    pub(super) named: HashSet<String>,
    /// Names of Secrets that something copies to other namespaces, or puts more items into.
    pub(super) spread: HashSet<String>,
}

/// A place that names a Secret.
pub(super) struct Reference {
    /// What is reported, but for the keys and the message.
    pub(super) finding: Finding,
    /// The namespace of the Secret, where it is said.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    /// The items that are asked for.
    pub(super) keys: Vec<String>,
    /// Whether it is to pull images with.
    pub(super) is_of_registry: bool,
}

/// An object that is a Secret or makes one.
pub(super) struct Made {
    pub(super) object: Object,
    pub(super) span: Span,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl<'l> Look<'l> {
    pub(in super::super) fn new(wanted: &'l HashSet<&'l str>) -> Self {
        Self {
            wanted,
            seen: Seen::default(),
        }
    }

    pub(in super::super) fn into_seen(self) -> Seen {
        self.seen
    }

    /// Whether a text says any of the names.
    pub(in super::super) fn wants(&self, text: &str) -> bool {
        words(text).any(|word| self.wanted.contains(word))
    }

    /// Takes every name in a text for one that is said.
    pub(in super::super) fn excuse(&mut self, text: &str) {
        let said = words(text).filter(|word| self.wanted.contains(word));
        self.seen.named.extend(said.map(str::to_owned));
    }

    /// Takes names in comments for said: they tell how a Secret is made that is not in git.
    pub(in super::super) fn comments(&mut self, text: &str) {
        for line in text.lines() {
            // An allowance is for a finding, and says how it came to it.
            if let Some((_, comment)) = line.split_once('#')
                && !comment.contains("rseal:allow")
            {
                self.excuse(comment);
            }
        }
    }
}

/// The parts of a text that can be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .map(|word| word.trim_matches(['-', '_', '.']))
        .filter(|word| !word.is_empty())
}

/// Looks at the root of a document.
pub(in super::super) fn document(
    walk: &mut Walk<'_>,
    source: &Source<'_>,
    root: Node<'_>,
    trail: &Trail<'_>,
) {
    let Some(mut look) = walk.look.take() else {
        return;
    };
    look.node(walk, source, root, trail, 0);
    walk.look = Some(look);
}

impl Look<'_> {
    fn node(
        &mut self,
        walk: &mut Walk<'_>,
        source: &Source<'_>,
        node: Node<'_>,
        trail: &Trail<'_>,
        depth: usize,
    ) {
        if depth > DEEPEST || !walk.visit(1) {
            self.excuse(source.text);
            return;
        }
        if let Some(elements) = node.elements() {
            for (index, element) in elements.into_iter().enumerate() {
                self.node(walk, source, element, &trail.index(index), depth + 1);
            }
            return;
        }
        let fields = Fields::within(node);
        let known = |key| fields.get(key).and_then(|node| literal(source, node));
        let (Some(kind), Some(version)) = (known("kind"), known("apiVersion")) else {
            self.scalars(walk, source, node);
            return;
        };
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        if kind == "List" {
            for items in fields.all("items") {
                let own = trail.key("items");
                self.node(walk, source, items, &own, depth + 1);
            }
        } else if let Some(sites) = sites::of(kind, group, node) {
            if !walk.visit(sites.len()) || sites::are_made(&fields) {
                self.scalars(walk, source, node);
                return;
            }
            self.commands(walk, source, node);
            let finding = walk.finding(Rule::ReferenceNearMiss, source.span(node), trail);
            let finding = Finding {
                object: Some(object_of(source, &fields)),
                ..finding
            };
            for site in sites {
                self.site(source, &fields, &site, &finding);
            }
        } else if !self.maker(source, node, &fields, (group, kind)) {
            self.scalars(walk, source, node);
        }
    }

    /// Keeps a reference, if its name is known as it will be.
    fn site(
        &mut self,
        source: &Source<'_>,
        fields: &Fields<'_>,
        site: &Site<'_>,
        finding: &Finding,
    ) {
        let Some(name) = literal(source, site.node) else {
            return;
        };
        let says_nothing = judge(name, Rules::default()) != Verdict::Real;
        if !self.wanted.contains(name) || !may_be_name(name) || says_nothing {
            return;
        }
        let namespace = match site.namespace {
            Namespace::Own => label::names(source, fields).namespace,
            Namespace::Said(node) => literal(source, node).map(str::to_owned),
            Namespace::Unknown => None,
        };
        let finding = Finding {
            span: source.span(site.node),
            position: [finding.position.as_str(), &site.path].concat(),
            ..finding.clone()
        };
        let keys = site.keys.iter().filter_map(|node| literal(source, *node));
        self.seen.references.push(Reference {
            finding,
            namespace,
            name: name.to_owned(),
            is_of_registry: site.path.contains("imagePullSecrets"),
            keys: keys.map(str::to_owned).collect(),
        });
    }

    /// Keeps what an object makes, if it is of a kind that makes a Secret of a name that it says.
    fn maker(
        &mut self,
        source: &Source<'_>,
        node: Node<'_>,
        fields: &Fields<'_>,
        kind: (&str, &str),
    ) -> bool {
        let own = label::names(source, fields);
        let spec = fields.fields("spec");
        let name = match kind {
            ("", "Secret") => own.name,
            ("bitnami.com", "SealedSecret") => own.name,
            ("external-secrets.io", "ExternalSecret") => match spec.fields("target").get("name") {
                Some(node) => literal(source, node).map(str::to_owned),
                None => own.name,
            },
            ("cert-manager.io" | "certmanager.k8s.io", "Certificate") => spec
                .get("secretName")
                .and_then(|node| literal(source, node))
                .map(str::to_owned),
            _ => return false,
        };
        let Some(name) = name.filter(|name| self.wanted.contains(name.as_str())) else {
            return false;
        };
        if spreads(fields)
            || spreads(&spec.fields("template"))
            || spreads(&spec.fields("secretTemplate"))
        {
            self.seen.spread.insert(name.clone());
        }
        self.seen.made.push(Made {
            object: object_of(source, fields),
            span: source.span(node),
            namespace: own.namespace,
            name,
        });
        true
    }

    /// Takes names in commands and in variables for said: a program that is told a name may make the
    /// Secret.
    fn commands(&mut self, walk: &mut Walk<'_>, source: &Source<'_>, root: Node<'_>) {
        let mut nodes = vec![root];
        while let Some(node) = nodes.pop() {
            if !walk.visit(1) {
                self.excuse(source.text);
                return;
            }
            for element in node.elements().into_iter().flatten() {
                nodes.push(element);
            }
            for (key, value) in node.own_entries().into_iter().flatten() {
                let key = key.scalar().map_or("", |key| key.text);
                if matches!(key, "args" | "command" | "value" | "annotations") {
                    self.scalars(walk, source, value);
                } else if !value.is_alias() {
                    nodes.push(value);
                }
            }
        }
    }

    /// Takes every name in the scalars under a node for said.
    fn scalars(&mut self, walk: &mut Walk<'_>, source: &Source<'_>, root: Node<'_>) {
        let mut nodes = vec![root];
        while let Some(node) = nodes.pop() {
            if !walk.visit(1) {
                self.excuse(source.text);
                return;
            }
            if let Some(text) = source.scalar(node) {
                self.excuse(text);
            }
            for element in node.elements().into_iter().flatten() {
                nodes.push(element);
            }
            for (key, value) in node.own_entries().into_iter().flatten() {
                nodes.extend([key, value]);
            }
        }
    }
}

/// Whether an annotation has a Secret copied, or more items put into it.
fn spreads(fields: &Fields<'_>) -> bool {
    const WORDS: [&str; 7] = [
        "reflect", "replicat", "kubed", "sync", "clone", "copy", "/patch",
    ];
    Metadata::of(fields).has_annotation(|name| {
        !name.starts_with("argocd.argoproj.io/") && WORDS.iter().any(|word| name.contains(word))
    })
}
