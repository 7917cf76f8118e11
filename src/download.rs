//! A certificate from a URL.
//!
//! Owns ureq, redirects and `file:` URLs, and what a `--cert` value is: a file or a URL. What was
//! fetched is not looked at here; that is for [`crate::certificate`].
//!
//! kubeseal hands the value to Go's HTTP client, which waits for ever and follows a redirect from
//! https to http, where anybody on the way could put a certificate of their own. Both end here.

use std::fs::File;
use std::io::Read;
use std::time::Duration;

use http::header::LOCATION;
use http::{StatusCode, Uri};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

pub use error::{DownloadError, DownloadProblem};
pub use url::{Source, source};

use crate::connection::{
    self, BODY_LIMIT, BadProxy, Deadline, Failure, Proxies, printable, shown, shown_uri,
};
use url::{decoded, is_known, join, parse, scheme};

mod error;
mod url;

/// How often a server may send us elsewhere; Go's number.
const REDIRECTS: usize = 10;

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
