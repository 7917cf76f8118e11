//! A stream cut at its separators, before anything is parsed.
//!
//! Owns where kubectl cuts (upstream: `k8s.io/apimachinery/pkg/util/yaml/decoder.go`): at lines that
//! start with `---`, whatever they stand in. One document that cannot be parsed then hides no other.

use memchr::memmem;
use zeroize::Zeroizing;

/// To YAML 1.1, which the API server reads, these end a line; to the parser they do not.
const LINE_ENDS: [&str; 3] = ["\u{85}", "\u{2028}", "\u{2029}"];

/// A text in which every line ends as the parser knows it, and every byte else keeps its place; none
/// where that is so already, and for JSON, in which these are characters like others.
#[must_use]
pub fn with_line_ends(text: &str) -> Option<Zeroizing<String>> {
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

/// One document of a stream, or what stands between two separators.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The text, which starts with its separator if it has one.
    pub text: &'a str,
    /// Where it starts in the stream, in bytes.
    pub offset: usize,
}

/// Cuts a stream; put together, the parts are the stream.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut start = 0;
    let mut done = text.is_empty();
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let end = next_separator(text, start).unwrap_or(text.len());
        done = end == text.len();
        let part = Part {
            text: &text[start..end],
            offset: start,
        };
        start = end;
        Some(part)
    })
}

/// Where the first line behind `start` begins that is a separator.
fn next_separator(text: &str, start: usize) -> Option<usize> {
    memmem::find_iter(&text.as_bytes()[start..], b"\n---")
        .map(|at| start + at + 1)
        .find(|at| {
            matches!(
                text.as_bytes().get(at + 3),
                None | Some(b' ' | b'\t' | b'\r' | b'\n')
            )
        })
}

#[cfg(test)]
mod tests {
    use super::{parts, with_line_ends};

    #[test]
    fn every_line_ends_as_the_parser_knows_it() {
        let text = "a: 1\u{85}b: 2\u{2028}c: ü\u{2029}";
        let read = with_line_ends(text).unwrap();
        assert_eq!(*read, "a: 1 \nb: 2  \nc: ü  \n");
        assert_eq!(read.len(), text.len());
        assert_eq!(with_line_ends("a: ü\n"), None);
        assert_eq!(with_line_ends("{\"a\": \"\u{2028}\"}"), None);
    }

    #[test]
    fn parts_are_the_stream() {
        for (text, expected) in [
            ("", &[][..]),
            ("a: 1\n", &["a: 1\n"]),
            ("---\na: 1\n---\nb: 2", &["---\na: 1\n", "---\nb: 2"]),
            (
                "a: 1\n--- # b\nb: 2\n---",
                &["a: 1\n", "--- # b\nb: 2\n", "---"],
            ),
            ("a: |\n  ---\n----\n---x\n", &["a: |\n  ---\n----\n---x\n"]),
            ("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "---\r\nb: 2\r\n"]),
        ] {
            let found: Vec<_> = parts(text).map(|part| part.text).collect();
            assert_eq!(found, expected, "{text:?}");
            for part in parts(text) {
                assert!(text[part.offset..].starts_with(part.text));
            }
        }
    }
}
