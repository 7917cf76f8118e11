//! What rseal prints beside what the real kubeseals print, without a cluster. Owns the task, the folder
//! `testdata/parity` (one behaviour a file, named by it) and the verdict on each file; `text` takes printed
//! documents apart, `nasty` makes the texts that a YAML writer can stumble over. How rseal behaves before an
//! API server is `e2e`'s business.
//!
//! `NAME.yaml`, `.json` or `.txt` is the input; `NAME.args`, if it is there, the arguments, one a line. Where
//! rseal disagrees on purpose is `tests/differences`' business.

mod nasty;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{self, Finished};
use crate::e2e;
use crate::parts::{self, Parts};

const LIMIT: Duration = Duration::from_secs(30);
const CERTIFICATE: &str = "../certificates/sealing-4096.pem";
const KEY: &str = "../keys/4096.key.pem";
const FORMATS: [&str; 2] = ["json", "yaml"];

/// `cargo xtask parity [FILTER…]`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lies in the workspace")?;
    let folder = root.join("testdata/parity");
    let bench = Bench {
        rseal: e2e::build_rseal()?,
        parts: parts::ensure()?,
        empty: tempfile::tempdir()?,
        folder: folder.clone(),
    };
    let wanted = |name: &str| {
        arguments.is_empty()
            || arguments
                .iter()
                .any(|filter| name.contains(filter.as_str()))
    };

    let (mut passed, mut failed) = (0, 0);
    let mut tell = |name: &str, outcome: Result<()>| match outcome {
        Ok(()) => passed += 1,
        Err(error) => {
            failed += 1;
            println!("FAILED {name}: {error:#}");
        }
    };
    for case in Case::all(&folder)?.iter().filter(|case| wanted(&case.name)) {
        tell(&case.name, bench.same(case));
    }
    if wanted("nasty-texts") {
        tell("nasty-texts", bench.nasty_texts());
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One input and how it is given.
struct Case {
    name: String,
    input: Vec<u8>,
    arguments: Vec<String>,
}

impl Case {
    /// Every case in a folder, by name.
    fn all(folder: &Path) -> Result<Vec<Self>> {
        let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let is_input = path
                .extension()
                .is_some_and(|extension| ["yaml", "json", "txt"].iter().any(|e| *e == extension));
            if is_input && let Some(stem) = path.file_stem() {
                let name = stem.to_string_lossy().into_owned();
                if let Some(other) = files.insert(name, path.clone()) {
                    bail!("{} and {} have one name", other.display(), path.display());
                }
            }
        }
        let arguments_of = |path: &Path| {
            let path = path.with_extension("args");
            path.is_file()
                .then(|| fs::read_to_string(&path).with_context(|| path.display().to_string()))
                .transpose()
        };
        files
            .into_iter()
            .map(|(name, path)| {
                let arguments = arguments_of(&path)?.unwrap_or_default();
                Ok(Self {
                    name,
                    input: fs::read(&path)?,
                    arguments: arguments.lines().map(str::to_owned).collect(),
                })
            })
            .collect()
    }
}

/// The programs, side by side.
struct Bench {
    rseal: PathBuf,
    parts: Parts,
    /// The home folder of all of them.
    empty: tempfile::TempDir,
    folder: PathBuf,
}

