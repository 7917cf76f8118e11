//! URLs as people write them: what is one, how it is read, and where a redirect leads from it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use http::Uri;

/// What a `--cert` value names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file, by exactly this path.
    File(PathBuf),
    /// Something that [`super::certificate`] fetches.
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
pub(super) fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let valid = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && scheme.len() > 1;
    valid.then_some(scheme)
}

pub(super) fn is_known(scheme: &str) -> bool {
    ["http", "https", "file"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Reads a URL as people write it: spaces and letters beyond ASCII are escaped.
pub(super) fn parse(url: &str) -> Option<Uri> {
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
pub(super) fn join(base: &Uri, location: &str) -> Option<Uri> {
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

/// Undoes percent escapes; what is none stays.
pub(super) fn decoded(path: &str) -> PathBuf {
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
