//! What a file is that holds no certificate to seal with, and what turns it into one.
//!
//! Owns the guesses. Nothing here decides what is sealed with, and no byte of the file is shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::certificate::x509::Parts;
use crate::pem::Block;

/// What a file is that holds no certificate in PEM form.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// Nothing, or only space.
    Nothing,
    /// A private key, in whatever form.
    PrivateKey,
    /// A certificate in DER form.
    Der,
    /// PKCS#7, as Windows exports chains.
    Pkcs7 {
        /// In DER form, not PEM.
        der: bool,
    },
    /// PKCS#12, also called PFX.
    Pkcs12,
    /// A Java keystore.
    JavaKeyStore,
    /// A certificate with OpenSSL's own trust settings, or under OpenSSL's old label.
    OpensslCertificate,
    /// A certificate request (PKCS#10).
    Request,
    /// A public key without a certificate around it, also in the form of SSH.
    PublicKey,
    /// Only PEM blocks with this label.
    OtherBlock(String),
    /// A CERTIFICATE block with header lines.
    Headers,
    /// Markers that do not have five dashes.
    DamagedMarker,
    /// base64 of a PEM file.
    Base64OfPem,
    /// The base64 of a certificate, without the lines around it.
    Base64OfDer,
    /// A manifest with a key pair, as the controller keeps it.
    SecretManifest,
    /// An error answer of an API server.
    ApiStatus,
    /// A page for a browser.
    Page,
    /// Bytes that are no text.
    Binary,
    /// Text without any of that.
    OtherText,
}

