//! Contents, as `cat-file --batch` writes them one after the other.
//!
//! Owns their form (upstream: git's `Documentation/git-cat-file.txt`, "Batch output").

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Read as _};

use zeroize::Zeroizing;

/// The longest line in front of a content: the name in SHA-256, the type, and a size of 64 bits.
const LONGEST_HEAD: u64 = 128;

/// A content.
#[derive(PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Bytes(Zeroizing<Vec<u8>>),
    /// It is larger than asked for, and was not kept.
    TooLarge,
}

/// Why there is no content.
#[derive(Debug)]
#[non_exhaustive]
pub enum BlobError {
    /// git wrote nothing.
    NoAnswer,
    /// git has nothing of that name, or something that is no file's content.
    Missing,
    /// It ended early, or could not be read.
    Read(io::Error),
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer => f.write_str("no answer"),
            Self::Missing => f.write_str("not in the repository"),
            Self::Read(error) => error.fmt(f),
        }
    }
}

impl Error for BlobError {}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// The next content, which has to be that of the blob `name`; kept if it has at most `largest` bytes.
///
/// # Errors
///
/// [`BlobError`]. What follows in `answers` then is of no use.
pub fn read_blob(
    answers: &mut impl BufRead,
    name: &str,
    largest: usize,
) -> Result<Content, BlobError> {
    let mut head = Vec::new();
    answers
        .by_ref()
        .take(LONGEST_HEAD)
        .read_until(b'\n', &mut head)?;
    if head.is_empty() {
        return Err(BlobError::NoAnswer);
    }
    let size = size(&head, name).ok_or(BlobError::Missing)?;
    let mut content = answers.by_ref().take(size);
    let answer = match usize::try_from(size) {
        Ok(size) if size <= largest => {
            let mut bytes = Zeroizing::new(vec![0; size]);
            content.read_exact(&mut bytes)?;
            Content::Bytes(bytes)
        }
        _ => {
            io::copy(&mut content, &mut io::sink())?;
            Content::TooLarge
        }
    };
    let mut end = [0];
    answers.read_exact(&mut end)?;
    Ok(answer)
}

/// The size that a whole head gives to the blob `name`.
fn size(head: &[u8], name: &str) -> Option<u64> {
    let head = std::str::from_utf8(head).ok()?.strip_suffix('\n')?;
    let size = head.strip_prefix(name)?.strip_prefix(" blob ")?;
    // Not with a sign, which would be taken otherwise.
    size.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| size.parse().ok())?
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{BlobError, Content, read_blob};

    fn bytes(content: &str) -> Content {
        Content::Bytes(Zeroizing::new(content.as_bytes().to_vec()))
    }

    #[test]
    fn one_content_follows_another() {
        let mut answers = &b"a1 blob 3\nx\ny\nb2 blob 0\n\nc3 blob 4\nlong\nd4 blob 2\nok\n"[..];
        let largest = 3;
        for (name, content) in [
            ("a1", bytes("x\ny")),
            ("b2", bytes("")),
            ("c3", Content::TooLarge),
            ("d4", bytes("ok")),
        ] {
            let read = read_blob(&mut answers, name, largest);
            assert!(read.is_ok_and(|read| read == content), "{name}");
        }
        let end = read_blob(&mut answers, "e5", largest);
        assert!(matches!(end, Err(BlobError::NoAnswer)));
    }

    #[test]
    fn what_is_no_content_of_that_name_is_refused() {
        for answer in [
            "a1 missing\n",
            "b2 blob 1\nx\n",
            "a1 commit 1\nx\n",
            "a1 blob +1\nx\n",
            "a1 blob \n\n",
            "a1 blob 1",
            "a1 blob 99999999999999999999\nx\n",
        ] {
            let read = read_blob(&mut answer.as_bytes(), "a1", 9);
            assert!(matches!(read, Err(BlobError::Missing)), "{answer:?}");
        }
    }

    #[test]
    fn a_content_that_ends_early_is_no_content() {
        for answer in ["a1 blob 3\nxy", "a1 blob 3\nxyz", "a1 blob 99\nxyz"] {
            let read = read_blob(&mut answer.as_bytes(), "a1", 9);
            assert!(matches!(read, Err(BlobError::Read(_))), "{answer:?}");
        }
    }

    #[test]
    fn a_head_without_an_end_is_not_kept() {
        let mut endless = std::io::BufReader::new(std::io::repeat(b'a'));
        let read = read_blob(&mut endless, "a1", 9);
        assert!(matches!(read, Err(BlobError::Missing)));
    }
}
