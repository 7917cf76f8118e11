//! The private keys at hand, and opening with the one that fits.
//!
//! Owns the reading of private keys from PEM text and the order in which they are tried. The keys
//! themselves belong to [`crate::hybrid`]. Nothing in a sealed value says which key it is for, so
//! there is no other way than to try.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand_core::TryCryptoRng;

use crate::hybrid::{self, KeyError, PrivateKey, PublicKey};
use crate::pem::{self, Block, PemError};
use crate::scope::Label;
use crate::secret::Plaintext;

/// Private keys, each once.
#[derive(Debug, Default)]
pub struct Keyring {
    keys: Vec<(PublicKey, PrivateKey)>,
    /// The place in `keys` of the one that last opened a value. The values of a file, and mostly of
    /// a repository, are sealed for the same key. It is only a guess, so any order of memory will
    /// do.
    last: AtomicUsize,
}

impl Keyring {
    /// A keyring without a key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds every private key of a PEM file. Certificates and public keys beside them are passed
    /// over. Gives the private keys that cannot be used: a usable one makes up for them.
    ///
    /// # Errors
    /// [`KeyFileError`] when the file has no usable private key.
    pub fn add_pem(&mut self, bytes: &[u8]) -> Result<Vec<Unusable>, KeyFileError> {
        let text = pem::text(bytes).ok_or(KeyFileError::NotPem)?;
        let blocks = pem::blocks(&text);
        let mut unusable = Vec::new();
        let mut usable = 0;
        for block in &blocks {
            match read(block) {
                Ok(Some(key)) => {
                    usable += 1;
                    self.add(key);
                }
                Ok(None) => {}
                Err(reason) => unusable.push(Unusable {
                    line: block.line,
                    reason,
                }),
            }
        }
        if usable > 0 {
            Ok(unusable)
        } else if !unusable.is_empty() {
            Err(KeyFileError::Unusable(unusable.swap_remove(0)))
        } else if let Some(block) = blocks.first() {
            Err(KeyFileError::Other(block.label.to_owned()))
        } else if text.trim().is_empty() {
            Err(KeyFileError::Empty)
        } else {
            Err(KeyFileError::NotPem)
        }
    }

    /// Adds one key, if it is not there yet.
    pub fn add(&mut self, key: PrivateKey) {
        let public = key.public_key();
        if !self.keys.iter().any(|(known, _)| *known == public) {
            self.keys.push((public, key));
        }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The public halves, in the order of adding.
    pub fn public_keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().map(|(public, _)| public)
    }

    /// Opens a value with the key that fits, starting with the one that last did. `rng` blinds the
    /// private key operations.
    ///
    /// # Errors
    /// [`OpenError`] with the reason that says most.
    pub fn open<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        label: &Label,
        sealed: &[u8],
    ) -> Result<Plaintext, OpenError> {
        let last = self.last.load(Ordering::Relaxed);
        let order = (0..self.keys.len()).map(|step| match step {
            0 => last,
            step if step <= last => step - 1,
            step => step,
        });
        let mut tried = 0;
        for place in order {
            let Some((_, key)) = self.keys.get(place) else {
                continue;
            };
            match hybrid::open(rng, key, label, sealed) {
                Ok(value) => {
                    self.last.store(place, Ordering::Relaxed);
                    return Ok(value);
                }
                Err(hybrid::OpenError::OtherKeySize) => {}
                Err(hybrid::OpenError::Wrapped) => tried += 1,
                // What no other key can change.
                Err(hybrid::OpenError::TooShort) => return Err(OpenError::TooShort),
                Err(hybrid::OpenError::Damaged) => return Err(OpenError::Damaged),
            }
        }
        Err(match (self.len(), tried) {
            (0, _) => OpenError::NoKeys,
            (_, 0) => OpenError::OtherKeySize,
            (_, tried) => OpenError::NoKeyFits { tried },
        })
    }
}

