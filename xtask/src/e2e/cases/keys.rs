//! The throw-away key pairs of `testdata/`.

use std::path::{Path, PathBuf};

/// A private key and its certificate, both PEM files.
pub(super) struct Pair {
    pub(super) key: PathBuf,
    pub(super) certificate: PathBuf,
}

/// The pair of this size.
pub(super) fn pair(bits: u32) -> Pair {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    Pair {
        key: testdata.join(format!("keys/{bits}.key.pem")),
        certificate: testdata.join(format!("certificates/sealing-{bits}.pem")),
    }
}
