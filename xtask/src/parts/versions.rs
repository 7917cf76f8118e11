//! Reads `xtask/parts/versions`, the one place that says which versions of the real parts are tested.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The names that a line must give once. Every other line is a version of sealed-secrets.
const ONCE: [&str; 8] = [
    "kubernetes",
    "etcd",
    "go-sarif",
    "pre-commit",
    "gitleaks",
    "detect-secrets",
    "secretlint",
    "secretlint-rule-no-k8s-kind-secret",
];
const SEVERAL: &str = "sealed-secrets";

/// The versions, without a leading `v`.
#[derive(Debug, PartialEq)]
pub(crate) struct Versions {
    once: BTreeMap<&'static str, String>,
    pub(crate) sealed_secrets: Vec<String>,
}

impl Versions {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("versions");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// The version of what has one.
    pub(crate) fn of(&self, name: &str) -> Result<&str> {
        self.once
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("no line says {name}"))
    }

    fn parse(text: &str) -> Result<Self> {
        let (mut once, mut sealed_secrets) = (BTreeMap::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            let known = ONCE.into_iter().find(|name| words.first() == Some(name));
            match (known, &*words) {
                (None, []) => {}
                (None, [SEVERAL, version]) => sealed_secrets.push((*version).to_owned()),
                (Some(name), [_, version]) if !once.contains_key(name) => {
                    once.insert(name, (*version).to_owned());
                }
                _ => bail!(
                    "line {}: expected one of {} (once each), {SEVERAL} and a version",
                    index + 1,
                    ONCE.join(", ")
                ),
            }
        }
        if sealed_secrets.is_empty() {
            bail!("no line says {SEVERAL}");
        }
        let versions = Self {
            once,
            sealed_secrets,
        };
        for name in ONCE {
            versions.of(name)?;
        }
        Ok(versions)
    }
}

#[cfg(test)]
mod tests {
    use super::Versions;

    const ONCE: &str = "kubernetes 1.36.3\netcd 3.6.16 # its store\n\ngo-sarif 3.3.1\npre-commit 4.7.0\ngitleaks 8.30.1\n\
        detect-secrets 1.5.0\nsecretlint 12.0.0\nsecretlint-rule-no-k8s-kind-secret 11.3.1\n";

    #[test]
    fn one_more_version_is_one_more_line() {
        let text = format!("# parts\n{ONCE}sealed-secrets 0.36.6\nsealed-secrets 0.40.0\n");
        let versions = Versions::parse(&text).unwrap();
        assert_eq!(versions.of("kubernetes").unwrap(), "1.36.3");
        assert_eq!(versions.of("etcd").unwrap(), "3.6.16");
        assert_eq!(versions.sealed_secrets, ["0.36.6", "0.40.0"]);
    }

    #[test]
    fn a_line_that_says_something_else_is_an_error() {
        let error = Versions::parse("kubernetes 1.36.3\nkubernetes 1.36.4\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2:"), "{error}");
    }

    #[test]
    fn a_line_that_is_not_there_is_an_error() {
        let error = Versions::parse("etcd 3.6.16\nsealed-secrets 0.36.6\n").unwrap_err();
        assert_eq!(error.to_string(), "no line says kubernetes");
    }
}
