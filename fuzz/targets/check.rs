//! A few files to what is said about them: in places that there are, in order, the same every time,
//! and nothing of a value.
#![no_main]

use std::collections::HashMap;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use rseal::check::{
    Applied, Baseline, Finding, Inspection, Options, Report, Rule, Surroundings, conclude, inspect,
};
use rseal::encoding;
use rseal::manifest::encode;

/// What the files are called. The first byte of an input chooses the name of the first file, the
/// next ones follow.
const NAMES: [&str; 8] = [
    "a.yaml",
    "kustomization.yaml",
    "a.json",
    "a.yaml.tpl",
    "a.txt",
    "b/a.yaml",
    "b/kustomization.yaml",
    "b/b.yaml",
];
/// What stands between two files: a record separator, which no manifest has.
const SEPARATOR: u8 = 0x1e;
/// A value of many seeds. No item can have it for a name, nor what it is in base64; an object may
/// be called that, and is named.
const CANARY: &str = "canary/that+sings";
const LONGEST_NAME: usize = 253;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, content)) = bytes.split_first() else {
        return;
    };
    let names = NAMES.iter().cycle().skip(usize::from(*first) % NAMES.len());
    let files: Vec<(&str, &[u8])> = names
        .copied()
        .take(NAMES.len())
        .zip(content.split(|byte| *byte == SEPARATOR))
        .collect();
    let report = look_at(&files);
    let again = look_at(&files);
    assert_eq!(report.findings, again.findings);
    assert_eq!(report.notes, again.notes);

    let lines: HashMap<&Path, usize> = files
        .iter()
        .map(|(name, bytes)| (Path::new(name), lines(bytes)))
        .collect();
    for finding in &report.findings {
        assert_in_place(finding, lines[finding.path.as_path()]);
        assert!(
            finding.keys.iter().all(|key| is_item_name(key)),
            "{finding:?}"
        );
        assert_eq!(finding.severity, finding.rule.severity());
    }
    assert!(report.findings.is_sorted_by_key(|it| {
        let is_sealing_key = it.rule == Rule::SealingKey;
        (
            !is_sealing_key,
            &it.path,
            it.span,
            it.rule,
            &it.position,
            &it.message,
        )
    }));
    assert_hidden(&report);
    assert_allowed(report);
});

fn look_at(files: &[(&str, &[u8])]) -> Report {
    let options = Options {
        key_size: Some(256),
    };
    let inspections: Vec<Inspection> = files
        .iter()
        .map(|(name, bytes)| inspect(Path::new(name), bytes, &options))
        .collect();
    // One of the files by its name, a part of the last by any other.
    let read = |path: &Path| {
        let own = files.iter().find(|(name, _)| Path::new(name) == path);
        let (_, bytes) = own.or(files.last())?;
        let length = path.as_os_str().len();
        Some(
            bytes
                .get(if own.is_some() { 0 } else { length }..)?
                .to_vec(),
        )
    };
    let around = Surroundings {
        whole: true,
        read: &read,
        counts: &|_| true,
    };
    conclude(inspections, &around)
}

/// How many lines a file has, as the text that is made of it.
fn lines(bytes: &[u8]) -> usize {
    match encoding::text(bytes) {
        Ok(text) => encoding::line_of(text.as_bytes(), text.len()),
        Err(_) => encoding::line_of(bytes, bytes.len()),
    }
}

fn assert_in_place(finding: &Finding, lines: usize) {
    let span = finding.span;
    assert!(span.column > 0 && span.line <= span.end_line, "{finding:?}");
    for line in [span.line, span.end_line, finding.allowance_line] {
        assert!((1..=lines).contains(&line), "{finding:?} of {lines}");
    }
}

fn is_item_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_part)
}

fn assert_hidden(report: &Report) {
    let holds = |text: &str| text.contains(CANARY) || text.contains(&encode(CANARY.as_bytes()));
    let objects = report.findings.iter().filter_map(|it| it.object.as_ref());
    if objects.into_iter().any(|object| holds(&object.to_string())) {
        return;
    }
    for finding in &report.findings {
        assert!(
            !finding.message.is_empty() && !finding.position.is_empty(),
            "{finding:?}"
        );
        assert!(!holds(&format!("{finding:?}")), "{finding:?}");
    }
    for note in &report.notes {
        assert!(!holds(&note.message), "{note:?}");
    }
}

/// A baseline of a report allows what is in it, also when it was written and read.
fn assert_allowed(mut report: Report) {
    let made = Baseline::of(&report, [7; 16], "all of it").expect("a reason is given");
    let read = Baseline::read(&made.to_json()).expect("what is written is read");
    assert_eq!(read.to_json(), made.to_json());
    let around = Applied {
        path: Path::new(".rseal-baseline.json"),
        expects: &|_, _| true,
    };
    let own: Vec<Finding> = report
        .findings
        .iter()
        .filter(|it| matches!(it.rule, Rule::AllowWithoutReason | Rule::AllowUnused))
        .cloned()
        .collect();
    read.apply(&mut report, &around);
    assert_eq!(report.findings, own);
}