/// The private key in a block; none where the block is of another kind.
fn read(block: &Block<'_>) -> Result<Option<PrivateKey>, Reason> {
    let from_der = match block.label {
        "RSA PRIVATE KEY" => PrivateKey::from_pkcs1_der,
        "PRIVATE KEY" => PrivateKey::from_pkcs8_der,
        "ENCRYPTED PRIVATE KEY" => return Err(Reason::Locked),
        "OPENSSH PRIVATE KEY" => return Err(Reason::OpenSsh),
        label if label.ends_with("PRIVATE KEY") => return Err(Reason::NotRsa),
        _ => return Ok(None),
    };
    if block.headers().any(|line| line.contains("ENCRYPTED")) {
        return Err(Reason::Locked);
    }
    let der = block.decode().map_err(Reason::Pem)?;
    match from_der(&der) {
        Ok(key) => Ok(Some(key)),
        Err(KeyError::NotRsa) => Err(Reason::NotRsa),
        Err(error) => Err(Reason::Key(error)),
    }
}

/// A private key in a file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its line, counted from 1.
    pub line: usize,
    /// Why it cannot be used.
    pub reason: Reason,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the private key on line {} cannot be used", self.line)
    }
}

impl std::error::Error for Unusable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

/// Why a private key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is protected with a passphrase.
    Locked,
    /// It is in OpenSSH's own form.
    OpenSsh,
    /// It is of another algorithm.
    NotRsa,
    /// It is no proper PEM block.
    Pem(PemError),
    /// It is no RSA key that works.
    Key(KeyError),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => write!(f, "it is locked with a passphrase"),
            Self::OpenSsh => write!(f, "it is in the form of OpenSSH"),
            Self::NotRsa => write!(f, "it is not an RSA key"),
            Self::Pem(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Reason {}

/// Why a file gave no private key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is nothing in it.
    Empty,
    /// There is no PEM block in it.
    NotPem,
    /// There are PEM blocks, but no private key: the label of the first.
    Other(String),
    /// There are private keys, but none that can be used: the first of them.
    Unusable(Unusable),
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is nothing in it"),
            Self::NotPem => write!(f, "there is no private key in PEM form in it"),
            Self::Other(label) => write!(f, "there is no private key in it, but {label}"),
            Self::Unusable(unusable) => unusable.fmt(f),
        }
    }
}

impl std::error::Error for KeyFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unusable(unusable) => std::error::Error::source(unusable),
            _ => None,
        }
    }
}

impl KeyFileError {
    /// The next step, where there is one. `FILE` in it stands for the file that was read.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unusable(unusable) => return unusable.reason.hint(),
            Self::NotPem => "openssl pkey -inform der -in FILE -out key.pem, if it is a DER file",
            Self::Empty | Self::Other(_) => {
                "the private keys are in the Secrets labelled \
                 sealedsecrets.bitnami.com/sealed-secrets-key, under tls.key"
            }
        };
        Some(hint.to_owned())
    }
}

