//! The file of findings that are allowed: `.rseal-baseline.json`.
//!
//! Owns its form and what an entry matches. An entry names the file, the rule, the object and a
//! salted hash of the place in the file; there is no hash of a value anywhere. Which file it is, and
//! where the salt comes from, is for the caller.
//!
//! ```json
//! {
//!   "version": 1,
//!   "salt": "00112233445566778899aabbccddeeff",
//!   "allowed": [
//!     {"path": "a.yaml", "rule": "plaintext-secret", "object": "Secret staging/db", "position": "…", "reason": "a demo"}
//!   ]
//! }
//! ```

use std::collections::HashMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::{Component, Path};

use sha2::{Digest as _, Sha256};

use super::conclude::Report;
use super::finding::{Finding, Span};
use super::object::text;
use super::rule::Rule;
use crate::yaml::{self, Node};

/// The version of the form.
const VERSION: &str = "1";
/// The length in bytes of the salt, and of what is kept of a hash.
const LENGTH: usize = 16;

/// Findings that are allowed, each for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    salt: [u8; LENGTH],
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: Key,
    reason: String,
    /// Where it stands in the baseline; 0 for one that was made and not read.
    line: usize,
}

/// What an entry has in common with the finding that it allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    path: String,
    rule: Rule,
    object: String,
    position: String,
}

impl Baseline {
    /// A baseline that allows what a report holds, for one reason.
    ///
    /// # Errors
    /// A reason that says nothing.
    pub fn of(report: &Report, salt: [u8; 16], reason: &str) -> Result<Self, BaselineError> {
        Self {
            salt,
            entries: Vec::new(),
        }
        .renewed(report, reason)
    }

    /// A baseline that allows what a report holds: for the reason that is given here where it was
    /// allowed already, else for this one. The report is one to which no baseline was applied.
    ///
    /// # Errors
    /// A reason that says nothing, if one is needed.
    pub fn renewed(&self, report: &Report, reason: &str) -> Result<Self, BaselineError> {
        // Of several for one place the first counts.
        let known = self.entries.iter().rev();
        let known: HashMap<&Key, &Entry> = known.map(|entry| (&entry.key, entry)).collect();
        let mut entries = Vec::new();
        for finding in report.findings.iter().filter(|it| can_be_allowed(it.rule)) {
            let key = Key::of(finding, &self.salt);
            let reason = known.get(&key).map_or(reason, |entry| &entry.reason);
            if !says_something(reason) {
                return Err(BaselineError::NoReason);
            }
            entries.push(Entry {
                key,
                reason: reason.to_owned(),
                line: 0,
            });
        }
        entries.sort();
        entries.dedup();
        Ok(Self {
            salt: self.salt,
            entries,
        })
    }

    /// Reads what [`to_json`](Self::to_json) wrote and somebody may have edited.
    ///
    /// # Errors
    /// Anything that is not as it should be.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let trees = yaml::read(text).map_err(|problem| BaselineError::NotJson {
            line: problem.line,
            why: problem.kind.to_string(),
        })?;
        let [tree] = trees.as_slice() else {
            return Err(BaselineError::Empty);
        };
        let [version, salt, allowed] = fields(tree.root(), ["version", "salt", "allowed"])?;
        // The version first: what a later one means by the others is not known here.
        if string(version, "version")? != VERSION {
            return Err(wrong(version, "version", "must be 1"));
        }
        let salt = bytes(string(salt, "salt")?)
            .ok_or_else(|| wrong(salt, "salt", "must be 32 hexadecimal digits"))?;
        let entries = allowed
            .elements()
            .ok_or_else(|| wrong(allowed, "allowed", "must be a list"))?
            .into_iter()
            .map(entry)
            .collect::<Result<_, _>>()?;
        Ok(Self { salt, entries })
    }

    /// The text of the file: sorted, and one entry a line, so that a change is a line of a diff.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = format!(
            "{{\n  \"version\": {VERSION},\n  \"salt\": \"{}\",\n  \"allowed\": [",
            hexadecimal(&self.salt)
        );
        for (index, Entry { key, reason, .. }) in self.entries.iter().enumerate() {
            text.push_str(if index == 0 { "\n    {" } else { ",\n    {" });
            let fields = [
                ("path", key.path.as_str()),
                ("rule", key.rule.name()),
                ("object", &key.object),
                ("position", &key.position),
                ("reason", reason),
            ];
            for (index, (name, value)) in fields.into_iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                let _ = write!(text, "{comma}\"{name}\": {}", quoted(value));
            }
            text.push('}');
        }
        if !self.entries.is_empty() {
            text.push_str("\n  ");
        }
        text.push_str("]\n}\n");
        text
    }

    /// Leaves out what is allowed, and adds a warning for each entry that nothing was found for.
    pub fn apply(&self, report: &mut Report, around: &Applied<'_>) {
        let keys = self.entries.iter().map(|entry| &entry.key);
        let mut used: HashMap<&Key, bool> = keys.map(|key| (key, false)).collect();
        report.findings.retain(|finding| {
            let used = used.get_mut(&Key::of(finding, &self.salt));
            let is_allowed = used.is_some();
            if let Some(used) = used {
                *used = true;
            }
            !is_allowed
        });
        for entry in &self.entries {
            if !used[&entry.key] && (around.expects)(entry.key.rule, Path::new(&entry.key.path)) {
                report.findings.push(entry.unused(around.path));
            }
        }
        report.sort();
    }
}

/// What is known where a baseline is applied.
pub struct Applied<'a> {
    /// The file of the baseline.
    pub path: &'a Path,
    /// Whether a finding of a rule in a file would have been seen, so that an entry without one is
    /// out of date: the rule counts, and the file was read or is no longer there.
    pub expects: &'a dyn Fn(Rule, &Path) -> bool,
}

