//! Lists of changes as git writes them for programs: `--raw -z`.
//!
//! Owns their form (upstream: git's `Documentation/diff-format.txt`).

use std::path::PathBuf;
use std::sync::Arc;

use super::super::message::Failure;

/// A file that a commit, or the index, brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Entry {
    /// Its content.
    pub(in crate::cli) blob: String,
    /// Relative to the top of the work tree.
    pub(in crate::cli) path: PathBuf,
    /// The commit, in a list that names commits.
    pub(in crate::cli) commit: Option<Arc<str>>,
    /// Whether two branches changed it, and nobody has decided yet.
    pub(in crate::cli) is_unmerged: bool,
}

/// The files of a list. What is gone, a link or a submodule has no content to look at.
pub(super) fn parse(list: &[u8]) -> Result<Vec<Entry>, Failure> {
    let wrong = || Failure::new("git answered something that is no list of changes");
    let mut entries = Vec::new();
    let mut commit: Option<Arc<str>> = None;
    let mut words = list.split(|byte| *byte == 0);
    while let Some(word) = words.next() {
        if word.is_empty() {
            continue;
        }
        let text = std::str::from_utf8(word).map_err(|_| wrong())?;
        let fields = text.trim_start_matches(':');
        // One mode and one blob for each side: a merge has several before it.
        let before = text.len() - fields.len();
        if before == 0 {
            commit = Some(text.into());
            continue;
        }
        let path = words.next().ok_or_else(wrong)?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let &[.., status] = fields.as_slice() else {
            return Err(wrong());
        };
        let sides = before + 1;
        let (Some(mode), Some(blob)) = (fields.get(sides - 1), fields.get(2 * sides - 1)) else {
            return Err(wrong());
        };
        let is_unmerged = status == "U";
        if mode.starts_with("100") || is_unmerged {
            entries.push(Entry {
                blob: (*blob).to_owned(),
                path: super::path(path),
                commit: commit.clone(),
                is_unmerged,
            });
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::parse;

    #[test]
    fn a_list_is_read_with_its_commits() {
        let list = b"c1\0:000000 100644 0000 aaaa A\0a b\n\0\
                     :100644 000000 bbbb 0000 D\0gone\0\
                     :000000 120000 0000 cccc A\0link\0\
                     c2\0::100644 100755 100755 dddd eeee ffff MM\0:x\0\
                     :000000 160000 0000 aaaa A\0submodule\0";
        let entries = parse(list).expect("understood");
        let shown: Vec<_> = entries
            .iter()
            .map(|entry| {
                let commit = entry.commit.as_deref().unwrap_or_default();
                (commit, entry.blob.as_str(), entry.path.as_path())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("c1", "aaaa", Path::new("a b\n")),
                ("c2", "ffff", Path::new(":x"))
            ]
        );
    }

    #[test]
    fn what_is_not_merged_is_said() {
        let entries = parse(b":000000 000000 0000 0000 U\0a\0").expect("understood");
        assert!(entries[0].is_unmerged);
    }

    #[test]
    fn nonsense_is_refused() {
        for list in [&b":100644\0a\0"[..], b":000000 100644 0 1 A", b"\xff\0"] {
            assert!(parse(list).is_err(), "{list:?}");
        }
        assert_eq!(parse(b"").ok(), Some(Vec::new()));
    }
}
