//! Contents of blobs, of one `git cat-file --batch` for all of them.

use std::collections::VecDeque;
use std::io::{BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::super::message::{Failure, os_text};
use crate::git::{BlobError, Content, read_blob};

/// How many contents are asked for before the first is read. The names of so many fit into the
/// smallest pipe, so that git and we never wait for each other.
const AHEAD: usize = 32;

/// A git that waits for names of blobs.
pub(in crate::cli) struct Batch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
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
            let written = self.input.write_all(names.as_bytes());
            let content = match written {
                Ok(()) => read_blob(&mut self.output, blob, largest),
                Err(error) => Err(error.into()),
            };
            Some(content.map_err(|error| {
                let why = match error {
                    BlobError::Read(error) => os_text(&error),
                    error => error.to_string(),
                };
                Failure::new(format!("git cat-file: blob {blob}: {why}")).hint(
                    "git fetch --refetch brings what a partial clone lacks, and git fsck says \
                         what else is wrong"
                        .to_owned(),
                )
            }))
        })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It waits for more names otherwise, and nobody waits for it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
