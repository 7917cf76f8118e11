//! How long rseal takes, and how much memory, beside other programs. This door owns the task; `sealing` has
//! kubeseal beside it, `check` git, grep and the programs that look for the same things. `measure` times one
//! process. What a result is worth is for the two to say, not for this room.

mod check;
mod measure;
mod sealing;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::e2e;

pub(crate) use measure::{ONE, one};
pub(crate) use sealing::{INSIDE, inside};

/// `cargo xtask bench [sealing|check]`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (of_sealing, of_check) = match *words {
        [] => (true, true),
        ["sealing"] => (true, false),
        ["check"] => (false, true),
        _ => bail!("usage: cargo xtask bench [sealing|check]"),
    };
    let rseal = e2e::build_rseal()?;
    let mut outcomes = Vec::new();
    if of_sealing {
        outcomes.push(sealing::run(&rseal)?);
    }
    if of_check {
        outcomes.push(check::run(&rseal)?);
    }
    let failure = outcomes.into_iter().find(|code| *code != ExitCode::SUCCESS);
    Ok(failure.unwrap_or(ExitCode::SUCCESS))
}
