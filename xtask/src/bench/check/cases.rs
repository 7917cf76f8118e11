//! The cases of `testdata/check` for programs that know nothing of them: which files, and whether there is a
//! secret in them. What rseal says about each, to the letter, is the business of its tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rseal::check::Rule;

const FOLDER: &str = "testdata/check";
const EXPECTED: &str = "expected.txt";
/// A family about comments that only rseal reads: what others say about those cases is not wrong.
const OURS: &str = "allow";

/// What is to be found in a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Holds {
    /// A secret that anybody can read.
    Secrets,
    /// Something else that is wrong, which only a tool for Sealed Secrets would look for.
    Damage,
    /// Nothing that fails a check.
    Nothing,
}

/// One case.
pub(super) struct Case {
    pub(super) family: String,
    /// The family and the file or the folder in it.
    pub(super) name: String,
    pub(super) holds: Holds,
}

/// All cases that others can be right about, in order.
pub(super) fn read() -> Result<Vec<Case>> {
    let root = folder();
    let mut cases = Vec::new();
    for family in entries(&root)? {
        if family == OURS || !root.join(&family).is_dir() {
            continue;
        }
        let path = root.join(&family).join(EXPECTED);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        cases.extend(parse(&family, &text).with_context(|| path.display().to_string())?);
    }
    ensure!(!cases.is_empty(), "there is no case in {}", root.display());
    Ok(cases)
}

/// The cases that a list of expected findings begins with `# NAME`.
fn parse(family: &str, text: &str) -> Result<Vec<Case>> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            cases.push(Case {
                family: family.to_owned(),
                name: format!("{family}/{name}"),
                holds: Holds::Nothing,
            });
            continue;
        }
        let case = cases
            .last_mut()
            .with_context(|| format!("stands before the first case: {line}"))?;
        // PATH:LINE:COLUMN: RULE: …, while a note has neither line nor rule.
        let rule = line.split(": ").nth(1).and_then(|word| word.parse().ok());
        if let Some(rule) = rule
            && case.holds != Holds::Secrets
        {
            case.holds = worse(case.holds, rule);
        }
    }
    Ok(cases)
}

fn worse(holds: Holds, rule: Rule) -> Holds {
    match rule {
        Rule::PlaintextSecret
        | Rule::SealingKey
        | Rule::LeakedAnnotation
        | Rule::PrivateKey
        | Rule::SecretGenerator => Holds::Secrets,
        _ if rule.severity() == rseal::check::Severity::Error => Holds::Damage,
        _ => holds,
    }
}

/// Copies the files of the cases, without what is said about them: a folder for each, of the case's name.
pub(super) fn lay_out(cases: &[Case], copy: &Path) -> Result<()> {
    for case in cases {
        let from = folder().join(&case.name);
        let mut to = copy.join(&case.name);
        if let (false, Some(name)) = (from.is_dir(), from.file_name()) {
            to.push(name);
        }
        lay(&from, &to)?;
    }
    Ok(())
}

fn lay(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        for entry in entries(from)? {
            lay(&from.join(&entry), &to.join(&entry))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(FOLDER)
}

fn entries(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{Holds, parse};

    #[test]
    fn the_worst_of_a_case_counts() {
        let text = "# a.yaml\na.yaml:1:1: plaintext-secret: Secret x: 1 value in plaintext (a)\n# b\nb/c.yaml: note: too \
            large\n# d.yaml\nd.yaml:1:1: sealed-malformed: x\n# e.yaml\ne.yaml:1:1: placeholder-value: Secret x: y\n# f\n\
            f/g.yaml:1:1: sealed-copied: x\nf/h.yaml:1:1: private-key: x\n";
        let holds: Vec<(String, Holds)> = parse("family", text)
            .unwrap()
            .into_iter()
            .map(|case| (case.name, case.holds))
            .collect();
        let expected = [
            ("family/a.yaml", Holds::Secrets),
            ("family/b", Holds::Nothing),
            ("family/d.yaml", Holds::Damage),
            ("family/e.yaml", Holds::Nothing),
            ("family/f", Holds::Secrets),
        ];
        assert_eq!(
            holds,
            expected.map(|(name, holds)| (name.to_owned(), holds))
        );
    }

    #[test]
    fn a_finding_without_a_case_is_an_error() {
        assert!(parse("family", "a.yaml:1:1: private-key: x\n").is_err());
    }
}
