//! What every connection needs, whoever makes it: the proxy it goes through, the time it may take
//! and, when it fails, the reason in our words.
//!
//! Owns the proxy variables and the telling apart of TLS errors. It opens no socket: that is for
//! [`crate::cluster`] and [`crate::download`].

use std::fmt;
use std::time::{Duration, Instant};

use http::Uri;

pub use failure::Failure;
pub(crate) use proxies::proxy_uri;
pub use proxies::{BadProxy, Proxies};

mod failure;
mod proxies;

/// What a whole operation may take, from the first byte read to the last, when nobody says
/// otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// The most that is read of an answer. A certificate has 2 KiB.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// What we call ourselves to servers.
pub(crate) const USER_AGENT: &str = concat!("rseal/", env!("CARGO_PKG_VERSION"));

/// The moment at which an operation is given up, and the limit that put it there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        let now = Instant::now();
        // A limit of centuries is no limit; a year is as good.
        let at = now
            .checked_add(limit)
            .unwrap_or(now + Duration::from_secs(365 * 24 * 3600));
        Self { at, limit }
    }

    pub(crate) fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) fn limit(self) -> Duration {
        self.limit
    }
}

/// A duration as messages say it: `10 s`, `1.5 s`, `200 ms`.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Duration::from_secs(1) {
            write!(f, "{} ms", self.0.as_millis())
        } else {
            write!(f, "{} s", self.0.as_secs_f32())
        }
    }
}

/// A URL as messages show it: without the user name, the password and the query that it may have,
/// all of which may let somebody in.
pub(crate) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return printable(url);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let (path, query) = match path.find('?') {
        Some(at) => (&path[..at], "?…"),
        None => (path, ""),
    };
    printable(&format!("{scheme}://{host}{path}{query}"))
}

/// [`shown`], and without the slash that [`Uri`] puts where there is no path.
pub(crate) fn shown_uri(uri: &Uri) -> String {
    let text = shown(&uri.to_string());
    if uri.path() == "/" && uri.query().is_none() {
        text.trim_end_matches('/').to_owned()
    } else {
        text
    }
}

/// Text from elsewhere in one line that no terminal can misread: control characters become `?`,
/// and what is longer than a message should be is cut.
pub(crate) fn printable(text: &str) -> String {
    const LONGEST: usize = 400;
    let text = text.trim();
    let mut line: String = text
        .chars()
        .take(LONGEST)
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if c.is_control() => '?',
            // Bidirectional controls can make a line read as another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '?',
            c => c,
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// A file error in the words that `kubectl` and `kubeseal` have for it.
pub(crate) fn file_error(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        ErrorKind::InvalidData => "not text".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Seconds, printable, shown};

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        assert_eq!(
            shown("https://u:p@ss@example.com:1/a@b?c"),
            "https://example.com:1/a@b?…"
        );
        assert_eq!(shown("https://example.com/a"), "https://example.com/a");
        assert_eq!(shown("http://example.com?u=a@b"), "http://example.com?…");
        assert_eq!(shown("my:cert.pem"), "my:cert.pem");
    }

    #[test]
    fn text_from_elsewhere_stays_in_its_line() {
        assert_eq!(printable("a\nb\u{1b}[2Jc\u{202e}d\r"), "a b?[2Jc?d");
        assert_eq!(printable(&"x".repeat(500)).chars().count(), 401);
    }

    #[test]
    fn durations_as_they_are_said() {
        let said = |ms| Seconds(Duration::from_millis(ms)).to_string();
        assert_eq!(said(10_000), "10 s");
        assert_eq!(said(1500), "1.5 s");
        assert_eq!(said(200), "200 ms");
    }
}
