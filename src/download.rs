//! A certificate from a URL.
//!
//! Owns ureq, redirects and `file:` URLs, and what a `--cert` value is: a file or a URL. What was
//! fetched is not looked at here; that is for [`crate::certificate`].
//!
//! kubeseal hands the value to Go's HTTP client, which waits for ever and follows a redirect from
//! https to http, where anybody on the way could put a certificate of their own. Both end here.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::LOCATION;
use http::{StatusCode, Uri};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::connection::{
    self, BODY_LIMIT, BadProxy, Deadline, Failure, Proxies, Seconds, file_error, printable, shown,
    shown_uri,
};

/// How often a server may send us elsewhere; Go's number.
const REDIRECTS: usize = 10;

/// What a `--cert` value names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file, by exactly this path.
    File(PathBuf),
    /// Something that [`certificate`] fetches.
    Url(String),
}

/// Tells a file from a URL, as kubeseal does: a URL has a scheme of at least two letters. Better
/// than there, any existing file wins over a scheme that nobody knows (`my:cert.pem`), and what is
/// no URL is a file (`100%.pem`).
#[must_use]
pub fn source(value: &OsStr) -> Source {
    let file = || Source::File(PathBuf::from(value));
    let Some(text) = value.to_str() else {
        return file();
    };
    match scheme(text) {
        Some(known) if is_known(known) => Source::Url(text.to_owned()),
        Some(_) if !Path::new(value).exists() => Source::Url(text.to_owned()),
        _ => file(),
    }
}

/// The scheme of a URL. One letter is a drive on Windows, and none anywhere.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let valid = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && scheme.len() > 1;
    valid.then_some(scheme)
}

fn is_known(scheme: &str) -> bool {
    ["http", "https", "file"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

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

/// Fetches a URL: http, https or file. `limit` is for everything, name lookups and redirects
/// included; [`connection::TIMEOUT`] is the usual one.
///
/// # Errors
/// [`DownloadError`] when the answer is not a 200 that is complete, in time and of a sane size.
pub fn certificate(
    url: &str,
    proxies: &Proxies,
    limit: Duration,
) -> Result<Vec<u8>, DownloadError> {
    let fail = |problem| DownloadError {
        url: shown(url),
        problem,
    };
    match scheme(url) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file") => {
            from_file(&url[scheme.len() + 1..]).map_err(fail)
        }
        Some(scheme) if is_known(scheme) => {
            let uri = parse(url).ok_or_else(|| fail(DownloadProblem::NotAUrl))?;
            follow(shown(url), uri, proxies, Deadline::after(limit))
        }
        Some(scheme) => Err(fail(DownloadProblem::Scheme {
            scheme: printable(scheme),
        })),
        None => Err(fail(DownloadProblem::NotAUrl)),
    }
}

/// Goes where the server sends us, until there is an answer. `url` is what errors name.
fn follow(
    mut url: String,
    mut uri: Uri,
    proxies: &Proxies,
    deadline: Deadline,
) -> Result<Vec<u8>, DownloadError> {
    for _ in 0..=REDIRECTS {
        match get(&uri, proxies, deadline) {
            Ok(Step::Body(body)) => return Ok(body),
            Ok(Step::To(next)) => {
                url = shown_uri(&next);
                uri = next;
            }
            Err(problem) => return Err(DownloadError { url, problem }),
        }
    }
    Err(DownloadError {
        url,
        problem: DownloadProblem::TooManyRedirects,
    })
}

enum Step {
    Body(Vec<u8>),
    To(Uri),
}

