//! Bytes that look random and are the same for the same name: what cases seal.

use sha2::{Digest, Sha256};

/// As many bytes as asked for, always the same for a name, that look like noise.
pub(crate) fn bytes(name: &str, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 32);
    let mut round = 0_u64;
    while bytes.len() < length {
        bytes.extend_from_slice(&Sha256::digest(format!("{name} {round}")));
        round += 1;
    }
    bytes.truncate(length);
    bytes
}
