//! The way through a file's documents: every object in them, at any depth, and every text that holds
//! documents of its own.
//!
//! Owns what is parsed, how much of it is visited, and which rule sees what. It follows an alias only
//! where a field of an object is asked for, so that aliases cannot multiply the work.

use std::path::Path;

use super::facts::Facts;
use super::file::{Inspection, LARGEST_FILE, Options};
use super::finding::{Finding, Object, Span};
use super::object::{Fields, is_word, text};
use super::place::Origin;
use super::reference::Look;
use super::rule::Rule;
use super::source::{Source, Trail, object_of};
use super::{annotation, generator, kustomize, patch, reference, sealed, secret, trigger};
use crate::yaml::mask::{self, Masked};
use crate::yaml::{self, Node, Problem, ProblemKind, Tree, mend, parts};

/// How many nodes of one file are visited. Merge keys can make many of few bytes.
const MOST_NODES: usize = 5_000_000;
/// How deep objects are looked for.
const DEEPEST: usize = 400;
/// How many times something of a template may be left out, a line or less, until the rest can be read.
const MOST_DROPPED: usize = 40;
/// How many bytes of one file are parsed, over and over: a text within a text is parsed again.
const MOST_PARSED: usize = 16 * LARGEST_FILE;

/// What is known of a node from what it stands in.
#[derive(Clone, Copy, Default)]
pub(super) struct Context<'c> {
    /// The object that it belongs to.
    pub(super) object: Option<(&'c Object, Node<'c>)>,
    /// The kind that items of a list have which do not say one.
    pub(super) implied_kind: Option<&'static str>,
    /// Whether it stands in a script.
    pub(super) script: bool,
    /// What a patch in it changes.
    pub(super) target: Option<patch::Target<'c>>,
    /// The part of a SealedSecret that it is.
    pub(super) part: sealed::Part,
    pub(super) depth: usize,
}

/// The walk through one file.
pub(super) struct Walk<'w> {
    inspection: &'w mut Inspection,
    pub(super) options: &'w Options,
    is_kustomization: bool,
    /// What is looked for instead of findings.
    pub(super) look: Option<Look<'w>>,
    /// Lines of what is reported as a whole.
    covered: Vec<(usize, usize)>,
    /// How many nodes may still be visited, and how many bytes parsed.
    nodes: usize,
    bytes: usize,
}

