//! What `check` says: findings and notes, which never hold a value.

use std::path::PathBuf;

use super::rule::{Rule, Severity};

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, as it was named when it was read.
    pub path: PathBuf,
    /// Where it starts and ends.
    pub span: Span,
    /// The rule that found it.
    pub rule: Rule,
    /// How much it matters.
    pub severity: Severity,
    /// The Kubernetes object, where there is one.
    pub object: Option<Object>,
    /// The items that are concerned, in their order. A name that no item can have is left out: it
    /// may be a value that slipped into it.
    pub keys: Vec<String>,
    /// The commit that brought it, where commits were read.
    pub commit: Option<String>,
    /// What is wrong, without a value.
    pub message: String,
    /// Where in the file it stands, in words that do not change when lines above it do: the number
    /// of the document and the way to the object in it.
    pub position: String,
    /// Whether something else fills in a part of the object before it is applied: its name, its
    /// namespace or a value. Sealed as it is, it could not be opened, or would hold the placeholder.
    pub filled_in: bool,
    /// The line where an allowance is looked for: the first of the object.
    pub allowance_line: usize,
}

/// Lines and a column, counted from 1; a column counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first line.
    pub line: usize,
    /// The column in it.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
}

/// What names a Kubernetes object; empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kind,
            namespace,
            name,
        } = self;
        f.write_str(kind)?;
        match (namespace.as_str(), name.as_str()) {
            ("", "") => Ok(()),
            ("", name) => write!(f, " {name}"),
            (namespace, "") => write!(f, " {namespace}/(no name)"),
            (namespace, name) => write!(f, " {namespace}/{name}"),
        }
    }
}

/// Something that was not looked at, or only in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub message: String,
}
