//! Bytes of a file to text, however an editor or a shell saved it.
//!
//! Owns byte-order marks, UTF-16 and the place of the first byte that is no text. It knows nothing
//! of YAML or PEM. The text may hold secrets, so what is made here is wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

/// Text that may hold secrets: the input itself, or a wiped-on-drop conversion of it.
pub enum Text<'a> {
    /// The input was UTF-8.
    Borrowed(&'a str),
    /// The input was UTF-16.
    Converted(Zeroizing<String>),
}

impl std::ops::Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Converted(text) => text,
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text([not shown])")
    }
}

/// The input is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText {
    /// The line, counted from 1, of the first byte that is none.
    pub line: usize,
    /// Whether UTF-16 was expected there, because of the first bytes.
    pub utf16: bool,
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoding = if self.utf16 { "UTF-16" } else { "UTF-8" };
        write!(f, "line {}: not valid {encoding}", self.line)
    }
}

impl std::error::Error for NotText {}

/// Reads `bytes` as UTF-8, or as UTF-16 in either order where a byte-order mark or the zero bytes
/// of ASCII characters in the first two characters say so. One byte-order mark at the start is
/// left out.
///
/// # Errors
/// [`NotText`] with the line of the first byte that does not fit.
pub fn text(bytes: &[u8]) -> Result<Text<'_>, NotText> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Windows PowerShell writes a mark; other tools leave it out, but a manifest and a PEM
        // file start with ASCII, which shows the order of the bytes.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => utf16(bytes, u16::from_le_bytes),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => utf16(bytes, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Text::Borrowed(
                text.strip_prefix('\u{feff}').unwrap_or(text),
            )),
            Err(error) => Err(NotText {
                line: line_of(bytes, error.valid_up_to()),
                utf16: false,
            }),
        },
    }
}

/// The line, counted from 1, in which the byte at `offset` lies.
#[must_use]
pub fn line_of(bytes: &[u8], offset: usize) -> usize {
    let before = bytes.get(..offset).unwrap_or(bytes);
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Text<'a>, NotText> {
    // Three UTF-8 bytes a unit is the most there can be: the buffer never grows, so no copy of it
    // is left behind unwiped.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() / 2 * 3));
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut line = 1;
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let Ok(character) = character else {
            return Err(NotText { line, utf16: true });
        };
        if character == '\n' {
            line += 1;
        }
        text.push(character);
    }
    if odd.is_empty() {
        Ok(Text::Converted(text))
    } else {
        Err(NotText { line, utf16: true })
    }
}

#[cfg(test)]
mod tests {
    use super::{NotText, text};

    fn read(bytes: &[u8]) -> Result<String, NotText> {
        text(bytes).map(|text| text.to_string())
    }

    fn units(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf8_with_and_without_a_mark() {
        assert_eq!(read("kind: ü".as_bytes()), Ok("kind: ü".to_owned()));
        assert_eq!(read("\u{feff}kind".as_bytes()), Ok("kind".to_owned()));
        assert_eq!(read(b""), Ok(String::new()));
    }

    #[test]
    fn utf16_in_both_orders_with_and_without_a_mark() {
        let expected = Ok("k: 😀\n".to_owned());
        for mark in ["", "\u{feff}"] {
            let source = format!("{mark}k: 😀\n");
            assert_eq!(read(&units(&source, u16::to_le_bytes)), expected);
            assert_eq!(read(&units(&source, u16::to_be_bytes)), expected);
        }
    }

    #[test]
    fn the_line_of_the_first_bad_byte_is_told() {
        let error = |line, utf16| Err(NotText { line, utf16 });
        assert_eq!(read(b"a\nb\n\xe9t\xe9"), error(3, false));
        let mut bytes = units("a\nb\n", u16::to_le_bytes);
        bytes.extend([0x00, 0xd8, 0x41, 0x00]);
        assert_eq!(read(&bytes), error(3, true));
        assert_eq!(read(b"\xff\xfea\0b"), error(1, true));
    }
}
