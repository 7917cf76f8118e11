//! A git repository of a test, and the program in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A Secret that must be found.
pub(crate) const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: staging}\n\
                                 stringData: {password: canary-5ea}\n";
/// What is said about it, after its path.
pub(crate) const FOUND: &str =
    ":1:1: plaintext-secret: Secret staging/db: 1 value in plaintext (password)";
/// A manifest in which nothing is to be found.
pub(crate) const HARMLESS: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\ndata: {a: b}\n";

/// A folder that goes with the test.
pub(crate) struct Repository {
    _home: TempDir,
    pub(crate) path: PathBuf,
}

/// What a run of the program came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        let run = Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains("canary"), "a value is shown: {text}");
        }
        run
    }

    /// Asserts that exactly these files hold the Secret.
    #[track_caller]
    pub(crate) fn finds(&self, paths: &[&str]) {
        let lines: Vec<_> = self.stdout.lines().collect();
        let expected: Vec<_> = paths.iter().map(|path| format!("{path}{FOUND}")).collect();
        assert_eq!(lines, expected, "{}", self.stderr);
        assert_eq!(
            self.code,
            Some(i32::from(!paths.is_empty())),
            "{}",
            self.stderr
        );
        if paths.is_empty() {
            assert_eq!(self.stderr, "");
        }
    }

    /// Asserts that it could not be done, and what was said.
    #[track_caller]
    pub(crate) fn fails(&self, text: &str) {
        assert_eq!(self.code, Some(2), "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.stderr.starts_with("rseal: error: "), "{}", self.stderr);
        assert!(self.stderr.contains(text), "{}", self.stderr);
    }
}

impl Repository {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        let repository = Self::without_git();
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    /// A folder that is none.
    pub(crate) fn without_git() -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().canonicalize().unwrap().join("repository");
        fs::create_dir(&path).unwrap();
        Self { _home: home, path }
    }

    /// A folder beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().unwrap().join(name)
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn add(&self, path: &str, text: &str) {
        self.write(path, text);
        self.git(&["add", "--force", "--", path]);
    }

    /// Commits what is staged, and gives the commit's name.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&[
            "commit",
            "--quiet",
            "--no-verify",
            "--allow-empty",
            "-m",
            message,
        ]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.path, arguments)
    }

    pub(crate) fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.try_git(folder, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs git, which may fail.
    pub(crate) fn try_git(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.command("git", folder)
            .args(arguments)
            .output()
            .unwrap()
    }

    pub(crate) fn check(&self, arguments: &[&str]) -> Run {
        self.check_in(&self.path, arguments)
    }

    pub(crate) fn check_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        self.rseal(folder, ["check"].iter().chain(arguments))
    }

    pub(crate) fn rseal(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Run {
        let mut rseal = self.command(env!("CARGO_BIN_EXE_rseal"), folder);
        Run::of(&rseal.args(arguments).output().unwrap())
    }

    /// A command in `folder` that knows nothing of the machine's git.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        let bin = Path::new(env!("CARGO_BIN_EXE_rseal")).parent().unwrap();
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", self.beside("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
            .env("GIT_CONFIG_VALUE_0", "always")
            .current_dir(folder)
            .stdin(Stdio::null());
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "nobody")
                .env(format!("GIT_{who}_EMAIL"), "nobody@example.com");
        }
        command
    }
}
