//! RSA-OAEP encryption of a session key, in the steps of RFC 8017.
//!
//! The `rsa` crate has the same, and opening uses it. Its public key operation is the generic
//! exponentiation for secret exponents, though: a table of powers and a look-up that hides which
//! one is taken, 37 multiplications for the exponent 65537 that every controller's key has. The
//! exponent is public, so square-and-multiply is enough, which takes 19. Nearly all the time of
//! sealing goes there. A test holds the result against the crate's, bit for bit.

use crypto_bigint::modular::BoxedMontyForm;
use rand_core::TryCryptoRng;
use rsa::BoxedUint;
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::SealError;

/// The length in bytes of a SHA-256 hash.
const HASH_LENGTH: usize = 32;

/// RSAES-OAEP-ENCRYPT (RFC 8017, 7.1.1) with SHA-256 for the label and for MGF1.
pub(super) fn wrap<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &rsa::PublicKey,
    label: &[u8],
    session: &[u8],
) -> Result<Vec<u8>, SealError> {
    let encoded = encode(rng, label, session, key.size())?;
    let message = Zeroizing::new(
        BoxedUint::from_be_slice(&encoded, key.n_bits_precision()).map_err(|_| SealError::Key)?,
    );
    let wrapped = encrypt(key, &message);
    // The integer has a whole number of machine words, the modulus need not.
    let bytes = wrapped.to_be_bytes();
    let start = bytes.len().checked_sub(key.size()).ok_or(SealError::Key)?;
    Ok(bytes[start..].to_vec())
}

/// Whether the encoded message in `wrapped` begins with a zero octet: the one part of EME-OAEP
/// decoding (RFC 8017, 7.1.2, step 3g) that the `rsa` crate leaves out. It takes a second private
/// key operation, and is asked only of what the crate has opened.
pub(super) fn begins_with_zero<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &rsa::PrivateKey,
    wrapped: &[u8],
) -> bool {
    let Ok(wrapped) = BoxedUint::from_be_slice(wrapped, key.n_bits_precision()) else {
        return false;
    };
    rsa_decrypt_and_check(key, Some(rng), &wrapped)
        .map(Zeroizing::new)
        .is_ok_and(|message| message.bit_width() as usize <= 8 * (key.size() - 1))
}

/// EME-OAEP encoding (RFC 8017, 7.1.1, step 2) to `length` bytes.
fn encode<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    label: &[u8],
    message: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if length < message.len() + 2 * HASH_LENGTH + 2 {
        return Err(SealError::Key);
    }
    let mut encoded = Zeroizing::new(vec![0; length]);
    let (seed, data) = encoded[1..].split_at_mut(HASH_LENGTH);
    rng.try_fill_bytes(seed)
        .map_err(|_| SealError::Randomness)?;
    data[..HASH_LENGTH].copy_from_slice(&Sha256::digest(label));
    let start = data.len() - message.len();
    data[start - 1] = 1;
    data[start..].copy_from_slice(message);
    mask(data, seed);
    mask(seed, data);
    Ok(encoded)
}

/// XORs MGF1 of `seed` (RFC 8017, B.2.1) into `target`.
fn mask(target: &mut [u8], seed: &[u8]) {
    for (counter, part) in (0_u32..).zip(target.chunks_mut(HASH_LENGTH)) {
        let mut hash = Zeroizing::new([0; HASH_LENGTH]);
        Sha256::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes())
            .finalize_into((&mut *hash).into());
        for (byte, mask) in part.iter_mut().zip(hash.iter()) {
            *byte ^= mask;
        }
    }
}

/// RSAEP (RFC 8017, 5.1.1): the message to the power of the public exponent. The time depends on
/// the exponent only; the multiplications themselves take the same time for every message.
///
/// Every power on the way is as secret as the message, which anybody can compute from one of them
/// and the result; so each is wiped when the next one takes its place.
fn encrypt(key: &rsa::PublicKey, message: &BoxedUint) -> BoxedUint {
    let base = Zeroizing::new(BoxedMontyForm::new(message.clone(), key.n_params()));
    let mut power = base.clone();
    let exponent = key.e();
    for bit in (0..exponent.bit_width_vartime().saturating_sub(1)).rev() {
        power = Zeroizing::new(power.square());
        if exponent.bit_vartime(bit) {
            power = Zeroizing::new(power.mul(&base));
        }
    }
    power.retrieve()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha20Rng;
    use rsa::Oaep;
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use sha2::Sha256;

    use super::wrap;

    #[test]
    fn the_same_as_the_rsa_crate_for_the_same_generator() {
        for pem in [
            include_str!("../../testdata/keys/1024.key.pem"),
            include_str!("../../testdata/keys/2048.key.pem"),
            include_str!("../../testdata/keys/3072.key.pem"),
            include_str!("../../testdata/keys/4096.key.pem"),
        ] {
            let key = rsa::PrivateKey::from_pkcs1_pem(pem)
                .unwrap()
                .to_public_key();
            for (number, label) in [&b""[..], b"ns", b"ns/name"].into_iter().enumerate() {
                let generator = || ChaCha20Rng::seed_from_u64(number as u64);
                let session = [number as u8; 32];
                let ours = wrap(&mut generator(), &key, label, &session).unwrap();
                let theirs = key
                    .encrypt(
                        &mut generator(),
                        Oaep::<Sha256>::new_with_label(label),
                        &session,
                    )
                    .unwrap();
                assert_eq!(ours, theirs);
            }
        }
    }
}
