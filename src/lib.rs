//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.

pub mod certificate;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "cluster")]
pub mod connection;
#[cfg(feature = "cluster")]
pub mod download;
pub mod encoding;
pub mod hybrid;
pub mod keyring;
pub mod manifest;
mod pem;
pub mod scope;
pub mod seal;
pub mod secret;
pub mod yaml;
