//! One file: what its name promises, which text its bytes are, and the rules that go over it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::facts::Facts;
use super::finding::{Finding, Note};
use super::place::{Lines, Origin};
use super::reference::{Look, Seen};
use super::rule::Rule;
use super::walk::Walk;
use super::{key, mention, trigger};
use crate::encoding::{self, Text};

/// A larger file is not read. No manifest is: the API server takes 3 MiB at the most
/// (upstream: `k8s.io/apiserver/pkg/server/config.go`, `MaxRequestBodyBytes`).
pub const LARGEST_FILE: usize = 5 * 1024 * 1024;

/// How far git looks for a zero byte to tell a binary file (upstream: `xdiff-interface.c`).
const BINARY_PREFIX: usize = 8000;
/// What a file starts with that git-crypt has encrypted.
const GIT_CRYPT: &[u8] = b"\0GITCRYPT\0";

/// What is known besides the files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The size in bytes of the modulus of the certificate that values are sealed with.
    pub key_size: Option<usize>,
}

/// What was seen in one file.
#[derive(Debug)]
pub struct Inspection {
    pub(super) path: PathBuf,
    /// The commit that brought it, where commits are read.
    pub(super) commit: Option<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Note>,
    pub(super) facts: Facts,
    /// The lines of the file with `rseal:allow` in them.
    pub(super) allowances: Vec<(usize, String)>,
}

impl Inspection {
    fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            commit: None,
            findings: Vec::new(),
            notes: Vec::new(),
            facts: Facts::default(),
            allowances: Vec::new(),
        }
    }

    /// A file that was not read, and why.
    #[must_use]
    pub fn skipped(path: &Path, why: &str) -> Self {
        let mut inspection = Self::of(path);
        inspection.note(why);
        inspection
    }

    /// A file that was not read because it is larger than [`LARGEST_FILE`].
    #[must_use]
    pub fn too_large(path: &Path) -> Self {
        let limit = LARGEST_FILE / 1024 / 1024;
        Self::skipped(path, &format!("larger than {limit} MiB: not read"))
    }

    /// The file as a commit brought it.
    #[must_use]
    pub fn at_commit(mut self, id: &str) -> Self {
        self.commit = Some(id.to_owned());
        self
    }

    /// Whether there is anything in it; if not, it can be left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.notes.is_empty()
            && self.allowances.is_empty()
            && self.facts.is_empty()
    }

    pub(super) fn note(&mut self, message: impl Into<String>) {
        self.notes.push(Note {
            path: self.path.clone(),
            message: message.into(),
        });
    }
}

/// Reads one file. Nothing in it is an error: what cannot be read is a finding or a note.
#[must_use]
pub fn inspect(path: &Path, bytes: &[u8], options: &Options) -> Inspection {
    let mut inspection = Inspection::of(path);
    let name = Name::of(path);
    if bytes.len() > LARGEST_FILE {
        return Inspection::too_large(path);
    }
    let wide = is_utf16(bytes);
    if bytes.starts_with(GIT_CRYPT) || !wide && is_binary(bytes, name) {
        return inspection;
    }
    // Most files end here: nothing in them is of interest.
    if !wide {
        let wanted = match name {
            Name::Manifest => trigger::wants_manifest(bytes),
            Name::Kustomization => true,
            Name::Other => trigger::wants_keys(bytes) || trigger::wants_sealing_keys(bytes),
        };
        if !wanted {
            return inspection;
        }
    }
    let text = text(bytes);
    let lines = Lines::of(&text);
    let mut covered = Vec::new();
    if name != Name::Other {
        let origin = Origin::File {
            lines: &lines,
            offset: 0,
        };
        let mut walk = Walk::new(&mut inspection, options, name == Name::Kustomization);
        walk.stream(&text, origin);
        covered = walk.into_covered();
    } else if trigger::wants_sealing_keys(text.as_bytes()) {
        // A backup of the controller's keys is a manifest, whatever it is called.
        let mut other = Inspection::of(path);
        let origin = Origin::File {
            lines: &lines,
            offset: 0,
        };
        Walk::new(&mut other, options, false).stream(&text, origin);
        let keys = other.findings.into_iter();
        inspection
            .findings
            .extend(keys.filter(|finding| finding.rule == Rule::SealingKey));
    }
    if name != Name::Other {
        inspection.facts.mentions = mention::find(&text);
    }
    key::find(&text, &lines, &covered, &mut inspection);
    inspection.allowances = allowances(&text, name);
    if name == Name::Other {
        // Prose may show an allowance of anything; only keys are looked for in it.
        inspection
            .allowances
            .retain(|(_, text)| text.split_whitespace().next() == Some(Rule::PrivateKey.name()));
    }
    inspection
}

