//! The hook for pre-commit, as somebody has it who names this repository in `.pre-commit-config.yaml`: pre-commit
//! clones the commit, builds rseal from source, and asks it at each commit. What is tested is therefore what is
//! committed here, not the program under test; only sealing is left to that. What `rseal check` finds is the
//! business of its own tests.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Case, Runs};
use crate::command::{self, Finished};
use crate::e2e::stage::Stage;

const LIMIT: Duration = Duration::from_secs(60);
const BUILD_LIMIT: Duration = Duration::from_secs(1800);
const PASSWORD: &str = "Eew4ohSh7ahghoo";
/// Each is a name that a shell, or a program that reads arguments, may take for something else.
const NAMES: [&str; 3] = ["apps/web/a secret.yaml", "-n.yaml", "--stdin-name=x.yaml"];

pub(super) fn cases() -> Vec<Case> {
    let case = Case::new("hook/pre-commit", Runs::Once, hook);
    vec![case.since_kubeseal("has no check")]
}

fn hook(stage: &Stage) -> Result<String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let repository = Repository::new(stage)?;
    let mut git = repository.command("git");
    git.arg("-C").arg(&project).args(["rev-parse", "HEAD"]);
    let commit = command::succeed(&mut git, &[], LIMIT)?.text();
    repository.write(
        ".pre-commit-config.yaml",
        &format!(
            "repos:\n  - repo: {}\n    rev: {}    hooks:\n      - id: rseal-check\n",
            serde_json::to_string(&project)?,
            commit
        ),
    )?;
    repository.pre_commit(&["install", "--install-hooks"], BUILD_LIMIT)?;
    repository.git(&["add", "--all"])?;
    repository.commits("the configuration alone")?;

    let plain = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n  namespace: staging\nstringData:\n  password: {PASSWORD}\n"
    );
    let sealed = seal(stage, &plain)?;
    for name in NAMES {
        repository.write(name, &plain)?;
        repository.git(&["add", "--all"])?;
        // Whatever lies in the work tree, what is staged would be committed.
        repository.write(name, &sealed)?;
        repository.refuses(name, &mut repository.commit())?;

        repository.git(&["add", "--all"])?;
        repository.write(name, &plain)?;
        repository.commits(name)?;
        repository.git(&["restore", "."])?;
    }

    // What somebody has committed without the hook is found later, when nothing is staged.
    let name = NAMES[0];
    repository.write(name, &plain)?;
    repository.git(&["commit", "--quiet", "--all", "--no-verify", "--message=x"])?;
    let runs: [&[&str]; 2] = [
        &["run", "--all-files"],
        &["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"],
    ];
    for arguments in runs {
        repository.refuses(name, repository.python().args(arguments))?;
    }
    Ok(format!("built from {}", commit.trim_end()))
}

fn seal(stage: &Stage, secret: &str) -> Result<String> {
    let mut rseal = stage.rseal();
    rseal.arg("--cert").arg(stage.certificate());
    rseal.args(["-o", "yaml"]);
    Ok(command::succeed(&mut rseal, secret.as_bytes(), LIMIT)?.text())
}

/// A repository of somebody who uses the hook.
struct Repository<'a> {
    stage: &'a Stage,
    folder: PathBuf,
    /// What pre-commit clones and builds.
    hooks: PathBuf,
}

impl<'a> Repository<'a> {
    fn new(stage: &'a Stage) -> Result<Self> {
        let parent = stage.fresh()?;
        let repository = Self {
            stage,
            folder: parent.join("a repository"),
            hooks: parent.join("hooks"),
        };
        fs::create_dir(&repository.folder)?;
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        Ok(repository)
    }

    /// A program in the repository, in the environment of somebody who has cargo, and the crates that this
    /// project is built from: there is no network here.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.stage.command(program);
        let cargo = env::var_os("CARGO").map(PathBuf::from);
        let toolchain = cargo.as_deref().and_then(Path::parent);
        if let Some(toolchain) = toolchain.filter(|folder| !folder.as_os_str().is_empty()) {
            let mut path = toolchain.as_os_str().to_owned();
            path.push(":/usr/local/bin:/usr/bin:/bin");
            command.env("PATH", path);
        }
        let home = env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
        if let Some(home) = home {
            command.env("CARGO_HOME", home);
        }
        command
            .env("CARGO_NET_OFFLINE", "true")
            .env("PRE_COMMIT_HOME", &self.hooks);
        // How fast it is, is not the question.
        command
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "somebody")
                .env(format!("GIT_{who}_EMAIL"), "somebody@rseal.invalid");
        }
        command.current_dir(&self.folder);
        command
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        let mut git = self.command("git");
        command::succeed(git.args(arguments), &[], LIMIT).map(drop)
    }

    fn python(&self) -> Command {
        let mut python = self.command(&self.stage.parts.pre_commit);
        python.args(["-m", "pre_commit"]);
        python
    }

    fn pre_commit(&self, arguments: &[&str], limit: Duration) -> Result<()> {
        command::succeed(self.python().args(arguments), &[], limit).map(drop)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(&path, text).with_context(|| name.to_owned())
    }

    fn commit(&self) -> Command {
        let mut git = self.command("git");
        git.args(["commit", "--message=x"]);
        git
    }

    fn head(&self) -> Result<String> {
        let mut git = self.command("git");
        git.args(["rev-list", "--all", "--max-count=1"]);
        Ok(command::succeed(&mut git, &[], LIMIT)?.text())
    }

    /// What is staged passes.
    fn commits(&self, what: &str) -> Result<()> {
        let before = self.head()?;
        let Finished { status, stderr, .. } = command::finish(&mut self.commit(), &[], LIMIT)?;
        ensure!(status.success(), "{what} was refused:\n{stderr}");
        ensure!(self.head()? != before, "{what} was not committed");
        Ok(())
    }

    /// The hook says no because of this file, and shows nothing of its value.
    fn refuses(&self, name: &str, program: &mut Command) -> Result<()> {
        let before = self.head()?;
        let finished = command::finish(program, &[], LIMIT)?;
        let said = format!("{}{}", finished.text(), finished.stderr);
        ensure!(!finished.status.success(), "{name} passed:\n{said}");
        ensure!(self.head()? == before, "{name} was committed:\n{said}");
        let finding = format!("{name}:1:1: plaintext-secret: ");
        ensure!(
            said.lines().any(|line| line.starts_with(&finding)),
            "no line begins with {finding}:\n{said}"
        );
        ensure!(!said.contains(PASSWORD), "the value is shown:\n{said}");
        Ok(())
    }
}
