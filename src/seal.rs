//! A Secret to a SealedSecret.
//!
//! Owns the rules that bind the two: which scope holds, what the template keeps, and that every
//! value is sealed under the label of the SealedSecret that carries it. It reads no text and
//! writes none.

use std::fmt;

use rand_core::TryCryptoRng;

use crate::hybrid::{self, PublicKey};
use crate::manifest::{Problem, ProblemKind, SealedSecret, Secret, Template};
use crate::scope::{CLUSTER_WIDE_ANNOTATION, Label, NAMESPACE_WIDE_ANNOTATION, Scope};

/// A Secret whose label is known, ready to be sealed.
#[derive(Debug)]
pub struct Prepared {
    secret: Secret,
    scope: Scope,
    label: Label,
}

/// The scope in which `secret` is to be sealed: `asked`, unless that is strict, which cannot be
/// told from not asking; then what the annotations of the Secret say.
#[must_use]
pub fn scope_of(secret: &Secret, asked: Scope) -> Scope {
    if asked != Scope::Strict {
        return asked;
    }
    let annotations = &secret.metadata.annotations;
    Scope::from_annotations(annotations.iter().map(|(k, v)| (k.as_str(), v.as_str())))
}

/// Binds `secret`, whose name and namespace are final, to its scope.
///
/// # Errors
/// A Secret without the name or the namespace that its scope needs.
pub fn prepare(mut secret: Secret, asked: Scope) -> Result<Prepared, Problem> {
    let scope = scope_of(&secret, asked);
    let metadata = &mut secret.metadata;
    if asked != Scope::Strict {
        for annotation in [CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION] {
            metadata.annotations.remove(annotation);
        }
        if let Some(annotation) = asked.annotation() {
            metadata
                .annotations
                .insert(annotation.to_owned(), "true".to_owned());
        }
    }
    let problem = |kind| Problem {
        place: Some(secret.place.clone()),
        kind,
    };
    if metadata.name.is_empty() {
        return Err(problem(ProblemKind::NoName));
    }
    let label = scope
        .label(&metadata.namespace, &metadata.name)
        .map_err(|error| problem(ProblemKind::Label(error)))?;
    Ok(Prepared {
        secret,
        scope,
        label,
    })
}

impl Prepared {
    /// How many values there are to seal.
    #[must_use]
    pub fn values(&self) -> usize {
        self.secret.items.len()
    }

    /// Seals every value for the holder of `key`'s private half.
    ///
    /// # Errors
    /// [`SealError`] names the item.
    pub fn seal<R: TryCryptoRng + ?Sized>(
        self,
        rng: &mut R,
        key: &PublicKey,
    ) -> Result<SealedSecret, SealError> {
        let mut encrypted_data = std::collections::BTreeMap::new();
        for item in self.secret.items {
            let sealed =
                hybrid::seal(rng, key, &self.label, item.value).map_err(|source| SealError {
                    secret: self.secret.metadata.name.clone(),
                    item: item.name.clone(),
                    source,
                })?;
            encrypted_data.insert(item.name, crate::manifest::encode(&sealed));
        }
        Ok(SealedSecret {
            name: self.secret.metadata.name.clone(),
            namespace: self.secret.metadata.namespace.clone(),
            scope: self.scope,
            template: Template {
                metadata: self.secret.metadata,
                secret_type: self.secret.secret_type,
                immutable: self.secret.immutable,
            },
            encrypted_data,
        })
    }
}

/// A value that could not be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealError {
    /// The name of the Secret.
    pub secret: String,
    /// The name of the item.
    pub item: String,
    source: hybrid::SealError,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot seal {} of the Secret {}", self.item, self.secret)
    }
}

impl std::error::Error for SealError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
