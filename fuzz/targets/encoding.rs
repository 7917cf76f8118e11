//! Bytes to text: the same text comes out in every encoding, and a wrong line is one of the input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rseal::encoding;

fuzz_target!(|bytes: &[u8]| {
    let lines = encoding::line_of(bytes, bytes.len());
    match encoding::text(bytes) {
        Ok(text) => {
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                let bytes: Vec<u8> = units.flat_map(order).collect();
                assert_eq!(encoding::text(&bytes).as_deref(), Ok(&*text));
            }
        }
        Err(error) => {
            assert!((1..=lines).contains(&error.line), "{error} of {lines}");
        }
    }
});
