//! Values that must not be seen: the plaintext of an item and the session key.
//!
//! Owns the two types that hold secret bytes and the promise that they are wiped when dropped and
//! have no `Clone`, no `Serialize` and a `Debug` that says nothing. What is done with the bytes
//! belongs to [`crate::hybrid`]; where they come from, to [`crate::manifest`].

use std::fmt;

use secrecy::{ExposeSecret, SecretBox};

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
    fn a_key_that_could_not_be_filled_is_no_key() {
        assert_eq!(
            SessionKey::try_fill(|_| Err("no entropy")).err(),
            Some("no entropy")
        );
    }
}
