//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.

pub mod certificate;
pub mod encoding;
pub mod hybrid;
pub mod keyring;
pub mod pem;
pub mod scope;
pub mod secret;
