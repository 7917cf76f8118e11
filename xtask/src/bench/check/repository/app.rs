//! One application of the generated repository: the manifests that its stages share, and those of each stage,
//! among them how it keeps its Secrets. Which of them are made is not decided here.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bench::check::archive::{self, Values};
use crate::e2e::noise;

const APP: &str = include_str!("app.txt");
const OVERLAY: &str = include_str!("overlay.txt");
const SEALED: &str = include_str!("sealed.txt");
const EXTERNAL: &str = include_str!("external.txt");

/// Names of applications, a team and a word: no two so close that a reference to one looks like a slip for another.
pub(super) const TEAMS: [&str; 20] = [
    "billing",
    "checkout",
    "catalogue",
    "shipping",
    "identity",
    "search",
    "payments",
    "fraud",
    "loyalty",
    "returns",
    "pricing",
    "warehouse",
    "newsletter",
    "reporting",
    "support",
    "customs",
    "vouchers",
    "media",
    "partner",
    "audit",
];
pub(super) const WORDS: [&str; 20] = [
    "api",
    "worker",
    "gateway",
    "scheduler",
    "frontend",
    "exporter",
    "importer",
    "cache",
    "proxy",
    "indexer",
    "mailer",
    "webhook",
    "migrator",
    "console",
    "broker",
    "archiver",
    "renderer",
    "collector",
    "resolver",
    "monitor",
];
pub(super) const APPS: usize = TEAMS.len() * WORDS.len();

/// An application, from its number.
pub(super) struct App {
    number: usize,
    team: &'static str,
    name: String,
}

impl App {
    pub(super) fn new(number: usize) -> Self {
        let (team, word) = (TEAMS[number / WORDS.len()], WORDS[number % WORDS.len()]);
        Self {
            number,
            team,
            name: format!("{team}-{word}"),
        }
    }

    pub(super) fn folder(&self) -> String {
        format!("apps/{}/{}", self.team, self.name)
    }

    /// Half of them seal their Secrets, a quarter has an operator fetch them, a quarter has none.
    fn keeps(&self) -> Option<&'static str> {
        [Some("sealed"), Some("external"), Some("sealed"), None][self.number % 4]
    }

    fn flags(&self) -> Vec<&'static str> {
        let mut flags = Vec::new();
        if self.number.is_multiple_of(5) {
            flags.push("pull");
        }
        if self.number.is_multiple_of(2) {
            flags.push("tls");
        }
        if self.keeps().is_some() {
            flags.push(if self.number.is_multiple_of(3) {
                "all-keys"
            } else {
                "some-keys"
            });
        }
        flags
    }

    pub(super) fn values(&self, stage: &str) -> Values {
        Values::new()
            .with("name", self.name.clone())
            .with("team", self.team.to_owned())
            .with("namespace", format!("{}-{stage}", self.team))
            .with("number", self.number.to_string())
    }

    /// The files that every stage shares.
    pub(super) fn base(&self) -> BTreeMap<String, String> {
        let values = self.values("base").with_flags(&self.flags());
        under(&self.folder(), archive::files(APP, &values, noise_of))
    }

    pub(super) fn overlay(&self, stage: &str) -> BTreeMap<String, String> {
        // Nothing to hide in development, and an operator only where it counts.
        let keeps = self
            .keeps()
            .filter(|keeps| stage != "dev" && (*keeps == "sealed" || stage == "production"));
        let mut values = self.values(stage).with_flags(&Vec::from_iter(keeps));
        let mut files = archive::files(OVERLAY, &values, noise_of);
        match keeps {
            Some("sealed") => {
                for key in ["password", "token"] {
                    let sealed = sealed(&format!("{} {stage} {key}", self.name));
                    values = values.with(&format!("sealed-{key}"), sealed);
                }
                files.extend(archive::files(SEALED, &values, noise_of));
            }
            Some(_) => files.extend(archive::files(EXTERNAL, &values, noise_of)),
            None => {}
        }
        under(&format!("{}/overlays/{stage}", self.folder()), files)
    }
}

pub(super) fn under(folder: &str, files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let moved = |(name, text)| (format!("{folder}/{name}"), text);
    files.into_iter().map(moved).collect()
}

/// What stands for a value in plaintext in the file of this name.
pub(super) fn noise_of(name: &str) -> String {
    STANDARD.encode(noise(name, 18))
}

/// Noise in the form of a sealed value: the length of an RSA block of 4096 bits, the block, and what AES-GCM makes
/// of 20 bytes.
fn sealed(name: &str) -> String {
    let mut bytes = vec![2, 0];
    bytes.extend(noise(name, 512 + 20 + 16));
    STANDARD.encode(bytes)
}
