//! YAML text to trees.
//!
//! Owns the use of the YAML parser and the naming of what it stumbles over. The parser's own
//! messages are not shown; the line it stopped at is looked at again instead.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};

use super::problem::{Problem, ProblemKind};
use super::resolve::{Plain, plain as resolve};
use super::tree::{Anchor, Begin, Content, Reading, Tree};

/// To YAML 1.1 these end a line, to YAML 1.2 they do not: between quotes one reader sees a space, and
/// after a comment one sees text that the other does not.
const LINE_SEPARATORS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Reads every document of `text`; those without content are left out but counted.
pub(super) fn documents(text: &str, reading: Reading) -> Result<Vec<Tree<'_>>, Problem> {
    let options = granit_parser::options! { emit_comments: false };
    let mut trees = Vec::new();
    let mut number = 0;
    let separator = match reading {
        Reading::Strict => line_separator(text),
        Reading::Lenient => None,
    };
    let line = separator.map(|at| text[..at].matches('\n').count() + 1);
    let at_separator = |document: usize, line| Problem {
        document: document.max(1),
        line,
        kind: ProblemKind::LineSeparator,
    };
    let mut begin = Begin::SOURCE;
    let mut builder: Option<Builder<'_>> = None;
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| match line {
            Some(line) if line <= error.marker().line() => at_separator(number, line),
            _ => name(text, number.max(1), &error),
        })?;
        if let (Some(at), Some(line)) = (separator, line)
            && span.byte_range().is_some_and(|range| range.end > at)
        {
            return Err(at_separator(number, line));
        }
        match event {
            Event::DocumentStart(..) => {
                number += 1;
                begin = begin.of_next(text, span.byte_range().unwrap_or_default().start);
                builder = Some(Builder::new(Tree::new(text, reading, number, begin)));
            }
            Event::DocumentEnd => {
                if let Some(builder) = builder.take()
                    && let Some(tree) = builder.finish()
                {
                    trees.push(tree);
                }
            }
            event => {
                if let Some(builder) = &mut builder {
                    builder.add(event, &span)?;
                }
            }
        }
    }
    Ok(trees)
}

/// Where the first of them stands. Looked for by the bytes that they begin with, because most texts
/// have neither and are long.
fn line_separator(text: &str) -> Option<usize> {
    memchr::memchr2_iter(0xC2, 0xE2, text.as_bytes())
        .find(|at| text[*at..].starts_with(LINE_SEPARATORS))
}

struct Builder<'a> {
    tree: Tree<'a>,
    /// The collections that are open: the node and its children so far.
    open: Vec<(usize, Vec<usize>)>,
    /// The node of each anchor of the document.
    anchors: HashMap<usize, usize>,
    empty: bool,
}

impl<'a> Builder<'a> {
    fn new(tree: Tree<'a>) -> Self {
        Self {
            tree,
            open: Vec::new(),
            anchors: HashMap::new(),
            empty: true,
        }
    }

