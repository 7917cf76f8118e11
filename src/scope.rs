//! Where a sealed value may be opened: scopes, their annotations and the label.
//!
//! Owns the only function that makes a [`Label`]. A value sealed under a wrong label is one that
//! nobody can open, so no other room joins a namespace and a name.

use std::fmt;

/// The annotation that makes a SealedSecret usable in every namespace under every name.
pub const CLUSTER_WIDE_ANNOTATION: &str = "sealedsecrets.bitnami.com/cluster-wide";
/// The annotation that makes a SealedSecret usable under every name in its namespace.
pub const NAMESPACE_WIDE_ANNOTATION: &str = "sealedsecrets.bitnami.com/namespace-wide";

/// Where a sealed value may be opened.
///
/// The controller reads it from the annotations of the SealedSecret
/// (upstream: `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Only in this namespace and under this name.
    #[default]
    Strict,
    /// In this namespace, under any name.
    NamespaceWide,
    /// In any namespace, under any name.
    ClusterWide,
}

impl Scope {
    /// All scopes, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Strict, Self::NamespaceWide, Self::ClusterWide];

    /// The name that the command line uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::NamespaceWide => "namespace-wide",
            Self::ClusterWide => "cluster-wide",
        }
    }

    /// The annotation that says this scope; strict is said by having none.
    #[must_use]
    pub fn annotation(self) -> Option<&'static str> {
        match self {
            Self::Strict => None,
            Self::NamespaceWide => Some(NAMESPACE_WIDE_ANNOTATION),
            Self::ClusterWide => Some(CLUSTER_WIDE_ANNOTATION),
        }
    }

    /// The scope that annotations say. Only the exact text `true` counts, and cluster-wide wins,
    /// as for the controller.
    pub fn from_annotations<'a>(annotations: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut scope = Self::Strict;
        for (key, value) in annotations {
            match key {
                CLUSTER_WIDE_ANNOTATION if value == "true" => return Self::ClusterWide,
                NAMESPACE_WIDE_ANNOTATION if value == "true" => scope = Self::NamespaceWide,
                _ => {}
            }
        }
        scope
    }

    /// The OAEP label that binds a value to this scope: `NAMESPACE/NAME`, `NAMESPACE` or nothing,
    /// as UTF-8 bytes.
    ///
    /// # Errors
    /// [`LabelError`] when the scope needs a namespace or a name that is empty.
    pub fn label(self, namespace: &str, name: &str) -> Result<Label, LabelError> {
        let text = match self {
            Self::Strict | Self::NamespaceWide if namespace.is_empty() => {
                return Err(LabelError::NoNamespace(self));
            }
            Self::Strict if name.is_empty() => return Err(LabelError::NoName),
            Self::Strict => format!("{namespace}/{name}"),
            Self::NamespaceWide => namespace.to_owned(),
            Self::ClusterWide => String::new(),
        };
        Ok(Label(text))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The OAEP label of a value. Only [`Scope::label`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The label as the bytes that go into OAEP.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Why there is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelError {
    /// The scope needs a namespace.
    NoNamespace(Scope),
    /// The strict scope needs a name.
    NoName,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNamespace(scope) => write!(f, "the scope {scope} needs a namespace"),
            Self::NoName => write!(f, "the scope strict needs a name"),
        }
    }
}

impl std::error::Error for LabelError {}

#[cfg(test)]
mod tests {
    use super::{CLUSTER_WIDE_ANNOTATION, LabelError, NAMESPACE_WIDE_ANNOTATION, Scope};

    #[test]
    fn labels_are_what_the_controller_computes() {
        let label = |scope: Scope| scope.label("myns", "myname").map(|l| l.as_bytes().to_vec());
        assert_eq!(label(Scope::Strict), Ok(b"myns/myname".to_vec()));
        assert_eq!(label(Scope::NamespaceWide), Ok(b"myns".to_vec()));
        assert_eq!(label(Scope::ClusterWide), Ok(Vec::new()));
    }

    #[test]
    fn a_label_needs_its_parts() {
        assert_eq!(
            Scope::Strict.label("", "n"),
            Err(LabelError::NoNamespace(Scope::Strict))
        );
        assert_eq!(Scope::Strict.label("ns", ""), Err(LabelError::NoName));
        assert!(Scope::NamespaceWide.label("ns", "").is_ok());
        assert!(Scope::ClusterWide.label("", "").is_ok());
    }

    #[test]
    fn only_the_text_true_sets_a_scope_and_cluster_wide_wins() {
        let scope =
            |pairs: &[(&'static str, &'static str)]| Scope::from_annotations(pairs.iter().copied());
        assert_eq!(scope(&[]), Scope::Strict);
        assert_eq!(
            scope(&[(NAMESPACE_WIDE_ANNOTATION, "true")]),
            Scope::NamespaceWide
        );
        assert_eq!(scope(&[(NAMESPACE_WIDE_ANNOTATION, "True")]), Scope::Strict);
        assert_eq!(scope(&[(CLUSTER_WIDE_ANNOTATION, "1")]), Scope::Strict);
        assert_eq!(
            scope(&[
                (NAMESPACE_WIDE_ANNOTATION, "true"),
                (CLUSTER_WIDE_ANNOTATION, "true")
            ]),
            Scope::ClusterWide
        );
    }
}
