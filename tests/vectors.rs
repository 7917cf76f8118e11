//! Values that the real kubeseal sealed, and damaged ones that it refuses: `testdata/vectors`, in
//! the form that `testdata/README.md` describes.

#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rseal::keyring::{Keyring, OpenError};
use rseal::scope::{Label, Scope};

const HEADERS: [&str; 8] = [
    "expect",
    "scope",
    "namespace",
    "name",
    "item",
    "key",
    "value",
    "comment",
];

/// One file of the folder.
struct Vector {
    headers: BTreeMap<String, String>,
    payload: Vec<u8>,
}

impl Vector {
    fn read(text: &str) -> Self {
        let (head, payload) = text.split_once("\n\n").expect("an empty line");
        let headers: Vec<_> = head
            .lines()
            .map(|line| line.split_once(':').expect("a header"))
            .collect();
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, HEADERS);
        Self {
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            payload: STANDARD.decode(payload.trim_end()).expect("base64"),
        }
    }

    fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    fn label(&self) -> Label {
        let scope = Scope::ALL
            .into_iter()
            .find(|scope| scope.name() == self.header("scope"))
            .expect("a scope");
        scope
            .label(self.header("namespace"), self.header("name"))
            .expect("a label")
    }

    fn value(&self) -> Vec<u8> {
        let value = self.header("value");
        match value.split_once(' ').unwrap_or((value, "")) {
            ("base64", digits) => STANDARD.decode(digits).expect("base64"),
            ("counter", length) => (0..length.parse::<usize>().expect("a length"))
                .map(|place| (place * 7 + place / 256).to_le_bytes()[0])
                .collect(),
            _ => panic!("no rule makes {value}"),
        }
    }

    fn open(&self, keys: &Keyring) -> Result<Vec<u8>, OpenError> {
        let mut rng = ChaCha8Rng::seed_from_u64(0x5ea1);
        keys.open(&mut rng, &self.label(), &self.payload)
            .map(|value| value.expose().to_vec())
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn keyring(names: &[&str]) -> Keyring {
    let mut keys = Keyring::new();
    for name in names {
        let pem = fs::read(testdata().join(format!("keys/{name}.key.pem"))).expect("a key file");
        assert_eq!(keys.add_pem(&pem), Ok(vec![]), "{name}");
    }
    keys
}

#[test]
fn every_vector_does_what_it_expects() {
    let all_keys = keyring(&["other-2048", "other-4096", "1024", "2048", "3072", "4096"]);
    let mut seen = BTreeMap::<String, usize>::new();
    for entry in fs::read_dir(testdata().join("vectors")).expect("the folder") {
        let path = entry.expect("an entry").path();
        let vector = Vector::read(&fs::read_to_string(&path).expect("a text file"));
        let opened = vector.open(&keyring(&[vector.header("key")]));
        let shown = opened.as_ref().map(Vec::len);
        let as_expected = match vector.header("expect") {
            // Other keys beside the right one do not matter.
            "opened" => opened == Ok(vector.value()) && vector.open(&all_keys) == opened,
            "wrong-label" => opened == Err(OpenError::NoKeyFits { tried: 1 }),
            "wrong-key" => matches!(
                opened,
                Err(OpenError::NoKeyFits { tried: 1 } | OpenError::OtherKeySize)
            ),
            "damaged" => matches!(
                opened,
                Err(OpenError::NoKeyFits { tried: 1 }
                    | OpenError::OtherKeySize
                    | OpenError::Damaged)
            ),
            "truncated" => matches!(opened, Err(OpenError::TooShort | OpenError::Damaged)),
            other => panic!("{}: expects {other}", path.display()),
        };
        assert!(as_expected, "{}: {shown:?}", path.display());
        *seen.entry(vector.header("expect").to_owned()).or_default() += 1;
    }
    // A class that is gone, or a folder that was not found, must not look like success.
    let classes: Vec<_> = seen.keys().map(String::as_str).collect();
    let all = ["damaged", "opened", "truncated", "wrong-key", "wrong-label"];
    assert_eq!(classes, all, "{seen:?}");
}