impl Found {
    /// What bytes are that are no text.
    pub(super) fn in_bytes(bytes: &[u8]) -> Self {
        if Parts::read(bytes).is_ok() {
            return Self::Der;
        }
        if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
            return Self::JavaKeyStore;
        }
        // The first fields of the outer SEQUENCE, as DER. Their order here is that of the names:
        // PKCS#12 (RFC 7292, 4), PKCS#7 (RFC 2315, 7), private keys in PKCS#1, PKCS#8, PKCS#8 v2,
        // SEC 1 (RFC 5915, 3) and locked in PKCS#8 (RFC 5958, 3).
        match inside_sequence(bytes) {
            Some([0x02, 0x01, 0x03, 0x30, ..]) => Self::Pkcs12,
            Some([0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, _, ..]) => {
                Self::Pkcs7 { der: true }
            }
            Some([0x02, 0x01, 0x00, 0x02 | 0x30, ..] | [0x02, 0x01, 0x01, 0x30 | 0x04, ..]) => {
                Self::PrivateKey
            }
            Some(inner) => match inside_sequence(inner) {
                Some([0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, ..]) => Self::PrivateKey,
                Some([0x06, ..]) => Self::PublicKey,
                _ => Self::Binary,
            },
            None => Self::Binary,
        }
    }

    /// What text is in which no block could be used.
    pub(super) fn in_text(text: &str, blocks: &[Block<'_>]) -> Self {
        // A private key is the worst that can lie here: it is told first.
        if blocks.iter().any(|block| is_private_key(block.label)) {
            return Self::PrivateKey;
        }
        if let Some(block) = blocks.first() {
            return match block.label {
                "CERTIFICATE" => Self::Headers,
                "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => Self::OpensslCertificate,
                "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => Self::Pkcs7 { der: false },
                "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Self::Request,
                "PUBLIC KEY" | "RSA PUBLIC KEY" | "EC PUBLIC KEY" | "SSH2 PUBLIC KEY" => {
                    Self::PublicKey
                }
                label => Self::OtherBlock(label.to_owned()),
            };
        }
        let text = text.trim();
        if text.is_empty() {
            Self::Nothing
        } else if text.starts_with('<') {
            Self::Page
        } else if text.contains("BEGIN CERTIFICATE") {
            Self::DamagedMarker
        } else if text.contains("PRIVATE KEY") {
            Self::PrivateKey
        } else if text.contains("tls.crt") {
            Self::SecretManifest
        } else if text.starts_with('{') && text.contains("\"Status\"") {
            Self::ApiStatus
        } else if text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-") {
            Self::PublicKey
        } else {
            in_base64(text).unwrap_or(Self::OtherText)
        }
    }

    /// The command that makes a certificate in PEM form of it, or what else to do.
    pub(super) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Nothing => {
                "a --fetch-cert that failed leaves an empty file behind: run it again and look at \
                 its error"
            }
            Self::PrivateKey => {
                "here belongs the certificate, which is public. Whoever has this private key can \
                 read every sealed value: keep it out of git"
            }
            Self::Der => "openssl x509 -inform der -in FILE -out cert.pem",
            Self::Pkcs7 { der: true } => {
                "openssl pkcs7 -inform der -in FILE -print_certs -out cert.pem"
            }
            Self::Pkcs7 { der: false } => "openssl pkcs7 -in FILE -print_certs -out cert.pem",
            Self::Pkcs12 => "openssl pkcs12 -in FILE -nokeys -clcerts -out cert.pem",
            Self::JavaKeyStore => {
                "keytool -exportcert -rfc -keystore FILE -alias ALIAS -file cert.pem"
            }
            Self::OpensslCertificate => "openssl x509 -in FILE -out cert.pem",
            Self::Request => {
                "openssl x509 -req -in FILE -signkey KEY -days 3650 -out cert.pem, with the key \
                 that the request was made with"
            }
            Self::Headers => "remove the lines with a colon from the block",
            Self::DamagedMarker => {
                "the lines must read -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----, \
                 with five dashes on either side"
            }
            Self::Base64OfPem => "base64 -d < FILE > cert.pem",
            Self::Base64OfDer => "base64 -d < FILE | openssl x509 -inform der -out cert.pem",
            Self::SecretManifest => {
                "kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data.tls\\.crt}' | \
                 base64 -d > cert.pem"
            }
            Self::Page => "look at the address: what came is meant for a browser",
            Self::ApiStatus
            | Self::PublicKey
            | Self::OtherBlock(_)
            | Self::Binary
            | Self::OtherText => "fetch the controller's certificate with --fetch-cert > cert.pem",
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "there is nothing in it",
            Self::PrivateKey => "it is a PRIVATE KEY, which never belongs here",
            Self::Der => "it is a certificate in DER form, not in PEM form",
            Self::Pkcs7 { .. } => "it is a PKCS#7 bundle",
            Self::Pkcs12 => "it is a PKCS#12 bundle",
            Self::JavaKeyStore => "it is a Java keystore",
            Self::OpensslCertificate => "it is a certificate in a form that only OpenSSL reads",
            Self::Request => "it is a certificate request",
            Self::PublicKey => "it is a public key, and a certificate has dates as well",
            Self::OtherBlock(label) => {
                return write!(f, "it is a PEM file with {label}");
            }
            Self::Headers => "its certificate has PEM header lines",
            Self::DamagedMarker => "the line around its certificate is damaged",
            Self::Base64OfPem => "it is the base64 of a PEM file",
            Self::Base64OfDer => "it is a certificate without its BEGIN and END lines",
            Self::SecretManifest => "it is the manifest of a Secret",
            Self::ApiStatus => "it is an error answer of a Kubernetes API server",
            Self::Page => "it is an HTML or XML page, perhaps from a proxy that wants a login",
            Self::Binary => "it is a binary file",
            Self::OtherText => "there is no BEGIN CERTIFICATE line in it",
        })
    }
}

/// Whether a PEM label says private key: `RSA PRIVATE KEY`, `OPENSSH PRIVATE KEY` and so on.
pub(super) fn is_private_key(label: &str) -> bool {
    label.ends_with("PRIVATE KEY")
}

/// What base64 stands for, if that is something with a certificate or a key in it.
fn in_base64(text: &str) -> Option<Found> {
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    digits.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 4 * 3 + 3]);
    let length = STANDARD
        .decode_slice(digits.as_slice(), bytes.as_mut_slice())
        .ok()?;
    bytes.truncate(length);
    if let Ok(inner) = std::str::from_utf8(&bytes)
        && inner.contains("-----BEGIN ")
    {
        let key = inner.contains("PRIVATE KEY-----") && !inner.contains("BEGIN CERTIFICATE");
        return Some(if key {
            Found::PrivateKey
        } else {
            Found::Base64OfPem
        });
    }
    match Found::in_bytes(&bytes) {
        Found::Der => Some(Found::Base64OfDer),
        Found::PrivateKey => Some(Found::PrivateKey),
        _ => None,
    }
}

/// What follows the header of an ASN.1 SEQUENCE. Unlike a DER decoder it takes the indefinite
/// length (0x80), which some programs write PKCS#7 and PKCS#12 with.
fn inside_sequence(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x30, length, rest @ ..] if *length <= 0x80 => Some(rest),
        [0x30, length @ 0x81..=0x84, rest @ ..] => rest.get(usize::from(length - 0x80)..),
        _ => None,
    }
}
