//! A baseline that somebody edited: what is read of it is written, and read as the same.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use rseal::check::{Applied, Baseline, BaselineError, Report};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let lines = 1 + text.matches(['\n', '\r']).count();
    match Baseline::read(text) {
        Ok(baseline) => {
            let written = baseline.to_json();
            let read = Baseline::read(&written).expect("what is written is read");
            assert_eq!(read.to_json(), written);
            // The lines that its entries stand in are those of the text that was written.
            assert_eq!(Baseline::read(&read.to_json()), Ok(read));

            let mut report = Report::default();
            let around = Applied {
                path: Path::new(".rseal-baseline.json"),
                expects: &|_, _| true,
            };
            baseline.apply(&mut report, &around);
            for finding in &report.findings {
                assert!((1..=lines).contains(&finding.span.line), "{finding:?}");
            }
            let entries = written.matches("\n    {").count();
            assert_eq!(report.findings.len(), entries, "each is out of date");
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let BaselineError::NotJson { line, .. }
            | BaselineError::NoObject { line }
            | BaselineError::Unknown { line, .. }
            | BaselineError::Missing { line, .. }
            | BaselineError::Wrong { line, .. } = error
            {
                assert!((1..=lines).contains(&line), "{error} of {lines}");
            }
        }
    }
});
