//! A file of private keys, as it is and as the inside of the two PEM blocks that hold an RSA key.
#![no_main]

use std::error::Error;

use libfuzzer_sys::fuzz_target;
use rseal::certificate::PemError;
use rseal::encoding::line_of;
use rseal::keyring::{KeyFileError, Keyring, Reason, Unusable};
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
                assert_plausible(&key, bytes);
            }
        }
        Err(error) => {
            assert!(keyring.is_empty());
            let source = error.source().map(ToString::to_string);
            assert!(!error.to_string().is_empty() && source != Some(String::new()));
            assert!(error.hint() != Some(String::new()));
            if let KeyFileError::Unusable(key) = error {
                assert_plausible(&key, bytes);
            }
        }
    }
}

fn assert_plausible(key: &Unusable, bytes: &[u8]) {
    let lines = 1..=line_of(bytes, bytes.len());
    assert!(lines.contains(&key.line), "{key}");
    if let Reason::Pem(PemError::NotBase64 { line }) = key.reason {
        assert!(lines.contains(&line), "line {line}");
    }
}
