//! End-to-end tests: rseal's binary against a real API server, real controllers and real kubeseals. This door
//! owns the task's arguments, the order of things and the closing line; `namespace` keeps it all in one process
//! tree, `stage` sets it up, `cases` are the tests.

mod cases;
mod namespace;
mod network;
mod objects;
mod server;
mod stage;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::parts;
use cases::{Case, Runs};

pub(crate) use cases::noise::bytes as noise;
pub(crate) use namespace::{end_with_parent, enter};
pub(crate) use objects::Exposure;
pub(crate) use stage::Stage;

/// The task's name when it runs again inside its namespaces.
pub(crate) const INSIDE: &str = "e2e-inside";

/// Names another program to test instead of `target/release/rseal`: a kubeseal shows whether the tests are right.
const PROGRAM: &str = "RSEAL_E2E_PROGRAM";

/// What was asked for.
#[derive(Default)]
struct Request {
    controller: Option<String>,
    filters: Vec<String>,
}

/// `cargo xtask e2e [--controller VERSION] [FILTER…]`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    Request::parse(arguments)?;
    let program = match env::var_os(PROGRAM) {
        Some(path) => Path::new(&path)
            .canonicalize()
            .with_context(|| format!("{PROGRAM}={}", path.display()))?,
        None => build_rseal()?,
    };
    // Now, since inside there is no network to build with.
    parts::ensure()?;
    let folder = tempfile::Builder::new().prefix("rseal-e2e-").tempdir()?;
    let mut inside = vec![
        INSIDE.into(),
        folder.path().into(),
        program.into_os_string(),
    ];
    inside.extend(arguments.iter().map(Into::into));
    namespace::enter(&inside)
}

/// The task again, as the first process of its namespaces. The first argument is an empty folder for this
/// run alone, the second the program under test.
pub(crate) fn inside(arguments: &[String]) -> Result<ExitCode> {
    namespace::end_with_parent();
    let [folder, program, rest @ ..] = arguments else {
        bail!("{INSIDE} is not for people")
    };
    let request = Request::parse(rest)?;
    let parts = parts::ensure()?;
    if let Some(version) = &request.controller
        && !parts
            .sealed_secrets
            .iter()
            .any(|sealed| sealed.version == *version)
    {
        bail!("controller {version} is not among the versions in xtask/parts/versions");
    }

    let start = Instant::now();
    let mut stage = Stage::start(parts, PathBuf::from(program), Path::new(folder))?;
    println!(
        "API server up after {:.1} s; testing {program}",
        start.elapsed().as_secs_f64()
    );

    let mut tally = Tally::default();
    let versions: Vec<String> = stage
        .parts
        .sealed_secrets
        .iter()
        .map(|sealed| sealed.version.clone())
        .collect();
    let mut first = true;
    for version in versions {
        if request
            .controller
            .as_ref()
            .is_some_and(|only| *only != version)
        {
            continue;
        }
        let chosen: Vec<(String, Case)> = cases::all()
            .into_iter()
            .filter(|case| first || case.runs == Runs::PerController)
            .map(|case| (case.full_name(&version), case))
            .filter(|(name, _)| request.wants(name))
            .collect();
        first = false;
        if chosen.is_empty() {
            continue;
        }
        let start = Instant::now();
        stage.start_controller(&version)?;
        println!(
            "controller {version} up after {:.1} s",
            start.elapsed().as_secs_f64()
        );
        for (name, case) in &chosen {
            tally.run(&stage, name, case);
        }
        stage.stop_controller()?;
    }
    println!(
        "all done after {:.0} s, {} not run",
        start.elapsed().as_secs_f64(),
        tally.not_run
    );
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(if tally.failed == 0 && tally.passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    not_run: usize,
}

impl Tally {
    fn run(&mut self, stage: &Stage, name: &str, case: &Case) {
        if let Some(reason) = case.out_of_reach(stage) {
            self.not_run += 1;
            println!("not run {name}: {reason}");
            return;
        }
        let start = Instant::now();
        let outcome = (case.run)(stage);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(note) => {
                self.passed += 1;
                println!(
                    "{}",
                    format!("ok {name} ({seconds:.1} s) {note}").trim_end()
                );
            }
            Err(error) => {
                self.failed += 1;
                println!("FAILED {name} ({seconds:.1} s): {error:#}");
            }
        }
    }
}

impl Request {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut request = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--controller" => {
                    let version = words.next().context("--controller wants a version")?;
                    request.controller = Some(version.clone());
                }
                flag if flag.starts_with('-') => {
                    bail!("usage: cargo xtask e2e [--controller VERSION] [FILTER…]")
                }
                filter => request.filters.push(filter.to_owned()),
            }
        }
        Ok(request)
    }

    fn wants(&self, name: &str) -> bool {
        self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|filter| name.contains(filter.as_str()))
    }
}

pub(crate) fn build_rseal() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args([
            "build",
            "--release",
            "--quiet",
            "--package",
            "rseal",
            "--bin",
            "rseal",
        ])
        .current_dir(&root);
    let mut child = command::spawn(&mut build)?;
    if !child.wait()?.success() {
        bail!("rseal does not build");
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let program = target.join("release/rseal");
    program
        .canonicalize()
        .with_context(|| program.display().to_string())
}
