//! What may be said about a connection: kubectl's flags, and how long it may take.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::error::ClusterError;
use super::kubeconfig::given;
use crate::connection::{Deadline, TIMEOUT, printable, shown};

/// What may be said about the connection to a cluster besides the kubeconfig: kubectl's flags of
/// the same names. An empty text counts as one that was not given.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// `--kubeconfig`: this file alone.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--server`. Without a scheme it is http, or https when there is something to verify with.
    /// Forgets the kubeconfig's `tls-server-name`.
    pub server: Option<String>,
    /// `--token`.
    pub token: Option<SecretString>,
    /// `--username`.
    pub username: Option<String>,
    /// `--password`.
    pub password: Option<SecretString>,
    /// `--client-certificate`.
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--certificate-authority`. Forgets the kubeconfig's CA and its `insecure-skip-tls-verify`.
    pub certificate_authority: Option<PathBuf>,
    /// `--insecure-skip-tls-verify`. Forgets the kubeconfig's CA.
    pub insecure_skip_tls_verify: bool,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--proxy-url`.
    pub proxy_url: Option<String>,
    /// `--request-timeout`, as text because it only matters once there is a connection: for
    /// everything, instead of [`TIMEOUT`].
    pub request_timeout: Option<String>,
    /// `--disable-compression`. Taken, and without effect: none is ever asked for.
    pub disable_compression: bool,
    /// `--as`.
    pub as_user: Option<String>,
    /// `--as-group`.
    pub as_groups: Vec<String>,
    /// `--as-uid`.
    pub as_uid: Option<String>,
}

impl fmt::Debug for ConnectOptions {
    /// Where to, and nothing that lets somebody in: a proxy's URL can hold a password too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("server", &self.server.as_deref().map(shown))
            .field("proxy_url", &self.proxy_url.as_deref().map(shown))
            .finish_non_exhaustive()
    }
}

impl ConnectOptions {
    /// The time that all of it may take, a certificate from a URL included.
    ///
    /// # Errors
    /// A [`request_timeout`](Self::request_timeout) that is no time.
    pub fn time_limit(&self) -> Result<Duration, ClusterError> {
        let text = given(self.request_timeout.as_ref(), String::is_empty);
        match text.map(|text| (text, timeout(text))) {
            None | Some((_, Some(Duration::ZERO))) => Ok(TIMEOUT),
            Some((_, Some(limit))) => Ok(limit),
            Some((text, None)) => Err(ClusterError::RequestTimeout {
                value: printable(text),
            }),
        }
    }

    pub(super) fn deadline(&self) -> Result<Deadline, ClusterError> {
        self.time_limit().map(Deadline::after)
    }
}

/// A time limit as kubectl reads it: a number of seconds, or numbers with units (`1m30s`, `1.5h`).
/// None when it is neither.
fn timeout(text: &str) -> Option<Duration> {
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return text.parse().ok().map(Duration::from_secs);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit_on) = rest.split_at(digits);
        let end = unit_on
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(unit_on.len());
        let (unit, next) = unit_on.split_at(end);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        let part = Duration::try_from_secs_f64(number * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = next;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::timeout;

    #[test]
    fn debug_shows_no_credential() {
        let options = super::ConnectOptions {
            token: Some("hunter1".into()),
            password: Some("hunter2".into()),
            proxy_url: Some("http://user:hunter3@proxy:3128".to_owned()),
            server: Some("https://user:hunter4@host".to_owned()),
            ..super::ConnectOptions::default()
        };
        assert!(!format!("{options:?}").contains("hunter"));
    }

    #[test]
    fn time_limits_are_seconds_or_go_durations() {
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(timeout("5"), ms(5000));
        assert_eq!(timeout("0"), ms(0));
        assert_eq!(timeout("0s"), ms(0));
        assert_eq!(timeout("1m30s"), ms(90_000));
        assert_eq!(timeout("1.5h"), ms(5_400_000));
        assert_eq!(timeout("300ms"), ms(300));
        assert_eq!(timeout("+1s"), ms(1000));
        assert_eq!(timeout(".5s"), ms(500));
        for bad in [
            "", "x", "5x", "-5", "-5s", "s", "1 s", "1s ", "1.2.3s", "1m30", "+",
        ] {
            assert_eq!(timeout(bad), None, "{bad}");
        }
    }
}
