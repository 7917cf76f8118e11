//! Which of the two faces a call is for, decided before any argument is parsed.
//!
//! Owns the names of the verbs, and what counts as one that was mistyped.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// How the program behaves towards its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// As kubeseal: its flags, messages and exit codes.
    DropIn,
    /// The program's own verbs.
    Native,
}

/// What the first word of the native face can be, besides flags.
pub(super) const VERBS: [&str; 3] = ["check", "init", "help"];

/// How far a word may be from a verb to be taken for a slip.
const MOST_EDITS: usize = 2;

impl Face {
    /// The face that `arguments` ask for, the first of which is the name of the program.
    pub(super) fn of(arguments: &[OsString]) -> Self {
        if is_kubeseal(arguments) {
            return Self::DropIn;
        }
        let Some(word) = arguments.get(1).and_then(|word| word.to_str()) else {
            return Self::DropIn;
        };
        match word {
            "-h" | "--help" | "-V" | "--version" => Self::Native,
            _ if VERBS.contains(&word) || meant(word).is_some() => Self::Native,
            _ => Self::DropIn,
        }
    }
}

/// Whether the program was called by kubeseal's name.
pub(super) fn is_kubeseal(arguments: &[OsString]) -> bool {
    let name = arguments.first().map(Path::new).and_then(Path::file_stem);
    name == Some(OsStr::new("kubeseal"))
}

/// The verb that a first word was meant to be, which is none. kubeseal ignores such words, so
/// without this a mistyped `check` would wait for a Secret on standard input.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    if word.starts_with('-') || word.chars().count() <= MOST_EDITS {
        return None;
    }
    VERBS
        .into_iter()
        .map(|verb| (edits(word, verb), verb))
        .filter(|(edits, _)| *edits <= MOST_EDITS)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, verb)| verb)
}

/// How many letters have to be added, removed or changed to make one text the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Face, edits, meant};

    fn face(line: &[&str]) -> Face {
        let line: Vec<OsString> = line.iter().map(OsString::from).collect();
        Face::of(&line)
    }

    #[test]
    fn the_name_of_kubeseal_is_the_drop_in_whatever_follows() {
        for word in ["check", "init", "help", "--help", "-V", "chek"] {
            assert_eq!(face(&["/usr/bin/kubeseal", word]), Face::DropIn, "{word}");
        }
        assert_eq!(face(&["kubeseal.exe", "check"]), Face::DropIn);
    }

    #[test]
    fn a_verb_a_slip_of_one_or_a_question_is_native() {
        for word in ["check", "init", "help", "-h", "--help", "-V", "--version"] {
            assert_eq!(face(&["rseal", word]), Face::Native, "{word}");
        }
        for word in ["chek", "chekc", "Check", "checks", "inti", "hlep"] {
            assert_eq!(face(&["rseal", word]), Face::Native, "{word}");
        }
    }

    #[test]
    fn everything_else_is_the_drop_in() {
        for line in [
            &["rseal"][..],
            &[],
            &["rseal", "tls-secret.yaml"],
            &["rseal", "--cert", "check"],
            &["rseal", "-o", "yaml"],
            &["rseal", "--help=false"],
            &["rseal", "-"],
            &["rseal", "in"],
            &["rseal", ""],
            &["rseal", "-check"],
        ] {
            assert_eq!(face(line), Face::DropIn, "{line:?}");
        }
    }

    #[test]
    fn the_nearest_verb_is_meant() {
        assert_eq!(meant("chek"), Some("check"));
        assert_eq!(meant("init.yaml"), None);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
