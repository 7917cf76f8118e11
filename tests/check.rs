//! What `check` says about each small file of `testdata/check`, one behaviour each.
//!
//! A case is a file in a family's folder, or a folder there with several files. `expected.txt` of a
//! family says what is found in each; `CHECK=overwrite cargo test --test check` writes it anew.

#![expect(
    clippy::expect_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rseal::check::{Inspection, Options, Rule, Surroundings, conclude, inspect};

const EXPECTED: &str = "expected.txt";
/// What stands before the number of bits in the name of a case that is looked at with a certificate.
const KEY_SIZE: &str = "for-a-key-of-";

#[test]
fn every_case_is_reported_as_expected() {
    let overwrite = std::env::var_os("CHECK").is_some_and(|value| value == "overwrite");
    let mut cases = 0;
    let mut wrong = String::new();
    for family in entries(Path::new("testdata/check")) {
        if !family.is_dir() {
            continue;
        }
        let mut found = String::new();
        for case in entries(&family) {
            if case.file_name().is_some_and(|name| name == EXPECTED) {
                continue;
            }
            cases += 1;
            let _ = writeln!(found, "# {}", relative(&case, &family));
            found.push_str(&run(&case, &family));
        }
        let path = family.join(EXPECTED);
        if overwrite {
            fs::write(&path, &found).expect("written");
            continue;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected != found {
            let _ = writeln!(wrong, "{}:\n{found}", path.display());
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{wrong}");
    assert!(cases >= 150, "only {cases} cases");
}

#[test]
fn what_commits_brought_is_joined_for_each_of_them() {
    let folder = Path::new("testdata/check/sealed/copied-to-another-namespace");
    let mut files = Vec::new();
    collect(folder, &mut files);
    let [first, second] = files.as_slice() else {
        panic!("not two files");
    };
    let said = |files: [(&Path, &Path, &str); 2]| -> Vec<_> {
        let inspections = files.into_iter().map(|(file, path, commit)| {
            let bytes = fs::read(file).expect("readable");
            inspect(path, &bytes, &Options::default()).at_commit(commit)
        });
        let report = conclude(
            inspections.collect(),
            &Surroundings {
                whole: false,
                read: &|_| None,
                counts: &|_| true,
            },
        );
        let findings = report.findings.into_iter();
        findings.map(|found| (found.rule, found.commit)).collect()
    };
    let (a, b) = (Path::new("a.yaml"), Path::new("b.yaml"));
    let copied = (Rule::SealedCopied, Some("1".to_owned()));
    assert_eq!(said([(first, a, "1"), (second, b, "1")]), [copied]);
    // The namespace may have been edited in between, in this file as in another one.
    assert_eq!(said([(first, a, "1"), (second, b, "2")]), []);
    assert_eq!(said([(first, a, "1"), (second, a, "2")]), []);

    let generator = Path::new("testdata/check/generator/literals/kustomization.yaml");
    let path = Path::new("kustomization.yaml");
    let removed = Path::new("testdata/check/generator/file-of-nothing/kustomization.yaml");
    assert_eq!(
        said([(generator, path, "1"), (removed, path, "2")]),
        [(Rule::SecretGenerator, Some("1".to_owned()))],
        "what a later commit removed was brought all the same"
    );
}

/// What is said about one case.
fn run(case: &Path, family: &Path) -> String {
    let mut files = Vec::new();
    collect(case, &mut files);
    let name = case.file_stem().expect("a name").to_string_lossy();
    let options = Options {
        key_size: name
            .split_once(KEY_SIZE)
            .map(|(_, bits)| bits.parse::<usize>().expect("a number") / 8),
    };
    let inspections: Vec<Inspection> = files
        .iter()
        .map(|path| {
            let bytes = fs::read(path).expect("readable");
            inspect(Path::new(&relative(path, family)), &bytes, &options)
        })
        .collect();
    let read = |path: &Path| fs::read(family.join(path)).ok();
    let report = conclude(
        inspections,
        &Surroundings {
            whole: case.is_dir(),
            read: &read,
            counts: &|_| true,
        },
    );
    let mut text = String::new();
    for finding in report.findings {
        let _ = writeln!(
            text,
            "{}:{}:{}: {}: {}{}",
            finding.path.display(),
            finding.span.line,
            finding.span.column,
            finding.rule,
            finding
                .object
                .map(|object| format!("{object}: "))
                .unwrap_or_default(),
            finding.message
        );
    }
    for note in report.notes {
        let _ = writeln!(text, "{}: note: {}", note.path.display(), note.message);
    }
    text
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in entries(path) {
            collect(&entry, files);
        }
    } else {
        files.push(path.to_owned());
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
}

fn relative(path: &Path, family: &Path) -> String {
    path.strip_prefix(family)
        .expect("within the family")
        .to_string_lossy()
        .into_owned()
}
