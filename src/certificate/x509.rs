//! The way through an X.509 certificate (RFC 5280, 4.1) to its key and its two dates.
//!
//! Owns the leniency: whatever else is in a certificate only has to be ASN.1. A decoder of the whole
//! structure refuses certificates that Go, and so the controller, takes.

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, DateTime, Decode, Reader, SliceReader, Tag};
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_cert::time::Time;

/// What is taken from an X.509 certificate.
pub(super) struct Parts<'a> {
    pub(super) not_before: DateTime,
    pub(super) not_after: DateTime,
    /// The DER `SubjectPublicKeyInfo`.
    pub(super) key_info: &'a [u8],
    /// What the key's algorithm is called.
    pub(super) algorithm: String,
}

impl<'a> Parts<'a> {
    /// Walks to the key through what does not matter (RFC 5280, 4.1).
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let certificate = sequence(AnyRef::from_der(der)?)?.decode::<AnyRef<'_>>()?;
        let mut fields = sequence(certificate)?;
        let version = fields.peek_byte() == Some(0xa0);
        // Version, serial number, signature algorithm, issuer.
        for _ in 0..3 + usize::from(version) {
            fields.decode::<AnyRef<'_>>()?;
        }
        let mut validity = sequence(fields.decode()?)?;
        let not_before = validity.decode::<Time>()?.to_date_time();
        let not_after = validity.decode::<Time>()?.to_date_time();
        fields.decode::<AnyRef<'_>>()?; // subject
        let key_info = fields.tlv_bytes()?;
        let algorithm =
            sequence(AnyRef::from_der(key_info)?)?.decode::<AlgorithmIdentifierRef<'_>>()?;
        let curve = algorithm
            .parameters
            .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        Ok(Self {
            not_before,
            not_after,
            key_info,
            algorithm: algorithm_name(algorithm.oid, curve),
        })
    }
}

/// The inside of a SEQUENCE. Whether anything is left at its end is not looked at.
fn sequence(value: AnyRef<'_>) -> der::Result<SliceReader<'_>> {
    value.header().tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(value.value())
}

fn algorithm_name(algorithm: ObjectIdentifier, curve: Option<ObjectIdentifier>) -> String {
    let name = match algorithm.to_string().as_str() {
        "1.2.840.10045.2.1" => match curve.map(|curve| curve.to_string()).as_deref() {
            Some("1.2.840.10045.3.1.7") => "ECDSA P-256",
            Some("1.3.132.0.34") => "ECDSA P-384",
            Some("1.3.132.0.35") => "ECDSA P-521",
            _ => "ECDSA",
        },
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS, which only signs",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        other => return format!("algorithm {other}"),
    };
    name.to_owned()
}
