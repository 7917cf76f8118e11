//! Files and standard input, read whole into buffers that are wiped.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::message::{Failure, os_text};

/// Room for one read from a stream whose length is not known.
const CHUNK: usize = 64 * 1024;

/// Opens a file; the error is worded as kubeseal words it.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path)
        .map_err(|error| Failure::new(format!("open {}: {}", path.display(), os_text(&error))))
}

/// Reads an open file to its end.
pub(super) fn read_file(file: File, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    read(file, usize::try_from(length).unwrap_or(0))
        .map_err(|error| Failure::new(format!("read {}: {}", path.display(), os_text(&error))))
}

/// Reads standard input to its end.
pub(super) fn read_stdin() -> Result<Zeroizing<Vec<u8>>, Failure> {
    read(io::stdin().lock(), 0)
        .map_err(|error| Failure::new(format!("read standard input: {}", os_text(&error))))
}

/// Reads to the end. A buffer that is too small is replaced, not grown, because growing would
/// leave an unwiped copy of what was read behind.
fn read(mut source: impl Read, expected: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; (expected + 1).max(CHUNK)]);
    let mut length = 0;
    loop {
        if length == buffer.len() {
            let mut larger = Zeroizing::new(vec![0; buffer.len() * 2]);
            larger[..length].copy_from_slice(&buffer);
            buffer = larger;
        }
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(length);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, read};

    #[test]
    fn everything_is_read_whatever_length_was_expected() {
        let source: Vec<u8> = (0..3 * CHUNK + 7).map(|n| (n % 251) as u8).collect();
        for expected in [0, 1, CHUNK, source.len(), source.len() + 10] {
            let read = read(source.as_slice(), expected).expect("memory does not fail");
            assert_eq!(read.as_slice(), source);
        }
    }
}
