//! `rseal check`, beside what the same files cost git and grep, and beside gitleaks, detect-secrets and
//! secretlint: how long they take, and what they find. Owns the limits and what is measured; `repository` makes what is
//! measured, `peers` knows how each peer is asked, `cases` reads `testdata/check`, `tables` makes the tables and
//! `document` puts them into the documentation. What is right to find is not decided here: `testdata/check` says it.
//!
//! Every program has one core: how well one uses more of them is another question, and git uses one.

mod archive;
mod cases;
mod document;
mod peers;
mod repository;
mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use self::cases::Case;
use self::peers::{Finds, Peer};
use self::repository::Repository;
use super::measure::{self, Cores, Figures, Run};
use crate::command;

const WARM_UP: usize = 2;
const LIMIT: Duration = Duration::from_secs(60);
/// How many times as long as git's own look at what is staged.
const STAGED_LIMIT: f64 = 3.0;
/// How many times as long as grep for the same words.
const TREE_LIMIT: f64 = 2.0;

/// Makes the repository, measures, and prints.
pub(super) fn run(rseal: &Path) -> Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("rseal-bench-").tempdir()?;
    let repository = Repository::make(folder.path())?;
    let output = folder.path().join("output");
    fs::write(&output, "")?;
    let bench = Bench {
        repository: &repository,
        output: &output,
    };
    let peers = Peer::all(folder.path())?;

    let staged = bench.staged(rseal)?;
    println!("{staged}");
    let tree = bench.tree(rseal)?;
    println!("{tree}");
    let mut rows = Vec::new();
    for peer in &peers {
        let row = bench.peer(peer, &tree.ours)?;
        println!("{row}");
        rows.push(row);
    }
    let limits = [(&staged, STAGED_LIMIT), (&tree, TREE_LIMIT)];
    let missed = limits.iter().filter(|(pair, limit)| pair.ratio() > *limit);
    let missed = missed.count();

    let cases = cases::read()?;
    let finds = bench.cases(rseal, &peers, &cases, &folder.path().join("cases"))?;

    let mut text = tables::speed(&staged, &tree, &rows, repository.planted.len());
    text.push_str(&tables::findings(&cases, &finds));
    print!("{}", tables::mistakes(&cases, &finds));
    println!("\n{text}");
    document::put(&text)?;
    println!("{} passed, {missed} failed", limits.len() - missed);
    Ok(if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Where everything runs.
struct Bench<'a> {
    repository: &'a Repository,
    output: &'a Path,
}

/// What was measured of rseal and of the program that it is held against.
struct Pair {
    what: &'static str,
    theirs_is: &'static str,
    ours: Figures,
    theirs: Figures,
}

impl Pair {
    fn ratio(&self) -> f64 {
        self.ours.milliseconds / self.theirs.milliseconds
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ours, theirs) = (&self.ours, &self.theirs);
        write!(
            f,
            "{}: {:.1} ms and {:.1} MiB; {}: {:.1} ms; {:.2} times as long",
            self.what,
            ours.milliseconds,
            ours.mebibytes,
            self.theirs_is,
            theirs.milliseconds,
            self.ratio()
        )
    }
}

/// What was measured of a peer.
struct PeerRow {
    name: String,
    figures: Figures,
    /// As multiples of what rseal takes.
    ratio: f64,
    planted: usize,
    others: usize,
}

impl std::fmt::Display for PeerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            name,
            figures,
            ratio,
            planted,
            others,
        } = self;
        write!(
            f,
            "{name}: {:.1} s and {:.1} MiB; {ratio:.0} times as long as rseal check; {planted} of the planted files and {others} others",
            figures.milliseconds / 1000.0,
            figures.mebibytes
        )
    }
}

