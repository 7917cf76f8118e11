//! Kubernetes objects in a stream: Secrets in, SealedSecrets out.
//!
//! Owns what a Secret and a SealedSecret are, field by field, and base64. Values become
//! [`Plaintext`](crate::secret::Plaintext) at the first line that sees them. How text becomes a
//! tree is [`crate::yaml`]; how a value is sealed, [`crate::seal`].

mod base64;
mod fields;
mod problem;
mod sealed_secret;
mod secret;
mod stream;

pub use base64::{decode, encode};
pub use problem::{Place, Problem, ProblemKind, Warning, WarningKind};
pub use sealed_secret::{SealedSecret, Template};
pub use secret::{COPIES_OF_THE_OBJECT, Item, Metadata, Secret};
pub use stream::{KindRule, Secrets, read_secret, read_secrets};
