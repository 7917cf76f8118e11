//! The door to git: the `git` command, asked for lists and contents.
//!
//! Owns every call of it. What its answers mean is known to the room `git`, where it takes more than a
//! line. The environment is passed on as it is, so that a
//! hook's index, a worktree or an alternate folder counts for us as it does for git. Paths are bytes;
//! nothing that was typed reaches git as a flag.

mod batch;
mod range;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub(super) use batch::Batch;
pub(super) use range::{Range, changes};

use super::message::{Failure, os_text};
use crate::git::{Entry, path};

/// What git says where there is no repository.
const NO_REPOSITORY: &str = "ot a git repository";
/// What git says of a folder that it has to leave out.
const CLOSED_FOLDER: &str = "could not open directory";
/// The commands of git that are called.
const VERBS: [&str; 6] = [
    "check-ignore",
    "diff",
    "diff-tree",
    "ls-files",
    "rev-list",
    "rev-parse",
];
/// Shown of a commit in messages.
const SHORT: usize = 12;

/// Which changed files are of interest: added, copied, modified, renamed, of another type, unmerged.
const CHANGES: &str = "--diff-filter=ACMRTU";

/// The entries of the index that differ from the last commit, or from nothing before the first one.
/// Their contents are asked of a child that is started at the same time.
pub(super) fn staged() -> Result<(Vec<Entry>, Batch), Failure> {
    let batch = Batch::start()?;
    let mut git = git();
    git.args(["diff", "--cached", "--raw", "-z", "--no-abbrev"]);
    git.args(["--no-renames", "--no-relative", CHANGES]);
    let output = run(&mut git)?;
    // Without a repository this command is another one, which does not know what is asked of it.
    if !output.status.success() && git_folder()?.is_none() {
        return Err(no_repository());
    }
    let answer = answer(&git, output)?;
    Ok((entries(&answer)?, batch))
}

/// The files under `folder` that git tracks, or would if everything were added, in the order of their
/// bytes. None outside of a repository.
pub(super) fn files(folder: &Path) -> Result<Option<Vec<PathBuf>>, Failure> {
    let (mut git, listed_in) = list(folder, None);
    let output = match git.output() {
        Ok(output) if is_no_repository(&output) => return Ok(None),
        // Without git there can be no tracked file, unless something looks like a repository.
        Err(error) if error.kind() == io::ErrorKind::NotFound && top(folder).is_none() => {
            return Ok(None);
        }
        output => output.map_err(|error| not_started(&error))?,
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(closed) = said.lines().find(|line| line.contains(CLOSED_FOLDER)) {
        let closed = closed.strip_prefix("warning: ").unwrap_or(closed);
        return Err(Failure::new(closed).hint(CLOSED_HINT.to_owned()));
    }
    let answer = answer(&git, output)?;
    let mut files: Vec<PathBuf> = answer
        .split(|byte| *byte == 0)
        // An untracked repository within this one is listed as `name/`: as little of it as a submodule.
        .filter(|name| !name.is_empty() && !name.ends_with(b"/"))
        .map(|name| match listed_in {
            Some(folder) => folder.join(path(name)),
            None => path(name),
        })
        .collect();
    files.sort_unstable();
    // A file that is not merged yet is listed once for each side.
    files.dedup();
    Ok(Some(files))
}

/// A git that lists what lies in `folder`, or one file of it; and the folder that its answer is
/// relative to, if that is not the current one.
fn list<'f>(folder: &'f Path, file: Option<&OsStr>) -> (Command, Option<&'f Path>) {
    const LIST: [&str; 5] = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let mut git = git();
    git.arg("--literal-pathspecs");
    if is_here(folder) || is_repository_given() {
        let what = file.map_or(folder.to_owned(), |file| folder.join(file));
        git.args(LIST).arg("--").arg(what);
        return (git, None);
    }
    // From within, so that it may be in a submodule or another repository.
    git.arg("-C").arg(folder).args(LIST).arg("--").args(file);
    (git, Some(folder))
}

fn is_here(folder: &Path) -> bool {
    folder == Path::new(".")
}

/// Whether a variable says which repository is meant, as for hooks: git then does not look for the
/// one that a folder is in.
fn is_repository_given() -> bool {
    ["GIT_DIR", "GIT_WORK_TREE"]
        .iter()
        .any(|name| std::env::var_os(name).is_some())
}

/// What can be done about a folder that cannot be read.
pub(super) const CLOSED_HINT: &str =
    "make it readable, or name it in .gitignore if it does not belong here";

/// Whether git leaves out a folder because a .gitignore names it, or a folder that it is in.
pub(super) fn ignores(folder: &Path) -> Result<bool, Failure> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Ok(false);
    };
    let mut git = git();
    // Not a bare name, which might begin like a pattern.
    let path = if is_repository_given() || parent.as_os_str().is_empty() {
        Path::new(".").join(folder)
    } else {
        git.arg("-C").arg(parent);
        Path::new(".").join(name)
    };
    // Not looking into the index, by which a folder with a tracked file would not be ignored.
    git.args(["check-ignore", "--quiet", "--no-index", "--"])
        .arg(path);
    let output = run(&mut git)?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        // The folder is the top of a repository, and what it lies in is none.
        _ if is_no_repository(&output) => Ok(false),
        _ => answer(&git, output).map(|_| false),
    }
}

