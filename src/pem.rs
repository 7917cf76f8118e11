//! PEM blocks (RFC 7468) in text, however the text was copied.
//!
//! Owns the finding and decoding of blocks: indented as in YAML, with `\n` for line ends as in JSON,
//! on one line, glued together, with other text around them. What a block's label means belongs to
//! [`crate::certificate`] and [`crate::keyring`]. A block may hold a private key, so what is decoded
//! is wiped when dropped and no error shows a byte of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::encoding::{self, Text};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Everything from one BEGIN line to its END line.
pub(crate) struct Block<'a> {
    /// What stands in the BEGIN line, as `RSA PRIVATE KEY`: printable ASCII.
    pub(crate) label: &'a str,
    /// The line of the text, counted from 1, that its BEGIN line stands in.
    pub(crate) line: usize,
    body: &'a str,
    end: End<'a>,
}

/// How a block ends.
#[derive(Clone, Copy)]
enum End<'a> {
    Proper,
    Other(&'a str),
    Missing,
}

/// Why a block cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemError {
    /// There is no END line before the next block or the end of the text.
    NoEnd,
    /// The END line is that of another label.
    OtherEnd(String),
    /// A character that is none of base64, in this line of the text.
    NotBase64 {
        /// The line, counted from 1.
        line: usize,
    },
    /// The base64 stops in the middle of a group of four characters.
    CutOff,
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => write!(f, "it has no END line"),
            Self::OtherEnd(label) => write!(f, "its END line says {label}"),
            Self::NotBase64 { line } => write!(f, "line {line} is not base64"),
            Self::CutOff => write!(f, "its base64 is cut off"),
        }
    }
}

impl std::error::Error for PemError {}

/// The text of a file that may hold PEM blocks; none when it is no text at all.
///
/// Where a block is, a byte of another encoding does not matter, because it can only stand in a
/// remark beside the block: it is replaced.
pub(crate) fn text(bytes: &[u8]) -> Option<Text<'_>> {
    match encoding::text(bytes) {
        Ok(text) => Some(text),
        Err(_) if contains(bytes, BEGIN.as_bytes()) => {
            let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
            for byte in bytes {
                text.push(if byte.is_ascii() {
                    char::from(*byte)
                } else {
                    '?'
                });
            }
            Some(Text::Converted(text))
        }
        Err(_) => None,
    }
}

/// All blocks of `text`, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut from = 0;
    let mut line = 1;
    let mut counted = 0;
    while let Some((begin, label, start)) = marker(text, from, BEGIN) {
        line += encoding::line_of(&text.as_bytes()[counted..begin], begin) - 1;
        counted = begin;
        let next = marker(text, start, BEGIN).map_or(text.len(), |(next, ..)| next);
        // No further than to the next block, or a text of many would be searched to its end for
        // each. The last dashes of this one may be the first of the next.
        let near = text.get(..next + DASHES.len()).unwrap_or(text);
        let (end, stop, after) = match marker(near, start, END) {
            Some((stop, found, after)) if stop < next => {
                let end = if found == label {
                    End::Proper
                } else {
                    End::Other(found)
                };
                (end, stop, after)
            }
            _ => (End::Missing, next, next),
        };
        blocks.push(Block {
            label,
            line,
            body: &text[start..stop],
            end,
        });
        from = after;
    }
    blocks
}

impl Block<'_> {
    /// The lines of the form `Name: value` before the data (RFC 1421, 4.4).
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        lines(self.body)
            .take_while(|line| before_data(line))
            .filter(|line| !line.is_empty())
    }

    /// What stands between the BEGIN and the END line.
    pub(crate) fn body(&self) -> &str {
        self.body
    }

    /// Whether its END line is there.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.end, End::Proper)
    }

    /// The lines of the data, behind the headers.
    pub(crate) fn data(&self) -> impl Iterator<Item = &str> {
        lines(self.body).skip_while(|line| before_data(line))
    }

    /// How many lines below its BEGIN line the block ends.
    pub(crate) fn lines_to_end(&self) -> usize {
        let body = match self.end {
            End::Proper | End::Other(_) => self.body,
            End::Missing => self.body.trim_end(),
        };
        body.matches('\n').count()
    }

    /// The bytes that the block's base64 stands for.
    pub(crate) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, PemError> {
        match self.end {
            End::Proper => {}
            End::Other(label) => return Err(PemError::OtherEnd(label.to_owned())),
            End::Missing => return Err(PemError::NoEnd),
        }
        // As large as it can get, so that no copy stays behind unwiped when it grows.
        let mut digits = Zeroizing::new(Vec::with_capacity(self.body.len()));
        for line in self.data() {
            for (offset, character) in line.char_indices() {
                match character {
                    'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '=' => {
                        digits.push(character as u8);
                    }
                    // What web pages and chat programs put between words.
                    '\u{200b}' | '\u{feff}' => {}
                    _ if character.is_whitespace() => {}
                    // JSON writers may escape a slash, shells and YAML the end of a line.
                    // Of several only the first is looked at: what follows all is the same for each.
                    '\\' if line[..offset].ends_with('\\')
                        || matches!(
                            line[offset..].trim_start_matches('\\').chars().next(),
                            None | Some('/')
                        ) => {}
                    _ => return Err(self.not_base64(line)),
                }
            }
        }
        let mut bytes = Zeroizing::new(vec![0; digits.len() / 4 * 3 + 3]);
        match STANDARD.decode_slice(digits.as_slice(), bytes.as_mut_slice()) {
            Ok(length) => {
                bytes.truncate(length);
                Ok(bytes)
            }
            Err(_) => Err(PemError::CutOff),
        }
    }

    fn not_base64(&self, line: &str) -> PemError {
        // `line` is a part of the body: how far in is the distance of their addresses.
        let offset = (line.as_ptr() as usize).saturating_sub(self.body.as_ptr() as usize);
        PemError::NotBase64 {
            line: self.line + encoding::line_of(self.body.as_bytes(), offset) - 1,
        }
    }
}

