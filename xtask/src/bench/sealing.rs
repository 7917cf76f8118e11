//! Sealing, beside the real kubeseal: time and memory. Owns the limits and the table that it prints; `inputs`
//! makes what is sealed. Both programs run in one session, in turn, so that a busy machine is busy for both; what
//! counts are the ratios of the medians. Does not time a process itself.

mod inputs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::measure::{self, Figures};
use crate::e2e::{self, Exposure, Stage};
use crate::parts;

/// The task's name when it runs again inside its namespaces.
pub(crate) const INSIDE: &str = "bench-inside";

const CERTIFICATE: &str = "testdata/certificates/sealing-4096.pem";
const SERVICE: &str = "sealed-secrets";
/// Runs of both programs that are not counted.
const WARM_UP: usize = 2;
/// How much of kubeseal's memory rseal may need, and is to need.
const MEMORY: Bounds = Bounds {
    limit: 1.0,
    aim: 1.0 / 3.0,
};

/// What a ratio must not exceed, and what it is to come down to.
#[derive(Clone, Copy)]
struct Bounds {
    limit: f64,
    aim: f64,
}

/// One thing to do with both programs.
struct Measure {
    name: &'static str,
    runs: usize,
    wall: Bounds,
    input: String,
    arguments: Vec<String>,
}

/// Measures, inside namespaces.
pub(super) fn run(program: &Path) -> Result<ExitCode> {
    parts::ensure()?;
    let folder = tempfile::Builder::new().prefix("rseal-bench-").tempdir()?;
    e2e::enter(&[INSIDE.into(), folder.path().into(), program.into()])
}

