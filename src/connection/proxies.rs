//! Which proxy a URL goes through.
//!
//! Owns `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` in the reading that Go's programs give them, and
//! so kubectl and kubeseal do: in upper case first, the scheme decides which of the two, the own
//! machine is never reached through a proxy.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::shown;

/// The proxy variables.
#[derive(Clone, Default)]
pub struct Proxies {
    /// `HTTP_PROXY`: for http.
    pub http: Option<String>,
    /// `HTTPS_PROXY`: for https.
    pub https: Option<String>,
    /// `NO_PROXY`: what is reached directly.
    pub no_proxy: Option<String>,
}

/// A proxy variable, or a kubeconfig's `proxy-url`, that names no proxy we can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadProxy {
    /// The proxy as it was given, without its password.
    pub proxy: String,
}

impl fmt::Display for BadProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no proxy: http, https or socks5, a host and a port are wanted",
            self.proxy
        )
    }
}

impl std::error::Error for BadProxy {}

// Proxies carry passwords.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("http", &self.http.as_deref().map(shown))
            .field("https", &self.https.as_deref().map(shown))
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

impl Proxies {
    /// The variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        let first = |names: [&str; 2]| {
            names
                .iter()
                .filter_map(|name| std::env::var(name).ok())
                .find(|value| !value.is_empty())
        };
        Self {
            http: first(["HTTP_PROXY", "http_proxy"]),
            https: first(["HTTPS_PROXY", "https_proxy"]),
            no_proxy: first(["NO_PROXY", "no_proxy"]),
        }
    }

    /// The proxy that `uri` goes through.
    ///
    /// # Errors
    /// [`BadProxy`] when the variable that decides does not name a proxy.
    pub fn proxy_for(&self, uri: &Uri) -> Result<Option<Uri>, BadProxy> {
        let (proxy, port) = match uri.scheme_str() {
            Some("https") => (&self.https, uri.port_u16().unwrap_or(443)),
            _ => (&self.http, uri.port_u16().unwrap_or(80)),
        };
        match (proxy.as_deref(), uri.host()) {
            (Some(proxy), Some(host)) if !proxy.is_empty() && !self.is_direct(host, port) => {
                proxy_uri(proxy).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn is_direct(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok().map(|a| a.to_canonical());
        host == "localhost"
            || address.is_some_and(|a| a.is_loopback())
            || self
                .no_proxy
                .as_deref()
                .unwrap_or_default()
                .split(',')
                .any(|entry| covers(&entry.trim().to_ascii_lowercase(), &host, address, port))
    }
}

/// Reads a proxy as people write it: the scheme may be missing.
pub(crate) fn proxy_uri(text: &str) -> Result<Uri, BadProxy> {
    let bad = || BadProxy { proxy: shown(text) };
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let uri: Uri = whole.parse().map_err(|_| bad())?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https" | "socks5" | "socks5h"), Some(host)) if !host.is_empty() => Ok(uri),
        _ => Err(bad()),
    }
}

/// Whether one entry of `NO_PROXY` means this host. Entries are `*`, an address, a network, or a
/// domain with everything below it; a domain that starts with a dot means only what is below.
/// Address and domain may have a port.
fn covers(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, length)) = entry.split_once('/') {
        return match (network.parse(), length.parse(), address) {
            (Ok(network), Ok(length), Some(address)) => in_network(network, length, address),
            _ => false,
        };
    }
    let (name, wanted) = with_port(entry);
    if wanted.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if let Ok(named) = name.parse::<IpAddr>() {
        return address == Some(named.to_canonical());
    }
    let below = name.strip_prefix('*').unwrap_or(name);
    if address.is_some() || below.is_empty() {
        false
    } else if below.starts_with('.') {
        host.ends_with(below)
    } else {
        host.strip_suffix(below)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// `name:port`, `[address]:port`, or neither; an IPv6 address has colons of its own.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let (name, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (name, port.strip_prefix(':').and_then(|p| p.parse().ok()));
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn in_network(network: IpAddr, length: u32, address: IpAddr) -> bool {
    let same = |a: u128, b: u128, bits: u32| {
        length <= bits && (length == 0 || (a ^ b) >> (bits - length) == 0)
    };
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{BadProxy, Proxies};

    fn through(no_proxy: &str, url: &str) -> bool {
        let proxies = Proxies {
            http: Some("http://plain:3128".to_owned()),
            https: Some("proxy:8080".to_owned()),
            no_proxy: Some(no_proxy.to_owned()),
        };
        proxies
            .proxy_for(&url.parse().unwrap())
            .unwrap()
            .is_some_and(|proxy| {
                let expected = if url.starts_with("https") {
                    "http://proxy:8080/"
                } else {
                    "http://plain:3128/"
                };
                assert_eq!(proxy.to_string(), expected);
                true
            })
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        assert!(through("", "https://example.com/"));
        assert!(through("", "http://example.com/"));
        let proxies = Proxies {
            http: Some("http://plain:3128".to_owned()),
            ..Proxies::default()
        };
        assert_eq!(
            proxies.proxy_for(&"https://example.com".parse().unwrap()),
            Ok(None)
        );
    }

    #[test]
    fn the_own_machine_is_reached_directly() {
        assert!(!through("", "http://localhost:8080/"));
        assert!(!through("", "http://127.0.0.1:8080/"));
        assert!(!through("", "http://127.9.9.9/"));
        assert!(!through("", "http://[::1]:8080/"));
        assert!(through("", "http://localhost.example.com/"));
    }

    #[test]
    fn no_proxy_names_domains() {
        assert!(!through("example.com", "https://example.com/"));
        assert!(!through("EXAMPLE.com", "https://A.Example.com/"));
        assert!(through("example.com", "https://notexample.com/"));
        assert!(through(".example.com", "https://example.com/"));
        assert!(!through(".example.com", "https://a.example.com/"));
        assert!(!through("*.example.com", "https://a.b.example.com/"));
        assert!(through("*.example.com", "https://example.com/"));
        assert!(!through("a.org, example.com ,", "https://example.com/"));
        assert!(!through("*", "https://example.com/"));
        assert!(through(",", "https://example.com/"));
    }

    #[test]
    fn no_proxy_names_ports() {
        assert!(!through("example.com:443", "https://example.com/"));
        assert!(through("example.com:80", "https://example.com/"));
        assert!(!through("example.com:6443", "https://example.com:6443/"));
        assert!(!through("10.0.0.1:6443", "https://10.0.0.1:6443/"));
        assert!(through("10.0.0.1:6443", "https://10.0.0.1/"));
        assert!(!through("[fd00::1]:443", "https://[fd00::1]/"));
    }

    #[test]
    fn no_proxy_names_addresses_and_networks() {
        assert!(!through("10.0.0.1", "https://10.0.0.1/"));
        assert!(through("10.0.0.1", "https://10.0.0.2/"));
        assert!(!through("10.0.0.0/8", "https://10.255.0.1:6443/"));
        assert!(through("10.0.0.0/8", "https://11.0.0.1/"));
        assert!(!through("0.0.0.0/0", "https://11.0.0.1/"));
        assert!(through("0.0.0.0/0", "https://[fd00::1]/"));
        assert!(!through("fd00::/8", "https://[fd00::1]/"));
        assert!(!through("fd00::1", "https://[fd00::1]/"));
        assert!(through("10.0.0.0/33", "https://10.0.0.1/"));
        // A name is not looked up to see whether its address is in a network.
        assert!(through("10.0.0.0/8", "https://ten.example.com/"));
        // An address has no domain above it.
        assert!(through("0.0.1", "https://10.0.0.1/"));
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_named_without_its_password() {
        let proxies = Proxies {
            https: Some("ftp://u:secret@proxy".to_owned()),
            ..Proxies::default()
        };
        let error = proxies
            .proxy_for(&"https://example.com".parse().unwrap())
            .unwrap_err();
        assert_eq!(
            error,
            BadProxy {
                proxy: "ftp://proxy".to_owned()
            }
        );
        assert_eq!(
            error.to_string(),
            "\"ftp://proxy\" is no proxy: http, https or socks5, a host and a port are wanted"
        );
        assert!(!format!("{proxies:?}").contains("secret"));
    }
}