impl Bench<'_> {
    /// The commands in turn; the last output of the first one is left in the file for outputs.
    fn pair(
        &self,
        (what, ours, our_codes): (&'static str, &Command, &[i32]),
        (theirs_is, theirs): (&'static str, &Command),
        runs: usize,
    ) -> Result<Pair> {
        let (mut our_figures, mut their_figures) = (Vec::new(), Vec::new());
        for run in 0..WARM_UP + runs {
            let context = || format!("{what}, run {run}");
            let theirs = self.once(theirs, &[0]).with_context(context)?;
            let ours = self.once(ours, our_codes).with_context(context)?;
            if run >= WARM_UP {
                their_figures.push(theirs);
                our_figures.push(ours);
            }
        }
        Ok(Pair {
            what,
            theirs_is,
            ours: measure::medians(&our_figures),
            theirs: measure::medians(&their_figures),
        })
    }

    fn once(&self, command: &Command, good: &[i32]) -> Result<Figures> {
        // Into a file: where its output is thrown away, grep ends at the first file that it finds, and into
        // a pipe secretlint writes only half of it.
        fs::write(self.output, "")?;
        let run = Run {
            input: Path::new(measure::NOTHING),
            output: self.output,
            good,
            cores: Cores::One,
        };
        run.of(command)
    }

    fn staged(&self, rseal: &Path) -> Result<Pair> {
        let mut ours = self.repository.command(rseal);
        ours.args(["check", "--staged"]);
        let mut theirs = self.repository.command("git");
        theirs.args(["diff", "--cached", "--name-only"]);
        let pair = self.pair(
            ("`rseal check --staged`", &ours, &[1]),
            ("`git diff --cached --name-only`", &theirs),
            41,
        )?;
        // The last of the planted Secrets is the only one that is staged.
        let planted = &self.repository.planted;
        self.reported(&planted[planted.len().saturating_sub(1)..])?;
        Ok(pair)
    }

    fn tree(&self, rseal: &Path) -> Result<Pair> {
        let mut ours = self.repository.command(rseal);
        ours.arg("check");
        let mut theirs = self.repository.command("grep");
        theirs
            .args(["-rIlE", "--exclude-dir=.git"])
            .arg(rseal::check::TRIGGERS.join("|"))
            .arg(".");
        let pair = self.pair(
            ("`rseal check`", &ours, &[1]),
            ("`grep -rIlE` for its words", &theirs),
            21,
        )?;
        self.reported(&self.repository.planted)?;
        Ok(pair)
    }

    /// An error when the last run of rseal did not report these files and no others: what it was measured at
    /// would not be its work.
    fn reported(&self, expected: &[String]) -> Result<()> {
        let output = self.last_output()?;
        let found: BTreeSet<&str> = output
            .lines()
            .filter_map(|line| line.split(':').next())
            .collect();
        let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        ensure!(
            found == expected,
            "it should report {expected:?}, it said:\n{output}"
        );
        Ok(())
    }

    /// One peer over the repository.
    fn peer(&self, peer: &Peer, ours: &Figures) -> Result<PeerRow> {
        let mut command = self.repository.command(&peer.program);
        command.args(&peer.at_repository);
        let mut runs = Vec::new();
        for _ in 0..peer.runs {
            let figures = self.once(&command, peer.good);
            runs.push(figures.with_context(|| peer.name.clone())?);
        }
        let figures = measure::medians(&runs);
        let found = peer.files(&self.last_output()?, self.repository.folder())?;
        let planted = |file: &&String| self.repository.planted.contains(*file);
        let planted = found.iter().filter(planted).count();
        Ok(PeerRow {
            name: peer.name.clone(),
            ratio: figures.milliseconds / ours.milliseconds,
            figures,
            planted,
            others: found.len() - planted,
        })
    }

    /// What everyone reports of the cases, which are laid out in a folder of their own.
    fn cases(
        &self,
        rseal: &Path,
        peers: &[Peer],
        cases: &[Case],
        copy: &Path,
    ) -> Result<Vec<Finds>> {
        cases::lay_out(cases, copy)?;
        let ours = Finds::of("rseal", cases, copy, |folder| {
            let mut check = self.repository.command(rseal);
            check.arg("check").current_dir(folder);
            let finished = command::finish(&mut check, &[], LIMIT)?;
            match finished.status.code() {
                Some(code @ (0 | 1)) => Ok(code == 1),
                _ => bail!("{}", finished.stderr),
            }
        });
        let theirs = peers.iter().map(|peer| {
            Finds::of(&peer.name, cases, copy, |folder| {
                let mut command = self.repository.command(&peer.program);
                command.args(&peer.at_cases).current_dir(folder);
                self.once(&command, peer.good)?;
                Ok(!peer.files(&self.last_output()?, folder)?.is_empty())
            })
        });
        Ok([ours].into_iter().chain(theirs).collect())
    }

    fn last_output(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.output)?).into_owned())
    }
}