impl Bench {
    fn run(&self, program: &Path, arguments: &[&str], input: &[u8]) -> Result<Finished> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("HOME", self.empty.path());
        command::finish(&mut command, input, LIMIT)
    }

    fn seal(&self, program: &Path, case: &Case, format: &str) -> Result<Finished> {
        let mut arguments = vec!["-o", format];
        if !case.arguments.iter().any(|argument| argument == "--cert") {
            arguments.extend(["--cert", CERTIFICATE]);
        }
        arguments.extend(case.arguments.iter().map(String::as_str));
        self.run(program, &arguments, &case.input)
    }

    /// Every kubeseal and rseal end alike and print the same, and what is sealed opens to the same.
    fn same(&self, case: &Case) -> Result<()> {
        for format in FORMATS {
            let ours = self.seal(&self.rseal, case, format)?;
            let mut newest = None;
            for sealed in &self.parts.sealed_secrets {
                let theirs = self.seal(&sealed.kubeseal, case, format)?;
                self.compare(&ours, &theirs)
                    .with_context(|| format!("{format}, kubeseal {}", sealed.version))?;
                newest = Some(theirs);
            }
            if let Some(theirs) = newest {
                let (ours, theirs) = (
                    text::documents(&ours.text())?,
                    text::documents(&theirs.text())?,
                );
                for (ours, theirs) in ours.iter().zip(&theirs) {
                    let (ours, theirs) = (self.unsealed(ours)?, self.unsealed(theirs)?);
                    ensure!(
                        ours == theirs,
                        "{format}, unsealed, {}",
                        text::first_difference(&ours, &theirs)
                    );
                }
            }
        }
        Ok(())
    }

    fn compare(&self, ours: &Finished, theirs: &Finished) -> Result<()> {
        ensure!(
            ours.status.code() == theirs.status.code(),
            "rseal ended with {} ({}), kubeseal with {} ({})",
            ours.status,
            ours.stderr.trim(),
            theirs.status,
            theirs.stderr.trim()
        );
        let ours = text::without_ciphertexts(&ours.text());
        let theirs = text::without_ciphertexts(&theirs.text());
        if theirs.starts_with("---\n") {
            return self.compare_yaml(&ours, &theirs);
        }
        ensure!(ours == theirs, "{}", text::first_difference(&ours, &theirs));
        Ok(())
    }

    fn compare_yaml(&self, ours: &str, theirs: &str) -> Result<()> {
        ensure!(
            ours.starts_with("---\n"),
            "rseal's YAML does not begin with ---"
        );
        let (ours, theirs) = (text::documents(ours)?, text::documents(theirs)?);
        ensure!(
            ours.len() == theirs.len(),
            "{} documents, and kubeseal has {}",
            ours.len(),
            theirs.len()
        );
        let our_meaning = self.parts.yaml_to_json(&ours)?;
        let their_meaning = self.parts.yaml_to_json(&theirs)?;
        for (number, document) in ours.iter().enumerate() {
            ensure!(
                our_meaning[number].is_ok() && our_meaning[number] == their_meaning[number],
                "document {number} means {:?} to kubectl, and kubeseal's {:?}",
                our_meaning[number],
                their_meaning[number]
            );
            let (order, expected) = (
                text::key_order(document)?,
                text::key_order(&theirs[number])?,
            );
            ensure!(
                order == expected,
                "the order of keys in document {number} is {order:?}, in kubeseal's {expected:?}"
            );
        }
        Ok(())
    }

    /// The Secret in a SealedSecret, as the newest kubeseal opens it.
    fn unsealed(&self, document: &str) -> Result<String> {
        let Some(newest) = self.parts.sealed_secrets.last() else {
            bail!("no kubeseal")
        };
        let arguments = ["--recovery-unseal", "--recovery-private-key", KEY];
        let opened = self.run(&newest.kubeseal, &arguments, document.as_bytes())?;
        ensure!(
            opened.status.success(),
            "kubeseal does not open it: {}",
            opened.stderr.trim()
        );
        Ok(opened.text())
    }

    /// Texts of every kind come back from rseal's YAML as the YAML 1.1 of kubectl reads it.
    fn nasty_texts(&self) -> Result<()> {
        for secret in nasty::secrets() {
            let arguments = ["--cert", CERTIFICATE, "-o", "yaml"];
            let sealed = self.run(&self.rseal, &arguments, secret.to_string().as_bytes())?;
            ensure!(sealed.status.success(), "{}", sealed.stderr.trim());
            let documents = text::documents(&sealed.text())?;
            for meaning in self.parts.yaml_to_json(&documents)? {
                let meaning = meaning.map_err(anyhow::Error::msg)?;
                let read = &meaning["spec"]["template"]["metadata"]["annotations"];
                let written = &secret["metadata"]["annotations"];
                for (key, value) in written.as_object().into_iter().flatten() {
                    ensure!(
                        read[key] == *value,
                        "{key:?}: {value} was read as {}",
                        read[key]
                    );
                }
            }
        }
        Ok(())
    }
}
