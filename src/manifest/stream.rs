//! A stream of documents to Secrets.
//!
//! Owns which documents are Secrets: the kind, the apiVersion, and Lists of them.

use super::fields::{Field, meant};
use super::problem::{Place, Problem, ProblemKind, Warning, WarningKind};
use super::secret::Secret;
use crate::yaml::{self, Node};

/// What to make of an object without a `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindRule {
    /// It is an error.
    Required,
    /// It is taken as a Secret, with a warning.
    Assumed,
}

/// The Secrets of a stream.
#[derive(Debug)]
pub struct Secrets {
    /// The Secrets in their order; the items of a List stand in its place.
    pub secrets: Vec<Secret>,
    /// What their author should know of.
    pub warnings: Vec<Warning>,
}

/// Reads a stream in which every document is a Secret or a List of Secrets.
///
/// # Errors
/// The first [`Problem`]; a stream without a single document is one.
pub fn read_secrets(text: &str, rule: KindRule) -> Result<Secrets, Problem> {
    let mut read = Secrets {
        secrets: Vec::new(),
        warnings: Vec::new(),
    };
    for tree in yaml::read(text)? {
        object(tree.root(), rule, &mut read)?;
    }
    if read.secrets.is_empty() {
        return Err(Problem {
            place: None,
            kind: ProblemKind::NoSecret,
        });
    }
    Ok(read)
}

/// Reads one object, which must be a Secret.
///
/// # Errors
/// What keeps it from being sealed.
pub fn read_secret(node: Node<'_>) -> Result<Secret, Problem> {
    let mut read = Secrets {
        secrets: Vec::new(),
        warnings: Vec::new(),
    };
    object(node, KindRule::Required, &mut read)?;
    read.secrets.pop().ok_or(Problem {
        place: None,
        kind: ProblemKind::NoSecret,
    })
}

fn object(node: Node<'_>, rule: KindRule, read: &mut Secrets) -> Result<(), Problem> {
    let whole = Field::new(node, "", "");
    if !node.is_mapping() {
        return Err(whole.problem(ProblemKind::NotAnObject));
    }
    let entries = whole.entries("an object")?;
    let find = |name: &'static str| {
        entries
            .iter()
            .find(|entry| entry.key.text == name && !Field::of(entry, "").is_null())
            .map(|entry| Field::new(entry.value, "", name))
    };
    let kind = find("kind").map(|field| field.text().map(|text| (field, text.text)));
    let version = find("apiVersion").map(|field| field.text().map(|text| (field, text.text)));
    match kind.transpose()? {
        Some((_, "Secret")) => {}
        Some((_, "List" | "SecretList")) => return list(&entries, rule, read),
        Some((field, "SealedSecret")) => return Err(field.problem(ProblemKind::AlreadySealed)),
        Some((field, other)) => {
            return Err(field.problem(ProblemKind::OtherKind(other.to_owned())));
        }
        None if rule == KindRule::Assumed && !entries.is_empty() => {
            // A misspelt `kind` is told as such, before what else it leads to.
            if let Some(entry) = entries.iter().find(|entry| {
                entry.key.text != "kind" && meant(entry.key.text, &["kind"]).is_some()
            }) {
                let field = Field::of(entry, "");
                return Err(field.problem(ProblemKind::UnknownField(Some("kind"))));
            }
            read.warnings.push(whole.warning(WarningKind::NoKind));
        }
        None => return Err(whole.problem(ProblemKind::NoKind)),
    }
    match version.transpose()? {
        Some((_, "v1")) => {}
        Some((field, other)) => {
            return Err(field.problem(ProblemKind::OtherApiVersion(other.to_owned())));
        }
        None => read.warnings.push(whole.warning(WarningKind::NoApiVersion)),
    }
    read.secrets.push(Secret::read(node, &mut read.warnings)?);
    Ok(())
}

fn list(entries: &[yaml::Entry<'_>], rule: KindRule, read: &mut Secrets) -> Result<(), Problem> {
    const FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "items"];
    let mut count = 0;
    for entry in entries {
        let field = Field::of(entry, "");
        match entry.key.text {
            "items" => {
                for element in field.elements()? {
                    object(element, rule, read)?;
                    count += 1;
                }
            }
            name if FIELDS.contains(&name) => {}
            name => return Err(field.problem(ProblemKind::UnknownField(meant(name, &FIELDS)))),
        }
    }
    if count == 0 {
        let place = entries.first().map(|entry| Place {
            document: entry.key_node.document(),
            line: entry.key_node.line(),
            field: None,
        });
        return Err(Problem {
            place,
            kind: ProblemKind::EmptyList,
        });
    }
    Ok(())
}
