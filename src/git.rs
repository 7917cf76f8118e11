//! What git writes for programs.
//!
//! Owns the form of its lists of changes and of its contents, and what a range of commits looks like.
//! Pure: it is given bytes and never calls git, which `cli::git` does. Paths are bytes, as for git.

mod blob;
mod changes;
mod range;

use std::path::PathBuf;

pub use blob::{BlobError, Content, read_blob};
pub use changes::{Entry, NoChanges, changes};
pub use range::{Ends, RangeError};

/// A path as git writes it, which is bytes.
#[must_use]
pub fn path(name: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(name))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}
