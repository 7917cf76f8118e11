//! The rows of `docs/kubeseal-differences.md`, and the runs that hold them.
//!
//! `rows/` is the one place that says what differs: each row has the words of the table and the
//! inputs that show it, with what either program does. Here rseal is run on all of them, and the
//! document is compared with them; `DIFFERENCES=overwrite` writes it anew. The real kubeseal is run
//! by `cargo xtask differences`, which names it in `KUBESEAL`.

#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

mod case;
mod document;
#[path = "../fake_api/mod.rs"]
#[expect(dead_code, reason = "the rows need a part of it")]
mod fake_api;
mod rows;
mod run;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use case::{Case, Expected};
use rows::Row;

fn rseal() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_rseal"))
}

#[test]
fn rseal_does_what_the_rows_say() {
    check(&rseal(), |case| {
        (!case.slow).then_some((&case.rseal, &case.kubeseal))
    });
}

#[test]
#[ignore = "waits for time limits: cargo xtask differences"]
fn rseal_does_what_the_slow_rows_say() {
    check(&rseal(), |case| {
        case.slow.then_some((&case.rseal, &case.kubeseal))
    });
}

#[test]
#[ignore = "needs the real kubeseal: cargo xtask differences"]
fn kubeseal_does_what_the_rows_say() {
    let kubeseal = std::env::var_os("KUBESEAL").expect("KUBESEAL names the real kubeseal");
    check(Path::new(&kubeseal), |case| {
        Some((&case.kubeseal, &case.rseal))
    });
}

#[test]
fn flags_that_are_not_built_are_unknown() {
    for flag in document::NOT_BUILT {
        let case = Case::of(&format!("{flag}=x")).rseal(case::refuses(flag));
        run::run(&rseal(), &case, &case.rseal, &case.kubeseal).expect(flag);
    }
}

#[test]
fn the_document_says_what_the_rows_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kubeseal-differences.md");
    let document = document::document(&rows::sections());
    if std::env::var("DIFFERENCES").is_ok_and(|word| word == "overwrite") {
        std::fs::write(&path, &document).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == document,
        "{} is stale: run the tests with DIFFERENCES=overwrite",
        path.display()
    );
}

/// Runs `program` on every case that `choose` gives something for: what it does, and what the other
/// program does. A few at a time, because some wait.
fn check(program: &Path, choose: impl Fn(&Case) -> Option<(&Expected, &Expected)> + Sync) {
    let rows: Vec<Row> = rows::sections()
        .into_iter()
        .flat_map(|section| section.rows)
        .collect();
    let mut work = Vec::new();
    for row in &rows {
        assert!(!row.cases.is_empty(), "no case shows: {}", row.what);
        for (index, case) in row.cases.iter().enumerate() {
            if let Some(expected) = choose(case) {
                work.push((row, index + 1, case, expected));
            }
        }
    }
    assert!(!work.is_empty(), "no rows");
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((row, number, case, expected)) =
                    work.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    if let Err(why) = run::run(program, case, expected.0, expected.1) {
                        let text = format!("{}, case {number}: {why}", row.what);
                        wrong.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {} are not true of {}:\n\n{}",
        wrong.len(),
        work.len(),
        program.display(),
        wrong.join("\n")
    );
}