/// Where the next marker is, its label, and where the text after it begins.
fn marker<'a>(text: &'a str, from: usize, kind: &str) -> Option<(usize, &'a str, usize)> {
    let mut from = from;
    loop {
        let at = from + text[from..].find(kind)?;
        let start = at + kind.len();
        let label = text[start..].split(DASHES).next().unwrap_or_default();
        let stop = start + label.len();
        if text[stop..].starts_with(DASHES)
            && label.len() <= 64
            && label
                .bytes()
                .all(|byte| byte == b' ' || byte.is_ascii_graphic())
        {
            return Some((at, label, stop + DASHES.len()));
        }
        from = start;
    }
}

/// The lines of `text`, where an escaped line end (`\n`, however often its backslash was escaped)
/// is one too. They come without the space around them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.char_indices().find_map(|(at, character)| {
            let length = match character {
                '\n' | '\r' => 1,
                // Of several only the first, as above.
                '\\' if !text[..at].ends_with('\\') => {
                    let escaped = text[at..].trim_start_matches('\\');
                    if !escaped.starts_with(['n', 'r', 't']) {
                        return None;
                    }
                    text[at..].len() - escaped.len() + 1
                }
                _ => return None,
            };
            Some((at, at + length))
        });
        let line = if let Some((end, next)) = end {
            rest = Some(&text[next..]);
            &text[..end]
        } else {
            rest = None;
            text
        };
        Some(line.trim())
    })
}

/// Whether a line belongs to the headers, when all lines above it do: base64 has no colon.
fn before_data(line: &str) -> bool {
    line.is_empty() || line.contains(':')
}

