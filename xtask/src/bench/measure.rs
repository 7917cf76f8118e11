//! The time and the memory of one process. Owns how they are taken: a second copy of this program starts the
//! process and asks the kernel afterwards what its children needed, since the kernel adds up all children of a
//! process and this one has had many.

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::unistd::Pid;

use crate::command;

/// The task's name in the copy.
pub(crate) const ONE: &str = "bench-one";
/// No input.
pub(super) const NOTHING: &str = "/dev/null";
const LIMIT: Duration = Duration::from_secs(1200);

/// What one run took, or the medians of several.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    pub(super) milliseconds: f64,
    /// The most that was resident at one time.
    pub(super) mebibytes: f64,
}

/// How one process is run.
pub(super) struct Run<'a> {
    pub(super) input: &'a Path,
    pub(super) output: &'a Path,
    /// The exit codes of a good end.
    pub(super) good: &'a [i32],
    pub(super) cores: Cores,
}

/// The processor cores that a process may use.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Cores {
    All,
    One,
}

impl Cores {
    fn word(self) -> &'static str {
        match self {
            Self::All => "all-cores",
            Self::One => "one-core",
        }
    }
}

/// The copy: `bench-one REPORT INPUT OUTPUT CODES CORES PROGRAM [ARGUMENT…]`.
pub(crate) fn one(arguments: &[String]) -> Result<ExitCode> {
    let [report, input, output, good, cores, program, rest @ ..] = arguments else {
        bail!("{ONE} is not for people")
    };
    if cores == Cores::One.word() {
        stay_on_one_core()?;
    }
    let mut command = Command::new(program);
    command
        .args(rest)
        .stdin(File::open(input)?)
        .stdout(File::options().write(true).open(output)?);
    let start = Instant::now();
    let status = command.status().with_context(|| program.clone())?;
    let elapsed = start.elapsed();
    let code = status.code().map(|code| code.to_string());
    ensure!(
        code.is_some_and(|code| good.split(',').any(|good| good == code)),
        "{program} ended with {status}"
    );
    let kibibytes = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    fs::write(report, format!("{} {kibibytes}", elapsed.as_nanos()))?;
    Ok(ExitCode::SUCCESS)
}

/// Keeps this process, and each that it starts, on the last of its cores: the first has the most to do besides.
fn stay_on_one_core() -> Result<()> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let mut last = None;
    for core in 0..CpuSet::count() {
        if allowed.is_set(core)? {
            last = Some(core);
        }
    }
    let mut one = CpuSet::new();
    one.set(last.context("a process without a core")?)?;
    Ok(sched_setaffinity(this, &one)?)
}

/// Runs a command to a good end, its input from a file and its output thrown away.
pub(super) fn process(measured: &Command, input: &Path) -> Result<Figures> {
    let run = Run {
        input,
        output: Path::new(NOTHING),
        good: &[0],
        cores: Cores::All,
    };
    run.of(measured)
}

impl Run<'_> {
    /// Runs a command to a good end.
    pub(super) fn of(&self, measured: &Command) -> Result<Figures> {
        let report = tempfile::NamedTempFile::new()?;
        let good: Vec<String> = self.good.iter().map(i32::to_string).collect();
        let mut copy = Command::new(env::current_exe()?);
        copy.args([Path::new(ONE), report.path(), self.input, self.output])
            .args([&good.join(","), self.cores.word()])
            .arg(measured.get_program())
            .args(measured.get_args())
            .env_clear();
        for (name, value) in measured.get_envs() {
            if let Some(value) = value {
                copy.env(name, value);
            }
        }
        if let Some(folder) = measured.get_current_dir() {
            copy.current_dir(folder);
        }
        command::succeed(&mut copy, b"", LIMIT)?;
        let report = fs::read_to_string(report.path())?;
        let (nanoseconds, kibibytes) = report.split_once(' ').context("no report")?;
        Ok(Figures {
            milliseconds: nanoseconds.parse::<f64>()? / 1e6,
            mebibytes: kibibytes.parse::<f64>()? / 1024.0,
        })
    }
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
