//! The rules of `check`: their names, how much each matters, and what each says of itself.
//!
//! Owns the one table of them. What a rule looks for is in the file of its family.

use std::fmt;
use std::str::FromStr;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is leaked or broken for certain; only a strict run fails.
    Warning,
    /// A secret is readable, or a value can never be opened.
    Error,
}

impl Severity {
    /// The word for it in every format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $rule:ident $name:literal $severity:ident $summary:literal;)*) => {
        /// A rule of `check`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])* $rule,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)*];

            /// Its name on the command line and in every format.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }

            /// How much its findings matter.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$rule => Severity::$severity,)*
                }
            }

            /// What it finds, in one sentence.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$rule => $summary,)*
                }
            }
        }
    };
}

rules! {
    /// The private key of a cluster.
    SealingKey "sealing-key" Error
        "A Secret with the private key of the Sealed Secrets controller, which opens every sealed value";
    /// A Secret with a readable value.
    PlaintextSecret "plaintext-secret" Error
        "A Secret with at least one value that anybody can read";
    /// A Secret in an annotation.
    LeakedAnnotation "leaked-annotation" Error
        "An annotation with the last applied configuration, which holds a Secret in plaintext";
    /// A private key in a file.
    PrivateKey "private-key" Error
        "A private key in a text file";
    /// A generator of Secrets.
    SecretGenerator "secret-generator" Error
        "A kustomize generator that makes a Secret from literals or from files that git tracks";
    /// Something that cannot be looked into.
    Unreadable "unreadable" Error
        "A text that names a Secret and cannot be parsed, so that nobody knows what it holds";
    /// A value that says nothing.
    PlaceholderValue "placeholder-value" Warning
        "A Secret whose values look like placeholders, such as changeme";
    /// A value in the template of a SealedSecret.
    PlaintextTemplate "plaintext-template" Warning
        "A SealedSecret whose template has a readable value under a name that passwords have";
    /// A sealed value that is none.
    SealedMalformed "sealed-malformed" Error
        "An item of a SealedSecret that cannot be a sealed value";
    /// Sealed for a key of another size.
    SealedWrongKeySize "sealed-wrong-key-size" Error
        "A value that was sealed for a key of another size than the certificate's";
    /// The template contradicts the SealedSecret.
    SealedLabelMismatch "sealed-label-mismatch" Error
        "A SealedSecret whose name, namespace or scope changed after it was sealed";
    /// Contradicting scopes.
    SealedScopeConflict "sealed-scope-conflict" Error
        "A SealedSecret with both scope annotations, or one that does not say true";
    /// One ciphertext under two labels.
    SealedCopied "sealed-copied" Error
        "A sealed value that was copied to another name or namespace, where it cannot be opened";
    /// A kustomization renames what was sealed.
    SealedRelabelled "sealed-relabelled" Error
        "A kustomization that changes the name or namespace of a SealedSecret";
    /// Two of one name.
    SealedDuplicate "sealed-duplicate" Warning
        "Two SealedSecrets of one name and namespace in one kustomization";
    /// Nothing was sealed.
    SealedEmpty "sealed-empty" Warning
        "A sealed value whose plaintext is empty";
    /// The old field.
    SealedDeprecatedData "sealed-deprecated-data" Warning
        "A SealedSecret with spec.data, the deprecated field of the first format";
    /// A reference to a Secret of a similar name.
    ReferenceNearMiss "reference-near-miss" Warning
        "A reference to a Secret that is not there while one of a similar name is";
    /// An allowance that does not say what it allows, or why.
    AllowWithoutReason "allow-without-reason" Error
        "An rseal:allow that names no rule or gives no reason";
    /// An allowance of nothing.
    AllowUnused "allow-unused" Warning
        "An allowance, in a comment or in the baseline, of something that is not found";
}

impl Rule {
    /// Whether it needs to see every file to be sure that there is nothing to find.
    pub(super) fn needs_the_tree(self) -> bool {
        matches!(
            self,
            Self::SealedCopied
                | Self::SealedLabelMismatch
                | Self::SealedRelabelled
                | Self::SealedDuplicate
                | Self::ReferenceNearMiss
        )
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no rule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRule;

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no rule has this name")
    }
}

impl std::error::Error for UnknownRule {}

impl FromStr for Rule {
    type Err = UnknownRule;
    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL
            .iter()
            .find(|rule| rule.name() == name)
            .copied()
            .ok_or(UnknownRule)
    }
}
