//! What one file says that matters for rules over several files.
//!
//! Owns what passes from the reading of files to [`super::conclude`](mod@super::conclude).

use std::path::{Path, PathBuf};

use super::finding::{Finding, Object, Span};
use super::mention::Mentions;
use super::rule::Rule;
use crate::scope::Scope;

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Its SealedSecrets.
    pub(super) sealed: Vec<Sealed>,
    /// The Secrets that something in it makes, whatever it is.
    pub(super) secrets: Vec<Object>,
    /// What it may say about Secrets that are made elsewhere.
    pub(super) mentions: Mentions,
    /// It, if it is a kustomization.
    pub(super) kustomizations: Vec<Kustomization>,
    /// Generators of Secrets.
    pub(super) generators: Vec<Generator>,
    /// Operations of JSON patches that would be findings if they patch a Secret.
    pub(super) patches: Vec<Finding>,
}

impl Facts {
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            sealed,
            secrets,
            mentions,
            kustomizations,
            generators,
            patches,
        } = self;
        sealed.is_empty()
            && secrets.is_empty()
            && mentions.names.is_empty()
            && kustomizations.is_empty()
            && generators.is_empty()
            && patches.is_empty()
    }
}

/// A SealedSecret.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) object: Object,
    pub(super) span: Span,
    pub(super) position: String,
    /// What its own metadata says, under which its values are opened.
    pub(super) label: Names,
    /// What it was sealed for, as far as can be seen: its template keeps that, and nobody edits it.
    pub(super) sealed_for: Names,
    pub(super) scope: Scope,
    /// The scope that its template says, or its own.
    pub(super) sealed_scope: Scope,
    /// What is reported when the two contradict each other, unless a kustomization puts it right.
    pub(super) mismatch: Option<Finding>,
    /// Its items, with what their ciphertexts are told apart by.
    pub(super) items: Vec<(String, Option<Digest>)>,
    /// Whether the Secret may have more items than these.
    pub(super) has_other_items: bool,
}

impl Sealed {
    /// A finding about it.
    pub(super) fn finding(&self, path: &Path, rule: Rule) -> Finding {
        Finding {
            path: path.to_owned(),
            span: self.span,
            rule,
            severity: rule.severity(),
            object: Some(self.object.clone()),
            keys: Vec::new(),
            commit: None,
            message: String::new(),
            position: self.position.clone(),
            filled_in: false,
            allowance_line: self.span.line,
        }
    }
}

/// The beginning of the SHA-256 hash of a ciphertext.
pub(super) type Digest = [u8; 16];

/// A namespace and a name, where they are said and not filled in later.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Names {
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
}

/// A kustomization.
#[derive(Clone, Debug, Default)]
pub(super) struct Kustomization {
    pub(super) namespace: Option<(String, Span)>,
    pub(super) name_prefix: Option<(String, Span)>,
    pub(super) name_suffix: Option<(String, Span)>,
    /// The scope that it gives everything by common annotations.
    pub(super) scope: Scope,
    /// What it takes in: files and folders, relative to its own.
    pub(super) resources: Vec<PathBuf>,
    /// Files with patches of anything.
    pub(super) patches: Vec<PathBuf>,
    /// Files with patches whose target is a Secret.
    pub(super) patches_of_secrets: Vec<(PathBuf, Object)>,
    /// Whether a patch in it changes SealedSecrets.
    pub(super) patches_sealed: bool,
}

/// A generator of a Secret.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    /// What is reported, but for the rule, the keys and the message.
    pub(super) finding: Finding,
    /// The names of its literals that may be secrets.
    pub(super) literals: Vec<String>,
    /// The names of its literals that say nothing.
    pub(super) placeholders: Vec<String>,
    /// Files that become items as they are, with the names of these.
    pub(super) files: Vec<(String, PathBuf)>,
    /// Files with `KEY=value` lines.
    pub(super) envs: Vec<PathBuf>,
}
