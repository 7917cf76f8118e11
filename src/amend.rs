//! Secrets in a file replaced by SealedSecrets, and not another byte of it.
//!
//! Owns what is cut out of a text and how what is put in its place is laid out. What may be sealed and
//! how is [`crate::manifest`] and [`crate::seal`]; which Secrets are meant is the caller's.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::encoding::line_of;
use crate::hybrid::PublicKey;
use crate::manifest::{self, Place, Problem, SealedSecret};
use crate::scope::Scope;
use crate::seal::{self, SealError};
use crate::yaml::{self, Node, ProblemKind, parts, write};

/// Why the Secrets of a file were left as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmendError {
    /// The Secret in this line is no document of its own and no item of a List.
    Within {
        /// The line, counted from 1.
        line: usize,
    },
    /// More than one Secret begins in this line.
    SameLine {
        /// The line, counted from 1.
        line: usize,
    },
    /// The document of a Secret cannot be read as it would have to be for sealing.
    Unread {
        /// The line, counted from 1, in which that shows.
        line: usize,
        /// Why not.
        kind: ProblemKind,
    },
    /// The Secret in this line is not sealed as it is.
    Problem {
        /// The line, counted from 1, that is wrong.
        line: usize,
        /// What is wrong.
        problem: Problem,
    },
    /// A value could not be sealed.
    Seal(SealError),
    /// The file would not be read as it is meant with the SealedSecret of this line in it.
    Shape {
        /// The line, counted from 1.
        line: usize,
    },
}

impl fmt::Display for AmendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within { line } => write!(
                f,
                "line {line}: the Secret is part of a template, a patch or another text: \
                 only a document or an item of a List is sealed in place"
            ),
            Self::SameLine { line } => write!(
                f,
                "line {line}: more than one Secret begins here: give each a line of its own"
            ),
            Self::Unread { line, kind } => write!(f, "line {line}: {kind}"),
            Self::Problem { line, problem } => {
                write!(f, "line {line}")?;
                if let Some(Place {
                    field: Some(field), ..
                }) = &problem.place
                {
                    write!(f, ", {field}")?;
                }
                write!(f, ": {}", problem.kind)
            }
            Self::Seal(error) => error.fmt(f),
            Self::Shape { line } => write!(
                f,
                "line {line}: something else in the file refers to the Secret by an alias"
            ),
        }
    }
}

impl std::error::Error for AmendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Seal(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

/// Seals the Secrets of `text` that start in one of `lines`, in their places. A Secret that names no
/// namespace is sealed for `namespace`.
///
/// # Errors
/// The first Secret that cannot be sealed in place; then nothing is.
pub fn seal_in_place<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PublicKey,
    text: &str,
    lines: &[usize],
    namespace: Option<&str>,
) -> Result<String, AmendError> {
    let mut left: Vec<usize> = lines.to_vec();
    let mut changes = Vec::new();
    let mut before = 0;
    for part in parts::parts(text) {
        let lines_in_part = part.text.matches('\n').count();
        let meant = left
            .iter()
            .any(|line| (before..=before + lines_in_part).contains(&(line - 1)));
        if meant {
            let of_part = document(rng, key, part.text, before, &mut left, namespace)?;
            changes.extend(of_part.into_iter().map(|(range, sealed)| {
                let range = part.offset + range.start..part.offset + range.end;
                (range, sealed)
            }));
        }
        before += lines_in_part;
    }
    match left.first() {
        Some(line) => Err(AmendError::Within { line: *line }),
        None => Ok(std::mem::take(&mut splice(text, &changes))),
    }
}

/// A range of a text, and what is put in its place.
type Change = (Range<usize>, String);

/// A text with changes, which are in order. In one buffer, because one that grows leaves an unwiped copy
/// of what is not sealed behind.
fn splice(text: &str, changes: &[Change]) -> Zeroizing<String> {
    let added: usize = changes.iter().map(|(_, new)| new.len()).sum();
    let mut result = Zeroizing::new(String::with_capacity(text.len() + added));
    let mut from = 0;
    for (range, new) in changes {
        result.push_str(&text[from..range.start]);
        result.push_str(new);
        from = range.end;
    }
    result.push_str(&text[from..]);
    result
}

/// Seals what is meant in one document, which starts behind `before` lines.
fn document<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PublicKey,
    text: &str,
    before: usize,
    left: &mut Vec<usize>,
    namespace: Option<&str>,
) -> Result<Vec<Change>, AmendError> {
    let trees = yaml::read(text).map_err(|problem| AmendError::Unread {
        line: before + problem.line,
        kind: problem.kind,
    })?;
    let mut changes: Vec<Change> = Vec::new();
    let mut taken = HashSet::new();
    for tree in &trees {
        for node in candidates(tree.root()) {
            let line = before + node.line();
            let Some(at) = left.iter().position(|meant| *meant == line) else {
                // The one before it was taken for what is meant, and need not have been.
                if taken.contains(&line) {
                    return Err(AmendError::SameLine { line });
                }
                continue;
            };
            taken.insert(left.remove(at));
            let sealed = sealed(rng, key, node, before, namespace)?;
            let range = extent(text, node);
            let layout = Layout::of(text, range.start);
            changes.push((range, layout.write(sealed)));
        }
    }
    // The tree is read again: it must have as many documents, and whoever referred to the Secret
    // by an alias is left without.
    let result = splice(text, &changes);
    let is_read = yaml::read(&result).is_ok_and(|again| again.len() == trees.len());
    match changes.first() {
        Some((first, _)) if !is_read => {
            let line = before + line_of(text.as_bytes(), first.start);
            Err(AmendError::Shape { line })
        }
        _ => Ok(changes),
    }
}

