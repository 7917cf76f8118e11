//! Which certificate to seal with: a file, a URL, or the controller's.
//!
//! Owns the order in which these count. A file is read without any thought of a cluster; what
//! talks to the network is [`crate::cluster`] and [`crate::download`].

use std::path::PathBuf;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::arguments::Arguments;
use super::input;
use super::message::{self, Failure};
use crate::certificate::Certificate;

/// The bytes of the certificate, which are known to hold one when they came over the network.
pub(super) fn bytes(arguments: &Arguments) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (bytes, from) = load(arguments)?;
    if !matches!(from, From::File(_)) {
        parse(&bytes, &from)?;
    }
    Ok(bytes)
}

/// The certificate, if it can be sealed with today; what is worth a word about it is said.
pub(super) fn usable(arguments: &Arguments) -> Result<Certificate, Failure> {
    let (bytes, from) = load(arguments)?;
    let certificate = parse(&bytes, &from)?;
    let notices = certificate
        .check(SystemTime::now())
        .map_err(|error| from.failure(&error))?;
    for notice in notices {
        message::warning(&format!("{from}: {notice}"));
    }
    Ok(certificate)
}

/// The namespace that the current context names, or the pod's own; none when there is neither.
pub(super) fn default_namespace(_: &Arguments) -> Result<Option<String>, Failure> {
    Ok(None)
}

/// Where a certificate came from, for messages.
enum From {
    File(String),
}

impl std::fmt::Display for From {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(name) => f.write_str(name),
        }
    }
}

impl From {
    fn failure(&self, error: &crate::certificate::CertificateError) -> Failure {
        let failure = Failure::of(error);
        let hint = error.hint().map(|hint| match self {
            Self::File(name) => hint.replace("FILE", name),
        });
        Failure {
            text: format!("{self}: {}", failure.text),
            ..failure
        }
        .hint(hint)
    }
}

fn parse(bytes: &[u8], from: &From) -> Result<Certificate, Failure> {
    Certificate::from_bytes(bytes).map_err(|error| from.failure(&error))
}

fn load(arguments: &Arguments) -> Result<(Zeroizing<Vec<u8>>, From), Failure> {
    let Some(given) = arguments.cert.as_deref().filter(|given| !given.is_empty()) else {
        return Err(Failure::new("no certificate: give one with --cert"));
    };
    let path = PathBuf::from(given);
    let name = path.display().to_string();
    // The file may turn out to hold a private key, so it is treated as one.
    let bytes = input::read_file(input::open(&path)?, &path)?;
    Ok((bytes, From::File(name)))
}
