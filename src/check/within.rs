//! Texts within texts: a scalar that holds a manifest, a script that writes one, prose about one.
//!
//! Owns what of such a text is read as a document, and where it stands in the file.

use super::place::Origin;
use super::source::{Source, Trail};
use super::trigger;
use super::walk::{Context, OnFailure, Walk, line_start};
use crate::yaml::{Node, parts};

/// How many texts may stand in each other.
const MOST_NESTED: usize = 8;
/// How many pieces of a script are tried, and how often each is cut shorter.
const MOST_PIECES: usize = 64;
const MOST_CUTS: usize = 8;

impl Walk<'_> {
    /// Looks into a text that may hold documents.
    pub(super) fn scalar(
        &mut self,
        source: &Source<'_>,
        node: Node<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
    ) {
        let Some(content) = source.scalar(node) else {
            return;
        };
        if source.depth >= MOST_NESTED || !trigger::wants_document(content) {
            return;
        }
        let (content, origin) = if let Some((block, offset)) = block(source.text, node) {
            // Its lines are lines of the source, and are read where they stand.
            (block, source.origin.at(offset))
        } else {
            (content, Origin::Whole(source.span(node)))
        };
        self.within(content, origin, trail, context, source.depth + 1);
    }

    /// Goes through the documents in a text that may be anything: a manifest, a script that writes
    /// one, prose about one.
    fn within(
        &mut self,
        content: &str,
        origin: Origin<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
        depth: usize,
    ) {
        let context = Context {
            implied_kind: None,
            depth: 0,
            ..context
        };
        for (index, part) in parts::parts(content).enumerate() {
            if !trigger::wants_document(part.text) {
                continue;
            }
            let origin = origin.at(part.offset);
            let own = trail.index(index);
            let whole = self.document(part.text, origin, &own, context, depth, OnFailure::Ignore);
            if whole.is_err() {
                self.pieces(part.text, origin, &own, context, depth);
            }
        }
    }

    /// Goes through what can be read of a text, from each line on that begins a document.
    fn pieces(
        &mut self,
        content: &str,
        origin: Origin<'_>,
        trail: &Trail<'_>,
        context: Context<'_>,
        depth: usize,
    ) {
        let context = Context {
            script: true,
            ..context
        };
        let mut from = 0;
        for piece in 0..MOST_PIECES {
            let Some(start) = first_document_line(&content[from..]) else {
                return;
            };
            let start = from + start;
            let mut text = &content[start..];
            from = content.len();
            let own = trail.index(piece);
            for _ in 0..MOST_CUTS {
                if !trigger::wants_document(text) {
                    break;
                }
                let at = origin.at(start);
                match self.document(text, at, &own, context, depth, OnFailure::Ignore) {
                    Ok(()) => break,
                    Err(problem) => {
                        // What stands before the line that is none of the document may be one.
                        let end = line_start(text, problem.line).min(text.len());
                        let next = line_start(text, 2).max(end);
                        from = start + next;
                        if end == 0 || end == text.len() {
                            break;
                        }
                        text = &text[..end];
                    }
                }
            }
        }
    }
}

/// The lines of a block scalar, and where the first of them starts; none for any other scalar.
fn block<'s>(source: &'s str, node: Node<'_>) -> Option<(&'s str, usize)> {
    let range = node.range();
    let written = source.get(range.clone())?;
    if !written.contains('\n') || written.starts_with(['"', '\'']) {
        return None;
    }
    // The parser lets the first line start behind its indentation.
    let start = memchr::memrchr(b'\n', &source.as_bytes()[..range.start])? + 1;
    source[start..range.start]
        .trim()
        .is_empty()
        .then(|| (&source[start..range.end], start))
}

/// Where the first line starts that begins a document: `apiVersion` or `kind`, JSON, or an operation
/// of a patch.
fn first_document_line(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let item = content.strip_prefix("- ").map_or(content, str::trim_start);
        let begins = |word: &str| {
            let item = item.trim_start_matches(['"', '\'']);
            item.strip_prefix(word).is_some_and(|rest| {
                rest.trim_start_matches(['"', '\''])
                    .trim_start()
                    .starts_with(':')
            })
        };
        if content.starts_with(['{', '['])
            || ["apiVersion", "kind"].into_iter().any(begins)
            || item.len() < content.len() && ["op", "path", "value"].into_iter().any(begins)
        {
            return Some(start);
        }
        start += line.len();
    }
    None
}
