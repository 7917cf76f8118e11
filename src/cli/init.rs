//! `rseal init`: prepares a repository.
//!
//! Owns git's pre-commit hook, `init/pre-commit.sh`. A hook that is there is never lost: it moves
//! aside and is called by ours.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::face::Face;
use super::git;
use super::message::{self, Failure, os_text};

const HOOK: &str = include_str!("init/pre-commit.sh");
const NAME: &str = "pre-commit";
/// Where the hook goes that was there before; ours knows the name too.
const KEPT: &str = "pre-commit.before-rseal";
/// What a hook has in it that runs the check.
const CALL: &str = "rseal check";
/// A file beside the hooks that husky writes, and writes anew whenever it is run.
const HUSKY: &str = "h";

/// Prepare a git repository: install the hook that runs check before each commit
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Install a hook: git, for the pre-commit hook of git itself
    #[arg(long, value_name = "KIND", value_enum)]
    hook: Option<Hook>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Hook {
    Git,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.hook {
        Some(Hook::Git) => install(),
        None => Err(Failure::usage("nothing to do").hint(
            "rseal init --hook git has git run rseal check --staged before each commit".to_owned(),
        )),
    }
}

fn install() -> Result<(), Failure> {
    let folder = git::hooks_folder()?.ok_or_else(git::no_repository)?;
    refuse_foreign(&folder)?;
    let (hook, kept) = (folder.join(NAME), folder.join(KEPT));
    let there = fs::symlink_metadata(&hook).is_ok();
    if there {
        if runs_check(&hook) {
            let text = format!(
                "{} runs rseal check already: nothing changed",
                hook.display()
            );
            message::note(Face::Native, &text);
            return Ok(());
        }
        if fs::symlink_metadata(&kept).is_ok() {
            let text = format!(
                "{} does not run rseal check, and {} is there from an earlier time",
                hook.display(),
                kept.display()
            );
            return Err(Failure::new(text).hint(
                "put `rseal check --staged` into the first, or remove the second".to_owned(),
            ));
        }
    }
    let wrong = |error: &io::Error| failed(&hook, error);
    fs::create_dir_all(&folder).map_err(|error| wrong(&error))?;
    let written = write(&folder).map_err(|error| wrong(&error))?;
    if there {
        fs::rename(&hook, &kept).map_err(|error| wrong(&error))?;
    }
    if let Err(error) = written.persist_noclobber(&hook) {
        if there {
            // As it was before.
            let _ = fs::rename(&kept, &hook);
        }
        return Err(wrong(&error.error));
    }
    let text = format!(
        "{} runs rseal check --staged before each commit",
        hook.display()
    );
    message::note(Face::Native, &text);
    if there {
        let text = format!(
            "the hook that was there is kept as {} and runs first",
            kept.display()
        );
        message::note(Face::Native, &text);
    }
    Ok(())
}

/// A file with the hook in it, which becomes the hook when it gets its name.
fn write(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rseal-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Less what the umask takes away.
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(HOOK.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Whether a line of the hook, one that is no comment, calls the check.
fn runs_check(hook: &Path) -> bool {
    let text = fs::read(hook).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .any(|line| line.contains(CALL) && !line.trim_start().starts_with('#'))
}

/// Refuses folders that are not this repository's own, or whose files are written by a program.
fn refuse_foreign(folder: &Path) -> Result<(), Failure> {
    let homes = [git::git_folder()?, git::work_tree()?];
    let real = real(folder);
    let own = homes
        .iter()
        .flatten()
        .filter_map(|home| home.canonicalize().ok())
        .any(|home| real.starts_with(home));
    if !own {
        let text = format!(
            "git is told by core.hooksPath to take its hooks from {}, which is not in this repository \
             and may serve others",
            folder.display()
        );
        return Err(Failure::new(text).hint(format!(
            "call `rseal check --staged` from {} yourself, or give this repository its own hooks: \
             git config core.hooksPath \"$(git rev-parse --git-common-dir)/hooks\"",
            folder.join(NAME).display()
        )));
    }
    if folder.join(HUSKY).is_file() && folder.ends_with(".husky/_") {
        let text = format!("the hooks in {} are written by husky", folder.display());
        return Err(Failure::new(text)
            .hint("add the line `rseal check --staged` to .husky/pre-commit".to_owned()));
    }
    Ok(())
}

/// The folder without links, as far as it exists.
fn real(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find_map(|there| {
        let here = if there.as_os_str().is_empty() {
            Path::new(".")
        } else {
            there
        };
        Some((there, here.canonicalize().ok()?))
    });
    match there {
        Some((there, real)) => match folder.strip_prefix(there) {
            Ok(rest) => real.join(rest),
            Err(_) => real,
        },
        None => folder.to_owned(),
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("write {}: {}", path.display(), os_text(error)))
}
