//! Sealed values: bytes of no origin are refused, what was sealed opens, what was changed does not.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rseal::hybrid;
use rseal::keyring::Keyring;
use rseal::scope::Scope;
use rseal::secret::Plaintext;

/// The smallest key there may be: a private key operation is most of what a run takes.
static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let mut keyring = Keyring::new();
    let file = include_bytes!("../../testdata/keys/1024.key.pem");
    keyring.add_pem(file).expect("a key of the tests");
    keyring
});

fuzz_target!(|bytes: &[u8]| {
    // The same for every run, so that a finding can be found again.
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let label = Scope::Strict
        .label("staging", "tls-secret")
        .expect("a namespace and a name");
    // Nearly always refused; the seeds are values that open, and so are some of their descendants.
    let _ = KEYRING.open(&mut rng, &label, bytes);

    let Some((place, value)) = bytes.split_first_chunk() else {
        return;
    };
    let key = KEYRING.public_keys().next().expect("one key");
    let mut sealed = hybrid::seal(&mut rng, key, &label, Plaintext::new(value.to_vec()))
        .expect("the key can seal");
    let opened = KEYRING.open(&mut rng, &label, &sealed);
    assert_eq!(opened.expect("sealed is opened").expose(), value);
    let bit = usize::from(u16::from_be_bytes(*place)) % (sealed.len() * 8);
    sealed[bit / 8] ^= 1 << (bit % 8);
    assert!(KEYRING.open(&mut rng, &label, &sealed).is_err());
});
