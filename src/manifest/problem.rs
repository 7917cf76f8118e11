//! What is wrong or doubtful in a manifest, and where; never the value.

use std::fmt;

use crate::scope::LabelError;
use crate::yaml;

/// A place in a stream of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of the document, counted from 1.
    pub document: usize,
    /// The line, counted from 1.
    pub line: usize,
    /// The field, with its parents: `data.password`.
    pub field: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {}, line {}", self.document, self.line)?;
        match &self.field {
            Some(field) => write!(f, ", {}", visible(field)),
            None => Ok(()),
        }
    }
}

/// A manifest that is not sealed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; none for the stream as a whole.
    pub place: Option<Place>,
    /// What.
    pub kind: ProblemKind,
}

/// Why a manifest is not sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The text is no YAML or JSON.
    Text(yaml::ProblemKind),
    /// There is no document with anything in it.
    NoSecret,
    /// A document that is no mapping.
    NotAnObject,
    /// An object of another kind.
    OtherKind(String),
    /// A SealedSecret.
    AlreadySealed,
    /// No `kind`.
    NoKind,
    /// An `apiVersion` that Secrets do not have.
    OtherApiVersion(String),
    /// A field that is none of the object's, with the one that may be meant.
    UnknownField(Option<&'static str>),
    /// Encrypted by SOPS.
    Sops,
    /// A field that should hold something else.
    Expected(&'static str),
    /// An unquoted scalar whose text would change on the way to the API server.
    Unquoted(yaml::resolve::Meaning),
    /// An unquoted key whose text would change on the way to the API server.
    UnquotedKey(yaml::resolve::Meaning),
    /// A YAML tag other than `!!str`.
    Tag,
    /// An anchor that nothing refers to.
    UnusedAnchor,
    /// A key that cannot be the name of an item and has no value: the value is part of the key.
    ValueInKey,
    /// A List without items.
    EmptyList,
    /// A value of `data` that is not base64.
    NotBase64(&'static str),
    /// Neither `data` nor `stringData` has an item.
    NoData,
    /// No `metadata.name`.
    NoName,
    /// The namespace is another one than the command line says.
    OtherNamespace {
        /// The namespace of the object.
        input: String,
        /// The namespace of the command line.
        given: String,
    },
    /// The scope needs what the object does not say.
    Label(LabelError),
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(kind) => kind.fmt(f),
            Self::NoSecret => f.write_str(
                "no secrets found. Ensure the input is valid and UTF-8 encoded: it is empty, \
                 or has comments only",
            ),
            Self::NotAnObject => {
                f.write_str("not a Kubernetes object, but a list or a single value")
            }
            Self::OtherKind(kind) => {
                write!(f, "a {}, not a Secret: nothing to seal", visible(kind))
            }
            Self::AlreadySealed => f.write_str("a SealedSecret, sealed already"),
            Self::NoKind => f.write_str("no kind: write kind: Secret"),
            Self::OtherApiVersion(version) => {
                write!(f, "apiVersion {}, but a Secret has v1", visible(version))
            }
            Self::UnknownField(None) => f.write_str("unknown field"),
            Self::UnknownField(Some(meant)) => write!(f, "unknown field, did you mean {meant}?"),
            Self::Sops => f.write_str("still encrypted by SOPS: decrypt it first, with sops -d"),
            Self::Expected(what) => write!(f, "{what} expected"),
            Self::Unquoted(meaning) => {
                write!(
                    f,
                    "not quoted, so it is read as {}: quote it",
                    meaning.words()
                )
            }
            Self::UnquotedKey(meaning) => {
                write!(
                    f,
                    "the key is not quoted, so it is read as {}: quote it",
                    meaning.words()
                )
            }
            Self::Tag => f.write_str(
                "starts with ! and is read as a YAML tag: quote the whole value, or remove the tag",
            ),
            Self::UnusedAnchor => f.write_str(
                "starts with & and is read as a YAML anchor, to which nothing refers: quote the \
                 whole value, or remove the anchor",
            ),
            Self::ValueInKey => f.write_str(
                "a key that cannot name an item, and has no value: is a space missing after its \
                 colon, or a quote?",
            ),
            Self::EmptyList => f.write_str("no secrets found: the List has no items"),
            Self::NotBase64(why) => write!(f, "illegal base64 data: {why}"),
            Self::NoData => f.write_str(
                "secret.data is empty in input Secret, assuming this is an error and aborting. \
                 To work with empty data, --allow-empty-data can be used",
            ),
            Self::NoName => f.write_str("missing metadata.name in input Secret"),
            Self::OtherNamespace { input, given } => write!(
                f,
                "namespace mismatch: input secret is in namespace \"{}\" but \"{}\" was specified",
                visible(input),
                visible(given)
            ),
            Self::Label(LabelError::NoNamespace(_)) => f.write_str(
                "secret must declare a namespace: add metadata.namespace, or use --namespace",
            ),
            Self::Label(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl std::error::Error for Problem {}

impl From<yaml::Problem> for Problem {
    fn from(problem: yaml::Problem) -> Self {
        Self {
            place: Some(Place {
                document: problem.document,
                line: problem.line,
                field: None,
            }),
            kind: ProblemKind::Text(problem.kind),
        }
    }
}

/// Something that is sealed as it stands, but that its author should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: WarningKind,
}

/// What the author should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// `null`, `~` or nothing where a value is expected.
    Null,
    /// An invisible space at an end of a value.
    InvisibleSpace,
    /// A PEM block without a line break.
    PemOnOneLine,
    /// No `apiVersion`.
    NoApiVersion,
    /// No `kind`.
    NoKind,
    /// Finalizers are kept.
    Finalizers,
    /// A key that the API server refuses as the name of an item.
    ItemName,
    /// The type asks for an item that is not there.
    MissingItem(&'static str),
    /// The item should hold JSON.
    NotJson,
    /// More than the API server takes.
    TooLarge,
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("no value (null), sealed as an empty one"),
            Self::InvisibleSpace => {
                f.write_str("an invisible space (no-break or zero-width) at an end of the value is sealed with it")
            }
            Self::PemOnOneLine => f.write_str(
                "a PEM block on one line, which few programs read: its line breaks were lost, a \
                 block scalar (|) keeps them",
            ),
            Self::NoApiVersion => f.write_str("no apiVersion, taken as v1"),
            Self::NoKind => f.write_str("no kind, taken as a Secret"),
            Self::Finalizers => {
                f.write_str("finalizers are kept: the Secret that the controller makes cannot be deleted until they are removed")
            }
            Self::ItemName => f.write_str(
                "the API server will refuse this key: letters, digits, -, _ and . are allowed, 253 of them at most",
            ),
            Self::MissingItem(item) => {
                write!(f, "the API server will refuse this type without the item {item}")
            }
            Self::NotJson => f.write_str("the API server will refuse this type, because the item is no JSON object"),
            Self::TooLarge => f.write_str("the API server will refuse more than 1 MiB of values"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

/// Text of the input as a message can show it: control characters are escaped, and what is long
/// is cut.
fn visible(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).flat_map(escape).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let hidden = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let (escaped, plain) = if hidden {
        (Some(c.escape_unicode()), None)
    } else {
        (None, Some(c))
    };
    escaped.into_iter().flatten().chain(plain)
}
