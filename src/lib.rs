//! Seal Kubernetes Secrets for git, exactly as the Sealed Secrets controller opens them.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use rand::rngs::SysRng;
//! use rseal::certificate::Certificate;
//! use rseal::encoding;
//! use rseal::manifest::{KindRule, read_secrets};
//! use rseal::scope::Scope;
//! use rseal::seal;
//! use rseal::yaml::write;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The controller's certificate. The key of this one is public: it protects nothing.
//! let certificate = std::fs::read("testdata/certificates/sealing-4096.pem")?;
//! let certificate = Certificate::from_bytes(&certificate)?;
//! // Is it still valid? What is worth a word, but no error, comes back.
//! assert!(certificate.check(SystemTime::now())?.is_empty());
//!
//! // A manifest: YAML or JSON, UTF-8 or UTF-16, one document or many, Lists of Secrets too.
//! let manifest = b"
//! apiVersion: v1
//! kind: Secret
//! metadata: {name: db, namespace: staging}
//! stringData: {password: correct horse}
//! ";
//! let text = encoding::text(manifest)?;
//! let read = read_secrets(&text, KindRule::Required)?;
//! for warning in &read.warnings {
//!     eprintln!("warning: {warning}");
//! }
//!
//! let mut output = String::new();
//! for secret in read.secrets {
//!     // Where it may be opened: here, as `db` in `staging` and nowhere else.
//!     let prepared = seal::prepare(secret, Scope::Strict)?;
//!     let sealed = prepared.seal(&mut SysRng, certificate.public_key())?;
//!     output.push_str("---\n");
//!     output.push_str(&write::Yaml(&sealed.into_document()).to_string());
//! }
//! assert!(output.contains("kind: SealedSecret"));
//! assert!(!output.contains("correct horse"));
//! # Ok(())
//! # }
//! ```
//!
//! One value without a manifest is sealed by [`hybrid::seal`], under a label that only
//! [`scope::Scope::label`] makes. [`keyring::Keyring`] opens sealed values with private keys.
//! `docs/format.md` in the repository describes the bytes.
//!
//! # What is a parameter
//!
//! The library reads no file, no variable and no clock, opens no socket, starts no thread and prints
//! nothing; only the modules for the network and the program do (`cluster`, `connection`, `download`,
//! `cli`), which can be left out. The generator is the caller's, any of `rand_core` 0.10, and has to
//! be cryptographically secure: one that gives the same bytes twice gives values away.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! | --- | --- | --- |
//! | `cluster` | yes | certificates from the controller and from URLs: kube, tokio, ureq, TLS |
//! | `cli` | yes | the program: clap, and `cluster` |
//!
//! With `default-features = false` neither of these is built, and everything above works.
//!
//! # Secrets
//!
//! A value is a [`secret::Plaintext`] from the moment a manifest was read. It is wiped when dropped,
//! cannot be cloned, and its `Debug` says nothing. No error of this crate repeats a value: file,
//! document, line and key are named. What cannot be wiped is in `docs/security.md`. The bytes that
//! are handed in belong to the caller, who wipes them.

pub mod amend;
pub mod certificate;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "cluster")]
pub mod connection;
#[cfg(feature = "cluster")]
pub mod download;
pub mod encoding;
pub mod git;
pub mod hybrid;
pub mod keyring;
pub mod manifest;
mod pem;
pub mod scope;
pub mod seal;
pub mod secret;
pub mod yaml;
