//! Certificate files as people have them, each with the whole message that it gets.

//! Tests of what is taken for a certificate, and of what is said about everything else.

use std::error::Error;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::certificate::{Certificate, CertificateError, Found, Notice};
use crate::hybrid::KeyError;

/// A file of `testdata/`.
macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../testdata/", $name)).as_slice()
    };
}

const SEALING: &[u8] = file!("certificates/sealing-2048.pem");
const KEY: &[u8] = file!("keys/2048.key.pem");

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn read(bytes: &[u8]) -> Result<Certificate, CertificateError> {
    Certificate::from_bytes(bytes)
}

/// What the command line prints: the error, its causes, and the hint below.
fn message(bytes: impl AsRef<[u8]>) -> String {
    let error = read(bytes.as_ref()).unwrap_err();
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message + "\n" + &error.hint().unwrap_or_default()
}

/// The same for a file without a certificate, without what all of these messages begin with.
fn unusable(bytes: impl AsRef<[u8]>) -> String {
    let message = message(bytes);
    message
        .strip_prefix("data does not contain any valid RSA or ECDSA certificates: ")
        .unwrap_or_else(|| panic!("{message}"))
        .to_owned()
}

/// So many days after 1 January 1970.
fn day(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(days * 24 * 60 * 60)
}

/// 14 July 2025.
fn today() -> SystemTime {
    day(20283)
}

#[test]
fn the_fingerprint_is_what_ssh_keygen_prints() {
    let certificates = [
        ("1024", file!("certificates/sealing-1024.pem")),
        ("2048", file!("certificates/sealing-2048.pem")),
        ("3072", file!("certificates/sealing-3072.pem")),
        ("4096", file!("certificates/sealing-4096.pem")),
        ("other-2048", file!("certificates/sealing-other-2048.pem")),
        ("other-4096", file!("certificates/sealing-other-4096.pem")),
    ];
    let recorded = text(file!("keys/fingerprints.txt"));
    assert_eq!(recorded.lines().count(), certificates.len());
    for (line, (name, bytes)) in recorded.lines().zip(certificates) {
        let certificate = read(bytes).unwrap();
        assert_eq!(
            line,
            format!(
                "{name} {} {}",
                certificate.public_key().bits(),
                certificate.fingerprint()
            )
        );
    }
}

#[test]
fn the_dates_are_read() {
    let certificate = read(SEALING).unwrap();
    assert_eq!(certificate.not_before(), day(18262)); // 1 January 2020
    assert_eq!(certificate.not_after(), day(54786)); // 1 January 2120
}

#[test]
fn a_certificate_is_read_however_the_file_was_saved() {
    let plain = text(SEALING);
    let escaped = plain.replace('\n', "\\n");
    let expected = read(SEALING).unwrap();
    for bytes in [
        plain.trim_end().to_owned(),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', " "),
        format!("\u{feff}{plain}"),
        format!("subject=CN = test\n{plain}\n# the end"),
        format!("data:\n  tls.crt: |\n    {}", plain.replace('\n', "\n    ")),
        format!("{{\"cert\": \"{escaped}\"}}"),
        format!("export CERT='{}'", escaped.replace('\\', "\\\\")),
    ] {
        let certificate = read(bytes.as_bytes()).unwrap();
        assert_eq!(certificate.fingerprint(), expected.fingerprint(), "{bytes}");
        assert_eq!(certificate.check(today()), Ok(vec![]), "{bytes}");
    }
    let windows = read(file!("certificates/sealing-2048.utf16.pem")).unwrap();
    assert_eq!(windows.fingerprint(), expected.fingerprint());
}

#[test]
fn only_the_key_and_the_dates_matter() {
    let expected = read(SEALING).unwrap().fingerprint();
    for bytes in [
        file!("certificates/no-subject.pem"),
        file!("certificates/serial-zero.pem"),
        file!("certificates/serial-negative.pem"),
        file!("certificates/serial-long.pem"),
    ] {
        assert_eq!(read(bytes).unwrap().fingerprint(), expected);
    }
}

