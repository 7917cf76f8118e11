//! The repository that `rseal check` is measured on: manifests as a platform team keeps them, the same in every
//! run, in git, with a few Secrets in plaintext among them and a few files staged on top. Owns how many there
//! are of what and where; their texts are the archives in `repository/`.

mod app;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use self::app::{APPS, App, TEAMS, WORDS, noise_of, under};
use super::archive::{self, Values};
use crate::command;

/// Files in the one commit.
pub(super) const COMMITTED: usize = 10_000;
/// Files staged on top of it.
pub(super) const STAGED: usize = 20;
const RELEASES: usize = 300;
/// Of which single files there are how many; Applications of Argo CD are the rest.
const SINGLE: [(&str, usize); 4] = [
    ("crds", 40),
    ("dashboards", 60),
    ("legacy", 50),
    ("rbac", 100),
];
const FILLER: &str = "argocd";
const LIMIT: Duration = Duration::from_secs(300);

const RELEASE: &str = include_str!("repository/release.txt");
const SINGLES: &str = include_str!("repository/single.txt");
const PLANTED: &str = include_str!("repository/planted.txt");
const PLANTED_STAGED: &str = include_str!("repository/planted-staged.txt");

/// The repository on the disk.
pub(super) struct Repository {
    folder: PathBuf,
    home: PathBuf,
    /// The files in it that hold a Secret in plaintext, the staged one last.
    pub(super) planted: Vec<String>,
}

impl Repository {
    /// Makes it in an empty folder.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let planted = archive::files(PLANTED, &Values::new(), noise_of);
        let planted_and_staged = archive::files(PLANTED_STAGED, &Values::new(), noise_of);
        let repository = Self {
            folder: folder.join("repository"),
            home: folder.join("home"),
            planted: planted
                .keys()
                .chain(planted_and_staged.keys())
                .cloned()
                .collect(),
        };
        fs::create_dir(&repository.folder)?;
        fs::create_dir(&repository.home)?;
        let mut files = committed();
        files.extend(planted);
        let missing = COMMITTED
            .checked_sub(files.len())
            .context("more files than there are to be")?;
        files.extend(singles(missing));
        ensure!(
            files.len() == COMMITTED,
            "{} files instead of {COMMITTED}",
            files.len()
        );
        repository.write(&files)?;
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        repository.git(&["add", "--all"])?;
        repository.git(&["commit", "--quiet", "--message=Everything"])?;
        // As after a clone.
        repository.git(&["repack", "-a", "-d", "--quiet"])?;

        let mut files = changed(&files)?;
        files.extend(planted_and_staged);
        ensure!(
            files.len() == STAGED,
            "{} files instead of {STAGED}",
            files.len()
        );
        repository.write(&files)?;
        repository.git(&["add", "--all"])?;
        Ok(repository)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program that runs in the repository, in an environment that is the same everywhere.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("LC_ALL", "C.UTF-8")
            .env("RAYON_NUM_THREADS", "1");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "bench")
                .env(format!("GIT_{who}_EMAIL"), "bench@rseal.invalid")
                .env(format!("GIT_{who}_DATE"), "2024-01-01T00:00:00Z");
        }
        command
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        command::succeed(self.command("git").args(arguments), &[], LIMIT).map(drop)
    }

    fn write(&self, files: &BTreeMap<String, String>) -> Result<()> {
        for (name, text) in files {
            let path = self.folder.join(name);
            let parent = path.parent().context("a file lies in a folder")?;
            fs::create_dir_all(parent)?;
            fs::write(&path, text).with_context(|| name.clone())?;
        }
        Ok(())
    }
}

/// Applications with their overlays, and releases.
fn committed() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for number in 0..APPS {
        let app = App::new(number);
        files.extend(app.base());
        for stage in ["dev", "staging", "production"] {
            files.extend(app.overlay(stage));
        }
    }
    for number in 0..RELEASES {
        let (team, word) = (
            TEAMS[number % TEAMS.len()],
            WORDS[number / TEAMS.len() % WORDS.len()],
        );
        let values = Values::new()
            .with("name", format!("{word}-for-{team}"))
            .with("namespace", format!("infrastructure-{team}"))
            .with("number", number.to_string())
            .with_flags(if number.is_multiple_of(3) {
                &["auth"]
            } else {
                &[]
            });
        files.extend(under(
            &format!("infrastructure/{number}"),
            archive::files(RELEASE, &values, noise_of),
        ));
    }
    files
}

/// As many files that stand alone as are asked for.
fn singles(count: usize) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for number in 0.. {
        let app = App::new(number % APPS);
        let values = app
            .values("production")
            .with("number", number.to_string())
            .with("fields", fields(150 + number))
            .with("panels", panels(40 + number));
        for (name, text) in archive::files(SINGLES, &values, noise_of) {
            let kind = name.split('/').next().unwrap_or_default();
            let wanted = kind == FILLER
                || SINGLE
                    .iter()
                    .any(|(single, most)| *single == kind && number < *most);
            if wanted && files.len() < count {
                files.insert(name, text);
            }
        }
        if files.len() == count {
            break;
        }
    }
    files
}

/// What is staged: new overlays, and changes of some files.
fn changed(files: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let mut changed = BTreeMap::new();
    for number in [0, 2] {
        changed.extend(App::new(number).overlay("qa"));
    }
    for number in 3..14 {
        let name = format!("{}/base/deployment.yaml", App::new(number).folder());
        let text = files.get(&name).with_context(|| format!("no {name}"))?;
        changed.insert(name, text.replace("replicas: 2", "replicas: 4"));
    }
    Ok(changed)
}

/// The properties of a definition.
fn fields(count: usize) -> String {
    let field = |number| {
        format!(
            "                field{number}:\n                  description: How long to wait between two tries.\n                  type: string\n"
        )
    };
    (0..count).map(field).collect()
}

/// The panels of a dashboard.
fn panels(count: usize) -> String {
    let panel = |number| {
        format!(
            "        {{\n          \"id\": {number},\n          \"type\": \"timeseries\",\n          \"targets\": [{{ \"expr\": \"rate(requests_total[5m])\" }}]\n        }},\n"
        )
    };
    (1..=count).map(panel).collect()
}