fn get(uri: &Uri, proxies: &Proxies, deadline: Deadline) -> Result<Step, DownloadProblem> {
    let proxy = proxies.proxy_for(uri).map_err(DownloadProblem::Proxy)?;
    let failed = |error| problem(error, proxy.as_ref(), deadline);
    if deadline.left().is_zero() {
        return Err(failed(ureq::Error::Timeout(ureq::Timeout::Global)));
    }
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        // Each address may need another proxy, and not each may be gone to.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy.as_ref().map(ureq_proxy).transpose()?)
        .timeout_global(Some(deadline.left()))
        .user_agent(connection::USER_AGENT)
        .tls_config(
            TlsConfig::builder()
                .root_certs(RootCerts::PlatformVerifier)
                .build(),
        )
        .build()
        .into();
    let mut response = agent.get(uri).call().map_err(failed)?;
    let status = response.status();
    if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        let location = response.headers().get(LOCATION);
        let next = location
            .and_then(|location| location.to_str().ok())
            .and_then(|location| join(uri, location));
        return match (uri.scheme_str(), next) {
            (Some("https"), Some(next)) if next.scheme_str() != Some("https") => {
                Err(DownloadProblem::Downgrade)
            }
            (_, Some(next)) => Ok(Step::To(next)),
            (_, None) => Err(DownloadProblem::Nowhere {
                status: status.to_string(),
            }),
        };
    }
    if status != StatusCode::OK {
        return Err(DownloadProblem::Status {
            status: status.to_string(),
        });
    }
    let body = response.body_mut().with_config().limit(BODY_LIMIT as u64);
    match body.read_to_vec() {
        Ok(body) => Ok(Step::Body(body)),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(DownloadProblem::TooLarge),
        Err(error @ ureq::Error::Timeout(_)) => Err(failed(error)),
        Err(_) => Err(DownloadProblem::Incomplete),
    }
}

fn problem(error: ureq::Error, proxy: Option<&Uri>, deadline: Deadline) -> DownloadProblem {
    let failure = match error {
        ureq::Error::Timeout(_) => {
            return DownloadProblem::TimedOut {
                limit: deadline.limit(),
            };
        }
        ureq::Error::HostNotFound => Failure::NoSuchHost,
        ureq::Error::Io(error) => Failure::of(&error),
        ureq::Error::Rustls(error) => Failure::of(&error),
        ureq::Error::ConnectProxyFailed(text) if text.contains("407") => Failure::ProxyPassword,
        ureq::Error::ConnectProxyFailed(_) => Failure::ProxyRefused,
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => Failure::NotHttp,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => return DownloadProblem::NotAUrl,
        _ => Failure::Other,
    };
    DownloadProblem::Unreachable {
        proxy: proxy.map(shown_uri),
        failure,
    }
}

/// A proxy for ureq, which looks names up itself for `socks5`; Go leaves that to the proxy.
fn ureq_proxy(proxy: &Uri) -> Result<ureq::Proxy, DownloadProblem> {
    let text = match proxy.scheme_str() {
        Some("socks5") => proxy.to_string().replacen("socks5", "socks5h", 1),
        _ => proxy.to_string(),
    };
    ureq::Proxy::new(&text).map_err(|_| {
        DownloadProblem::Proxy(BadProxy {
            proxy: shown(&text),
        })
    })
}

/// Reads a URL as people write it: spaces and letters beyond ASCII are escaped.
fn parse(url: &str) -> Option<Uri> {
    let mut escaped = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                escaped.push_str(&format!("%{byte:02X}"));
            }
            0x21..=0x7e => escaped.push(byte.into()),
            b' ' | 0x80.. => escaped.push_str(&format!("%{byte:02X}")),
            _ => return None,
        }
    }
    let uri: Uri = escaped.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_http && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// Where a `Location` leads from `base`; it may leave out anything but the end.
fn join(base: &Uri, location: &str) -> Option<Uri> {
    let location = location.trim();
    if scheme(location).is_some() {
        return parse(location);
    }
    let scheme = base.scheme_str()?;
    if location.starts_with("//") {
        return parse(&format!("{scheme}:{location}"));
    }
    let (path, query) = match location.find(['?', '#']) {
        Some(end) => location.split_at(end),
        None => (location, ""),
    };
    let whole = if path.is_empty() {
        base.path().to_owned()
    } else if path.starts_with('/') {
        path.to_owned()
    } else {
        let folder = base.path().rfind('/').map_or("", |end| &base.path()[..end]);
        format!("{folder}/{path}")
    };
    let mut segments: Vec<&str> = Vec::new();
    for segment in whole.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let path = segments.join("/");
    parse(&format!("{scheme}://{}/{path}{query}", base.authority()?))
}