#[test]
fn the_first_of_several_is_used_and_the_others_are_told() {
    let first = text(SEALING).trim_end();
    let second = text(file!("certificates/sealing-4096.pem"));
    let both = read(format!("{first}{second}").as_bytes()).unwrap();
    assert_eq!(both.fingerprint(), read(SEALING).unwrap().fingerprint());
    let notices = both.check(today()).unwrap();
    assert_eq!(notices, [Notice::MoreCertificates { count: 1 }]);
    assert_eq!(
        notices[0].to_string(),
        "the second certificate of the file is not used"
    );
    let three = read(format!("{first}{second}{second}").as_bytes()).unwrap();
    assert_eq!(
        three.check(today()).unwrap()[0].to_string(),
        "the 2 certificates after the first of the file are not used"
    );
    // What the second one can do is nobody's concern, but it has to be a certificate.
    let elliptic = text(file!("certificates/ec-p256.pem"));
    assert!(read(format!("{first}\n{elliptic}").as_bytes()).is_ok());
}

#[test]
fn a_broken_certificate_ends_it_even_after_a_good_one() {
    let good = text(SEALING);
    let hint = "the file is cut off or was changed: fetch the certificate again with --fetch-cert";
    let lines: Vec<_> = good.lines().collect();
    for (broken, what) in [
        (
            lines[..9].join("\n"),
            "certificate 2 (line 20) cannot be read: it has no END line",
        ),
        (
            good.replace("END CERTIFICATE", "END X509 CRL"),
            "certificate 2 (line 20) cannot be read: its END line says X509 CRL",
        ),
        (
            good.replacen(lines[5], &format!("> {}", lines[5]), 1),
            "certificate 2 (line 20) cannot be read: line 25 is not base64",
        ),
        (
            good.replacen(lines[5], &lines[5][1..], 1),
            "certificate 2 (line 20) cannot be read: its base64 is cut off",
        ),
        (
            good.replacen(&format!("{}\n", lines[5]), "", 1),
            "x509: malformed certificate: certificate 2 (line 20) is damaged",
        ),
        (
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----".to_owned(),
            "x509: malformed certificate: certificate 2 (line 20) is damaged",
        ),
    ] {
        assert_eq!(
            message(format!("{good}{broken}")),
            format!("{what}\n{hint}")
        );
    }
}

#[test]
fn a_key_that_cannot_seal_is_named() {
    let hint = "the controller takes RSA keys only, and makes them with 4096 bits: fetch its \
                certificate with --fetch-cert";
    for (bytes, what) in [
        (
            file!("certificates/ec-p256.pem"),
            "expected RSA public key but found ECDSA P-256",
        ),
        (
            file!("certificates/ed25519.pem"),
            "expected RSA public key but found Ed25519",
        ),
        (
            file!("certificates/rsa-pss.pem"),
            "expected RSA public key but found RSASSA-PSS, which only signs",
        ),
        (
            file!("certificates/small-512.pem"),
            "an RSA key of 512 bits is too small, the least is 1024",
        ),
    ] {
        assert_eq!(message(bytes), format!("{what}\n{hint}"));
    }
    assert_eq!(
        read(file!("certificates/small-512.pem")).unwrap_err(),
        CertificateError::Key(KeyError::Size(512))
    );
}

#[test]
fn an_expired_certificate_is_refused_in_the_words_of_kubeseal() {
    let expired = read(file!("certificates/expired-2020.pem")).unwrap();
    let error = expired.check(today()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to encrypt using an expired certificate on March 5, 2020"
    );
    assert_eq!(
        error.hint().unwrap(),
        "the controller makes a new certificate every 30 days: fetch the current one with \
         --fetch-cert"
    );
    assert_eq!(expired.notices(today()), []);
    // The last second counts.
    let end = expired.not_after();
    assert!(expired.check(end).is_ok());
    assert!(expired.check(end + Duration::from_nanos(1)).is_err());
}

