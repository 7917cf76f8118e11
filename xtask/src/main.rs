//! Developer tasks of rseal: `cargo xtask TASK`. Owns the list of tasks; each task has a room of its own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer reads what a task prints"
)]

mod bench;
mod command;
mod differences;
mod e2e;
mod parity;
mod parts;
mod tidy;
mod vectors;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  parts [--update]                       build the real parts that are missing from the cache;
                                         --update rewrites the files that pin them from xtask/parts/versions
  e2e [--controller VERSION] [FILTER…]   run the end-to-end tests against the real parts
  parity [FILTER…]                       compare what rseal and the real kubeseals print for testdata/parity
  differences                            check every row of docs/kubeseal-differences.md with the real kubeseals
  vectors                                make testdata/vectors anew with the real kubeseal
  bench [sealing|check]                  measure rseal beside the real kubeseal, offline and with an API server,
                                         and `rseal check` beside git, grep and the programs that do alike;
                                         BENCH=overwrite puts the latter into docs/check.md
  tidy                                   check that the source keeps to the table of rooms in docs/architecture.md";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let Some((task, arguments)) = words.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let outcome = match task.as_str() {
        "parts" => parts::task(arguments),
        "e2e" => e2e::task(arguments),
        e2e::INSIDE => e2e::inside(arguments),
        "parity" => parity::task(arguments),
        "differences" => differences::task(arguments),
        "vectors" => vectors::task(arguments),
        "bench" => bench::task(arguments),
        bench::INSIDE => bench::inside(arguments),
        bench::ONE => bench::one(arguments),
        "tidy" => tidy::task(arguments),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("xtask: error: no task is called {task}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: error: {error:#}");
        ExitCode::FAILURE
    })
}
