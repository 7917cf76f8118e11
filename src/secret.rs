//! Values that must not be seen: the plaintext of an item and the session key.
//!
//! Owns the two types that hold secret bytes and the promise that they are wiped when dropped and
//! have no `Clone`, no `Serialize` and a `Debug` that says nothing. What is done with the bytes
//! belongs to [`crate::hybrid`]; where they come from, to [`crate::manifest`].

use std::fmt;

use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use zeroize::Zeroizing;

/// The length of an AES-256 key in bytes.
pub const SESSION_KEY_LENGTH: usize = 32;

/// The bytes of one item of a Secret, wiped when dropped.
pub struct Plaintext(SecretBox<Vec<u8>>);

impl Plaintext {
    /// Takes over `bytes`. The allocation is kept, so that no unwiped copy stays behind.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The bytes, for the short time that they are needed.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// The bytes with `front` others before them, whose values mean nothing, and capacity for `back`
    /// more behind them. They stay in their buffer where it is large enough; else they are moved to
    /// another, and this one is wiped.
    #[must_use]
    pub fn into_room(mut self, front: usize, back: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(std::mem::take(self.0.expose_secret_mut()));
        let length = bytes.len();
        if bytes.capacity() - length < front + back {
            let mut larger = Zeroizing::new(Vec::with_capacity(front + length + back));
            larger.resize(front, 0);
            larger.extend_from_slice(&bytes);
            return larger;
        }
        bytes.resize(front + length, 0);
        bytes.copy_within(..length, front);
        bytes
    }

    /// Whether there is no byte in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext([not shown])")
    }
}

/// The AES-256 key that encrypts one item, made afresh for it and wiped when dropped.
pub struct SessionKey(SecretBox<[u8; SESSION_KEY_LENGTH]>);

impl SessionKey {
    /// Lets `fill` write the key where it will live.
    ///
    /// # Errors
    /// The error of `fill`; the half-written key is wiped.
    pub fn try_fill<E>(
        fill: impl FnOnce(&mut [u8; SESSION_KEY_LENGTH]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut outcome = Ok(());
        let key = SecretBox::init_with_mut(|bytes: &mut [u8; SESSION_KEY_LENGTH]| {
            outcome = fill(bytes);
        });
        outcome.map(|()| Self(key))
    }

    /// The bytes, for the short time that they are needed.
    #[must_use]
    pub fn expose(&self) -> &[u8; SESSION_KEY_LENGTH] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey([not shown])")
    }
}

#[cfg(test)]
mod tests {
    use super::{Plaintext, SessionKey};

    #[test]
    fn debug_shows_no_byte() {
        let shown = format!("{:?}", Plaintext::new(b"hunter2".to_vec()));
        assert_eq!(shown, "Plaintext([not shown])");
        let key = SessionKey::try_fill(|bytes| {
            bytes.fill(0x41);
            Ok::<_, ()>(())
        });
        assert_eq!(format!("{key:?}"), "Ok(SessionKey([not shown]))");
    }

    #[test]
    fn room_is_made_in_a_large_buffer_and_in_a_small_one() {
        for spare in [0, 6, 7, 100] {
            let mut bytes = Vec::with_capacity(5 + spare);
            bytes.extend_from_slice(b"value");
            let roomy = Plaintext::new(bytes).into_room(4, 3);
            assert_eq!(&roomy[4..], b"value");
            assert!(roomy.capacity() >= 12);
        }
    }

    #[test]
    fn a_key_that_could_not_be_filled_is_no_key() {
        assert_eq!(
            SessionKey::try_fill(|_| Err("no entropy")).err(),
            Some("no entropy")
        );
    }
}
