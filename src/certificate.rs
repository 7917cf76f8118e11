//! The sealing certificate: which key to seal with, and until when.
//!
//! Owns X.509 (RFC 5280). Only the key and the two dates are read: the controller's certificate is
//! signed by itself, so serial number, version, names, extensions and signature say nothing, and
//! odd ones do no harm. Which of several certificates counts, and what kubeseal says of the others,
//! is upstream's `pkg/kubeseal/kubeseal.go`, `ParseKey`.
//!
//! Where the bytes come from is not known here, and the time is a parameter. What a file is that
//! holds no certificate is found out in [`Found`].

use std::fmt;
use std::time::{Duration, SystemTime};

use x509_cert::der::DateTime;

use crate::hybrid::{KeyError, PublicKey};
use crate::pem;

mod recognise;
#[cfg(test)]
mod tests;
mod x509;

pub use crate::pem::PemError;
pub use recognise::Found;
use x509::Parts;

/// Keys below this size, in bits, are sealed with, under protest (NIST SP 800-131A).
const WEAK_BELOW_BITS: usize = 2048;
/// A certificate that ends within this time is worth a word.
const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// What kubeseal says when there is nothing to use. Scripts look for it.
const NONE_USABLE: &str = "data does not contain any valid RSA or ECDSA certificates";

/// A certificate whose key can seal.
#[derive(Clone, Debug)]
pub struct Certificate {
    key: PublicKey,
    not_before: DateTime,
    not_after: DateTime,
    /// How many certificates follow it in its file.
    more: usize,
    /// The line of a private key in the same file.
    private_key: Option<usize>,
}

impl Certificate {
    /// Reads the first certificate of a PEM file, as kubeseal does, however the file was saved or
    /// copied. The others are only looked at, because kubeseal does not go on when one is broken.
    ///
    /// # Errors
    /// [`CertificateError`] when there is none, or its key cannot seal.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertificateError> {
        let Some(text) = pem::text(bytes) else {
            return Err(CertificateError::Unusable(Found::in_bytes(bytes)));
        };
        let blocks = pem::blocks(&text);
        // A block with header lines is none for kubeseal.
        let certificates = blocks
            .iter()
            .filter(|block| block.label == "CERTIFICATE" && block.headers().next().is_none());
        let mut first = None;
        let mut count = 0;
        for block in certificates {
            count += 1;
            let (number, line) = (count, block.line);
            let der = block.decode().map_err(|source| CertificateError::Block {
                number,
                line,
                source,
            })?;
            let parts =
                Parts::read(&der).map_err(|_| CertificateError::Malformed { number, line })?;
            if first.is_none() {
                first = Some(Self::new(parts));
            }
        }
        let Some(first) = first else {
            return Err(CertificateError::Unusable(Found::in_text(&text, &blocks)));
        };
        first.map(|certificate| Self {
            more: count - 1,
            private_key: blocks
                .iter()
                .find(|block| recognise::is_private_key(block.label))
                .map(|block| block.line),
            ..certificate
        })
    }

    fn new(parts: Parts<'_>) -> Result<Self, CertificateError> {
        let key = PublicKey::from_spki_der(parts.key_info).map_err(|error| match error {
            KeyError::NotRsa => CertificateError::NotRsa {
                algorithm: parts.algorithm,
            },
            error => CertificateError::Key(error),
        })?;
        Ok(Self {
            key,
            not_before: parts.not_before,
            not_after: parts.not_after,
            more: 0,
            private_key: None,
        })
    }

    /// The key to seal with.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The fingerprint of the key: see [`PublicKey::fingerprint`].
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint()
    }

    /// From when on the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.not_before.to_system_time()
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.not_after.to_system_time()
    }

    /// Whether the certificate may be sealed with at `now`, and what is worth saying about it.
    ///
    /// # Errors
    /// [`CertificateError::Expired`].
    pub fn check(&self, now: SystemTime) -> Result<Vec<Notice>, CertificateError> {
        if now > self.not_after() {
            return Err(CertificateError::Expired(Day(self.not_after)));
        }
        Ok(self.notices(now))
    }

    /// What is worth saying about the certificate at `now`, for one who seals with an expired one.
    #[must_use]
    pub fn notices(&self, now: SystemTime) -> Vec<Notice> {
        let mut notices = Vec::new();
        if let Some(line) = self.private_key {
            notices.push(Notice::PrivateKey { line });
        }
        if self.key.bits() < WEAK_BELOW_BITS {
            notices.push(Notice::WeakKey {
                bits: self.key.bits(),
            });
        }
        if now < self.not_before() {
            notices.push(Notice::NotYetValid(Day(self.not_before)));
        }
        if let Ok(left) = self.not_after().duration_since(now)
            && left < SOON
        {
            notices.push(Notice::ExpiresSoon(Day(self.not_after)));
        }
        if self.more > 0 {
            notices.push(Notice::MoreCertificates { count: self.more });
        }
        notices
    }
}