#[test]
fn what_should_be_known_of_a_usable_certificate_is_told() {
    let told = |certificate: &Certificate, now| -> Vec<String> {
        let notices = certificate.check(now).unwrap();
        notices.iter().map(ToString::to_string).collect()
    };
    let weak = read(file!("certificates/sealing-1024.pem")).unwrap();
    assert_eq!(
        told(&weak, today()),
        ["the key of 1024 bits is weak, use 4096"]
    );
    let good = read(SEALING).unwrap();
    assert_eq!(
        told(&good, day(18000)),
        ["the certificate is valid from January 1, 2020 only"]
    );
    assert_eq!(
        told(&good, day(54770)),
        ["the certificate expires on January 1, 2120"]
    );
    assert!(told(&good, day(54786 - 30)).is_empty());
    let pair = read(&[KEY, SEALING].concat()).unwrap();
    assert_eq!(
        told(&pair, today()),
        ["there is a PRIVATE KEY in the certificate file (line 1): keep that file out of git"]
    );
}

#[test]
fn another_format_is_named_with_the_command_that_converts_it() {
    for (bytes, expected) in [
        (
            file!("certificates/sealing-2048.der"),
            "it is a certificate in DER form, not in PEM form\n\
             openssl x509 -inform der -in FILE -out cert.pem",
        ),
        (
            file!("certificates/sealing-2048.p7b"),
            "it is a PKCS#7 bundle\nopenssl pkcs7 -in FILE -print_certs -out cert.pem",
        ),
        (
            file!("certificates/sealing-2048.p7b.der"),
            "it is a PKCS#7 bundle\nopenssl pkcs7 -inform der -in FILE -print_certs -out cert.pem",
        ),
        (
            file!("certificates/sealing-2048.p12"),
            "it is a PKCS#12 bundle\nopenssl pkcs12 -in FILE -nokeys -clcerts -out cert.pem",
        ),
        (
            b"\xfe\xed\xfe\xed\0\0\0\x02",
            "it is a Java keystore\n\
             keytool -exportcert -rfc -keystore FILE -alias ALIAS -file cert.pem",
        ),
        (
            file!("certificates/sealing-2048.trusted.pem"),
            "it is a certificate in a form that only OpenSSL reads\n\
             openssl x509 -in FILE -out cert.pem",
        ),
        (
            file!("certificates/request.pem"),
            "it is a certificate request\n\
             openssl x509 -req -in FILE -signkey KEY -days 3650 -out cert.pem, with the key that \
             the request was made with",
        ),
    ] {
        assert_eq!(unusable(bytes), expected);
    }
}

#[test]
fn base64_around_a_file_is_named() {
    assert_eq!(
        unusable(STANDARD.encode(SEALING)),
        "it is the base64 of a PEM file\nbase64 -d < FILE > cert.pem"
    );
    let lines: Vec<_> = text(SEALING).lines().collect();
    assert_eq!(
        unusable(lines[1..lines.len() - 1].join("\n")),
        "it is a certificate without its BEGIN and END lines\n\
         base64 -d < FILE | openssl x509 -inform der -out cert.pem"
    );
    assert_eq!(
        read(STANDARD.encode(KEY).as_bytes()).unwrap_err(),
        CertificateError::Unusable(Found::PrivateKey)
    );
}

#[test]
fn a_private_key_is_told_loudly_in_every_form() {
    for bytes in [
        KEY,
        file!("keys/2048.pkcs8.pem"),
        file!("keys/2048.pkcs8.der"),
        file!("keys/locked.key.pem"),
        file!("keys/locked.pkcs8.pem"),
        file!("keys/openssh.pem"),
        file!("keys/ec.key.pem"),
        file!("keys/ed25519.pkcs8.pem"),
        &[file!("certificates/public-key.pem"), KEY].concat(),
        b"---BEGIN RSA PRIVATE KEY---",
    ] {
        assert_eq!(
            unusable(bytes),
            "it is a PRIVATE KEY, which never belongs here\n\
             here belongs the certificate, which is public. Whoever has this private key can read \
             every sealed value: keep it out of git"
        );
    }
}

