//! The tree that YAML and JSON are read into.
//!
//! Owns how nodes are kept, where each stands, and the bounds of depth and of what aliases stand for.
//! Scalars borrow from the source where they stand there letter for letter; the others are wiped when
//! dropped, because any of them may be a secret value. How a node looks to who follows the tree is
//! [`node`].

mod node;

use std::collections::HashMap;
use std::ops::Range;

use zeroize::Zeroizing;

use super::problem::{Problem, ProblemKind};
use crate::encoding::line_of;
pub use node::{Entry, Node, Scalar};

/// How deeply a document may be nested, with what its aliases stand for. The API server's own limit
/// is 10,000, but no Secret is deep, and who follows a tree does it by recursion.
pub(super) const DEPTH: usize = 100;
/// How much memory, in bytes, a document may take for what its aliases stand for, if that were
/// written out: each line can double what the one above it says.
const ALIASED: usize = 16 * 1024 * 1024;

/// What is made of text that the API server refuses, or that only looks like a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It is a problem.
    Strict,
    /// As much of it is read as can be, and what is there twice is there twice.
    Lenient,
}

/// One document.
pub struct Tree<'a> {
    source: &'a str,
    reading: Reading,
    /// The number of the document in its stream, counted from 1.
    number: usize,
    /// Where the document begins, then where the last of its nodes does.
    begin: Begin,
    nodes: Vec<Stored<'a>>,
    /// How much memory all that aliases stand for would take, in bytes.
    aliased: usize,
}

/// Where a document or a node begins. Each line is counted once, however many of them there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    offset: usize,
    line: usize,
}

impl Begin {
    /// The begin of the source.
    pub(super) const SOURCE: Self = Self { offset: 0, line: 1 };

    /// The begin of the next document or node.
    pub(super) fn of_next(self, source: &str, offset: usize) -> Self {
        let lines = source.as_bytes().get(self.offset..offset).unwrap_or(&[]);
        Self {
            offset: offset.max(self.offset),
            line: line_of(lines, lines.len()) - 1 + self.line,
        }
    }
}

struct Stored<'a> {
    content: Content<'a>,
    range: Range<usize>,
    line: usize,
    tag: Option<Box<str>>,
    anchor: Anchor,
    extent: Extent,
}

/// How large a node is with all in it, if what its aliases stand for were written out.
#[derive(Clone, Copy)]
struct Extent {
    /// How many levels there are below it.
    depth: usize,
    /// How much memory it would take, in bytes.
    size: usize,
}

impl Extent {
    /// That of a node without children, with a text of so many bytes.
    fn new(text: usize) -> Self {
        Self {
            depth: 0,
            size: size_of::<Stored<'_>>() + text,
        }
    }
}

/// Whether a node has an anchor, and whether an alias refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    None,
    Unused,
    Used,
}

/// What a node holds. Children are given by their place in the tree's list of nodes.
pub(super) enum Content<'a> {
    Scalar { text: Text<'a>, plain: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
    Alias(usize),
}

// The source is the document with all its values, and a tag may be the beginning of one.
impl std::fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, nodes, .. } = self;
        write!(
            f,
            "Tree(document {number}, {} nodes [not shown])",
            nodes.len()
        )
    }
}

/// The text of a scalar.
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Zeroizing<String>),
}

