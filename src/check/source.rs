//! A document while it is read: what its author wrote where the parser saw filler, and the way to a
//! node in it.

use super::finding::{Object, Span};
use super::object::{Fields, is_item_name, text};
use super::place::Origin;
use crate::yaml::Node;
use crate::yaml::mask::{Action, Masked};

/// A document as it is read: its text, where that stands, and what was masked in it.
#[derive(Clone, Copy)]
pub(super) struct Source<'s> {
    pub(super) text: &'s str,
    pub(super) origin: Origin<'s>,
    pub(super) masked: Option<&'s Masked>,
    /// Whether SOPS says that it has encrypted the document.
    pub(super) sops: bool,
    /// Whether it stands in a script that writes it.
    pub(super) script: bool,
    /// How many texts it stands in.
    pub(super) depth: usize,
}

impl<'s> Source<'s> {
    /// A text of its own, whose places are of no interest.
    pub(super) fn of_text(text: &'s str) -> Self {
        Self {
            text,
            origin: Origin::Whole(Span::default()),
            masked: None,
            sops: false,
            script: false,
            depth: 0,
        }
    }

    pub(super) fn span(&self, node: Node<'_>) -> Span {
        self.origin.span(&node.range())
    }

    /// The actions of a template that stand in a node.
    pub(super) fn actions(&self, node: Node<'_>) -> &'s [Action] {
        self.masked
            .map_or(&[], |masked| masked.actions_in(&node.range()))
    }

    /// The text of a scalar as its author wrote it: with its actions, where the parser saw filler.
    pub(super) fn scalar<'t>(&self, node: Node<'t>) -> Option<&'t str>
    where
        's: 't,
    {
        let scalar = node.scalar()?;
        let actions = self.actions(node);
        let (Some(first), Some(last)) = (actions.first(), actions.last()) else {
            return text(node);
        };
        // An action may begin before or end behind what the parser took for the scalar.
        let range = node.range();
        let range = range.start.min(first.range.start)..range.end.max(last.range.end);
        let written = self.text.get(range).unwrap_or(scalar.text);
        let quote = ['"', '\''].into_iter().find(|quote| {
            written.len() >= 2 && written.starts_with(*quote) && written.ends_with(*quote)
        });
        Some(if quote.is_some() {
            &written[1..written.len() - 1]
        } else {
            written
        })
    }
}

/// The way to a node.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    parent: Option<&'a Trail<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Start(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Trail<'a> {
    pub(super) fn start(name: &'a str) -> Self {
        Self {
            parent: None,
            step: Step::Start(name),
        }
    }

    pub(super) fn key(&'a self, key: &'a str) -> Self {
        Trail {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Trail {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl std::fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Start(name) => f.write_str(name),
            // A key is not shown to anybody, but a value may have slipped into it.
            Step::Key(key) if is_item_name(key) => write!(f, "/{key}"),
            Step::Key(_) => f.write_str("/?"),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// What names an object; in a template with its actions.
pub(super) fn object_of(source: &Source<'_>, fields: &Fields<'_>) -> Object {
    let metadata = fields.fields("metadata");
    let text = |fields: &Fields<'_>, key| {
        let text = fields.get(key).and_then(|node| source.scalar(node));
        text.unwrap_or_default().to_owned()
    };
    Object {
        kind: text(fields, "kind"),
        namespace: text(&metadata, "namespace"),
        name: text(&metadata, "name"),
    }
}
