//! What can be wrong with YAML or JSON, in words that never repeat a value.
//!
//! Owns the texts. The parsers' own texts are not used: they may quote what they were reading.

use std::fmt;

/// Something wrong at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The number of the document, counted from 1.
    pub document: usize,
    /// The line, counted from 1.
    pub line: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Not YAML, for no cause that has a name of its own here.
    NotYaml,
    /// Not JSON, for no cause that has a name of its own here.
    NotJson,
    /// The text ends inside an object, a list or a string.
    Truncated,
    /// Something stands after a complete JSON object.
    AfterJson,
    /// An escape in JSON that is half a character.
    LoneSurrogate,
    /// Indented with a tab.
    Tab,
    /// A Helm or Jinja template that was not rendered.
    Template,
    /// A mark that git left where it could not merge.
    ConflictMark,
    /// A line that starts like `---` but is no separator.
    Separator,
    /// A byte-order mark in front of a document that is not the first.
    ByteOrderMark,
    /// A character that ends a line to some readers only.
    LineSeparator,
    /// A line inside quotes that starts with `---`.
    SeparatorInQuotes,
    /// A line that a command printed in front of the manifest.
    CommandOutput,
    /// A key that is there twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// The line of the first one.
        first: usize,
    },
    /// A key that a merge key brings and that is set again.
    MergedTwice {
        /// The key.
        key: String,
        /// The line of the first one.
        first: usize,
    },
    /// Something behind a closing quote.
    AfterQuote,
    /// A mapping key that is a list, a mapping or an alias to one.
    KeyNotText,
    /// A key that goes over several lines, which YAML 1.2 allows between brackets, and 1.1 does not.
    KeyOverLines,
    /// `<<` with something else than a mapping.
    MergeOfNoMapping,
    /// An alias to an anchor that is not there.
    UnknownAlias,
    /// An alias inside of what it stands for, which has no end.
    AliasInItself,
    /// Aliases that stand for more than any manifest holds.
    TooManyAliases,
    /// A quote that is never closed.
    OpenQuote,
    /// A `[` or `{` that is never closed, or closed by the wrong one.
    OpenBracket,
    /// A line that is indented less or more than its neighbours allow.
    Indentation,
    /// An unknown escape in double quotes.
    Escape,
    /// A `: ` inside a value that is not quoted.
    Colon,
    /// A value that starts with a character that YAML keeps for itself.
    Indicator,
    /// A control character.
    ControlCharacter,
    /// Nested too deeply.
    TooDeep,
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYaml => "not valid YAML",
            Self::NotJson => "not valid JSON",
            Self::Truncated => "the text ends in the middle of an object: it was cut off",
            Self::AfterJson => "after the JSON object stands something that is no JSON object",
            Self::LoneSurrogate => "half of a \\u escape pair, which is no character",
            Self::Tab => "indented with a tab, which YAML does not allow: use spaces",
            Self::Template => {
                "a template ({{ … }} or {% … %}), not a manifest: render it first, \
                 for example with helm template"
            }
            Self::ConflictMark => "a mark of an unfinished git merge",
            Self::Separator => {
                "starts like the separator --- but is none: write --- alone on its line"
            }
            Self::ByteOrderMark => {
                "starts with a byte-order mark, which may stand at the start of the text only: \
                 remove it"
            }
            Self::LineSeparator => {
                "a line separator (U+0085, U+2028 or U+2029), which ends the line to some readers \
                 only: write it as an escape in double quotes"
            }
            Self::SeparatorInQuotes => {
                "a line of the quoted value starts with ---, which ends the document for kubectl: \
                 use a block scalar (|) and indent it"
            }
            Self::CommandOutput => {
                "a message that a command printed, not a manifest: remove the line"
            }
            Self::DuplicateKey { key, first } => {
                return write!(
                    f,
                    "the key {key:?} is there twice, first in line {first}: remove one, \
                     or put --- between two documents",
                );
            }
            Self::MergedTwice { key, first } => {
                return write!(
                    f,
                    "the key {key:?} is set here and in line {first}, once through <<, which \
                     kubectl refuses: remove one"
                );
            }
            Self::AfterQuote => {
                "something stands behind a closing quote: put the whole value in quotes, and \
                 double a single quote in single ones"
            }
            Self::KeyNotText => "a key that is no text",
            Self::KeyOverLines => {
                "a key that goes over several lines: is there something in front of it?"
            }
            Self::MergeOfNoMapping => "the merge key << needs a mapping",
            Self::UnknownAlias => {
                "an alias (*name) to an anchor that is not there: quote it if it is a value"
            }
            Self::AliasInItself => {
                "an alias (*name) inside of what it stands for, which has no end"
            }
            Self::TooManyAliases => "the aliases (*name) stand for too much: write it out",
            Self::OpenQuote => "a quote is opened here and never closed",
            Self::OpenBracket => "a [ or { is not closed, or closed by the wrong bracket",
            Self::Indentation => "indented unlike the lines around it",
            Self::Escape => "an unknown escape in double quotes: use single quotes, or \\\\ for \\",
            Self::Colon => "a colon where none can stand: quote the value, or mend the indentation",
            Self::Indicator => {
                "no value can start like this: one that starts with -, |, >, @, `, %, , or ? needs \
                 quotes; or the indentation is wrong"
            }
            Self::ControlCharacter => "a control character, which YAML does not allow",
            Self::TooDeep => "nested too deeply",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "document {}, line {}: {}",
            self.document, self.line, self.kind
        )
    }
}

impl std::error::Error for Problem {}
