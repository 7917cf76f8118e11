//! The baseline of a repository: where it lies, and how its paths become those of this run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use rand::TryRng as _;

use super::super::message::{Failure, os_text};
use super::super::output::Output;
use super::super::sealing;
use crate::check::{Applied, Baseline, Report, Rule};

const NAME: &str = ".rseal-baseline.json";

/// Where the baseline of the current folder lies.
pub(super) struct Place {
    /// The file as it is named in messages.
    file: PathBuf,
    /// The way from the top of the repository to the current folder.
    prefix: PathBuf,
}

impl Place {
    /// At the top of the repository, or in the current folder where there is none.
    pub(super) fn find() -> Result<Self, Failure> {
        let here = env::current_dir()
            .map_err(|error| Failure::new(format!("current folder: {}", os_text(&error))))?;
        let top = here.ancestors().find(|folder| folder.join(".git").exists());
        let prefix = top
            .and_then(|top| here.strip_prefix(top).ok())
            .map_or_else(PathBuf::new, Path::to_owned);
        let up: PathBuf = prefix.components().map(|_| "..").collect();
        Ok(Self {
            file: up.join(NAME),
            prefix,
        })
    }

    /// Leaves out of a report what the baseline allows. `expects` says whether a finding of a rule
    /// would have been seen, wherever it is in this folder.
    pub(super) fn apply(
        &self,
        report: &mut Report,
        expects: &dyn Fn(Rule) -> bool,
    ) -> Result<(), Failure> {
        let Some(baseline) = self.read()? else {
            return Ok(());
        };
        self.with_paths_of_the_repository(report, |report| {
            baseline.apply(
                report,
                &Applied {
                    path: Path::new(NAME),
                    expects: &|rule, file| expects(rule) && file.starts_with(&self.prefix),
                },
            );
        });
        Ok(())
    }

    /// Writes a baseline that allows what a report holds. What was allowed before keeps its reason.
    pub(super) fn write(&self, report: &mut Report, reason: &str) -> Result<(), Failure> {
        if !self.prefix.as_os_str().is_empty() {
            return Err(Failure::new(
                "a baseline is for the whole repository, and this is a folder in it",
            )
            .hint(format!(
                "cd {} first",
                self.file.parent().unwrap_or(&self.file).display()
            )));
        }
        let wrong = |error| Failure::new(format!("{}: {error}", self.file.display()));
        let old = self.read()?;
        let new = match old {
            Some(old) => old.renewed(report, reason),
            None => {
                let mut salt = [0; 16];
                sealing::generator()
                    .try_fill_bytes(&mut salt)
                    .map_err(|error| Failure::of(&error))?;
                Baseline::of(report, salt, reason)
            }
        };
        let text = new.map_err(wrong)?.to_json();
        Output::to_file(&self.file)?.write(|out| out.write_all(text.as_bytes()))
    }

    /// Shows paths as those who read a report of the whole repository know them.
    pub(super) fn show_from_the_top(&self, report: &mut Report) {
        if self.prefix.as_os_str().is_empty() {
            return;
        }
        for finding in &mut report.findings {
            finding.path = super::tree::plain(&self.prefix.join(&finding.path));
        }
        for note in &mut report.notes {
            note.path = super::tree::plain(&self.prefix.join(&note.path));
        }
    }

    /// Has `work` see the paths of a report as the repository has them.
    fn with_paths_of_the_repository(&self, report: &mut Report, work: impl FnOnce(&mut Report)) {
        let mut shown: HashMap<PathBuf, PathBuf> = HashMap::new();
        shown.insert(PathBuf::from(NAME), self.file.clone());
        if !self.prefix.as_os_str().is_empty() {
            for finding in &mut report.findings {
                let path = super::tree::plain(&self.prefix.join(&finding.path));
                shown.insert(path.clone(), std::mem::replace(&mut finding.path, path));
            }
        }
        work(report);
        for finding in &mut report.findings {
            if let Some(path) = shown.get(&finding.path) {
                finding.path.clone_from(path);
            }
        }
    }

    fn read(&self) -> Result<Option<Baseline>, Failure> {
        let wrong = |text: String| {
            Failure::new(format!("{}: {text}", self.file.display())).hint(
                "rseal check --write-baseline --reason WHY writes a new one, if this is removed"
                    .to_owned(),
            )
        };
        match fs::read_to_string(&self.file) {
            Ok(text) => Baseline::read(&text)
                .map(Some)
                .map_err(|error| wrong(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(os_text(&error))),
        }
    }
}
