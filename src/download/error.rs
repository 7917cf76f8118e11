//! Why there is no certificate from a URL, in words.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::REDIRECTS;
use crate::connection::{BODY_LIMIT, BadProxy, Failure, Seconds, file_error};

/// Why there is no certificate from a URL.
#[derive(Debug)]
pub struct DownloadError {
    /// The URL that failed, without its password: the one that was asked for, or the last one that
    /// a redirect led to.
    pub url: String,
    /// Why.
    pub problem: DownloadProblem,
}

/// Why a URL gives no certificate.
#[derive(Debug)]
#[non_exhaustive]
pub enum DownloadProblem {
    /// It cannot be read as a URL.
    NotAUrl,
    /// It is of a kind that cannot be fetched.
    Scheme {
        /// The kind.
        scheme: String,
    },
    /// A proxy variable names no proxy.
    Proxy(BadProxy),
    /// There is no connection.
    Unreachable {
        /// The proxy that was used.
        proxy: Option<String>,
        /// Why.
        failure: Failure,
    },
    /// There was no answer in time.
    TimedOut {
        /// The time that everything may take.
        limit: Duration,
    },
    /// Another status than 200.
    Status {
        /// `404 Not Found`.
        status: String,
    },
    /// It leads elsewhere, too often.
    TooManyRedirects,
    /// It leads elsewhere, without saying where.
    Nowhere {
        /// `302 Found`.
        status: String,
    },
    /// It leads from https to something that anybody can change on the way.
    Downgrade,
    /// The answer is too large for a certificate.
    TooLarge,
    /// The connection broke before the answer was complete.
    Incomplete,
    /// A `file:` URL without a path.
    NoPath,
    /// The file that it names cannot be read.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot fetch \"{}\": {}", self.url, self.problem)
    }
}

impl fmt::Display for DownloadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl => f.write_str("this is no URL"),
            Self::Scheme { scheme } => write!(f, "unsupported protocol scheme \"{scheme}\""),
            Self::Proxy(error) => error.fmt(f),
            Self::Unreachable {
                proxy: Some(proxy),
                failure,
            } => write!(f, "through the proxy {proxy}: {failure}"),
            Self::Unreachable { failure, .. } => failure.fmt(f),
            Self::TimedOut { limit } => write!(f, "no answer within {}", Seconds(*limit)),
            Self::Status { status } => f.write_str(status),
            Self::TooManyRedirects => write!(f, "more than {REDIRECTS} redirects"),
            Self::Nowhere { status } => write!(f, "{status}, but not where to"),
            Self::Downgrade => f.write_str(
                "it leads from https to http, where the certificate could be changed on the way",
            ),
            Self::TooLarge => write!(f, "larger than {} MiB", BODY_LIMIT / 1024 / 1024),
            Self::Incomplete => f.write_str("the answer is not complete"),
            Self::NoPath => f.write_str("it names no file"),
            Self::File { path, source } => {
                write!(f, "open {}: {}", path.display(), file_error(source))
            }
        }
    }
}

impl std::error::Error for DownloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            DownloadProblem::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl DownloadError {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.problem {
            DownloadProblem::Scheme { .. } => {
                Some("http, https and file are known, and there is no file of this name".to_owned())
            }
            DownloadProblem::Proxy(_) => Some(
                "the proxy comes from HTTPS_PROXY or HTTP_PROXY; NO_PROXY names what needs none"
                    .to_owned(),
            ),
            DownloadProblem::Unreachable { failure, .. } => match failure {
                Failure::UnknownAuthority => Some(
                    "name a file with the CA's certificate with SSL_CERT_FILE, or save the sealing certificate and give its file"
                        .to_owned(),
                ),
                other => other.hint().map(str::to_owned),
            },
            DownloadProblem::NoPath => Some("write it as file:///path/to/cert.pem".to_owned()),
            _ => None,
        }
    }
}
