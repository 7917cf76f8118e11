//! Lists of changes as git writes them for programs: `--raw -z`.
//!
//! Owns their form (upstream: git's `Documentation/diff-format.txt`).

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A file that a commit, or the index, brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name of its content, in hexadecimal digits.
    pub blob: String,
    /// Relative to the top of the work tree.
    pub path: PathBuf,
    /// The commit, in a list that names commits.
    pub commit: Option<Arc<str>>,
    /// Whether two branches changed it, and nobody has decided yet.
    pub is_unmerged: bool,
}

/// An answer that is no list of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoChanges;

impl fmt::Display for NoChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("git answered something that is no list of changes")
    }
}

impl Error for NoChanges {}

/// The files of a list. What is gone, a link or a submodule has no content to look at.
///
/// # Errors
///
/// [`NoChanges`]: it is not what git writes, or not all of it.
pub fn changes(list: &[u8]) -> Result<Vec<Entry>, NoChanges> {
    let mut entries = Vec::new();
    let mut commit: Option<Arc<str>> = None;
    let mut words = list.split(|byte| *byte == 0);
    // After the last end of a word there is none. A word without an end was cut off.
    if words.next_back() != Some(&[]) {
        return Err(NoChanges);
    }
    while let Some(word) = words.next() {
        let text = std::str::from_utf8(word).map_err(|_| NoChanges)?;
        let fields = text.trim_start_matches(':');
        // One mode and one blob for each side: a merge has several before it.
        let before = text.len() - fields.len();
        if before == 0 {
            commit = Some(object_name(text)?.into());
            continue;
        }
        let path = words.next().filter(|path| !path.is_empty());
        let path = path.ok_or(NoChanges)?;
        let sides = before + 1;
        let fields: Vec<&str> = fields.split(' ').collect();
        let (modes, rest) = fields.split_at_checked(sides).ok_or(NoChanges)?;
        let (blobs, status) = rest.split_at_checked(sides).ok_or(NoChanges)?;
        let (&[.., mode], &[.., blob], &[status]) = (modes, blobs, status) else {
            return Err(NoChanges);
        };
        let is_unmerged = status == "U";
        if mode.starts_with("100") || is_unmerged {
            entries.push(Entry {
                blob: object_name(blob)?.to_owned(),
                path: super::path(path),
                commit: commit.clone(),
                is_unmerged,
            });
        }
    }
    Ok(entries)
}

/// A name that may be asked for by a line: hexadecimal digits.
fn object_name(text: &str) -> Result<&str, NoChanges> {
    let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then_some(text).ok_or(NoChanges)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::changes;

    #[test]
    fn a_list_is_read_with_its_commits() {
        let list = b"c1\0:000000 100644 0000 aaaa A\0a b\n\0\
                     :100644 000000 bbbb 0000 D\0gone\0\
                     :000000 120000 0000 cccc A\0link\0\
                     c2\0::100644 100755 100755 dddd eeee ffff MM\0:x\0\
                     :000000 160000 0000 aaaa A\0submodule\0";
        let entries = changes(list).expect("understood");
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
        let entries = changes(b":000000 000000 0000 0000 U\0a\0").expect("understood");
        assert!(entries[0].is_unmerged);
    }

    #[test]
    fn nonsense_is_refused() {
        let lists: [&[u8]; 9] = [
            b":100644\0a\0",
            b":000000 100644 0 1 A",
            b":000000 100644 0 1 A\0",
            b":000000 100644 0 1 A\0\0",
            b":000000 100644 0 1 A\0a",
            b":000000 100644 0 1 A A\0a\0",
            b":000000 100644 0 1\n2 A\0a\0",
            b"main\0:000000 100644 0 1 A\0a\0",
            b"\xff\0",
        ];
        for list in lists {
            assert!(changes(list).is_err(), "{list:?}");
        }
        assert_eq!(changes(b"").ok(), Some(Vec::new()));
    }
}
