//! What a text is that stands where a sealed value should: one, or why it is none.
//!
//! Owns what can be seen without a key; `docs/format.md` says what the bytes are. It knows nothing
//! of the object around it.

use sha2::{Digest as _, Sha256};

use super::facts::Digest;
use super::object::text;
use super::source::Source;
use super::value::{Rules, Verdict, judge};
use crate::manifest;
use crate::yaml::Node;

/// The length of the number in front of a sealed value, and of the tag behind it.
const PREFIX: usize = 2;
const TAG: usize = 16;
/// The sizes in bytes that a modulus can have, from 1024 to 16384 bits, in steps of a machine word.
const SMALLEST_MODULUS: usize = 128;
const LARGEST_MODULUS: usize = 2048;
const STEP: usize = 8;

/// What stands where a sealed value should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ciphertext {
    /// What can be a sealed value.
    Sealed {
        /// The size in bytes of the modulus that it was sealed for.
        key_size: usize,
        is_empty: bool,
        digest: Digest,
    },
    /// It stands for a sealed value that is filled in later, or is an example of one.
    Elsewhere,
    /// A word that says nothing.
    Placeholder,
    /// Something else, and why it is no sealed value.
    Malformed(&'static str),
}

impl Ciphertext {
    /// What a node is; `rules` are those of the values of its object.
    pub(super) fn of(source: &Source<'_>, node: Node<'_>, rules: Rules) -> Self {
        if !source.actions(node).is_empty() {
            return Self::Elsewhere;
        }
        if node.scalar().is_none() {
            return Self::Malformed("not a text");
        }
        Self::of_text(text(node).unwrap_or_default(), rules)
    }

    fn of_text(text: &str, rules: Rules) -> Self {
        let encoded = text.trim_end_matches(['\n', '\r']);
        let decoded = manifest::decode(encoded);
        if let Ok(bytes) = &decoded
            && let Some(key_size) = modulus(bytes)
            && let Some(length) = bytes.len().checked_sub(PREFIX + key_size + TAG)
        {
            let hash = Sha256::digest(bytes.as_slice());
            let mut digest = Digest::default();
            digest.copy_from_slice(&hash[..size_of::<Digest>()]);
            return Self::Sealed {
                key_size,
                is_empty: length == 0,
                digest,
            };
        }
        // Documentation leaves the middle or the end out.
        if text.contains("...") || text.contains('…') {
            return Self::Elsewhere;
        }
        match judge(text, rules) {
            Verdict::Empty => return Self::Malformed("empty"),
            Verdict::Reference => return Self::Elsewhere,
            Verdict::Placeholder => return Self::Placeholder,
            Verdict::Real => {}
        }
        Self::Malformed(match decoded {
            Ok(bytes) if modulus(&bytes).is_some() => "cut off",
            Ok(_) => "base64 of something else",
            Err(_) if is_cut(encoded) => "cut off",
            Err(_) if is_folded(encoded) => "base64 with spaces in it",
            Err(_) => "not base64",
        })
    }
}

/// The number in front, if a modulus can have that size.
fn modulus(bytes: &[u8]) -> Option<usize> {
    let prefix = bytes.first_chunk::<PREFIX>()?;
    let size = usize::from(u16::from_be_bytes(*prefix));
    ((SMALLEST_MODULUS..=LARGEST_MODULUS).contains(&size) && size.is_multiple_of(STEP))
        .then_some(size)
}

fn is_base64_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// Whether a text begins as a sealed value does and goes on with base64, but ends too early.
fn is_cut(text: &str) -> bool {
    /// Four characters are three bytes, of which two are the number.
    const BEGIN: usize = 4;
    text.chars().all(is_base64_character)
        && text
            .get(..BEGIN)
            .and_then(|begin| manifest::decode(begin).ok())
            .is_some_and(|bytes| modulus(&bytes).is_some())
}

/// Whether a text is base64 in several lines that YAML has joined with spaces.
fn is_folded(text: &str) -> bool {
    text.contains(' ') && is_cut(&text.replace(' ', ""))
}

#[cfg(test)]
mod tests {
    use super::{Ciphertext, Rules};

    fn of(text: &str) -> Ciphertext {
        Ciphertext::of_text(text, Rules::default())
    }

    /// A text of the form of a sealed value, of so many bytes.
    fn sealed(modulus: u16, length: usize) -> String {
        let mut bytes = modulus.to_be_bytes().to_vec();
        bytes.extend(std::iter::repeat_n(7, usize::from(modulus) + length + 16));
        crate::manifest::encode(&bytes)
    }

    #[test]
    fn what_can_be_a_sealed_value() {
        for (modulus, length) in [(128, 1), (256, 0), (512, 1000), (2048, 3)] {
            match of(&sealed(modulus, length)) {
                Ciphertext::Sealed {
                    key_size, is_empty, ..
                } => {
                    assert_eq!(key_size, usize::from(modulus));
                    assert_eq!(is_empty, length == 0);
                }
                other => panic!("{modulus}, {length}: {other:?}"),
            }
        }
        let text = sealed(256, 1);
        let wrapped = format!("{}\n{}\n", &text[..76], &text[76..]);
        assert_eq!(of(&wrapped), of(&text));
    }

    #[test]
    fn what_cannot() {
        let text = sealed(256, 1);
        for (text, why) in [
            ("", "empty"),
            ("hunter2", "not base64"),
            ("aHVudGVyMg==", "base64 of something else"),
            (&text[..100], "cut off"),
            (&text[..101], "cut off"),
            (&text[..2], "not base64"),
            (&text.replacen('B', "-", 1), "not base64"),
            (
                &format!("{} {}", &text[..76], &text[76..]),
                "base64 with spaces in it",
            ),
            (&sealed(64, 40), "base64 of something else"),
            (&sealed(129, 40), "base64 of something else"),
        ] {
            assert_eq!(of(text), Ciphertext::Malformed(why), "{text}");
        }
    }

    #[test]
    fn what_stands_for_one() {
        for text in [
            "AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq.....",
            "AgA…",
            "${VALUE}",
            "...",
        ] {
            assert_eq!(of(text), Ciphertext::Elsewhere, "{text}");
        }
        for text in ["<encrypted>", "REPLACE_ME", "changeme"] {
            assert_eq!(of(text), Ciphertext::Placeholder, "{text}");
        }
    }
}
