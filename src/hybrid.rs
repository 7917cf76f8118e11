//! Sealing and opening one value.
//!
//! Owns the byte format, and RSA, AES-GCM and SHA-256 with it. A value is sealed as
//!
//! ```text
//! K       32 random bytes, made for this value alone
//! W       RSA-OAEP(public key, hash SHA-256, MGF1-SHA-256, label L) of K     RFC 8017, 7.1
//! C       AES-256-GCM(key K, nonce 0^96, no associated data) of the value    NIST SP 800-38D
//! sealed  uint16, big-endian, length of W || W || C || tag of 16 bytes
//! ```
//!
//! as upstream's `pkg/crypto/crypto.go` has it. The nonce is zero because GCM asks for a nonce that
//! is never used twice *under one key*, and K is never used twice at all.
//!
//! It knows no file format: base64 belongs to [`crate::manifest`], PEM to [`crate::certificate`]
//! and [`crate::keyring`]. Randomness is a parameter.

use std::fmt;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit, Nonce, Tag};
use rand_core::TryCryptoRng;
use rsa::Oaep;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::scope::Label;
use crate::secret::{Plaintext, SESSION_KEY_LENGTH, SessionKey};

#[cfg(test)]
mod tests;
mod wrap;

use wrap::{begins_with_zero, wrap};

/// The length in bytes of the number in front that says how long the wrapped session key is.
const PREFIX_LENGTH: usize = 2;
/// The length in bytes of AES-GCM's tag.
const TAG_LENGTH: usize = 16;
/// The length in bytes of AES-GCM's nonce.
const NONCE_LENGTH: usize = 12;
/// Never repeated under one key, because the key is never repeated: see the module's text.
const NONCE: [u8; NONCE_LENGTH] = [0; NONCE_LENGTH];

/// The smallest modulus, in bits, that the controller's crypto library still uses.
pub const MINIMUM_KEY_BITS: usize = 1024;
/// The largest modulus, in bits, that is sensible: larger ones are a way to burn time.
pub const MAXIMUM_KEY_BITS: usize = 16384;

/// How many bytes more than its value a sealed value has at most. A buffer with so much to spare is
/// sealed in without a copy.
pub const ROOM: usize = PREFIX_LENGTH + MAXIMUM_KEY_BITS / 8 + TAG_LENGTH;

/// An RSA public key that values can be sealed with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(rsa::PublicKey);

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280, 4.1).
    ///
    /// # Errors
    /// [`KeyError`] when it is no RSA key or one of a size that is not used.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let info =
            rsa::pkcs8::SubjectPublicKeyInfoRef::try_from(der).map_err(|_| KeyError::Malformed)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(KeyError::NotRsa);
        }
        let parts = info
            .subject_public_key
            .as_bytes()
            .ok_or(KeyError::Malformed)?;
        let parts =
            rsa::pkcs1::RsaPublicKeyRef::try_from(parts).map_err(|_| KeyError::Malformed)?;
        check_size(parts.modulus.as_bytes())?;
        let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
        rsa::PublicKey::new_with_size_limits(
            number(parts.modulus.as_bytes()),
            number(parts.public_exponent.as_bytes()),
            MINIMUM_KEY_BITS..=MAXIMUM_KEY_BITS,
        )
        .map(Self)
        .map_err(|_| KeyError::Malformed)
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        bit_length(&self.0.n_bytes())
    }

    /// The length in bytes of a wrapped session key, which is that of the modulus.
    #[must_use]
    pub fn wrapped_length(&self) -> usize {
        self.0.size()
    }

    /// `SHA256:` and the unpadded base64 of SHA-256 over the key as SSH writes it (RFC 4253, 6.6):
    /// what `ssh-keygen -lf` prints.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        use base64::Engine as _;
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            // A field of more than 4 GiB cannot come from a key of at most 16384 bits.
            hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(bytes);
        };
        field(b"ssh-rsa");
        field(&ssh_number(&self.0.e_bytes()));
        field(&ssh_number(&self.0.n_bytes()));
        format!(
            "SHA256:{}",
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(hash.finalize())
        )
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(RSA {} {})", self.bits(), self.fingerprint())
    }
}

