//! Files as they lie on the disk: a work tree, folders, files that were named, standard input.

use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal as _, Seek as _};
use std::path::{Component, Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::super::face::Face;
use super::super::message::{self, Failure, os_text};
use super::super::{git, walk};
use super::buffer::Buffer;
use super::{Reader, STDIN, Seen};
use crate::check::{Inspection, LARGEST_FILE, Options, inspect as inspect_file};

/// Its name where none was given: that of a manifest.
const STDIN_NAME: &str = "stdin.yaml";
/// So many files take long enough for somebody to wonder.
const LONG_WALK: usize = 10_000;

/// A file to be read.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    path: PathBuf,
    /// Whether somebody asked for it, or it was found in a folder.
    is_named: bool,
}

/// Reads what `paths` name, or the current folder.
pub(super) fn inspect(
    paths: &[PathBuf],
    stdin_name: Option<&Path>,
    options: &Options,
) -> Result<Seen, Failure> {
    let here = [PathBuf::from(".")];
    let is_default = paths.is_empty();
    let paths = if is_default { &here } else { paths };
    let (mut wanted, mut inspections) = (Vec::new(), Vec::new());
    let (mut whole, mut from_stdin) = (true, false);
    for path in paths {
        if path.as_os_str() == STDIN {
            whole = false;
            if std::mem::replace(&mut from_stdin, true) {
                return Err(Failure::usage("standard input can be read only once"));
            }
            continue;
        }
        // Without a slash at the end, which would lead through a link, and `./` before it.
        let path = path.components().as_path();
        let path = match path.strip_prefix(".") {
            Ok(rest) if !rest.as_os_str().is_empty() => rest,
            _ => path,
        };
        let metadata = fs::symlink_metadata(path).map_err(|error| at(path, &error))?;
        if metadata.is_symlink() && leads_out(path)? {
            whole = false;
            let why = "a link out of the tree: not followed";
            inspections.push(Inspection::skipped(path, why));
        } else if metadata.is_dir() || metadata.is_symlink() && path.is_dir() {
            let files = walk::files(path, !is_default)?;
            wanted.extend(files.into_iter().map(|path| Wanted {
                path,
                is_named: false,
            }));
        } else {
            whole = false;
            wanted.push(Wanted {
                path: path.to_owned(),
                is_named: true,
            });
        }
    }
    if stdin_name.is_some() && !from_stdin {
        return Err(Failure::usage("--stdin-name is for standard input")
            .hint("rseal check --stdin-name PATH - reads it".to_owned()));
    }
    wanted.sort_unstable();
    // A file that was named and lies in a folder that was: being named counts.
    wanted.dedup_by(|next, first| {
        let same = next.path == first.path;
        first.is_named |= same && next.is_named;
        same
    });
    if is_default && wanted.is_empty() {
        message::note(
            Face::Native,
            "no file to check in this folder, or git ignores them all",
        );
    }
    if from_stdin {
        let name = stdin_name.unwrap_or(Path::new(STDIN_NAME));
        inspections.push(of_stdin(name, options)?);
    }
    inspections.extend(all(&wanted, options)?);
    Ok(Seen {
        inspections,
        whole,
        read: reader(wanted),
    })
}

fn of_stdin(name: &Path, options: &Options) -> Result<Inspection, Failure> {
    let mut buffer = Buffer::new();
    match buffer.read(io::stdin().lock(), 0) {
        Ok(Some(bytes)) => Ok(inspect_file(name, bytes, options)),
        Ok(None) => Ok(Inspection::too_large(name)),
        Err(error) => Err(at(Path::new("standard input"), &error)),
    }
}