/// What to make of a text that cannot be parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnFailure {
    Report,
    /// It is a text within a text, which may be anything.
    Ignore,
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        inspection: &'w mut Inspection,
        options: &'w Options,
        is_kustomization: bool,
    ) -> Self {
        Self {
            inspection,
            options,
            is_kustomization,
            look: None,
            covered: Vec::new(),
            nodes: MOST_NODES,
            bytes: MOST_PARSED,
        }
    }

    /// The lines of what is reported as a whole.
    pub(super) fn into_covered(self) -> Vec<(usize, usize)> {
        self.covered
    }

    pub(super) fn cover(&mut self, span: Span) {
        self.covered.push((span.line, span.end_line));
    }

    pub(super) fn facts(&mut self) -> &mut Facts {
        &mut self.inspection.facts
    }

    /// The file, as it was named when it was read.
    pub(super) fn path(&self) -> &Path {
        &self.inspection.path
    }

    /// Whether so many nodes may still be visited.
    pub(super) fn visit(&mut self, nodes: usize) -> bool {
        self.nodes = self.nodes.saturating_sub(nodes);
        self.nodes > 0
    }

    /// Whether so many bytes may still be parsed or unpacked. That they may not is told once.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        if let Some(left) = self.bytes.checked_sub(bytes) {
            self.bytes = left;
            return true;
        }
        if self.bytes > 0 {
            self.bytes = 0;
            self.inspection
                .note("too many texts within texts: not all of them were looked into");
        }
        false
    }

    /// Parses a text, unless too much was parsed.
    pub(super) fn parse<'t>(&mut self, text: &'t str) -> Result<Vec<Tree<'t>>, Problem> {
        if self.spend(text.len()) {
            return yaml::read_leniently(text);
        }
        Err(Problem {
            document: 1,
            line: 1,
            kind: ProblemKind::TooDeep,
        })
    }

    /// A finding of a rule in this file.
    pub(super) fn finding(&self, rule: Rule, span: Span, trail: &Trail<'_>) -> Finding {
        Finding {
            path: self.inspection.path.clone(),
            span,
            rule,
            severity: rule.severity(),
            object: None,
            keys: Vec::new(),
            commit: None,
            message: String::new(),
            position: trail.to_string(),
            filled_in: false,
            allowance_line: span.line,
        }
    }

    pub(super) fn report(&mut self, finding: Finding) {
        self.inspection.findings.push(finding);
    }

    /// Goes through every document of a stream.
    pub(super) fn stream(&mut self, text: &str, origin: Origin<'_>) {
        for (index, part) in parts::parts(text).enumerate() {
            let is_wanted = match &self.look {
                Some(look) => look.wants(part.text),
                None => self.is_kustomization || trigger::wants_document(part.text),
            };
            if is_wanted {
                let origin = origin.at(part.offset);
                let name = format!("document {}", index + 1);
                let read = self.document(
                    part.text,
                    origin,
                    &Trail::start(&name),
                    Context::default(),
                    0,
                    OnFailure::Report,
                );
                if let (Err(_), Some(look)) = (read, &mut self.look) {
                    look.excuse(part.text);
                }
            }
        }
    }

    /// Goes through one document; the problem is why it could not.
    pub(super) fn document(
        &mut self,
        text: &str,
        origin: Origin<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
        depth: usize,
        on_failure: OnFailure,
    ) -> Result<(), Problem> {
        let as_read = mend::line_ends(text);
        let text = as_read.as_deref().map_or(text, String::as_str);
        let source = Source {
            text,
            origin,
            masked: None,
            sops: false,
            script: context.script,
            depth,
        };
        let is_template = mask::may_have_actions(text);
        let mut problem = match self.parse(text) {
            Ok(trees) if !is_template || !trees.iter().any(has_odd_keys) => {
                return self.trees(&trees, source, trail, context, on_failure);
            }
            Ok(_) => None,
            Err(problem) => Some(problem),
        };
        if is_template {
            let mut masked = mask::mask(text);
            for _ in 0..MOST_DROPPED {
                let dropped = match self.parse(masked.text()) {
                    Ok(trees) => {
                        let source = Source {
                            masked: Some(&masked),
                            ..source
                        };
                        return self.trees(&trees, source, trail, context, on_failure);
                    }
                    Err(error) if error.kind == ProblemKind::Escape => {
                        problem = Some(error);
                        break;
                    }
                    Err(error) => {
                        let line = error.line;
                        problem.get_or_insert(error);
                        line
                    }
                };
                if !drop_line(&mut masked, dropped) {
                    break;
                }
            }
        }
        let problem = problem.unwrap_or(Problem {
            document: 1,
            line: 1,
            kind: ProblemKind::NotYaml,
        });
        if problem.kind == ProblemKind::Escape
            && let Some(mended) = mend::escapes(text)
        {
            return self.document(&mended, origin, trail, context, depth, on_failure);
        }
        if on_failure == OnFailure::Report {
            self.unreadable(source, trail, &problem);
        }
        Err(problem)
    }

    fn trees(
        &mut self,
        trees: &[Tree<'_>],
        source: Source<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
        on_failure: OnFailure,
    ) -> Result<(), Problem> {
        // A text within a text is no manifest when all of it is one scalar.
        if on_failure == OnFailure::Ignore
            && let [tree] = trees
            && tree.root().scalar().is_some()
        {
            return Err(tree.root().problem(ProblemKind::NotYaml));
        }
        for (index, tree) in trees.iter().enumerate() {
            let root = tree.root();
            let source = Source {
                sops: Fields::within(root).get("sops").is_some(),
                ..source
            };
            let own = trail.index(index);
            let trail = if trees.len() > 1 { &own } else { trail };
            if self.look.is_some() {
                reference::document(self, &source, root, trail);
                continue;
            }
            if self.is_kustomization && source.depth == 0 {
                kustomize::inspect(self, &source, root, trail);
            }
            if let Err(problem) = self.node(&source, root, trail, context) {
                if on_failure == OnFailure::Report {
                    self.unreadable(source, trail, &problem);
                }
                return Err(problem);
            }
        }
        Ok(())
    }

    /// A document that nobody can look into: a finding if it names a Secret, else a note.
    fn unreadable(&mut self, source: Source<'_>, trail: &Trail<'_>, problem: &Problem) {
        let Some(line) = trigger::line_with_kind(source.text) else {
            let why = match problem.kind {
                ProblemKind::TooDeep => "nested too deeply",
                ProblemKind::TooManyAliases => "its aliases stand for too much",
                _ => return,
            };
            self.inspection
                .note(format!("{trail}: {why}: not looked into"));
            return;
        };
        let start = source
            .text
            .split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum();
        let span = source.origin.span(&(start..start));
        let broken = source.origin.span(&(0..0)).line + problem.line - 1;
        let mut finding = self.finding(Rule::Unreadable, span, trail);
        finding.object = Some(Object {
            kind: "Secret".to_owned(),
            ..Object::default()
        });
        finding.message = format!("cannot be read, line {broken}: {}", problem.kind);
        self.report(finding);
    }

    fn node(
        &mut self,
        source: &Source<'_>,
        node: Node<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
    ) -> Result<(), Problem> {
        if context.depth > DEEPEST || !self.visit(1) {
            return Err(node.problem(ProblemKind::TooDeep));
        }
        let context = Context {
            depth: context.depth + 1,
            ..context
        };
        if let Some(elements) = node.elements() {
            patch::operations(self, source, &elements, trail, &context);
            for (index, element) in elements.into_iter().enumerate() {
                if !element.is_alias() {
                    self.node(source, element, &trail.index(index), context)?;
                }
            }
            return Ok(());
        }
        match Fields::of(node)? {
            Some(fields) => {
                self.visit(fields.entries().len());
                self.mapping(source, node, &fields, trail, context)
            }
            None => {
                self.scalar(source, node, trail, context);
                Ok(())
            }
        }
    }

    fn mapping(
        &mut self,
        source: &Source<'_>,
        node: Node<'_>,
        fields: &Fields<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
    ) -> Result<(), Problem> {
        let object;
        let mut inner = context;
        // A template may say that it is a Secret, but it is read with its SealedSecret.
        let is_template = context.part == sealed::Part::Template;
        if !is_template && (fields.get("kind").is_some() || context.implied_kind.is_some()) {
            object = object_of(source, fields);
            inner.object = Some((&object, node));
        }
        inner.implied_kind = None;
        let kind = match is_template {
            true => Kind::Other,
            false => Kind::of(source, fields, context.implied_kind),
        };
        annotation::find(self, source, fields, trail, &inner);
        match kind {
            Kind::Secret => secret::inspect(self, source, node, fields, trail),
            Kind::SealedSecret => sealed::inspect(self, source, node, fields, trail),
            Kind::Other if generator::is_one(fields) => {
                generator::inspect(self, source, node, trail);
            }
            Kind::Other => {}
        }
        let items_of = fields.any_is("kind", "SecretList").then_some("Secret");
        for entry in fields.entries() {
            let key = entry.key.text;
            // What these hold was looked at as a whole.
            let seen = kind != Kind::Other
                && matches!(key, "data" | "stringData" | "encryptedData")
                && !secret::is_body(entry.value)
                || context.part.has_read(key)
                || annotation::is_last_applied(key);
            if seen || entry.value.is_alias() {
                continue;
            }
            let own = Context {
                implied_kind: if key == "items" { items_of } else { None },
                target: patch::target(fields, key).or(inner.target),
                part: context.part.under(key, kind == Kind::SealedSecret),
                ..inner
            };
            self.node(source, entry.value, &trail.key(key), own)?;
        }
        Ok(())
    }
}