/// An RSA private key that values can be opened with, wiped when dropped.
pub struct PrivateKey(rsa::PrivateKey);

impl PrivateKey {
    /// Reads a DER `RSAPrivateKey` (PKCS#1, RFC 8017, A.1.2).
    ///
    /// # Errors
    /// [`KeyError`] when it is none, or its numbers do not belong together.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let parts = rsa::pkcs1::RsaPrivateKeyRef::try_from(der).map_err(|_| KeyError::Malformed)?;
        // Before the numbers are checked, which takes long when they are huge.
        check_size(parts.modulus.as_bytes())?;
        rsa::PrivateKey::try_from(parts)
            .map(Self)
            .map_err(|_| KeyError::Malformed)
    }

    /// Reads a DER `PrivateKeyInfo` (PKCS#8, RFC 5958) with an RSA key in it.
    ///
    /// # Errors
    /// [`KeyError`] when it is none, or its numbers do not belong together.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = rsa::pkcs8::PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Malformed)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(KeyError::NotRsa);
        }
        Self::from_pkcs1_der(info.private_key.as_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.to_public_key())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey([not shown], {:?})", self.public_key())
    }
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the structure it should be, or numbers that do not belong together.
    Malformed,
    /// A key of another algorithm.
    NotRsa,
    /// A modulus of so many bits, which is too small or absurdly large.
    Size(usize),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(f, "malformed RSA key"),
            Self::NotRsa => write!(f, "not an RSA key"),
            Self::Size(bits) if *bits < MINIMUM_KEY_BITS => write!(
                f,
                "an RSA key of {bits} bits is too small, the least is {MINIMUM_KEY_BITS}"
            ),
            Self::Size(bits) => write!(
                f,
                "an RSA key of {bits} bits is too large, the most is {MAXIMUM_KEY_BITS}"
            ),
        }
    }
}

impl std::error::Error for KeyError {}

/// Why a value could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The random number generator failed.
    Randomness,
    /// The value is longer than AES-GCM takes under one nonce (64 GiB).
    TooLong,
    /// RSA refused the key.
    Key,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Randomness => "the random number generator failed",
            Self::TooLong => "the value is too long to encrypt",
            Self::Key => "the public key cannot encrypt",
        })
    }
}

impl std::error::Error for SealError {}

/// Why a value could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Shorter than its own length prefix and a tag ask for.
    TooShort,
    /// The session key was wrapped for a key of another size.
    OtherKeySize,
    /// The session key does not come out: another key, another label, or a damaged value.
    Wrapped,
    /// The session key came out, the value did not: it is damaged.
    Damaged,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "too short for a sealed value",
            Self::OtherKeySize => "sealed for a key of another size",
            Self::Wrapped => "sealed for another key, or for another scope, namespace or name",
            Self::Damaged => "the value was changed after it was sealed",
        })
    }
}

impl std::error::Error for OpenError {}

/// Seals `value` for the holder of `key`'s private half, to be opened under `label` only.
///
/// # Errors
/// [`SealError`] when `rng` fails, the value is absurdly long, or the key cannot encrypt.
pub fn seal<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PublicKey,
    label: &Label,
    value: Plaintext,
) -> Result<Vec<u8>, SealError> {
    let session = SessionKey::try_fill(|bytes| rng.try_fill_bytes(bytes))
        .map_err(|_| SealError::Randomness)?;
    let wrapped = wrap(rng, &key.0, label.as_bytes(), session.expose())?;
    let prefix = u16::try_from(wrapped.len()).map_err(|_| SealError::Key)?;

    // The value is encrypted where it lies, and is wiped with the buffer if that fails.
    let body = PREFIX_LENGTH + wrapped.len();
    let mut sealed = value.into_room(body, TAG_LENGTH);
    sealed[..PREFIX_LENGTH].copy_from_slice(&prefix.to_be_bytes());
    sealed[PREFIX_LENGTH..body].copy_from_slice(&wrapped);
    let tag = encrypt(session.expose(), NONCE, &mut sealed[body..])?;
    sealed.extend_from_slice(&tag);
    Ok(std::mem::take(&mut *sealed))
}