/// Looks again at a file that may name the Secrets in `wanted`.
pub(super) fn look(path: &Path, bytes: &[u8], wanted: &HashSet<&str>) -> Seen {
    let mut inspection = Inspection::of(path);
    let text = text(bytes);
    let lines = Lines::of(&text);
    let origin = Origin::File {
        lines: &lines,
        offset: 0,
    };
    let options = Options::default();
    let mut look = Look::new(wanted);
    look.comments(&text);
    let mut walk = Walk::new(&mut inspection, &options, false);
    walk.look = Some(look);
    walk.stream(&text, origin);
    walk.look.map(Look::into_seen).unwrap_or_default()
}

/// What the name of a file promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Manifest,
    Kustomization,
    /// Any other text, in which only keys are looked for.
    Other,
}

impl Name {
    fn of(path: &Path) -> Self {
        const TEMPLATES: [&str; 7] = ["tpl", "tmpl", "gotmpl", "j2", "erb", "tftpl", "jinja2"];
        const MANIFESTS: [&str; 3] = ["yaml", "yml", "json"];
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if matches!(
            name.as_ref(),
            "kustomization.yaml" | "kustomization.yml" | "Kustomization"
        ) {
            return Self::Kustomization;
        }
        let ending = |name: &str, endings: &[&str]| {
            let (stem, ending) = name.rsplit_once('.')?;
            let ending = ending.to_ascii_lowercase();
            endings.contains(&ending.as_str()).then(|| stem.to_owned())
        };
        let stem = ending(&name, &TEMPLATES);
        match ending(stem.as_deref().unwrap_or(&name), &MANIFESTS) {
            Some(_) => Self::Manifest,
            // `_helpers.tpl` is a template of manifests as well, `README.md.gotmpl` is not.
            None if stem.is_some_and(|stem| !stem.contains('.')) => Self::Manifest,
            None => Self::Other,
        }
    }
}

fn is_binary(bytes: &[u8], name: Name) -> bool {
    let prefix = &bytes[..bytes.len().min(BINARY_PREFIX)];
    // A zero byte behind a Secret makes no other file of a manifest: kubectl has applied it by then.
    memchr::memchr(0, prefix)
        .is_some_and(|at| name == Name::Other || !trigger::wants_manifest(&bytes[..at]))
}

/// Whether the first characters are those of UTF-16, as [`encoding::text`] sees it.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [a, b, c, d, ..] => {
            (*a == 0 && *c == 0 && *b != 0 && *d != 0) || (*b == 0 && *d == 0 && *a != 0 && *c != 0)
        }
        _ => false,
    }
}

/// The text, with a replacement for what is none: a name in another encoding hides no Secret.
fn text(bytes: &[u8]) -> Text<'_> {
    encoding::text(bytes).unwrap_or_else(|_| {
        Text::Converted(Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))
    })
}

/// The lines that allow something.
fn allowances(text: &str, name: Name) -> Vec<(usize, String)> {
    const MARK: &str = "rseal:allow";
    if !text.contains(MARK) {
        return Vec::new();
    }
    // What opens a comment: in a manifest, in a kustomization, and in any other text too.
    let opens: &[&str] = match name {
        Name::Manifest | Name::Kustomization => &["#"],
        Name::Other => &["#", "//", "<!--"],
    };
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let (before, after) = line.split_once(MARK)?;
            let before = before.trim_end();
            let comment = opens.iter().find_map(|open| before.strip_suffix(open))?;
            // Within a word or a value it opens none.
            (comment.is_empty() || comment.ends_with([' ', '\t']))
                .then(|| (index + 1, after.trim().to_owned()))
        })
        .collect()
}