/// Whether `part` is somewhere in `bytes`.
fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::{PemError, blocks, text};

    const BLOCK: &str = "-----BEGIN THING-----\naGVs\nbG8=\n-----END THING-----\n";

    /// Label, line and content of every block.
    fn read(text: &str) -> Vec<(String, usize, Result<Vec<u8>, PemError>)> {
        blocks(text)
            .iter()
            .map(|block| {
                let content = block.decode().map(|bytes| bytes.to_vec());
                (block.label.to_owned(), block.line, content)
            })
            .collect()
    }

    fn things(text: &str) -> Vec<usize> {
        read(text)
            .into_iter()
            .map(|(label, line, content)| {
                assert_eq!(label, "THING");
                assert_eq!(content, Ok(b"hello".to_vec()), "in {text:?}");
                line
            })
            .collect()
    }

    #[test]
    fn a_block_is_found_however_it_was_copied() {
        let escaped = BLOCK.replace('\n', "\\n");
        let indented = BLOCK.replace('\n', "\n    ");
        for (line, text) in [
            (1, BLOCK.to_owned()),
            (1, BLOCK.trim_end().to_owned()),
            (1, BLOCK.replace('\n', "\r\n")),
            (1, BLOCK.replace('\n', "\r")),
            (1, BLOCK.replace('\n', " ")),
            (1, BLOCK.replace('\n', "\u{a0}\u{200b}\n")),
            (3, format!("Subject: ü\n\n{BLOCK}tail")),
            (2, format!("tls.crt: |\n    {indented}")),
            (1, format!("{{\"cert\":\"{escaped}\"}}")),
            (1, format!("\"{}\"", escaped.replace('\\', "\\\\"))),
            (1, BLOCK.replace('\n', "\\r\\n")),
            (1, BLOCK.replace('\n', "\\\n")),
        ] {
            assert_eq!(things(&text), [line], "in {text:?}");
        }
    }

    #[test]
    fn an_escaped_slash_is_a_slash() {
        let text = "-----BEGIN THING-----\\n\\/\\/\\/\\/\\n-----END THING-----\\n";
        assert_eq!(read(text)[0].2, Ok(vec![0xff; 3]));
    }

    #[test]
    fn blocks_may_be_glued_together() {
        let text = format!("{}{BLOCK}", BLOCK.trim_end());
        assert_eq!(things(&text), [1, 4]);
        assert_eq!(things(&format!("{BLOCK}{BLOCK}")), [1, 5]);
    }

    #[test]
    fn a_block_ends_in_the_line_of_its_last_mark() {
        let unclosed = "-----BEGIN THING-----\naGVs\nbG8=";
        for (lines, text) in [
            (3, BLOCK.to_owned()),
            (4, BLOCK.replace("bG8=", "bG8=\n")),
            (2, BLOCK.replace("=\n", "=")),
            (0, BLOCK.replace('\n', "\\n")),
            (3, BLOCK.replace("END THING", "END KEY")),
            (2, unclosed.to_owned()),
            (2, format!("{unclosed}\n\n{BLOCK}")),
        ] {
            assert_eq!(blocks(&text)[0].lines_to_end(), lines, "in {text:?}");
        }
    }

    #[test]
    fn headers_are_no_data() {
        let text = "-----BEGIN THING-----\nProc-Type: 4,ENCRYPTED\n\naGVsbG8=\n-----END THING-----";
        assert_eq!(things(text), [1]);
        let blocks = blocks(text);
        assert_eq!(
            blocks[0].headers().collect::<Vec<_>>(),
            ["Proc-Type: 4,ENCRYPTED"]
        );
    }

    #[test]
    fn a_broken_block_says_what_is_wrong_and_does_not_hide_the_next() {
        let broken = |text: &str| {
            let found = read(&format!("\n{text}\n{BLOCK}"));
            assert_eq!(found.len(), 2, "in {text:?}");
            assert_eq!(found[1].2, Ok(b"hello".to_vec()), "in {text:?}");
            found[0].2.clone().unwrap_err()
        };
        let error = broken("-----BEGIN THING-----\naGVs");
        assert_eq!(error, PemError::NoEnd);
        assert_eq!(error.to_string(), "it has no END line");
        let error = broken("-----BEGIN THING-----\naGVs\n-----END KEY-----");
        assert_eq!(error, PemError::OtherEnd("KEY".to_owned()));
        assert_eq!(error.to_string(), "its END line says KEY");
        let error = broken("-----BEGIN THING-----\naGVs\nb*8=\n-----END THING-----");
        assert_eq!(error, PemError::NotBase64 { line: 4 });
        assert_eq!(error.to_string(), "line 4 is not base64");
        let error = broken("-----BEGIN THING-----\naGVsb\n-----END THING-----");
        assert_eq!(error, PemError::CutOff);
        assert_eq!(error.to_string(), "its base64 is cut off");
    }

    #[test]
    fn what_only_looks_like_a_marker_is_none() {
        assert!(read("-----BEGIN \u{1b}[31m-----\n-----END X-----").is_empty());
        assert!(read("-----BEGIN a line that ends nowhere").is_empty());
        let quoted = format!("the line -----BEGIN X\n{BLOCK}");
        assert_eq!(things(&quoted), [2]);
    }

    /// Where time grows with the square of the length, this takes minutes.
    #[test]
    fn a_long_text_takes_no_longer_for_what_is_in_it() {
        let many = |text: &str| text.repeat(500_000 / text.len());
        for text in [
            many("-----BEGIN "),
            many("-----BEGIN A-----"),
            many("-----BEGIN A-----\n-----END A-----\n"),
            BLOCK.replace('\n', &many("\\")),
            BLOCK.replace("bG8=", &many("\\")),
            BLOCK.replace("bG8=", &format!("{}/", many("\\"))),
        ] {
            assert!(!read(&text).is_empty());
        }
    }

    #[test]
    fn the_dashes_of_two_markers_may_be_the_same() {
        let text = format!("{}{BLOCK}", BLOCK.trim_end().trim_end_matches('-'));
        assert_eq!(things(&text), [1]);
    }

    #[test]
    fn a_remark_in_another_encoding_does_not_matter() {
        let mut bytes = b"M\xfcnchen\n".to_vec();
        assert!(text(&bytes).is_none());
        bytes.extend_from_slice(BLOCK.as_bytes());
        assert_eq!(text(&bytes).map(|text| things(&text)), Some(vec![2]));
    }
}