impl Reason {
    /// The next step, where there is one. `FILE` in it stands for the file that was read.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Locked => "openssl pkey -in FILE -out key.pem asks for the passphrase",
            Self::OpenSsh => {
                "ssh-keygen -p -m PEM -f FILE rewrites it in PEM form: make a copy first"
            }
            Self::NotRsa => "the controller has RSA keys only",
            Self::Pem(_) | Self::Key(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// Why no key opened a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There are no keys.
    NoKeys,
    /// It is too short for a sealed value.
    TooShort,
    /// It is sealed for a key of a size that none of the keys has.
    OtherKeySize,
    /// So many keys have the right size, and none fits.
    NoKeyFits {
        /// How many were tried.
        tried: usize,
    },
    /// One key fits, but the value was changed after it was sealed.
    Damaged,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => write!(f, "there are no private keys"),
            Self::TooShort => hybrid::OpenError::TooShort.fmt(f),
            Self::OtherKeySize => {
                write!(f, "none of the private keys has the size it is sealed for")
            }
            Self::NoKeyFits { tried: 1 } => hybrid::OpenError::Wrapped.fmt(f),
            Self::NoKeyFits { tried } => {
                write!(f, "none of {tried} keys: {}", hybrid::OpenError::Wrapped)
            }
            Self::Damaged => hybrid::OpenError::Damaged.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use crate::hybrid;
    use crate::keyring::{KeyFileError, Keyring, OpenError};
    use crate::scope::{Label, Scope};
    use crate::secret::Plaintext;

    /// A file of `testdata/`.
    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../testdata/", $name)).as_slice()
        };
    }

    fn generator() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(0x5ea1)
    }

    fn keyring(files: &[&[u8]]) -> Keyring {
        let mut keyring = Keyring::new();
        for file in files {
            assert_eq!(keyring.add_pem(file), Ok(vec![]));
        }
        keyring
    }

    fn label() -> Label {
        Scope::Strict.label("staging", "tls-secret").unwrap()
    }

    fn sealed_for(file: &[u8]) -> Vec<u8> {
        let keyring = keyring(&[file]);
        let key = keyring.public_keys().next().unwrap();
        let value = Plaintext::new(b"value".to_vec());
        hybrid::seal(&mut generator(), key, &label(), value).unwrap()
    }

    /// What the command line prints: the error, its causes, and the hint below.
    fn message(bytes: impl AsRef<[u8]>) -> String {
        let error = Keyring::new().add_pem(bytes.as_ref()).unwrap_err();
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message += &format!(": {error}");
            cause = error.source();
        }
        message + "\n" + &error.hint().unwrap_or_default()
    }

    #[test]
    fn both_forms_are_the_same_key() {
        for (pkcs1, pkcs8) in [
            (file!("keys/1024.key.pem"), file!("keys/1024.pkcs8.pem")),
            (file!("keys/2048.key.pem"), file!("keys/2048.pkcs8.pem")),
            (file!("keys/3072.key.pem"), file!("keys/3072.pkcs8.pem")),
            (file!("keys/4096.key.pem"), file!("keys/4096.pkcs8.pem")),
        ] {
            assert_eq!(keyring(&[pkcs1, pkcs8]).len(), 1);
        }
    }

    #[test]
    fn every_key_of_a_file_counts_and_certificates_do_not_disturb() {
        let all = [
            file!("certificates/sealing-2048.pem"),
            file!("keys/2048.key.pem"),
            b"and the old one:\n",
            file!("keys/4096.pkcs8.pem"),
            file!("certificates/public-key.pem"),
        ]
        .concat();
        let indented = std::str::from_utf8(&all).unwrap().replace('\n', "\r\n    ");
        for bytes in [all.as_slice(), indented.as_bytes()] {
            let keyring = keyring(&[bytes]);
            let bits: Vec<_> = keyring.public_keys().map(hybrid::PublicKey::bits).collect();
            assert_eq!(bits, [2048, 4096]);
        }
    }

    #[test]
    fn an_unusable_key_beside_a_usable_one_is_told() {
        let mut keyring = Keyring::new();
        let both = [file!("keys/ec.key.pem"), file!("keys/2048.key.pem")].concat();
        let unusable = keyring.add_pem(&both).unwrap();
        assert_eq!(keyring.len(), 1);
        assert_eq!(unusable.len(), 1);
        assert_eq!(
            format!("{}: {}", unusable[0], unusable[0].source().unwrap()),
            "the private key on line 1 cannot be used: it is not an RSA key"
        );
    }

    #[test]
    fn a_file_without_a_usable_key_is_an_error_that_says_why() {
        let secrets = "the private keys are in the Secrets labelled \
                       sealedsecrets.bitnami.com/sealed-secrets-key, under tls.key";
        let locked = "the private key on line 1 cannot be used: it is locked with a passphrase\n\
                      openssl pkey -in FILE -out key.pem asks for the passphrase";
        let not_rsa = "the private key on line 1 cannot be used: it is not an RSA key\n\
                       the controller has RSA keys only";
        let not_pem = "there is no private key in PEM form in it\n\
                       openssl pkey -inform der -in FILE -out key.pem, if it is a DER file";
        let key = String::from_utf8(file!("keys/2048.key.pem").to_vec()).unwrap();
        let lines: Vec<_> = key.lines().collect();
        for (bytes, expected) in [
            (file!("keys/locked.key.pem"), locked),
            (file!("keys/locked.pkcs8.pem"), locked),
            (file!("keys/ec.key.pem"), not_rsa),
            (file!("keys/ec.pkcs8.pem"), not_rsa),
            (file!("keys/ed25519.pkcs8.pem"), not_rsa),
            (
                file!("keys/openssh.pem"),
                "the private key on line 1 cannot be used: it is in the form of OpenSSH\n\
                 ssh-keygen -p -m PEM -f FILE rewrites it in PEM form: make a copy first",
            ),
            (
                file!("keys/small-512.key.pem"),
                "the private key on line 1 cannot be used: an RSA key of 512 bits is too small, \
                 the least is 1024\n",
            ),
            (
                lines[..10].join("\n").as_bytes(),
                "the private key on line 1 cannot be used: it has no END line\n",
            ),
            (
                key.replace(&lines[10][..5], "AAAAA").as_bytes(),
                "the private key on line 1 cannot be used: malformed RSA key\n",
            ),
            (
                file!("certificates/sealing-2048.pem"),
                &format!("there is no private key in it, but CERTIFICATE\n{secrets}"),
            ),
            (file!("keys/2048.pkcs8.der"), not_pem),
            (b"kind: Secret", not_pem),
            (b"\n", &format!("there is nothing in it\n{secrets}")),
        ] {
            assert_eq!(message(bytes), expected);
        }
        assert_eq!(Keyring::new().add_pem(b""), Err(KeyFileError::Empty));
    }

    #[test]
    fn the_key_that_fits_is_found_and_tried_first_the_next_time() {
        let keyring = keyring(&[
            file!("keys/other-2048.key.pem"),
            file!("keys/4096.key.pem"),
            file!("keys/2048.key.pem"),
        ]);
        let mut rng = generator();
        for (place, file) in [
            (2, file!("keys/2048.key.pem")),
            (0, file!("keys/other-2048.key.pem")),
            (1, file!("keys/4096.key.pem")),
            (2, file!("keys/2048.key.pem")),
        ] {
            let opened = keyring.open(&mut rng, &label(), &sealed_for(file)).unwrap();
            assert_eq!(opened.expose(), b"value");
            assert_eq!(keyring.last.load(super::Ordering::Relaxed), place);
        }
    }

    #[test]
    fn why_no_key_opened_a_value_is_told() {
        let sealed = sealed_for(file!("keys/2048.key.pem"));
        let error = |files: &[&[u8]], sealed: &[u8]| {
            let opened = keyring(files).open(&mut generator(), &label(), sealed);
            let error = opened.unwrap_err();
            (error, error.to_string())
        };
        let told = |error: OpenError, text: &str| (error, text.to_owned());
        assert_eq!(
            error(&[], &sealed),
            told(OpenError::NoKeys, "there are no private keys")
        );
        let other = file!("keys/other-2048.key.pem");
        assert_eq!(
            error(&[other], &sealed),
            told(
                OpenError::NoKeyFits { tried: 1 },
                "sealed for another key, or for another scope, namespace or name"
            )
        );
        assert_eq!(
            error(
                &[other, file!("keys/4096.key.pem")],
                &sealed_for(file!("keys/3072.key.pem"))
            ),
            told(
                OpenError::OtherKeySize,
                "none of the private keys has the size it is sealed for"
            )
        );
        let key = file!("keys/2048.key.pem");
        assert_eq!(
            error(&[other, key], &sealed[..200]),
            told(OpenError::TooShort, "too short for a sealed value")
        );
        let mut damaged = sealed.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(
            error(&[other, key], &damaged),
            told(
                OpenError::Damaged,
                "the value was changed after it was sealed"
            )
        );
        damaged[100] ^= 1;
        assert_eq!(
            error(&[other, key], &damaged),
            told(
                OpenError::NoKeyFits { tried: 2 },
                "none of 2 keys: sealed for another key, or for another scope, namespace or name"
            )
        );
    }
}