/// Reads what is left of a `file:` URL after the scheme: a host, which does not matter, and a path
/// with escapes.
fn from_file(rest: &str) -> Result<Vec<u8>, DownloadProblem> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').map(|start| &rest[start..]),
        None => Some(rest).filter(|rest| rest.starts_with('/')),
    };
    let path = path.ok_or(DownloadProblem::NoPath)?;
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = decoded(&path[..end]);
    let mut kept = Vec::new();
    let read =
        File::open(&path).and_then(|file| file.take(BODY_LIMIT as u64 + 1).read_to_end(&mut kept));
    match read {
        Ok(_) if kept.len() > BODY_LIMIT => Err(DownloadProblem::TooLarge),
        Ok(_) => Ok(kept),
        Err(source) => Err(DownloadProblem::File { path, source }),
    }
}

/// Undoes percent escapes; what is none stays.
fn decoded(path: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    path_of(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| d.try_into().ok())
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// `/C:/x` means the drive C.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    let text = String::from_utf8_lossy(&bytes);
    match text.strip_prefix('/') {
        Some(drive) if drive.as_bytes().get(1) == Some(&b':') => drive.into(),
        _ => text.as_ref().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::PathBuf;

    use http::Uri;

    use super::{Source, decoded, join, source};

    fn is_url(value: &str) -> bool {
        match source(OsStr::new(value)) {
            Source::Url(url) => {
                assert_eq!(url, value);
                true
            }
            Source::File(path) => {
                assert_eq!(path, PathBuf::from(value));
                false
            }
        }
    }

    #[test]
    fn files_and_urls() {
        for file in [
            "cert.pem",
            "/?this/file/cannot/possibly/exist/right?",
            "100%.pem",
            "1:x.pem",
            "C:\\cert.pem",
            "a:b.pem",
            "./my:cert.pem",
            "",
            ":",
            "-",
        ] {
            assert!(!is_url(file), "{file}");
        }
        for url in [
            "http://h/c.pem",
            "HTTPS://h/c.pem",
            "file:///c.pem",
            "File:/c.pem",
            "ftp://h/c.pem",
            "my:cert.pem",
        ] {
            assert!(is_url(url), "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_a_file() {
        use std::os::unix::ffi::OsStrExt;
        let value = OsStr::from_bytes(b"http://\xff");
        assert_eq!(source(value), Source::File(PathBuf::from(value)));
    }

    #[test]
    fn where_a_location_leads() {
        let base: Uri = "https://u:p@h:1/a/b/c.pem?q".parse().unwrap();
        let to = |location| join(&base, location).map(|uri| uri.to_string());
        assert_eq!(to("http://x/y").as_deref(), Some("http://x/y"));
        assert_eq!(to("//x/y").as_deref(), Some("https://x/y"));
        assert_eq!(to("/y?z").as_deref(), Some("https://u:p@h:1/y?z"));
        assert_eq!(to("y").as_deref(), Some("https://u:p@h:1/a/b/y"));
        assert_eq!(to("../y").as_deref(), Some("https://u:p@h:1/a/y"));
        assert_eq!(to("../../../y").as_deref(), Some("https://u:p@h:1/y"));
        assert_eq!(to("?z").as_deref(), Some("https://u:p@h:1/a/b/c.pem?z"));
        assert_eq!(to("./a b").as_deref(), Some("https://u:p@h:1/a/b/a%20b"));
        assert_eq!(to("file:///etc/passwd"), None);
        assert_eq!(to("ftp://x/y"), None);
    }

    #[test]
    fn escapes_in_paths() {
        assert_eq!(decoded("/a%20b%2Fc"), PathBuf::from("/a b/c"));
        assert_eq!(decoded("/100%.pem"), PathBuf::from("/100%.pem"));
        assert_eq!(decoded("/%zz%4"), PathBuf::from("/%zz%4"));
        assert_eq!(decoded("/%C3%A4"), PathBuf::from("/ä"));
    }
}