impl<'a> From<std::borrow::Cow<'a, str>> for Text<'a> {
    fn from(text: std::borrow::Cow<'a, str>) -> Self {
        match text {
            std::borrow::Cow::Borrowed(text) => Self::Borrowed(text),
            std::borrow::Cow::Owned(text) => Self::Owned(Zeroizing::new(text)),
        }
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn new(source: &'a str, reading: Reading, number: usize, begin: Begin) -> Self {
        Self {
            source,
            reading,
            number,
            begin,
            nodes: Vec::new(),
            aliased: 0,
        }
    }

    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    pub(super) fn push(&mut self, content: Content<'a>, range: Range<usize>) -> usize {
        let extent = match &content {
            Content::Alias(target) => self.nodes[*target].extent,
            Content::Scalar { text, .. } => Extent::new(text.as_str().len()),
            Content::Sequence(_) | Content::Mapping(_) => Extent::new(0),
        };
        self.begin = self.begin.of_next(self.source, range.start);
        self.nodes.push(Stored {
            content,
            range,
            line: self.begin.line,
            tag: None,
            anchor: Anchor::None,
            extent,
        });
        self.nodes.len() - 1
    }

    /// Adds an alias to `target`, which has to be closed.
    pub(super) fn push_alias(
        &mut self,
        target: usize,
        range: Range<usize>,
    ) -> Result<usize, Problem> {
        self.nodes[target].anchor = Anchor::Used;
        let id = self.push(Content::Alias(target), range);
        self.aliased += self.nodes[id].extent.size;
        if self.aliased > ALIASED {
            return Err(self.node(id).problem(ProblemKind::TooManyAliases));
        }
        Ok(id)
    }

    pub(super) fn set_properties(&mut self, id: usize, tag: Option<String>, anchor: Anchor) {
        let node = &mut self.nodes[id];
        node.tag = tag.map(Into::into);
        node.anchor = anchor;
    }

    /// Closes the collection `id` with its children: two a mapping's entry.
    pub(super) fn close(
        &mut self,
        id: usize,
        children: &[usize],
        end: usize,
    ) -> Result<(), Problem> {
        self.nodes[id].range.end = end;
        for child in children {
            let child = self.nodes[*child].extent;
            let extent = &mut self.nodes[id].extent;
            extent.depth = extent.depth.max(child.depth + 1);
            extent.size += child.size;
        }
        if self.nodes[id].extent.depth > DEPTH {
            return Err(self.node(id).problem(ProblemKind::TooDeep));
        }
        if let Content::Mapping(_) = self.nodes[id].content {
            let entries: Vec<_> = children
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[key, value]| (*key, *value))
                .collect();
            self.check_keys(&entries)?;
            self.nodes[id].content = Content::Mapping(entries);
        } else {
            self.nodes[id].content = Content::Sequence(children.to_vec());
        }
        Ok(())
    }

    fn check_keys(&self, entries: &[(usize, usize)]) -> Result<(), Problem> {
        if self.reading == Reading::Lenient {
            return Ok(());
        }
        let mut seen = HashMap::with_capacity(entries.len());
        for (key, _) in entries {
            let node = self.node(*key);
            let Some(scalar) = node.scalar() else {
                return Err(node.problem(node.why_no_text()));
            };
            if self.source[self.nodes[*key].range.clone()]
                .trim()
                .contains('\n')
            {
                return Err(node.problem(ProblemKind::KeyOverLines));
            }
            if let Some(first) = seen.insert(scalar.text, *key) {
                let first = self.nodes[first].line;
                return Err(node.problem(ProblemKind::DuplicateKey {
                    key: scalar.text.to_owned(),
                    first,
                }));
            }
        }
        Ok(())
    }

    /// The number of the document in its stream, counted from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The outermost node.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.node(0)
    }

    fn node(&self, id: usize) -> Node<'_> {
        let target = match self.nodes[id].content {
            Content::Alias(target) => target,
            _ => id,
        };
        Node {
            tree: self,
            place: id,
            target,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Problem, ProblemKind, read};

    fn problem(text: &str) -> Option<(usize, ProblemKind)> {
        read(text)
            .err()
            .map(|Problem { line, kind, .. }| (line, kind))
    }

    #[test]
    fn an_alias_in_what_it_stands_for_is_an_error() {
        for text in [
            "k: &a\n  - *a\n",
            "k: &a\n  x: {<<: *a}\n",
            "k: &a\n  *a : x\n",
        ] {
            let expected = Some((2, ProblemKind::AliasInItself));
            assert_eq!(problem(text), expected, "{text}");
        }
        assert_eq!(problem("k: &a [x]\nl: &b [*a, *a]\nm: [*a, *b]\n"), None);
    }

    #[test]
    fn aliases_that_make_much_of_little_are_an_error() {
        for (anchored, aliases) in [("x", "[*, *, *, *]"), ("{}", "{<<: [*, *, *, *]}")] {
            let mut text = format!("a0: &a0 {anchored}\n");
            for n in 0..30 {
                let aliases = aliases.replace('*', &format!("*a{n}"));
                text.push_str(&format!("a{0}: &a{0} {aliases}\n", n + 1));
            }
            let (line, kind) = problem(&text).unwrap();
            assert_eq!(kind, ProblemKind::TooManyAliases);
            assert!(line < 15, "{line}");
        }
        let value = "x".repeat(1024 * 1024);
        assert_eq!(problem(&format!("[&a {value}{}]", ", *a".repeat(10))), None);
    }

    /// Where time grows with the square of the length, this takes minutes.
    #[test]
    fn lines_are_counted_once() {
        let lines = 100_000;
        for text in [
            "- x\n".repeat(lines),
            format!("[\n{}x]", "x,\n".repeat(lines - 2)),
        ] {
            let trees = read(&text).unwrap();
            let elements = trees[0].root().elements().unwrap();
            let last = elements.last().unwrap();
            assert!(elements.iter().all(|element| element.line() <= last.line()));
            assert_eq!(last.line(), lines);
        }
    }

    #[test]
    fn what_is_nested_through_aliases_is_as_deep_as_if_it_were_written_out() {
        let nested = |levels: usize| {
            let mut text = "a0: &a0 {}\n".to_owned();
            for n in 1..levels {
                text.push_str(&format!("a{n}: &a{n} {{<<: *a{}}}\n", n - 1));
            }
            text
        };
        assert_eq!(problem(&nested(100)), None);
        assert_eq!(problem(&nested(102)), Some((102, ProblemKind::TooDeep)));
        for (open, close) in [("[", "]"), ("{\"k\":", "}")] {
            let nested = |levels| format!("{}1{}", open.repeat(levels), close.repeat(levels));
            assert_eq!(problem(&nested(100)), None);
            assert_eq!(problem(&nested(101)), Some((1, ProblemKind::TooDeep)));
        }
    }

    #[test]
    fn debug_shows_no_byte_of_the_source() {
        for text in [
            "k: hunter2\n",
            "k: \"hunter\\x32\"\n",
            "k: !hunter2\n",
            "{\"k\": \"hunter2\"}",
        ] {
            let trees = read(text).unwrap();
            let shown = format!("{trees:?} {:?}", trees[0].root());
            assert!(!shown.contains("hunter"), "{shown}");
        }
    }
}
