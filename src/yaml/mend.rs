//! Texts that the parser reads otherwise than their readers, or not at all, mended.
//!
//! Owns what can be mended so that every byte keeps its place. Only who looks for something wants it:
//! what is sealed is read as it is.

use memchr::memmem;
use zeroize::Zeroizing;

/// To YAML 1.1, which the API server reads, these end a line; to the parser they do not.
const LINE_ENDS: [&str; 3] = ["\u{85}", "\u{2028}", "\u{2029}"];

/// A text in which every line ends as the parser knows it, and every byte else keeps its place; none
/// where that is so already, and for JSON, in which these are characters like others.
#[must_use]
pub fn line_ends(text: &str) -> Option<Zeroizing<String>> {
    let is_there = |end: &&str| memmem::find(text.as_bytes(), end.as_bytes()).is_some();
    if text.trim_start().starts_with('{') || !LINE_ENDS.iter().any(is_there) {
        return None;
    }
    let mut lines = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars() {
        match c {
            '\u{85}' => lines.push_str(" \n"),
            '\u{2028}' | '\u{2029}' => lines.push_str("  \n"),
            c => lines.push(c),
        }
    }
    Some(lines)
}

/// What may stand behind a `\` by itself (YAML 1.2.2, 5.7).
const KNOWN: &[u8] = b"0abt\tnvfre \"/\\N_LP\r\n";

/// A text in which every `\` between double quotes opens an escape that YAML knows; none where that is so
/// already. Patterns of helm-unittest are full of others, such as `"\s"`. Other `\` are changed too, so
/// it is for text that cannot be read as it is.
#[must_use]
pub fn escapes(text: &str) -> Option<Zeroizing<String>> {
    let mut mended: Option<Zeroizing<Vec<u8>>> = None;
    let bytes = text.as_bytes();
    let mut next = 0;
    while let Some(at) = memchr::memchr(b'\\', &bytes[next..]).map(|at| next + at) {
        if is_known(&text[at + 1..]) {
            next = at + 2;
        } else {
            mended.get_or_insert_with(|| Zeroizing::new(bytes.to_vec()))[at] = b'_';
            next = at + 1;
        }
    }
    // One ASCII character for another.
    mended
        .and_then(|mut bytes| String::from_utf8(std::mem::take(&mut bytes)).ok())
        .map(Zeroizing::new)
}

/// Whether a text goes on as an escape does behind its `\`. Whether two `\u` make one character is not
/// asked.
fn is_known(text: &str) -> bool {
    let digits = |count| {
        text.get(1..=count)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    match text.as_bytes().first() {
        Some(b'x') => digits(2).is_some(),
        Some(b'u') => digits(4).is_some(),
        Some(b'U') => digits(8)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .is_some_and(|code| char::from_u32(code).is_some()),
        Some(byte) => KNOWN.contains(byte),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{escapes, line_ends};

    #[test]
    fn every_line_ends_as_the_parser_knows_it() {
        let text = "a: 1\u{85}b: 2\u{2028}c: ü\u{2029}";
        let read = line_ends(text).unwrap();
        assert_eq!(*read, "a: 1 \nb: 2  \nc: ü  \n");
        assert_eq!(read.len(), text.len());
        assert_eq!(line_ends("a: ü\n"), None);
        assert_eq!(line_ends("{\"a\": \"\u{2028}\"}"), None);
    }

    #[test]
    fn every_escape_is_known() {
        for (text, mended) in [
            (r#""a\.b""#, Some(r#""a_.b""#)),
            (r#""\s\\s""#, Some(r#""_s\\s""#)),
            (r#""\\\d""#, Some(r#""\\_d""#)),
            (r#""\xf"#, Some(r#""_xf"#)),
            (r#""\u12gf""#, Some(r#""_u12gf""#)),
            ("\"a\\", Some("\"a_")),
            (
                r#""\U00110000\U0000d800""#,
                Some(r#""_U00110000_U0000d800""#),
            ),
            (r#""\ü""#, Some(r#""_ü""#)),
            (r#""\x41\u00fc\U0001F600\n\/\"\\""#, None),
            ("\"a\\\nb\"", None),
            ("a", None),
        ] {
            assert_eq!(
                escapes(text).as_deref().map(String::as_str),
                mended,
                "{text}"
            );
        }
    }
}
