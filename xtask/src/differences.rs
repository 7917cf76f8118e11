//! The rows of `docs/kubeseal-differences.md` beside the real kubeseals. Owns the task; what the rows are, and
//! how they are run, is `tests/differences`.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::command;
use crate::parts;

/// Building is in it.
const LIMIT: Duration = Duration::from_secs(1800);

/// `cargo xtask differences`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    ensure!(arguments.is_empty(), "usage: cargo xtask differences");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lies in the workspace")?;
    // All tests the first time, those of kubeseal alone for every other one.
    let mut filter = "";
    for sealed in &parts::ensure()?.sealed_secrets {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut tests = Command::new(cargo);
        tests
            .args(["test", "--quiet", "--package", "rseal"])
            .args(["--test", "differences", "--", "--include-ignored", filter])
            .env("KUBESEAL", &sealed.kubeseal)
            .current_dir(root);
        let finished = command::finish(&mut tests, &[], LIMIT)?;
        println!("beside kubeseal {}:{}", sealed.version, finished.text());
        eprint!("{}", finished.stderr);
        if !finished.status.success() {
            return Ok(ExitCode::FAILURE);
        }
        ensure!(
            !finished.text().contains(" 0 passed"),
            "no test of that name is there"
        );
        filter = "kubeseal_does_what_the_rows_say";
    }
    Ok(ExitCode::SUCCESS)
}
