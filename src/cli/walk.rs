//! Which files a folder has: what git tracks there, or, where there is no git, what lies there.
//!
//! Owns the choice, and the walk without git. What is read of a file is not its business.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::git;
use super::message::{Failure, os_text};

/// The files under `folder`, in the order of their bytes: those that git tracks, ignored or not, and
/// those that it would add. Without a repository, all but what a .gitignore there names. A folder that
/// somebody `named` is read although git ignores it.
pub(super) fn files(folder: &Path, named: bool) -> Result<Vec<PathBuf>, Failure> {
    let Some(mut files) = git::files(folder)? else {
        return walk(folder);
    };
    if named && git::ignores(folder)? {
        // What git tracks there is listed already, whatever a .gitignore says.
        files.extend(walk(folder)?);
        files.sort_unstable();
        files.dedup();
    }
    Ok(files)
}

/// All files, hidden ones included. No link is followed, so the walk ends.
fn walk(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git");
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = entry.map_err(|error| {
            let text = match (error.io_error(), path_of(&error)) {
                (Some(io), Some(path)) => format!("{}: {}", path.display(), os_text(io)),
                _ => error.to_string(),
            };
            Failure::new(text).hint(git::CLOSED_HINT.to_owned())
        })?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let path = entry.into_path();
            files.push(match path.strip_prefix(".") {
                Ok(path) => path.to_owned(),
                Err(_) => path,
            });
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}
