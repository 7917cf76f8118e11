//! The time and the memory of one process. Owns how they are taken: a second copy of this program starts the
//! process and asks the kernel afterwards what its children needed, since the kernel adds up all children of a
//! process and this one has had many.

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::resource::{UsageWho, getrusage};

use crate::command;

/// The task's name in the copy.
pub(crate) const ONE: &str = "bench-one";
/// No input.
pub(super) const NOTHING: &str = "/dev/null";
const LIMIT: Duration = Duration::from_secs(120);

/// What one run took, or the medians of several.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    pub(super) milliseconds: f64,
    /// The most that was resident at one time.
    pub(super) mebibytes: f64,
}

/// The copy: `bench-one REPORT INPUT PROGRAM [ARGUMENT…]`.
pub(crate) fn one(arguments: &[String]) -> Result<ExitCode> {
    let [report, input, program, rest @ ..] = arguments else {
        bail!("{ONE} is not for people")
    };
    let mut command = Command::new(program);
    command
        .args(rest)
        .stdin(File::open(input)?)
        .stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().with_context(|| program.clone())?;
    let elapsed = start.elapsed();
    ensure!(status.success(), "{program} ended with {status}");
    let kibibytes = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    fs::write(report, format!("{} {kibibytes}", elapsed.as_nanos()))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a command to a good end, its input from a file and its output thrown away.
pub(super) fn process(measured: &Command, input: &Path) -> Result<Figures> {
    let report = tempfile::NamedTempFile::new()?;
    let mut copy = Command::new(env::current_exe()?);
    copy.args([Path::new(ONE), report.path(), input])
        .arg(measured.get_program())
        .args(measured.get_args())
        .env_clear();
    for (name, value) in measured.get_envs() {
        if let Some(value) = value {
            copy.env(name, value);
        }
    }
    command::succeed(&mut copy, b"", LIMIT)?;
    let report = fs::read_to_string(report.path())?;
    let (nanoseconds, kibibytes) = report.split_once(' ').context("no report")?;
    Ok(Figures {
        milliseconds: nanoseconds.parse::<f64>()? / 1e6,
        mebibytes: kibibytes.parse::<f64>()? / 1024.0,
    })
}

/// The memory of a program that needs next to none. The kernel counts what the copy held when it became the
/// program, so nothing is measured below that.
pub(super) fn floor() -> Result<f64> {
    Ok(process(&Command::new("true"), Path::new(NOTHING))?.mebibytes)
}

pub(super) fn medians(runs: &[Figures]) -> Figures {
    Figures {
        milliseconds: median(runs.iter().map(|run| run.milliseconds)),
        mebibytes: median(runs.iter().map(|run| run.mebibytes)),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert!((median([3.0, 1.0, 1000.0].into_iter()) - 3.0).abs() < f64::EPSILON);
    }
}
