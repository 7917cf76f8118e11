//! Why a connection failed.
//!
//! Owns the telling apart of what the libraries below report. Their texts are never shown: they
//! speak of layers that no user knows, and a changed version would change our messages.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError};

/// Why a connection failed. Its `Display` completes the sentence `cannot connect to X: …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Nobody listens.
    Refused,
    /// The name has no address.
    NoSuchHost,
    /// There is no way to the address.
    Unreachable,
    /// The other side hung up.
    Closed,
    /// The system gave up.
    TimedOut,
    /// The answer to our TLS hello is something else.
    NotTls,
    /// Nobody we trust signed the certificate.
    UnknownAuthority,
    /// The certificate is somebody else's.
    WrongName,
    /// The certificate is too old.
    Expired,
    /// The certificate is not valid yet: one of the two clocks is wrong.
    NotYetValid,
    /// The certificate cannot be used for another reason.
    BadCertificate,
    /// The other side does not like our certificate, or wants one.
    ClientCertificate,
    /// This machine trusts nobody.
    NoRoots,
    /// The proxy does not pass the connection on.
    ProxyRefused,
    /// The proxy wants a password, or another one.
    ProxyPassword,
    /// TLS failed in another way.
    Tls,
    /// What came back is no HTTP.
    NotHttp,
    /// Something else.
    Other,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::NoSuchHost => "no such host",
            Self::Unreachable => "no route to it",
            Self::Closed => "it closed the connection",
            Self::TimedOut => "the connection timed out",
            Self::NotTls => "it does not speak TLS",
            Self::UnknownAuthority => "its certificate is signed by an unknown authority",
            Self::WrongName => "its certificate is for another name",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::BadCertificate => "its certificate cannot be used",
            Self::ClientCertificate => "it does not accept our client certificate",
            Self::NoRoots => "this machine has no CA certificates",
            Self::ProxyRefused => "the proxy does not pass the connection on",
            Self::ProxyPassword => "the proxy wants a user name and a password",
            Self::Tls => "TLS failed",
            Self::NotHttp => "its answer is not HTTP",
            Self::Other => "the connection failed",
        })
    }
}

impl Failure {
    /// The reason that an error, or one it comes from, tells.
    #[must_use]
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        let mut found = Self::Other;
        // The innermost error that says something is the cause; the outer ones are layers.
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return Self::of_tls(error);
            }
            let io = error.downcast_ref::<io::Error>();
            let failure = io.map_or_else(|| Self::of_text(error), Self::of_io);
            if failure != Self::Other {
                found = failure;
            }
            // An io::Error that wraps an error leaves it out of its source chain.
            next = match io.and_then(io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        found
    }

    fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Self::Unreachable,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::of_text(error),
        }
    }

    /// Errors whose types are not public can only be told by what they say; a text that changes
    /// costs the precise reason, nothing else.
    fn of_text(error: &dyn Error) -> Self {
        match error.to_string().as_str() {
            text if text.starts_with("failed to lookup address") => Self::NoSuchHost,
            "dns error" => Self::NoSuchHost,
            "tunnel error: proxy authorization required" => Self::ProxyPassword,
            text if text.starts_with("tunnel error") || text.starts_with("SOCKS error") => {
                Self::ProxyRefused
            }
            text if text.starts_with("invalid HTTP") => Self::NotHttp,
            "connection closed before message completed" => Self::Closed,
            _ => Self::Other,
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        use CertificateError as Bad;
        match error {
            rustls::Error::InvalidCertificate(bad) => match bad {
                Bad::UnknownIssuer => Self::UnknownAuthority,
                Bad::NotValidForName | Bad::NotValidForNameContext { .. } => Self::WrongName,
                Bad::Expired | Bad::ExpiredContext { .. } => Self::Expired,
                Bad::NotValidYet | Bad::NotValidYetContext { .. } => Self::NotYetValid,
                _ => Self::BadCertificate,
            },
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            rustls::Error::AlertReceived(
                AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::CertificateRequired,
            ) => Self::ClientCertificate,
            rustls::Error::General(text) if text.starts_with("No CA certificates") => Self::NoRoots,
            _ => Self::Tls,
        }
    }

    /// The next step, where there is one that does not depend on who connects.
    pub(crate) fn hint(self) -> Option<&'static str> {
        match self {
            Self::NoRoots => Some(
                "install the CA certificates of your system (package ca-certificates), or name a file with SSL_CERT_FILE",
            ),
            Self::ProxyRefused | Self::ProxyPassword => Some(
                "the proxy comes from proxy-url, --proxy-url, HTTPS_PROXY or HTTP_PROXY; NO_PROXY names what needs none",
            ),
            Self::NotYetValid | Self::Expired => {
                Some("compare the clock of this machine with the certificate's dates")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::{AlertDescription, CertificateError};

    use super::Failure;

    fn wrapped(error: rustls::Error) -> Failure {
        let inner = io::Error::new(io::ErrorKind::InvalidData, error);
        Failure::of(&io::Error::other(inner))
    }

    #[test]
    fn the_cause_is_found_below_its_layers() {
        let tls = |error| wrapped(rustls::Error::InvalidCertificate(error));
        assert_eq!(
            tls(CertificateError::UnknownIssuer),
            Failure::UnknownAuthority
        );
        assert_eq!(tls(CertificateError::NotValidForName), Failure::WrongName);
        assert_eq!(tls(CertificateError::Expired), Failure::Expired);
        assert_eq!(tls(CertificateError::BadSignature), Failure::BadCertificate);
        assert_eq!(
            wrapped(rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired
            )),
            Failure::ClientCertificate
        );
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(Failure::of(&refused), Failure::Refused);
        assert_eq!(Failure::of(&io::Error::other("what")), Failure::Other);
    }
}