#[test]
fn what_cannot_be_converted_is_named_too() {
    let fetch = "fetch the controller's certificate with --fetch-cert > cert.pem";
    for (bytes, expected) in [
        (
            file!("certificates/public-key.pem").to_vec(),
            format!("it is a public key, and a certificate has dates as well\n{fetch}"),
        ),
        (
            b"ssh-rsa AAAAB3NzaC1yc2E= me@here".to_vec(),
            format!("it is a public key, and a certificate has dates as well\n{fetch}"),
        ),
        (
            b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----".to_vec(),
            format!("it is a PEM file with X509 CRL\n{fetch}"),
        ),
        (
            br#"{"kind":"Status","apiVersion":"v1","status":"Failure","code":403}"#.to_vec(),
            format!("it is an error answer of a Kubernetes API server\n{fetch}"),
        ),
        (
            b"\x7fELF\xff\xff".to_vec(),
            format!("it is a binary file\n{fetch}"),
        ),
        (
            b"certificate goes here".to_vec(),
            format!("there is no BEGIN CERTIFICATE line in it\n{fetch}"),
        ),
        (
            b"<!DOCTYPE html>\n<html><title>Log in</title></html>".to_vec(),
            "it is an HTML or XML page, perhaps from a proxy that wants a login\n\
             look at the address: what came is meant for a browser"
                .to_owned(),
        ),
        (
            b" \r\n".to_vec(),
            "there is nothing in it\na --fetch-cert that failed leaves an empty file behind: run \
             it again and look at its error"
                .to_owned(),
        ),
        (
            b"apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: LS0tLS1CRUdJTiBDRVJU\n".to_vec(),
            "it is the manifest of a Secret\nkubectl get secret NAME -n NAMESPACE -o \
             jsonpath='{.data.tls\\.crt}' | base64 -d > cert.pem"
                .to_owned(),
        ),
        (
            text(SEALING).replace("-----", "\u{2014}-").into_bytes(),
            "the line around its certificate is damaged\nthe lines must read -----BEGIN \
             CERTIFICATE----- and -----END CERTIFICATE-----, with five dashes on either side"
                .to_owned(),
        ),
        (
            text(SEALING)
                .replacen('\n', "\nComment: mine\n\n", 1)
                .into_bytes(),
            "its certificate has PEM header lines\nremove the lines with a colon from the block"
                .to_owned(),
        ),
    ] {
        assert_eq!(unusable(bytes), expected);
    }
}

#[test]
fn no_change_of_a_file_makes_it_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let der = file!("certificates/sealing-2048.der");
    let (mut read_well, mut refused) = (0, 0);
    for round in 0..4000 {
        // Every other time in the text, else in the DER under it, which reaches deeper.
        let mut bytes = if round % 2 == 0 { SEALING } else { der }.to_vec();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => bytes[at] ^= 1 << rng.random_range(0..8),
                2 => bytes.truncate(at + 1),
                _ => drop(bytes.splice(at..at, [rng.random()])),
            }
        }
        if round % 2 == 1 {
            let armoured = STANDARD.encode(&bytes);
            bytes = format!("-----BEGIN CERTIFICATE-----\n{armoured}\n-----END CERTIFICATE-----")
                .into_bytes();
        }
        match read(&bytes) {
            Ok(certificate) => {
                read_well += 1;
                assert!(!certificate.fingerprint().is_empty());
                let _ = certificate.check(today());
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
                assert!(error.hint().is_some());
            }
        }
    }
    // Both ways were gone often.
    assert!(read_well > 100 && refused > 100, "{read_well}, {refused}");
}