/// Opens what [`seal`] or kubeseal made. `rng` blinds the private key operation.
///
/// # Errors
/// [`OpenError`] with as much of the reason as can be known.
pub fn open<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PrivateKey,
    label: &Label,
    sealed: &[u8],
) -> Result<Plaintext, OpenError> {
    let (prefix, rest) = sealed
        .split_first_chunk::<PREFIX_LENGTH>()
        .ok_or(OpenError::TooShort)?;
    let (wrapped, body) = rest
        .split_at_checked(usize::from(u16::from_be_bytes(*prefix)))
        .ok_or(OpenError::TooShort)?;
    let (body, tag) = body
        .split_last_chunk::<TAG_LENGTH>()
        .ok_or(OpenError::TooShort)?;
    if wrapped.len() != key.0.size() {
        return Err(OpenError::OtherKeySize);
    }

    let unwrapped = unwrap(rng, key, label.as_bytes(), wrapped)?;
    let session: &[u8; SESSION_KEY_LENGTH] = unwrapped
        .as_slice()
        .try_into()
        .map_err(|_| OpenError::Wrapped)?;
    let mut value = Zeroizing::new(body.to_vec());
    decrypt(session, NONCE, &mut value, tag)?;
    Ok(Plaintext::new(std::mem::take(&mut *value)))
}

/// The inverse of [`wrap`] (RFC 8017, 7.1.2).
fn unwrap<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PrivateKey,
    label: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let session = key
        .0
        .decrypt_blinded(rng, Oaep::<Sha256>::new_with_label(label), wrapped)
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Wrapped)?;
    if begins_with_zero(rng, &key.0, wrapped) {
        Ok(session)
    } else {
        Err(OpenError::Wrapped)
    }
}

/// AES-256-GCM without associated data, in place. The nonce is a parameter only so that published
/// vectors, which have others, can be tried.
fn encrypt(
    session: &[u8; SESSION_KEY_LENGTH],
    nonce: [u8; NONCE_LENGTH],
    value: &mut [u8],
) -> Result<[u8; TAG_LENGTH], SealError> {
    Aes256Gcm::new(session.into())
        .encrypt_inout_detached(&Nonce::from(nonce), &[], InOutBuf::from(value))
        .map(Into::into)
        .map_err(|_| SealError::TooLong)
}

/// The inverse of [`encrypt`].
fn decrypt(
    session: &[u8; SESSION_KEY_LENGTH],
    nonce: [u8; NONCE_LENGTH],
    value: &mut [u8],
    tag: &[u8; TAG_LENGTH],
) -> Result<(), OpenError> {
    Aes256Gcm::new(session.into())
        .decrypt_inout_detached(
            &Nonce::from(nonce),
            &[],
            InOutBuf::from(value),
            &Tag::from(*tag),
        )
        .map_err(|_| OpenError::Damaged)
}

fn check_size(modulus: &[u8]) -> Result<(), KeyError> {
    match bit_length(modulus) {
        MINIMUM_KEY_BITS..=MAXIMUM_KEY_BITS => Ok(()),
        bits => Err(KeyError::Size(bits)),
    }
}

fn bit_length(number: &[u8]) -> usize {
    number
        .iter()
        .position(|byte| *byte != 0)
        .map_or(0, |first| {
            (number.len() - first) * 8 - number[first].leading_zeros() as usize
        })
}

/// An SSH `mpint` (RFC 4251, 5): no leading zero byte but the one that keeps it positive.
fn ssh_number(number: &[u8]) -> Vec<u8> {
    let first = number
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(number.len());
    let digits = &number[first..];
    let mut encoded = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_some_and(|byte| byte & 0x80 != 0) {
        encoded.push(0);
    }
    encoded.extend_from_slice(digits);
    encoded
}
