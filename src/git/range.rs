//! Two ends of a history, as they are typed: `A..B`.
//!
//! Owns what of it may be taken for the name of a commit, so that none becomes a flag of git.

use std::error::Error;
use std::fmt;

/// What `A..B` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ends<'t> {
    /// Everything that it has is left out. None for the beginning of history.
    pub first: Option<&'t str>,
    /// The last commit. None for one that there is no more, as of a branch that is deleted.
    pub last: Option<&'t str>,
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeError {
    /// There is no `..` in it.
    OneCommit,
    /// `A...B` is another question.
    ThreeDots,
    /// Nothing in front of the dots: more likely a variable that is not set than the current commit.
    NoFirst,
    /// A name that begins like a flag, which none can.
    Flag(String),
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneCommit => "two commits are needed, with .. between",
            Self::ThreeDots => "three dots: two are needed",
            Self::NoFirst => "nothing in front of the dots",
            Self::Flag(name) => return write!(f, "no commit can have the name {name}"),
        })
    }
}

impl Error for RangeError {}

impl<'t> Ends<'t> {
    /// What a text names. A name of zeros, as CI systems have it for a branch that is new or gone, is
    /// no commit; a last one that is left out is `HEAD`.
    ///
    /// # Errors
    ///
    /// [`RangeError`]: it is no range.
    pub fn parse(text: &'t str) -> Result<Self, RangeError> {
        let (first, last) = text.split_once("..").ok_or(RangeError::OneCommit)?;
        if last.starts_with('.') {
            return Err(RangeError::ThreeDots);
        }
        if first.is_empty() {
            return Err(RangeError::NoFirst);
        }
        let last = if last.is_empty() { "HEAD" } else { last };
        Ok(Self {
            first: end(first)?,
            last: end(last)?,
        })
    }
}

fn end(name: &str) -> Result<Option<&str>, RangeError> {
    if name.starts_with('-') {
        return Err(RangeError::Flag(name.to_owned()));
    }
    let is_nothing = name.len() >= 40 && name.bytes().all(|byte| byte == b'0');
    Ok((!is_nothing).then_some(name))
}

#[cfg(test)]
mod tests {
    use super::{Ends, RangeError};

    #[test]
    fn both_ends_are_named() {
        let zeros = "0".repeat(40);
        for (text, first, last) in [
            ("a..b", Some("a"), Some("b")),
            ("v1.0..v1.1", Some("v1.0"), Some("v1.1")),
            ("HEAD~2..", Some("HEAD~2"), Some("HEAD")),
            (&format!("{zeros}..b"), None, Some("b")),
            (&format!("a..{zeros}"), Some("a"), None),
            ("000..b", Some("000"), Some("b")),
        ] {
            assert_eq!(Ends::parse(text), Ok(Ends { first, last }), "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for (text, error) in [
            ("", RangeError::OneCommit),
            ("main", RangeError::OneCommit),
            ("a...b", RangeError::ThreeDots),
            ("..b", RangeError::NoFirst),
            ("--all..b", RangeError::Flag("--all".to_owned())),
            ("a..-n", RangeError::Flag("-n".to_owned())),
        ] {
            assert_eq!(Ends::parse(text), Err(error), "{text}");
        }
    }
}