impl Key {
    fn of(finding: &Finding, salt: &[u8; LENGTH]) -> Self {
        let mut hash = Sha256::new();
        hash.update(salt);
        hash.update(finding.position.as_bytes());
        Self {
            path: portable(&finding.path),
            rule: finding.rule,
            object: finding
                .object
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            position: hexadecimal(&hash.finalize()[..LENGTH]),
        }
    }
}

impl Entry {
    fn unused(&self, baseline: &Path) -> Finding {
        let rule = Rule::AllowUnused;
        Finding {
            path: baseline.to_owned(),
            span: Span {
                line: self.line,
                column: 1,
                end_line: self.line,
            },
            rule,
            severity: rule.severity(),
            object: None,
            keys: Vec::new(),
            commit: None,
            message: format!(
                "nothing of {} is found in {}{} any more: remove the entry",
                self.key.rule,
                self.key.path,
                match self.key.object.as_str() {
                    "" => String::new(),
                    object => format!(" for {object}"),
                }
            ),
            position: format!("line {}", self.line),
            filled_in: false,
            allowance_line: self.line,
        }
    }
}

/// What an allowance is about cannot be allowed itself.
fn can_be_allowed(rule: Rule) -> bool {
    !matches!(rule, Rule::AllowWithoutReason | Rule::AllowUnused)
}

fn says_something(reason: &str) -> bool {
    reason.contains(char::is_alphanumeric)
}

/// A path as it is written on every system.
fn portable(path: &Path) -> String {
    let steps: Vec<_> = path
        .components()
        .filter(|step| *step != Component::CurDir)
        .map(|step| step.as_os_str().to_string_lossy())
        .collect();
    steps.join("/")
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn bytes(text: &str) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    let digits = text.as_bytes();
    if digits.len() != 2 * LENGTH || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// A text in JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn entry(node: Node<'_>) -> Result<Entry, BaselineError> {
    let names = ["path", "rule", "object", "position", "reason"];
    let [path, rule, object, position, reason] = fields(node, names)?;
    let rule_node = rule;
    let rule: Rule = string(rule, "rule")?
        .parse()
        .map_err(|_| wrong(rule_node, "rule", "is none that there is"))?;
    if !can_be_allowed(rule) {
        return Err(wrong(
            rule_node,
            "rule",
            "is one that nothing can be allowed of",
        ));
    }
    let why = string(reason, "reason")?;
    if !says_something(why) {
        return Err(wrong(reason, "reason", "is empty: say why it is allowed"));
    }
    Ok(Entry {
        key: Key {
            path: string(path, "path")?.to_owned(),
            rule,
            object: string(object, "object")?.to_owned(),
            position: string(position, "position")?.to_owned(),
        },
        reason: why.to_owned(),
        line: node.line(),
    })
}

/// The values of the fields of an object, which has these and no other.
fn fields<'t, const N: usize>(
    node: Node<'t>,
    names: [&'static str; N],
) -> Result<[Node<'t>; N], BaselineError> {
    let line = node.line();
    let entries = node
        .entries()
        .ok()
        .flatten()
        .ok_or(BaselineError::NoObject { line })?;
    if let Some(entry) = entries
        .iter()
        .find(|entry| !names.contains(&entry.key.text))
    {
        return Err(BaselineError::Unknown {
            line: entry.key_node.line(),
            field: entry.key.text.to_owned(),
        });
    }
    let mut values = [node; N];
    for (value, name) in values.iter_mut().zip(names) {
        let entry = entries.iter().find(|entry| entry.key.text == name);
        let Some(entry) = entry else {
            return Err(BaselineError::Missing { line, field: name });
        };
        *value = entry.value;
    }
    Ok(values)
}

fn string<'t>(node: Node<'t>, field: &'static str) -> Result<&'t str, BaselineError> {
    text(node).ok_or_else(|| wrong(node, field, "must be a text"))
}

fn wrong(node: Node<'_>, field: &'static str, why: &'static str) -> BaselineError {
    BaselineError::Wrong {
        line: node.line(),
        field,
        why,
    }
}

/// What is wrong with a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaselineError {
    /// It cannot be read.
    NotJson {
        /// The line.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// There is nothing in it, or more than one object.
    Empty,
    /// Something else stands where an object should.
    NoObject {
        /// The line.
        line: usize,
    },
    /// A field that there is not in this version.
    Unknown {
        /// The line.
        line: usize,
        /// The field.
        field: String,
    },
    /// A field that is not there.
    Missing {
        /// The line where the object begins.
        line: usize,
        /// The field.
        field: &'static str,
    },
    /// A field with a value that it cannot have.
    Wrong {
        /// The line.
        line: usize,
        /// The field.
        field: &'static str,
        /// What it must be.
        why: &'static str,
    },
    /// A baseline was to be made without a reason.
    NoReason,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { line, why } => write!(f, "line {line}: {why}"),
            Self::Empty => write!(f, "not one JSON object"),
            Self::NoObject { line } => write!(f, "line {line}: not a JSON object"),
            Self::Unknown { line, field } => {
                write!(
                    f,
                    "line {line}: the field {field:?} is unknown in version {VERSION}"
                )
            }
            Self::Missing { line, field } => {
                write!(f, "line {line}: the field {field:?} is missing")
            }
            Self::Wrong { line, field, why } => write!(f, "line {line}: {field} {why}"),
            Self::NoReason => write!(f, "an allowance needs a reason"),
        }
    }
}

impl std::error::Error for BaselineError {}

#[cfg(test)]
mod tests;
