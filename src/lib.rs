//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.

#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "cluster")]
pub mod connection;
#[cfg(feature = "cluster")]
pub mod download;
pub mod encoding;
pub mod hybrid;
pub mod scope;
pub mod secret;
