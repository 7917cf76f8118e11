//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.

pub mod certificate;
#[cfg(feature = "cli")]
pub mod cli;
pub mod encoding;
pub mod hybrid;
pub mod manifest;
mod pem;
pub mod scope;
pub mod seal;
pub mod secret;
pub mod yaml;
