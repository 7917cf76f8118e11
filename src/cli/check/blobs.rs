//! Files as git has them: what is staged, and what the commits of a range brought.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use rayon::iter::{ParallelBridge as _, ParallelIterator as _};

use super::super::git::{self, Batch, Range};
use super::super::message::Failure;
use super::Seen;
use crate::check::{Inspection, LARGEST_FILE, Options, inspect};
use crate::git::{Content, Entry};

/// What the next commit changes.
pub(super) fn staged(options: &Options) -> Result<Seen, Failure> {
    let (entries, batch) = git::staged()?;
    Ok(Seen {
        inspections: all(entries, batch, options)?,
        whole: false,
        read: Box::new(|path| git::show("", path)),
    })
}

/// What each commit of the range brought.
pub(super) fn range(range: &Range, options: &Options) -> Result<Seen, Failure> {
    let (mut entries, batch) = git::changes(range)?;
    let mut seen = HashSet::new();
    // The first commit that brought a content to a path is the one to name.
    entries.retain(|entry| seen.insert((entry.blob.clone(), entry.path.clone())));
    let last = range.last.clone();
    Ok(Seen {
        inspections: all(entries, batch, options)?,
        whole: false,
        read: Box::new(move |path| git::show(&last, path)),
    })
}

fn all(entries: Vec<Entry>, batch: Batch, options: &Options) -> Result<Vec<Inspection>, Failure> {
    let mut inspections = Vec::new();
    if entries.is_empty() {
        return Ok(inspections);
    }
    let prefix = git::prefix()?;
    let (unmerged, entries): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.is_unmerged);
    for entry in unmerged {
        let why = "it has to be merged first: not read";
        inspections.push(Inspection::skipped(&from(&prefix, &entry.path), why));
    }
    let one = |(index, (entry, content)): (usize, (&Entry, Result<Content, Failure>))| {
        let path = from(&prefix, &entry.path);
        let inspection = match content {
            Ok(Content::Bytes(bytes)) => inspect(&path, &bytes, options),
            Ok(Content::TooLarge) => Inspection::too_large(&path),
            Err(failure) => return (index, Err(failure)),
        };
        let inspection = match &entry.commit {
            Some(commit) => inspection.at_commit(commit),
            None => inspection,
        };
        (index, Ok(inspection))
    };
    let is_of_interest = |(_, found): &(usize, Result<Inspection, Failure>)| {
        found.as_ref().map_or(true, |found| !found.is_empty())
    };
    // git gives one content after the other, so that only a few are in memory.
    let blobs = entries.iter().map(|entry| entry.blob.as_str());
    let contents = entries.iter().zip(batch.contents(blobs, LARGEST_FILE));
    let contents = contents.enumerate();
    let mut found: Vec<_> = match super::threads(entries.len()) {
        Some(threads) => threads.install(|| {
            let contents = contents.par_bridge();
            contents.map(one).filter(is_of_interest).collect()
        }),
        None => contents.map(one).filter(is_of_interest).collect(),
    };
    found.sort_unstable_by_key(|(index, _)| *index);
    for (_, inspection) in found {
        inspections.push(inspection?);
    }
    Ok(inspections)
}

/// A path from the top as it is seen from the folder `prefix`.
fn from(prefix: &Path, path: &Path) -> PathBuf {
    let mut up = prefix.components();
    let mut down = path.components();
    while let (Some(a), Some(b)) = (up.clone().next(), down.clone().next())
        && a == b
    {
        up.next();
        down.next();
    }
    let mut seen: PathBuf = up.map(|_| Component::ParentDir).collect();
    seen.push(down.as_path());
    seen
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::from;

    #[test]
    fn a_path_is_shown_as_it_is_seen_from_here() {
        for (prefix, path, seen) in [
            ("", "a/b", "a/b"),
            ("a/", "a/b", "b"),
            ("a/", "b", "../b"),
            ("a/b/", "a/c/d", "../c/d"),
            ("a/b/", "c", "../../c"),
        ] {
            let from = from(Path::new(prefix), Path::new(path));
            assert_eq!(from, PathBuf::from(seen), "{prefix} {path}");
        }
    }
}
