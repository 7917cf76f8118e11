//! YAML and JSON as the API server reads them.
//!
//! Owns the parsers and the writers, and with them the one tree that every other room looks at:
//! two readings of one file would be a way around a check. It knows nothing of Kubernetes
//! objects; that is [`crate::manifest`].

mod json;
pub mod mask;
pub mod mend;
pub mod parts;
mod problem;
mod read;
pub mod resolve;
mod tree;
pub mod write;

pub use problem::{Problem, ProblemKind};
use tree::Reading;
pub use tree::{Entry, Node, Scalar, Tree};

/// Reads every document of `text`, which is a stream of YAML documents or of JSON objects.
///
/// As for kubectl, text that starts with `{` is read as JSON first and as YAML when it is none:
/// a flow mapping, or JSON documents between `---` lines.
///
/// # Errors
/// The first [`Problem`] in the order of the text; no document is left out in silence.
pub fn read(text: &str) -> Result<Vec<Tree<'_>>, Problem> {
    read_as(text, Reading::Strict)
}

/// Reads `text` as far as it goes, for who looks for something in it and seals nothing.
///
/// The parsers and the tree are those of [`read`], without its refusals: a key that is there twice
/// is given twice, and one that is no text is left out.
///
/// # Errors
/// Text that is neither YAML nor JSON.
pub fn read_leniently(text: &str) -> Result<Vec<Tree<'_>>, Problem> {
    read_as(text, Reading::Lenient)
}

fn read_as(text: &str, reading: Reading) -> Result<Vec<Tree<'_>>, Problem> {
    if !text.trim_start().starts_with('{') {
        return read::documents(text, reading);
    }
    json::documents(text, reading).or_else(|problem| {
        // What is no YAML either was meant as JSON, and the JSON reader knows best what is wrong
        // with it; but a template is neither.
        read::documents(text, reading).map_err(|other| match other.kind {
            ProblemKind::Template
            | ProblemKind::KeyOverLines
            | ProblemKind::DuplicateKey { .. } => other,
            _ => problem,
        })
    })
}