/// A day in UTC, shown as `March 5, 2020`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(DateTime);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let month = usize::from(self.0.month()).saturating_sub(1);
        let month = MONTHS.get(month).copied().unwrap_or_default();
        write!(f, "{month} {}, {}", self.0.day(), self.0.year())
    }
}

/// Something about a usable certificate that its user should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// There is a private key in the same file, in this line.
    PrivateKey {
        /// The line, counted from 1.
        line: usize,
    },
    /// The key is small.
    WeakKey {
        /// The size of its modulus.
        bits: usize,
    },
    /// It is valid from this day on, which is still to come.
    NotYetValid(Day),
    /// It is valid until this day, which is near.
    ExpiresSoon(Day),
    /// So many certificates follow it in the file. They are not used.
    MoreCertificates {
        /// How many.
        count: usize,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrivateKey { line } => write!(
                f,
                "there is a PRIVATE KEY in the certificate file (line {line}): \
                 keep that file out of git"
            ),
            Self::WeakKey { bits } => write!(f, "the key of {bits} bits is weak, use 4096"),
            Self::NotYetValid(day) => write!(f, "the certificate is valid from {day} only"),
            Self::ExpiresSoon(day) => write!(f, "the certificate expires on {day}"),
            Self::MoreCertificates { count: 1 } => {
                write!(f, "the second certificate of the file is not used")
            }
            Self::MoreCertificates { count } => write!(
                f,
                "the {count} certificates after the first of the file are not used"
            ),
        }
    }
}

/// Why there is no certificate to seal with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is no certificate, but this.
    Unusable(Found),
    /// A certificate is no proper PEM block.
    Block {
        /// Which certificate of the file, counted from 1.
        number: usize,
        /// Its line, counted from 1.
        line: usize,
        /// What is wrong.
        source: PemError,
    },
    /// A CERTIFICATE block does not hold X.509.
    Malformed {
        /// Which certificate of the file, counted from 1.
        number: usize,
        /// Its line, counted from 1.
        line: usize,
    },
    /// The key is of another algorithm.
    NotRsa {
        /// Which.
        algorithm: String,
    },
    /// It is an RSA key that cannot be used.
    Key(KeyError),
    /// The certificate was valid until this day.
    Expired(Day),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable(found) => write!(f, "{NONE_USABLE}: {found}"),
            Self::Block { number, line, .. } => {
                write!(f, "certificate {number} (line {line}) cannot be read")
            }
            Self::Malformed { number, line } => write!(
                f,
                "x509: malformed certificate: certificate {number} (line {line}) is damaged"
            ),
            Self::NotRsa { algorithm } => {
                write!(f, "expected RSA public key but found {algorithm}")
            }
            Self::Key(error) => error.fmt(f),
            Self::Expired(day) => {
                write!(f, "failed to encrypt using an expired certificate on {day}")
            }
        }
    }
}

impl std::error::Error for CertificateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Block { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl CertificateError {
    /// The next step, where there is one. `FILE` in it stands for the file that was read.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unusable(found) => return found.hint(),
            Self::Block { .. } | Self::Malformed { .. } => {
                "the file is cut off or was changed: fetch the certificate again with --fetch-cert"
            }
            Self::NotRsa { .. } | Self::Key(_) => {
                "the controller takes RSA keys only, and makes them with 4096 bits: fetch its \
                 certificate with --fetch-cert"
            }
            Self::Expired(_) => {
                "the controller makes a new certificate every 30 days: fetch the current one with \
                 --fetch-cert"
            }
        };
        Some(hint.to_owned())
    }
}