/// Whether the link `path` leads out of the repository, or the folder, that it lies in. What leads to
/// a pipe does not: that is a shell's `<(…)`.
fn leads_out(path: &Path) -> Result<bool, Failure> {
    let target = match fs::metadata(path) {
        Ok(target) => target,
        Err(error) => return Err(at(path, &error)),
    };
    if !target.is_file() && !target.is_dir() {
        return Ok(false);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let canonical = |path: &Path| path.canonicalize().map_err(|error| at(path, &error));
    let tree = match git::top(folder) {
        Some(top) => top,
        None => {
            let (here, folder) = (canonical(Path::new("."))?, canonical(folder)?);
            if folder.starts_with(&here) {
                here
            } else {
                folder
            }
        }
    };
    Ok(!canonical(path)?.starts_with(tree))
}

/// Inspects the files on all cores; what has nothing in it is left out.
fn all(wanted: &[Wanted], options: &Options) -> Result<Vec<Inspection>, Failure> {
    let bar = progress(wanted.len());
    let step = |buffer: &mut Buffer, file: &Wanted| {
        let found = one(file, buffer, options);
        if let Some(bar) = &bar {
            bar.inc(1);
        }
        found
    };
    let found: Vec<_> = match super::threads(wanted.len()) {
        Some(threads) => threads.install(|| {
            wanted
                .par_iter()
                .map_init(Buffer::new, step)
                .filter(is_of_interest)
                .collect()
        }),
        None => {
            let mut buffer = Buffer::new();
            wanted
                .iter()
                .map(|file| step(&mut buffer, file))
                .filter(is_of_interest)
                .collect()
        }
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let mut inspections = Vec::with_capacity(found.len());
    for found in found {
        inspections.extend(found?);
    }
    Ok(inspections)
}

fn is_of_interest(found: &Result<Vec<Inspection>, Failure>) -> bool {
    found.as_ref().map_or(true, |found| !found.is_empty())
}

fn one(file: &Wanted, buffer: &mut Buffer, options: &Options) -> Result<Vec<Inspection>, Failure> {
    let path = file.path.as_path();
    if cfg!(not(unix)) && !file.is_named && !is_regular(path) {
        return Ok(Vec::new());
    }
    let mut opened = match open(file) {
        Ok(opened) => opened,
        // Tracked and not there: deleted, or outside of a sparse work tree.
        Err(error) if !file.is_named && is_gone(&error) => return Ok(Vec::new()),
        // A link that was not named leads elsewhere, and a socket cannot be opened.
        Err(_) if !file.is_named && !is_regular(path) => return Ok(Vec::new()),
        Err(error) => return Err(at(path, &error)),
    };
    if !file.is_named {
        // What a folder holds is a small file in nearly every case, and is not asked before what it
        // is. A submodule, which is listed like a file, does not let itself be read.
        match buffer.read_small(&mut opened) {
            Ok(Some(bytes)) => {
                let inspection = inspect_file(path, bytes, options);
                return Ok(Vec::from_iter(
                    (!inspection.is_empty()).then_some(inspection),
                ));
            }
            Ok(None) => opened.rewind().map_err(|error| at(path, &error))?,
            Err(_) if !is_regular(path) => return Ok(Vec::new()),
            Err(error) => return Err(at(path, &error)),
        }
    }
    let metadata = opened.metadata().map_err(|error| at(path, &error))?;
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if expected > LARGEST_FILE {
        return Ok(vec![Inspection::too_large(path)]);
    }
    let bytes = match buffer.read(opened, expected) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(vec![Inspection::too_large(path)]),
        Err(error) => return Err(at(path, &error)),
    };
    let mut found = vec![inspect_file(path, bytes, options)];
    found.retain(|inspection| !inspection.is_empty());
    if metadata.is_file() && bytes.len() < expected {
        let why = "it became shorter while it was read";
        found.push(Inspection::skipped(path, why));
    }
    Ok(found)
}

/// Opens a file; one that was found in a folder without following a link or waiting for a pipe. To
/// ask before what it is would take one more call for each of many thousand files.
fn open(file: &Wanted) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    if !file.is_named {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    options.open(&file.path)
}

fn is_regular(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn at(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {}", path.display(), os_text(error)))
}

/// Reads a file that another one names, if it would be in git.
fn reader(wanted: Vec<Wanted>) -> Reader {
    Box::new(move |path| {
        let path = plain(path);
        let listed = wanted
            .binary_search_by(|file| file.path.as_path().cmp(&path))
            .is_ok();
        // Where there is no repository, what lies there is what would be added to one.
        let counts = listed || git::tracks(&path).ok()?.unwrap_or(true);
        let is_small = |path: &Path| {
            fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST_FILE as u64)
        };
        (counts && is_small(&path)).then(|| fs::read(&path).ok())?
    })
}

/// The path without `.` and, where a folder stands before it, `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match (part, plain.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}

/// A bar for somebody who waits at a terminal.
fn progress(files: usize) -> Option<ProgressBar> {
    if files < LONG_WALK || !io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} files").ok()?;
    Some(bar.with_style(style))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::plain;

    #[test]
    fn paths_are_made_plain() {
        for (path, expected) in [
            ("./a/../b", "b"),
            ("a/b/../../c", "c"),
            ("../a/../b", "../b"),
            ("../../a", "../../a"),
            ("/../a", "/../a"),
        ] {
            assert_eq!(plain(Path::new(path)), PathBuf::from(expected), "{path}");
        }
    }
}
