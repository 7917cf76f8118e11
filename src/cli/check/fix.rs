//! `--fix`: Secrets that were found become SealedSecrets in their places.
//!
//! Owns which files are rewritten: all of a file's Secrets or none, all files computed before the
//! first is written. What changes in a text is [`crate::amend`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::super::face::Face;
use super::super::message::{self, Failure, os_text};
use super::super::output::Output;
use super::super::{git, sealing};
use crate::amend;
use crate::certificate::Certificate;
use crate::check::{Finding, Report, Rule};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What is sealed, and how.
pub(super) struct Fix<'a> {
    pub(super) certificate: &'a Certificate,
    /// For Secrets that name none.
    pub(super) namespace: Option<&'a str>,
    /// Whether the index is to have the new content as well.
    pub(super) staged: bool,
}

impl Fix<'_> {
    /// Seals what a report holds; returns whether any file was rewritten.
    pub(super) fn apply(&self, report: &Report) -> Result<bool, Failure> {
        for notice in self
            .certificate
            .check(SystemTime::now())
            .map_err(|error| Failure::of(&error))?
        {
            message::warning(Face::Native, &notice.to_string());
        }
        let mut found: BTreeMap<&Path, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            if finding.rule == Rule::PlaintextSecret {
                found.entry(&finding.path).or_default().push(finding);
            }
        }
        let mut ready: Vec<(PathBuf, Zeroizing<String>, usize)> = Vec::new();
        for (path, found) in found {
            match self.sealed(path, &found) {
                Ok(text) => ready.push((path.to_owned(), text, found.len())),
                Err(why) => message::warning(
                    Face::Native,
                    &format!("{}: left as it is: {why}", path.display()),
                ),
            }
        }
        for (path, text, count) in &ready {
            Output::to_file(path)?.write(|out| out.write_all(text.as_bytes()))?;
            if self.staged {
                git::add(path)?;
            }
            let secrets = if *count == 1 { "Secret" } else { "Secrets" };
            message::note(
                Face::Native,
                &format!("{}: {count} {secrets} sealed", path.display()),
            );
        }
        Ok(!ready.is_empty())
    }

    /// The text of a file with its Secrets sealed, or why it stays as it is.
    fn sealed(&self, path: &Path, found: &[&Finding]) -> Result<Zeroizing<String>, String> {
        if let Some(finding) = found.iter().find(|finding| finding.filled_in) {
            return Err(format!(
                "line {}: its name, its namespace or a value is filled in later, and would be sealed \
                 as it is written here",
                finding.allowance_line
            ));
        }
        let lines: Vec<usize> = found.iter().map(|finding| finding.allowance_line).collect();
        if self.staged && !git::is_staged_as_it_is(path).map_err(|failure| failure.text)? {
            return Err(
                "the file in the work tree is not what is staged: add it, or put the change aside"
                    .to_owned(),
            );
        }
        let bytes = Zeroizing::new(fs::read(path).map_err(|error| os_text(&error))?);
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| "it is not UTF-8: save it as UTF-8 first".to_owned())?;
        let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => (BYTE_ORDER_MARK, text),
            None => ("", text),
        };
        let sealed = amend::seal_in_place(
            &mut sealing::generator(),
            self.certificate.public_key(),
            text,
            &lines,
            self.namespace,
        )
        .map(Zeroizing::new)
        .map_err(|error| Failure::of(&error).text)?;
        Ok(Zeroizing::new([mark, &sealed].concat()))
    }
}