/// The task again, in namespaces of its own for the sake of the API server.
pub(crate) fn inside(arguments: &[String]) -> Result<ExitCode> {
    e2e::end_with_parent();
    let [folder, rseal] = arguments else {
        bail!("{INSIDE} is not for people")
    };
    let (folder, rseal) = (Path::new(folder), PathBuf::from(rseal));
    let parts = parts::ensure()?;
    let newest = parts.sealed_secrets.last().context("no kubeseal")?;
    let (kubeseal, version) = (newest.kubeseal.clone(), newest.version.clone());
    let certificate = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(CERTIFICATE)
        .canonicalize()?;
    let work = folder.join("work");
    let home = folder.join("home-of-both");
    fs::create_dir(&work)?;
    fs::create_dir(&home)?;

    println!("rseal beside kubeseal {version}: medians, and rseal's share of kubeseal's");
    // A machine that others use has no second core for rseal's second thread.
    let load = fs::read_to_string("/proc/loadavg")?;
    println!(
        "processes that ran before it began: {}",
        load.split(' ').next().unwrap_or("?")
    );
    println!("{}", Row::HEADER);
    let mut rows = Vec::new();
    for measure in offline(&certificate) {
        let input = work.join("input");
        fs::write(&input, &measure.input)?;
        let run = |program: &Path| {
            let mut command = Command::new(program);
            command.args(&measure.arguments).env("HOME", &home);
            measure::process(&command, &input)
        };
        rows.push(Row::of(&measure, || run(&rseal), || run(&kubeseal))?);
    }

    // Only now, so that the API server takes no time from the others.
    let stage_folder = folder.join("stage");
    fs::create_dir(&stage_folder)?;
    let mut stage = Stage::start(parts, rseal.clone(), &stage_folder)?;
    stage.start_controller(&version)?;
    stage.expose(Exposure {
        service: SERVICE,
        port: None,
        labelled: true,
    })?;
    let measure = online();
    let run = |program: &Path| {
        let mut command = stage.command(program);
        command.args(&measure.arguments);
        measure::process(&command, Path::new(measure::NOTHING))
    };
    rows.push(Row::of(&measure, || run(&rseal), || run(&kubeseal))?);

    let floor = measure::floor()?;
    println!(
        "No memory figure can be below {floor:.1} MiB, which the measuring itself needs.\n\
         An aim that was not reached is marked (!), a limit that was exceeded (!!)."
    );
    let missed = rows.iter().filter(|row| row.misses_a_limit()).count();
    println!("{} passed, {missed} failed", rows.len() - missed);
    Ok(if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn offline(certificate: &Path) -> Vec<Measure> {
    let seal = || vec!["--cert".to_owned(), certificate.display().to_string()];
    vec![
        Measure {
            name: "one Secret of two values",
            runs: 41,
            wall: Bounds {
                limit: 1.0 / 4.0,
                aim: 1.0 / 8.0,
            },
            input: inputs::documents(1, 2, 1000),
            arguments: seal(),
        },
        Measure {
            name: "1000 Secrets of three values",
            runs: 9,
            wall: Bounds {
                limit: 1.0 / 3.0,
                aim: 1.0 / 6.0,
            },
            input: inputs::documents(1000, 3, 32),
            arguments: seal(),
        },
        Measure {
            name: "one value of 1 MB",
            runs: 21,
            wall: Bounds {
                limit: 1.0 / 10.0,
                aim: 1.0 / 15.0,
            },
            input: inputs::documents(1, 1, 1_000_000),
            arguments: seal(),
        },
    ]
}

fn online() -> Measure {
    let arguments = ["--fetch-cert", "--controller-name", SERVICE];
    Measure {
        name: "--fetch-cert from an API server",
        runs: 31,
        wall: Bounds {
            limit: 3.0 / 4.0,
            aim: 1.0 / 2.0,
        },
        input: String::new(),
        arguments: arguments.map(str::to_owned).into(),
    }
}

/// What was measured for one thing.
struct Row {
    ours: Figures,
    theirs: Figures,
    wall: Bounds,
}

impl Row {
    const HEADER: &str = "\
| | kubeseal | rseal | time | limit | aim | kubeseal | rseal | memory | limit | aim |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    /// Runs both programs in turn and prints what came out.
    fn of(
        measure: &Measure,
        rseal: impl Fn() -> Result<Figures>,
        kubeseal: impl Fn() -> Result<Figures>,
    ) -> Result<Self> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for run in 0..WARM_UP + measure.runs {
            let context = || format!("{}, run {run}", measure.name);
            let their_figures = kubeseal().with_context(context)?;
            let our_figures = rseal().with_context(context)?;
            if run >= WARM_UP {
                theirs.push(their_figures);
                ours.push(our_figures);
            }
        }
        let row = Self {
            ours: measure::medians(&ours),
            theirs: measure::medians(&theirs),
            wall: measure.wall,
        };
        println!("| {} {}", measure.name, row.cells());
        Ok(row)
    }

    fn wall_ratio(&self) -> f64 {
        self.ours.milliseconds / self.theirs.milliseconds
    }

    fn memory_ratio(&self) -> f64 {
        self.ours.mebibytes / self.theirs.mebibytes
    }

    fn misses_a_limit(&self) -> bool {
        self.wall_ratio() > self.wall.limit || self.memory_ratio() > MEMORY.limit
    }

    fn cells(&self) -> String {
        let shared = |ratio: f64, bounds: Bounds| {
            let mark = if ratio > bounds.limit {
                " (!!)"
            } else if ratio > bounds.aim {
                " (!)"
            } else {
                ""
            };
            format!(
                "1/{:.1}{mark} | 1/{:.1} | 1/{:.0}",
                1.0 / ratio,
                1.0 / bounds.limit,
                1.0 / bounds.aim
            )
        };
        format!(
            "| {:.1} ms | {:.1} ms | {} | {:.1} MiB | {:.1} MiB | {} |",
            self.theirs.milliseconds,
            self.ours.milliseconds,
            shared(self.wall_ratio(), self.wall),
            self.theirs.mebibytes,
            self.ours.mebibytes,
            shared(self.memory_ratio(), MEMORY)
        )
    }
}
