//! Base64 in manifests: how values are written, read, and what they may be when they are none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::hybrid::ROOM;

/// As Go's `encoding/json` reads a byte slice: with padding, and the last bits of the last
/// character are not looked at.
const RULES: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);

const ENGINE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, RULES);

/// From this length on it pays to ask the processor for vector instructions.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const LONG: usize = 16 * 1024;

/// The text that stands for a sealed value: base64 with padding, without line breaks.
#[must_use]
pub fn encode(sealed: &[u8]) -> String {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    if sealed.len() >= LONG {
        return base64::engine::Simd::standard(RULES).encode(sealed);
    }
    ENGINE.encode(sealed)
}

/// The bytes of a value of `data`. Line breaks are not looked at; block scalars and tools that
/// wrap make them.
///
/// # Errors
/// What the author may have done.
pub fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let joined;
    let encoded = if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some() {
        let mut copy = Zeroizing::new(String::with_capacity(text.len()));
        copy.extend(text.chars().filter(|c| !matches!(c, '\r' | '\n')));
        joined = copy;
        joined.as_str()
    } else {
        text
    };
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    if encoded.len() >= LONG {
        let engine = base64::engine::Simd::standard(RULES);
        return read(&engine, encoded).ok_or_else(|| why_not(encoded));
    }
    read(&ENGINE, encoded).ok_or_else(|| why_not(encoded))
}

fn read(engine: &impl base64::Engine, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Room for all of it and for sealing it, so that the buffer never grows and leaves a copy
    // behind; what was decoded before a mistake is wiped with it.
    let mut value = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3 + ROOM));
    engine.decode_vec(text, &mut value).ok()?;
    Some(value)
}

fn why_not(text: &str) -> &'static str {
    let reads = |engine: &GeneralPurpose| read(engine, text).is_some();
    if text.contains("{{") || text.contains("${") {
        "it holds a placeholder that was not filled in"
    } else if reads(&STANDARD_NO_PAD) {
        "the = at its end are missing, or it was cut off"
    } else if reads(&URL_SAFE) || reads(&URL_SAFE_NO_PAD) {
        "- and _ belong to the URL alphabet, write + and / (and = at the end)"
    } else {
        "text as it is belongs in stringData"
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 2, 3, 100, 1000, 10_001, 20_000] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text).as_deref(), Ok(&bytes));
            let wrapped: Vec<_> = text
                .as_bytes()
                .chunks(76)
                .map(String::from_utf8_lossy)
                .collect();
            assert_eq!(decode(&wrapped.join("\r\n")).as_deref(), Ok(&bytes));
        }
    }

    #[test]
    fn what_is_none_is_told_why() {
        // Go does not look at the last bits of the last character, and so 'R' is as good as 'Q'.
        assert_eq!(decode("QR==").as_deref(), Ok(&vec![b'A']));
        let why = |text| decode(text).expect_err("not base64");
        assert!(why("QQ").contains("missing"));
        assert!(why("_-8=").contains("URL"));
        assert!(why("hunter2!").contains("stringData"));
        assert!(why("{{ .Values.password }}").contains("placeholder"));
        assert!(why(" QQ==").contains("stringData"));
    }
}
