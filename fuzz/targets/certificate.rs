//! A certificate file, as it is and as the inside of a PEM block, which base64 hides from a fuzzer.
#![no_main]

use std::error::Error;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use rseal::certificate::{Certificate, CertificateError, PemError};
use rseal::encoding::line_of;
use rseal::manifest::encode;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let block = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        encode(bytes)
    );
    read(block.as_bytes());
});

fn read(bytes: &[u8]) {
    match Certificate::from_bytes(bytes) {
        Ok(certificate) => {
            assert!(certificate.fingerprint().starts_with("SHA256:"));
            let soon = Duration::from_secs(24 * 60 * 60);
            for now in [
                SystemTime::UNIX_EPOCH,
                certificate.not_before(),
                certificate.not_after() - soon,
                certificate.not_after() + soon,
            ] {
                if let Err(expired) = certificate.check(now) {
                    assert!(now > certificate.not_after(), "{expired}");
                }
                for notice in certificate.notices(now) {
                    assert!(!notice.to_string().is_empty());
                }
            }
        }
        Err(error) => {
            let source = error.source().map(ToString::to_string);
            assert!(!error.to_string().is_empty() && source != Some(String::new()));
            assert!(error.hint() != Some(String::new()));
            let lines = 1..=line_of(bytes, bytes.len());
            if let CertificateError::Block { line, .. } | CertificateError::Malformed { line, .. } =
                error
            {
                assert!(lines.contains(&line), "{error}");
            }
            if let CertificateError::Block {
                source: PemError::NotBase64 { line },
                ..
            } = error
            {
                assert!(lines.contains(&line), "line {line}");
            }
        }
    }
}
