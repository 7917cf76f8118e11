//! Contents of blobs, of one `git cat-file --batch` for all of them.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use zeroize::Zeroizing;

use super::super::message::{Failure, os_text};

/// How many contents are asked for before the first is read. The names of so many fit into the
/// smallest pipe, so that git and we never wait for each other.
const AHEAD: usize = 32;

/// A git that waits for names of blobs.
pub(in crate::cli) struct Batch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// A content.
pub(in crate::cli) enum Content {
    /// All of it.
    Bytes(Zeroizing<Vec<u8>>),
    /// It is larger than asked for, and was not kept.
    TooLarge,
}

impl Batch {
    pub(super) fn start() -> Result<Self, Failure> {
        let mut git = super::git();
        git.args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = super::start(&mut git)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                output: BufReader::new(output),
            }),
            _ => Err(Failure::new("git cannot be run: no pipe to it")),
        }
    }

    /// The contents of `blobs` up to `largest` bytes, one after the other.
    pub(in crate::cli) fn contents<'b>(
        mut self,
        blobs: impl Iterator<Item = &'b str>,
        largest: usize,
    ) -> impl Iterator<Item = Result<Content, Failure>> {
        let mut blobs = blobs;
        let mut asked = VecDeque::with_capacity(AHEAD);
        std::iter::from_fn(move || {
            let mut names = String::new();
            while asked.len() < AHEAD
                && let Some(blob) = blobs.next()
            {
                names.push_str(blob);
                names.push('\n');
                asked.push_back(blob);
            }
            let blob = asked.pop_front()?;
            let content = self.input.write_all(names.as_bytes());
            let content = content.and_then(|()| self.content(blob, largest));
            Some(content.map_err(|error| {
                Failure::new(format!("git cat-file: blob {blob}: {}", os_text(&error))).hint(
                    "git fetch --refetch brings what a partial clone lacks, and git fsck says \
                         what else is wrong"
                        .to_owned(),
                )
            }))
        })
    }

    fn content(&mut self, blob: &str, largest: usize) -> io::Result<Content> {
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        let size = head
            .strip_prefix(blob)
            .and_then(|head| head.strip_prefix(" blob "))
            .and_then(|size| size.trim_end().parse::<u64>().ok())
            .ok_or_else(|| {
                io::Error::other(match head.is_empty() {
                    true => "no answer",
                    false => "not in the repository",
                })
            })?;
        let mut content = (&mut self.output).take(size);
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
        self.output.read_exact(&mut end)?;
        Ok(answer)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It waits for more names otherwise, and nobody waits for it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