/// What an object is to the rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    SealedSecret,
    Other,
}

impl Kind {
    fn of(source: &Source<'_>, fields: &Fields<'_>, implied: Option<&str>) -> Self {
        let versions: Vec<_> = fields.all("apiVersion").collect();
        // A kind that an action chooses may be any of the words that stand around the action.
        let says = |node: Node<'_>, word: &str| {
            is_word(node, word)
                || !source.actions(node).is_empty()
                    && text(node)
                        .is_some_and(|text| text.split_whitespace().any(|part| part == word))
        };
        let is = |word: &str| {
            fields.all("kind").any(|node| says(node, word))
                || implied == Some(word) && fields.get("kind").is_none()
        };
        let is_v1 = versions.iter().all(|node| text(*node).is_none())
            || versions
                .iter()
                .any(|node| says(*node, "v1") || !source.actions(*node).is_empty());
        let is_sealed = versions.iter().any(|node| {
            text(*node).is_some_and(|text| text.starts_with("bitnami.com/"))
                || !source.actions(*node).is_empty()
        });
        if is("Secret") && is_v1 {
            Self::Secret
        } else if is("SealedSecret") && is_sealed {
            Self::SealedSecret
        } else {
            Self::Other
        }
    }
}

fn has_odd_keys(tree: &Tree<'_>) -> bool {
    tree.root().has_keys_without_text()
}

/// Drops the line of a template that keeps the rest from being read: the one where the parser
/// stopped, or one of those above it.
fn drop_line(masked: &mut Masked, line: usize) -> bool {
    const ABOVE: usize = 4;
    (line.saturating_sub(ABOVE)..=line)
        .rev()
        .filter(|line| *line > 0)
        .any(|line| {
            let offset = line_start(masked.text(), line);
            masked.drop_line(offset)
        })
}

/// Where a line, counted from 1, starts.
pub(super) fn line_start(text: &str, line: usize) -> usize {
    text.split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum()
}