    fn add(&mut self, event: Event<'a>, span: &Span) -> Result<(), Problem> {
        // The parser gives byte ranges for text that lies in memory as a whole, as ours does.
        let range = span.byte_range().unwrap_or_default();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                // A document of nothing but comments is a null to the parser.
                let nothing =
                    plain && resolve(&text) == Plain::Null && tag.is_none() && anchor == 0;
                self.empty &= nothing && self.open.is_empty();
                let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                if quoted
                    && self.tree.reading() == Reading::Strict
                    && self.tree.source()[range.clone()].contains("\n---")
                {
                    return Err(Problem {
                        document: self.tree.number(),
                        line: span.start.line(),
                        kind: ProblemKind::SeparatorInQuotes,
                    });
                }
                let text = text.into();
                let id = self.tree.push(Content::Scalar { text, plain }, range);
                self.properties(id, anchor, tag.map(|tag| tag.to_string()));
                self.place(id);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.start(
                    Content::Sequence(Vec::new()),
                    range,
                    anchor,
                    tag.map(|tag| tag.to_string()),
                );
            }
            Event::MappingStart(_, anchor, tag) => {
                self.start(
                    Content::Mapping(Vec::new()),
                    range,
                    anchor,
                    tag.map(|tag| tag.to_string()),
                );
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, children)) = self.open.pop() {
                    self.tree.close(id, &children, range.end)?;
                }
            }
            Event::Alias(anchor) => {
                self.empty = false;
                if let Some(target) = self.anchors.get(&anchor).copied() {
                    if self.open.iter().any(|(id, _)| *id == target) {
                        return Err(Problem {
                            document: self.tree.number(),
                            line: span.start.line(),
                            kind: ProblemKind::AliasInItself,
                        });
                    }
                    let id = self.tree.push_alias(target, range)?;
                    self.place(id);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn start(
        &mut self,
        content: Content<'a>,
        range: std::ops::Range<usize>,
        anchor: usize,
        tag: Option<String>,
    ) {
        self.empty = false;
        let id = self.tree.push(content, range);
        self.properties(id, anchor, tag);
        self.place(id);
        self.open.push((id, Vec::new()));
    }

    fn properties(&mut self, id: usize, anchor: usize, tag: Option<String>) {
        let state = if anchor == 0 {
            Anchor::None
        } else {
            Anchor::Unused
        };
        self.tree.set_properties(id, tag, state);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn place(&mut self, id: usize) {
        if let Some((_, children)) = self.open.last_mut() {
            children.push(id);
        }
    }

    fn finish(self) -> Option<Tree<'a>> {
        (!self.empty).then_some(self.tree)
    }
}

/// Says in our words what the parser stopped at.
fn name(text: &str, document: usize, error: &ScanError) -> Problem {
    let line = error.marker().line().max(1);
    let before = line.saturating_sub(2);
    // The cause may stand one line above the place where the parser gave up.
    let mut nearby = text.lines().enumerate().skip(before).take(line - before);
    if let Some((index, kind)) = nearby.find_map(|(index, line)| Some((index, named_line(line)?))) {
        return Problem {
            document,
            line: index + 1,
            kind,
        };
    }
    let kind = match error.kind() {
        ErrorKind::UnknownAnchor | ErrorKind::MissingAnchorOrAliasName => ProblemKind::UnknownAlias,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => ProblemKind::Tab,
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            ProblemKind::OpenQuote
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping => ProblemKind::OpenBracket,
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => ProblemKind::Indentation,
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => ProblemKind::Escape,
        ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate => ProblemKind::LoneSurrogate,
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::MappingKeyNotAllowed => ProblemKind::Colon,
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => ProblemKind::AfterQuote,
        ErrorKind::UnexpectedCharacter { .. }
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::InvalidBlockScalarHeader
        | ErrorKind::ZeroBlockScalarIndent
        | ErrorKind::ExpectedNodeContent
        | ErrorKind::PlainScalarStartsWithDashFlowIndicator => ProblemKind::Indicator,
        ErrorKind::RecursionLimitExceeded => ProblemKind::TooDeep,
        _ => ProblemKind::NotYaml,
    };
    Problem {
        document,
        line,
        kind,
    }
}

/// Causes that can be read off one line.
fn named_line(line: &str) -> Option<ProblemKind> {
    let content = line.trim_start_matches([' ', '\t']);
    let indentation = &line[..line.len() - content.len()];
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| line.starts_with(prefix));
    if starts(&["<<<<<<< ", ">>>>>>> ", "||||||| "]) || line == "=======" {
        Some(ProblemKind::ConflictMark)
    } else if line.starts_with('\u{feff}') {
        Some(ProblemKind::ByteOrderMark)
    } else if line.contains("{{") || line.contains("{%") {
        Some(ProblemKind::Template)
    } else if line.starts_with("---")
        && !matches!(line.as_bytes().get(3), None | Some(b' ' | b'\t' | b'\r'))
    {
        Some(ProblemKind::Separator)
    } else if starts(&[
        "Warning: ",
        "error: ",
        "Error from server",
        "W0",
        "E0",
        "I0",
    ]) {
        Some(ProblemKind::CommandOutput)
    } else if indentation.contains('\t') && !content.is_empty() {
        Some(ProblemKind::Tab)
    } else if line
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\u{85}'))
    {
        Some(ProblemKind::ControlCharacter)
    } else {
        None
    }
}
