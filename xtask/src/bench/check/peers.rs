//! The peers of `rseal check`: how each is asked to look at a folder, and how its answer is read. Each has the
//! settings that it comes with, but asks nobody whether a token is valid. Does not judge what they find.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::cases::Case;
use crate::parts::Peers;

/// What a program made of the cases.
pub(super) struct Finds {
    pub(super) name: String,
    /// The cases in which it reports something.
    pub(super) cases: BTreeSet<String>,
    /// The cases at which it ends with an error of its own.
    pub(super) fails: BTreeSet<String>,
}

impl Finds {
    /// Has `ask` look at one case after the other, each in a folder of its own: one that a program cannot read
    /// keeps it from no other, and files that have nothing to do with each other are not compared.
    pub(super) fn of(
        name: &str,
        cases: &[Case],
        folder: &Path,
        ask: impl Fn(&Path) -> Result<bool>,
    ) -> Self {
        let (mut found, mut fails) = (BTreeSet::new(), BTreeSet::new());
        for case in cases {
            match ask(&folder.join(&case.name)) {
                Ok(true) => drop(found.insert(case.name.clone())),
                Ok(false) => {}
                Err(_) => drop(fails.insert(case.name.clone())),
            }
        }
        Self {
            name: name.to_owned(),
            cases: found,
            fails,
        }
    }
}

/// One peer.
pub(super) struct Peer {
    /// Name and version.
    pub(super) name: String,
    pub(super) program: PathBuf,
    /// Its arguments to look at a repository, and at the cases, which are in no repository.
    pub(super) at_repository: Vec<String>,
    pub(super) at_cases: Vec<String>,
    /// The exit codes of a good end.
    pub(super) good: &'static [i32],
    /// How often it is measured: the slow ones less.
    pub(super) runs: usize,
    read: fn(&Value) -> Option<BTreeSet<String>>,
}

impl Peer {
    /// All of them; the folder is for their settings.
    pub(super) fn all(folder: &Path) -> Result<Vec<Self>> {
        let peers = Peers::ensure()?;
        let name = |peer: &str| Ok::<_, anyhow::Error>(format!("{peer} {}", peers.version(peer)?));
        let words = |words: &[&str]| words.iter().copied().map(str::to_owned).collect::<Vec<_>>();

        let gitleaks = words(&[
            "dir",
            "--no-banner",
            "--log-level=error",
            "--exit-code=0",
            "--report-format=json",
            "--report-path=-",
            ".",
        ]);
        let detect_secrets = words(&["-m", "detect_secrets", "scan", "--no-verify"]);
        let secretlint = |file: &str, rules: &[&str]| {
            let settings = folder.join(file);
            let rule = |name: &&str| json!({"id": format!("@secretlint/secretlint-rule-{name}")});
            let rules: Vec<Value> = rules.iter().map(rule).collect();
            fs::write(&settings, json!({"rules": rules}).to_string())?;
            let mut words = words(&["--format", "json", "--secretlintrc"]);
            words.insert(0, peers.secretlint.display().to_string());
            words.extend([settings.display().to_string(), "**/*".to_owned()]);
            Ok::<_, anyhow::Error>(words)
        };
        Ok(vec![
            Self {
                name: name("gitleaks")?,
                program: peers.gitleaks.clone(),
                at_cases: gitleaks.clone(),
                at_repository: gitleaks,
                good: &[0],
                runs: 3,
                read: of_gitleaks,
            },
            Self {
                name: name("secretlint")?,
                program: "node".into(),
                // Its one rule for Kubernetes. With those that it recommends its time grows as the square of
                // the number of files, to a quarter of an hour.
                at_repository: secretlint("one.json", &["no-k8s-kind-secret"])?,
                at_cases: secretlint("all.json", &["no-k8s-kind-secret", "preset-recommend"])?,
                good: &[0, 1],
                runs: 3,
                read: of_secretlint,
            },
            Self {
                name: name("detect-secrets")?,
                program: peers.detect_secrets.clone(),
                at_cases: [detect_secrets.clone(), words(&["--all-files"])].concat(),
                at_repository: detect_secrets,
                good: &[0],
                runs: 1,
                read: of_detect_secrets,
            },
        ])
    }

    /// The files that it reports, as paths in the folder that it looked at.
    pub(super) fn files(&self, answer: &str, root: &Path) -> Result<BTreeSet<String>> {
        let context = || format!("{} answered something else than before", self.name);
        let answer = serde_json::from_str(answer).with_context(context)?;
        let files = (self.read)(&answer).with_context(context)?;
        let root = root.canonicalize()?;
        let inside = |file: String| {
            let path = Path::new(&file);
            let path = path
                .strip_prefix(&root)
                .or_else(|_| path.strip_prefix("."))
                .unwrap_or(path);
            path.to_string_lossy().into_owned()
        };
        Ok(files.into_iter().map(inside).collect())
    }
}

/// A list of findings.
fn of_gitleaks(answer: &Value) -> Option<BTreeSet<String>> {
    let file = |finding: &Value| finding["File"].as_str().map(str::to_owned);
    answer.as_array()?.iter().map(file).collect()
}

/// A list of files, of which most have no message.
fn of_secretlint(answer: &Value) -> Option<BTreeSet<String>> {
    let mut files = BTreeSet::new();
    for file in answer.as_array()? {
        if !file["messages"].as_array()?.is_empty() {
            files.insert(file["filePath"].as_str()?.to_owned());
        }
    }
    Some(files)
}

/// An object whose keys are the files.
fn of_detect_secrets(answer: &Value) -> Option<BTreeSet<String>> {
    Some(answer["results"].as_object()?.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of_detect_secrets, of_gitleaks, of_secretlint};

    #[test]
    fn answers_are_read() {
        let only_a = Some(["a".to_owned()].into());
        assert_eq!(of_gitleaks(&json!([{"File": "a"}, {"File": "a"}])), only_a);
        assert_eq!(
            of_secretlint(
                &json!([{"filePath": "a", "messages": [{}]}, {"filePath": "b", "messages": []}])
            ),
            only_a
        );
        assert_eq!(of_detect_secrets(&json!({"results": {"a": [{}]}})), only_a);
        assert_eq!(of_detect_secrets(&json!({"version": 1})), None);
    }
}
