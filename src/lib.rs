//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.

pub mod encoding;
pub mod hybrid;
pub mod scope;
pub mod secret;
pub mod yaml;
