//! A file of private keys, as it is and as the inside of the two PEM blocks that hold an RSA key.
#![no_main]

use std::error::Error;

use libfuzzer_sys::fuzz_target;
use rseal::encoding::line_of;
use rseal::keyring::Keyring;
use rseal::manifest::encode;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY"] {
        let block = format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            encode(bytes)
        );
        read(block.as_bytes());
    }
});

fn read(bytes: &[u8]) {
    let mut keyring = Keyring::new();
    match keyring.add_pem(bytes) {
        Ok(unusable) => {
            assert!(!keyring.is_empty());
            for key in keyring.public_keys() {
                assert!(key.fingerprint().starts_with("SHA256:"));
            }
            for key in unusable {
                assert!((1..=line_of(bytes, bytes.len())).contains(&key.line));
            }
        }
        Err(error) => {
            assert!(keyring.is_empty());
            let source = error.source().map(ToString::to_string);
            assert!(!error.to_string().is_empty() && source != Some(String::new()));
            assert!(error.hint() != Some(String::new()));
        }
    }
}
