//! A node of a tree, as it looks from outside.
//!
//! Owns what aliases and merge keys mean. What a plain scalar means is [`super::super::resolve`].

use std::collections::HashMap;
use std::ops::Range;

use super::{Anchor, Content, Reading, Tree};
use crate::yaml::{Problem, ProblemKind};

/// A node of a [`Tree`]; an alias looks like what it refers to, but stands where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) place: usize,
    pub(super) target: usize,
}

/// A scalar as it was written.
#[derive(Clone, Copy)]
pub struct Scalar<'t> {
    /// The text, after the escapes of its notation. It may be a secret.
    pub text: &'t str,
    /// Whether it was written without quotes, so that it may mean something else than its text.
    pub plain: bool,
    /// The tag, written out, if it has one.
    pub tag: Option<&'t str>,
    /// Whether it has an anchor that nothing refers to: what was meant as text may be lost.
    pub unused_anchor: bool,
}

/// One entry of a mapping.
#[derive(Clone, Copy)]
pub struct Entry<'t> {
    /// The key as it was written.
    pub key: Scalar<'t>,
    /// The node of the key.
    pub key_node: Node<'t>,
    /// The value.
    pub value: Node<'t>,
}

impl<'t> Node<'t> {
    /// The line, counted from 1, in which the node stands.
    #[must_use]
    pub fn line(self) -> usize {
        self.tree.nodes[self.place].line
    }

    /// The bytes of the source in which the node stands.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.tree.nodes[self.place].range.clone()
    }

    /// The number of the document, counted from 1.
    #[must_use]
    pub fn document(self) -> usize {
        self.tree.number
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar<'t>> {
        let stored = &self.tree.nodes[self.target];
        match &stored.content {
            Content::Scalar { text, plain } => Some(Scalar {
                text: text.as_str(),
                plain: *plain && stored.tag.is_none(),
                tag: stored.tag.as_deref(),
                unused_anchor: stored.anchor == Anchor::Unused,
            }),
            _ => None,
        }
    }

    /// Whether it is an alias, which looks like what it refers to.
    #[must_use]
    pub fn is_alias(self) -> bool {
        self.place != self.target
    }

    /// The elements, if it is a sequence.
    #[must_use]
    pub fn elements(self) -> Option<Vec<Node<'t>>> {
        match &self.tree.nodes[self.target].content {
            Content::Sequence(children) => {
                Some(children.iter().map(|id| self.tree.node(*id)).collect())
            }
            _ => None,
        }
    }

    /// Whether it is a mapping.
    #[must_use]
    pub fn is_mapping(self) -> bool {
        matches!(self.tree.nodes[self.target].content, Content::Mapping(_))
    }

    /// The keys and values that stand in a mapping itself, as they were written.
    #[must_use]
    pub fn own_entries(self) -> Option<Vec<(Node<'t>, Node<'t>)>> {
        match &self.tree.nodes[self.target].content {
            Content::Mapping(entries) => Some(
                entries
                    .iter()
                    .map(|(key, value)| (self.tree.node(*key), self.tree.node(*value)))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// The entries, if it is a mapping, with those that merge keys (`<<`) bring.
    ///
    /// # Errors
    /// A key that is there twice, counting merged ones as kubectl does; a merge key whose value is
    /// no mapping. In a tree that was read leniently none is a problem: all entries of one key are
    /// given, and a key that is no text is left out.
    pub fn entries(self) -> Result<Option<Vec<Entry<'t>>>, Problem> {
        let Content::Mapping(entries) = &self.tree.nodes[self.target].content else {
            return Ok(None);
        };
        let mut all = Vec::with_capacity(entries.len());
        if self.merge_into(&mut all)? && self.tree.reading == Reading::Strict {
            let mut seen = HashMap::with_capacity(all.len());
            for entry in &all {
                if let Some(first) = seen.insert(entry.key.text, entry.key_node.line()) {
                    return Err(entry.key_node.problem(ProblemKind::MergedTwice {
                        key: entry.key.text.to_owned(),
                        first,
                    }));
                }
            }
        }
        Ok(Some(all))
    }

    /// Whether a merge key was among the entries.
    fn merge_into(self, all: &mut Vec<Entry<'t>>) -> Result<bool, Problem> {
        let Content::Mapping(entries) = &self.tree.nodes[self.target].content else {
            if self.tree.reading == Reading::Lenient {
                return Ok(true);
            }
            return Err(self.problem(ProblemKind::MergeOfNoMapping));
        };
        let mut merged = false;
        for (key, value) in entries {
            let (key_node, value) = (self.tree.node(*key), self.tree.node(*value));
            let Some(key) = key_node.scalar() else {
                if self.tree.reading == Reading::Lenient {
                    continue;
                }
                return Err(key_node.problem(key_node.why_no_text()));
            };
            if key.plain && key.text == "<<" {
                merged = true;
                match value.elements() {
                    Some(elements) => {
                        for element in elements {
                            element.merge_into(all)?;
                        }
                    }
                    None => {
                        value.merge_into(all)?;
                    }
                }
            } else {
                all.push(Entry {
                    key,
                    key_node,
                    value,
                });
            }
        }
        Ok(merged)
    }

    /// Whether a mapping anywhere in the document has a key that is no text, as `{{ … }}` without
    /// quotes makes it.
    #[must_use]
    pub fn has_keys_without_text(self) -> bool {
        self.tree.nodes.iter().any(|node| match &node.content {
            Content::Mapping(entries) => entries
                .iter()
                .any(|(key, _)| self.tree.node(*key).scalar().is_none()),
            _ => false,
        })
    }

    /// Why a key is no text: `{{ … }}` without quotes is a mapping in a mapping.
    pub(super) fn why_no_text(self) -> ProblemKind {
        let line = self.tree.source.lines().nth(self.line() - 1);
        if line.is_some_and(|line| line.contains("{{")) {
            ProblemKind::Template
        } else {
            ProblemKind::KeyNotText
        }
    }

    /// A problem at this node.
    #[must_use]
    pub fn problem(self, kind: ProblemKind) -> Problem {
        Problem {
            document: self.tree.number,
            line: self.line(),
            kind,
        }
    }
}
