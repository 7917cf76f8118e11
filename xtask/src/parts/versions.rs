//! Reads `xtask/parts/versions`, the one place that says which versions of the real parts are tested.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The versions, without a leading `v`.
#[derive(Debug, PartialEq)]
pub(crate) struct Versions {
    pub(crate) kubernetes: String,
    pub(crate) etcd: String,
    pub(crate) sealed_secrets: Vec<String>,
}

impl Versions {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("versions");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let (mut kubernetes, mut etcd, mut sealed_secrets) = (None, None, Vec::new());
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            match *line.split_whitespace().collect::<Vec<_>>() {
                [] => {}
                ["kubernetes", version] if kubernetes.is_none() => {
                    kubernetes = Some(version.to_owned());
                }
                ["etcd", version] if etcd.is_none() => etcd = Some(version.to_owned()),
                ["sealed-secrets", version] => sealed_secrets.push(version.to_owned()),
                _ => bail!(
                    "line {}: expected one of kubernetes, etcd (once each), sealed-secrets and a version",
                    index + 1
                ),
            }
        }
        if sealed_secrets.is_empty() {
            bail!("no line says sealed-secrets");
        }
        Ok(Self {
            kubernetes: kubernetes.context("no line says kubernetes")?,
            etcd: etcd.context("no line says etcd")?,
            sealed_secrets,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Versions;

    #[test]
    fn one_more_version_is_one_more_line() {
        let text = "# parts\nkubernetes 1.36.3\netcd 3.6.16 # its store\n\nsealed-secrets 0.36.6\nsealed-secrets 0.40.0\n";
        let versions = Versions::parse(text).unwrap();
        assert_eq!(versions.kubernetes, "1.36.3");
        assert_eq!(versions.etcd, "3.6.16");
        assert_eq!(versions.sealed_secrets, ["0.36.6", "0.40.0"]);
    }

    #[test]
    fn a_line_that_says_something_else_is_an_error() {
        let error = Versions::parse("kubernetes 1.36.3\nkubernetes 1.36.4\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2:"), "{error}");
    }
}
