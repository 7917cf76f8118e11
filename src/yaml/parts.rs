//! A stream cut at its separators, before anything is parsed.
//!
//! Owns where kubectl cuts (upstream: `k8s.io/apimachinery/pkg/util/yaml/decoder.go`): at lines that
//! start with `---`, whatever they stand in. One document that cannot be parsed then hides no other.

use memchr::memmem;

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
    use super::parts;

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