fn sealed<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PublicKey,
    node: Node<'_>,
    before: usize,
    namespace: Option<&str>,
) -> Result<SealedSecret, AmendError> {
    let wrong = |problem: Problem| AmendError::Problem {
        line: before
            + problem
                .place
                .as_ref()
                .map_or(node.line(), |place| place.line),
        problem,
    };
    let mut secret = manifest::read_secret(node).map_err(wrong)?;
    if let (true, Some(namespace)) = (secret.metadata.namespace.is_empty(), namespace) {
        namespace.clone_into(&mut secret.metadata.namespace);
    }
    seal::prepare(secret, Scope::Strict)
        .map_err(wrong)?
        .seal(rng, key)
        .map_err(AmendError::Seal)
}

/// The nodes that may be Secrets of their own: a document, and the items of a List at any depth.
fn candidates(root: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.is_alias() {
            continue;
        }
        if let Some(elements) = node.elements() {
            open.extend(elements);
            continue;
        }
        let Ok(Some(entries)) = node.entries() else {
            continue;
        };
        let kind = entries
            .iter()
            .find(|entry| entry.key.text == "kind")
            .and_then(|entry| entry.value.scalar());
        match kind.map(|kind| kind.text) {
            Some("Secret") => found.push(node),
            Some("List" | "SecretList") => open.extend(
                entries
                    .iter()
                    .filter(|entry| entry.key.text == "items")
                    .map(|entry| entry.value),
            ),
            _ => {}
        }
    }
    found.sort_by_key(|node| node.range().start);
    found
}

/// The bytes of an object: to its closing bracket, or to the end of the line of its last value, but
/// not to the comments below it that the parser counts as its own.
fn extent(text: &str, node: Node<'_>) -> Range<usize> {
    let range = node.range();
    if text[range.start..].starts_with('{') {
        return range;
    }
    let last = last_byte(node).max(range.start);
    let line = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let column = range.start - text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let mut end = if text[..last].ends_with('\n') {
        last
    } else {
        line
    };
    // A block scalar goes to the next node, over comments that are none of its own.
    loop {
        end = text[..end].trim_end().len();
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let content = text[start..end].trim_start();
        let indentation = end - start - content.len();
        if start <= range.start || !content.starts_with('#') || indentation > column {
            return range.start..end;
        }
        end = start;
    }
}

/// Where the last value within a node ends.
fn last_byte(node: Node<'_>) -> usize {
    if node.is_alias() {
        return node.range().end;
    }
    if let Some(elements) = node.elements() {
        return elements
            .into_iter()
            .map(last_byte)
            .max()
            .unwrap_or(node.range().end);
    }
    match node.own_entries() {
        Some(entries) if !entries.is_empty() => entries
            .into_iter()
            .map(|(key, value)| key.range().end.max(last_byte(value)))
            .max()
            .unwrap_or(node.range().end),
        _ => node.range().end,
    }
}

/// How a document is written into a place.
struct Layout {
    /// What a line starts with, but for the first.
    indentation: String,
    /// Whether it stands in brackets, where only JSON fits.
    is_flow: bool,
    /// Whether the place is a line in which a block mapping cannot start.
    on_separator: bool,
    line_end: &'static str,
}

impl Layout {
    fn of(text: &str, start: usize) -> Self {
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = &text[line_start..start];
        let is_json = text.trim_start().starts_with(['{', '[']);
        let is_flow = text[start..].starts_with('{') && (is_json || is_within_brackets(before));
        let width = if is_flow {
            before.len() - before.trim_start().len()
        } else {
            before.chars().count()
        };
        let on_separator = !is_flow && before.starts_with("---");
        Self {
            indentation: " ".repeat(if on_separator { 0 } else { width }),
            is_flow,
            on_separator,
            line_end: if text.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    fn write(&self, sealed: SealedSecret) -> String {
        let document = sealed.into_document();
        let text = if self.is_flow {
            write::json(&document)
        } else {
            write::Yaml(&document).to_string()
        };
        let mut written = String::with_capacity(text.len() * 2);
        if self.on_separator {
            written.push_str(self.line_end);
        }
        for (index, line) in text.trim_end().lines().enumerate() {
            if index > 0 {
                written.push_str(self.line_end);
                written.push_str(&self.indentation);
            }
            written.push_str(line);
        }
        written
    }
}

/// Whether what stands before an object in its line opens a bracket that is still open there.
fn is_within_brackets(before: &str) -> bool {
    before.contains(['[', '{', ','])
}
