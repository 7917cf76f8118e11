//! What one file says that matters for rules over several files.
//!
//! Owns what passes from the reading of files to [`super::conclude`](mod@super::conclude).

use std::path::PathBuf;

use super::finding::{Finding, Object, Span};
use crate::scope::Scope;

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Its SealedSecrets.
    pub(super) sealed: Vec<Sealed>,
    /// The Secrets that something in it makes, whatever it is.
    pub(super) secrets: Vec<Object>,
    /// What it says about Secrets that are made elsewhere.
    pub(super) references: Vec<Reference>,
    /// It, if it is a kustomization.
    pub(super) kustomizations: Vec<Kustomization>,
    /// Operations of JSON patches that would be findings if they patch a Secret.
    pub(super) patches: Vec<Finding>,
}

impl Facts {
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            sealed,
            secrets,
            references,
            kustomizations,
            patches,
        } = self;
        sealed.is_empty()
            && secrets.is_empty()
            && references.is_empty()
            && kustomizations.is_empty()
            && patches.is_empty()
    }
}

/// A SealedSecret.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) object: Object,
    pub(super) span: Span,
    pub(super) position: String,
    pub(super) scope: Scope,
    /// Its items, with what their ciphertexts are told apart by.
    pub(super) items: Vec<(String, [u8; 16])>,
    /// Whether the names of more items than these come from its template.
    pub(super) has_template_data: bool,
}

/// A place that names a Secret.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) from: Object,
    pub(super) span: Span,
    pub(super) position: String,
    pub(super) allowance_line: usize,
    /// The namespace of the Secret; empty where it is not said.
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) key: Option<String>,
}

/// A kustomization.
#[derive(Clone, Debug, Default)]
pub(super) struct Kustomization {
    pub(super) namespace: Option<(String, Span)>,
    pub(super) name_prefix: Option<(String, Span)>,
    pub(super) name_suffix: Option<(String, Span)>,
    /// What it takes in: files and folders, relative to its own.
    pub(super) resources: Vec<PathBuf>,
    /// Files with patches of Secrets.
    pub(super) patches_of_secrets: Vec<PathBuf>,
    /// Generators of Secrets that read files.
    pub(super) generators: Vec<Generator>,
}

/// A generator of a Secret from files.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    /// What is reported when git tracks one of its files.
    pub(super) finding: Finding,
    /// Files that become items as they are.
    pub(super) files: Vec<PathBuf>,
    /// Files with `KEY=value` lines.
    pub(super) envs: Vec<PathBuf>,
}