/// Whether git tracks a file, or would if everything were added; none outside of a repository.
pub(super) fn tracks(file: &Path) -> Result<Option<bool>, Failure> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Ok(Some(false));
    };
    let (mut git, _) = list(folder, Some(name));
    Ok(succeed(&mut git)?.map(|answer| !answer.is_empty()))
}

/// Whether a file of the work tree is what is staged of it.
pub(super) fn is_staged_as_it_is(file: &Path) -> Result<bool, Failure> {
    let mut git = git();
    git.args(["--literal-pathspecs", "diff", "--quiet", "--"])
        .arg(file);
    Ok(run(&mut git)?.status.success())
}

/// Stages a file of the work tree.
pub(super) fn add(file: &Path) -> Result<(), Failure> {
    let mut git = git();
    git.args(["--literal-pathspecs", "add", "--"]).arg(file);
    succeed(&mut git)?.map(drop).ok_or_else(no_repository)
}

/// What stands under a path in a tree, `tree` being a commit, or nothing for the index. The path
/// is relative to the current folder.
pub(super) fn show(tree: &str, file: &Path) -> Option<Vec<u8>> {
    let mut name = OsString::from(format!("{tree}:./"));
    name.push(file);
    let mut git = git();
    git.args(["cat-file", "blob"]).arg(name);
    let output = run(&mut git).ok()?;
    output.status.success().then_some(output.stdout)
}

/// The nearest folder upwards that looks like the top of a repository, found without git.
pub(super) fn top(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let top = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    top.map(Path::to_owned)
}

/// git's own folder of the repository, which all its worktrees share; none outside of one.
pub(super) fn git_folder() -> Result<Option<PathBuf>, Failure> {
    rev_parse(&["--git-common-dir"])
}

/// The top of the work tree; none outside of a repository.
pub(super) fn work_tree() -> Result<Option<PathBuf>, Failure> {
    rev_parse(&["--show-toplevel"])
}

/// The folder in which git looks for hooks; none outside of a repository.
pub(super) fn hooks_folder() -> Result<Option<PathBuf>, Failure> {
    rev_parse(&["--git-path", "hooks"])
}

/// A path that git knows, relative to the current folder or absolute.
fn rev_parse(question: &[&str]) -> Result<Option<PathBuf>, Failure> {
    let mut git = git();
    git.arg("rev-parse").args(question);
    Ok(succeed(&mut git)?.map(|answer| path(line(&answer))))
}

/// The current folder as it is seen from the top of the work tree. Asked of git only where it
/// is not clear: a hook runs at the top.
pub(super) fn prefix() -> Result<PathBuf, Failure> {
    let given = |name| std::env::var_os(name).is_some();
    let is_top = given("GIT_DIR") || Path::new(".git").exists();
    if is_top && !given("GIT_WORK_TREE") {
        return Ok(PathBuf::new());
    }
    rev_parse(&["--show-prefix"])?.ok_or_else(no_repository)
}

/// The first characters of the name of a commit, for people.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

fn git() -> Command {
    let mut git = Command::new("git");
    // Two of its messages are looked for, in the language in which they were written.
    git.env("LC_ALL", "C").stdin(Stdio::null());
    // A clone without all contents would fetch what is asked for, and nothing here asks a network.
    git.env("GIT_NO_LAZY_FETCH", "1");
    git
}

fn start(git: &mut Command) -> Result<Child, Failure> {
    git.spawn().map_err(|error| not_started(&error))
}

fn run(git: &mut Command) -> Result<Output, Failure> {
    git.output().map_err(|error| not_started(&error))
}

fn not_started(error: &io::Error) -> Failure {
    Failure::new(format!("git cannot be run: {}", os_text(error)))
        .hint("git has to be installed and on the PATH".to_owned())
}

/// What git answers; none outside of a repository.
fn succeed(git: &mut Command) -> Result<Option<Vec<u8>>, Failure> {
    let output = run(git)?;
    if is_no_repository(&output) {
        return Ok(None);
    }
    answer(git, output).map(Some)
}

/// What git answers to `input`.
fn feed(git: &mut Command, input: Vec<u8>) -> Result<Vec<u8>, Failure> {
    git.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = start(git)?;
    let pipe = child.stdin.take();
    // Written beside the reading: git answers before it has read everything.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(&input)));
        child.wait_with_output()
    });
    answer(git, output.map_err(|error| not_started(&error))?)
}

fn answer(git: &Command, output: Output) -> Result<Vec<u8>, Failure> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| !line.is_empty()).unwrap_or("");
    let said = said.strip_prefix("fatal: ").unwrap_or(said);
    let verb = git
        .get_args()
        .filter_map(OsStr::to_str)
        .find(|word| VERBS.contains(word));
    Err(Failure::new(format!(
        "git {}: {said}",
        verb.unwrap_or_default()
    )))
}

fn is_no_repository(output: &Output) -> bool {
    !output.status.success() && String::from_utf8_lossy(&output.stderr).contains(NO_REPOSITORY)
}

pub(super) fn no_repository() -> Failure {
    Failure::new("not in a git repository")
}

/// An answer without the end of its line. A name may end in a line feed too: only one is git's.
fn line(answer: &[u8]) -> &[u8] {
    answer.strip_suffix(b"\n").unwrap_or(answer)
}

/// The files of a list of changes.
fn entries(list: &[u8]) -> Result<Vec<Entry>, Failure> {
    crate::git::changes(list).map_err(|error| Failure::new(error.to_string()))
}

fn lines(text: &[u8]) -> impl Iterator<Item = String> {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| String::from_utf8_lossy(line).into_owned())
}
