//! Files and standard input, read whole into buffers that are wiped.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::message::{Failure, os_text};

/// Room for one read from a stream whose length is not known.
const CHUNK: usize = 64 * 1024;
/// The least that is asked for in one read. The standard library reads less than this from standard
/// input through a buffer of its own, which stays as it is until the program ends.
const LEAST: usize = 16 * 1024;

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
    read(io::stdin().lock(), length_of_stdin())
        .map_err(|error| Failure::new(format!("read standard input: {}", os_text(&error))))
}

/// The length of the file that standard input is; 0 for anything else.
fn length_of_stdin() -> usize {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        let stdin = io::stdin().as_fd().try_clone_to_owned().map(File::from);
        let metadata = stdin.and_then(|stdin| stdin.metadata());
        if let Ok(metadata) = metadata
            && metadata.is_file()
        {
            return usize::try_from(metadata.len()).unwrap_or(0);
        }
    }
    0
}

/// Reads to the end. A buffer that is too small is replaced, not grown, because growing would
/// leave an unwiped copy of what was read behind.
fn read(mut source: impl Read, expected: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let size = if expected == 0 {
        CHUNK
    } else {
        expected + LEAST
    };
    let mut buffer = Zeroizing::new(vec![0; size]);
    let mut length = 0;
    loop {
        if buffer.len() - length < LEAST {
            let mut larger = Zeroizing::new(vec![0; buffer.len() * 2]);
            larger[..length].copy_from_slice(&buffer[..length]);
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
    use std::io::{self, BufReader, Read};

    use super::{CHUNK, read};

    #[test]
    fn everything_is_read_whatever_length_was_expected() {
        let source: Vec<u8> = (0..3 * CHUNK + 7).map(|n| (n % 251) as u8).collect();
        for expected in [0, 1, CHUNK, source.len(), source.len() + 10] {
            let read = read(source.as_slice(), expected).expect("memory does not fail");
            assert_eq!(read.as_slice(), source);
        }
    }

    /// Gives a few bytes at a time, as a pipe does, and notes the smallest read.
    struct Pipe {
        left: usize,
        smallest: usize,
    }

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.smallest = self.smallest.min(buffer.len());
            let count = self.left.min(buffer.len()).min(4999);
            self.left -= count;
            Ok(count)
        }
    }

    #[test]
    fn nothing_goes_through_the_buffer_of_standard_input() {
        for expected in [0, 1, CHUNK, 5 * CHUNK] {
            let mut pipe = Pipe {
                left: 5 * CHUNK,
                smallest: usize::MAX,
            };
            let read = read(&mut pipe, expected).expect("memory does not fail");
            assert_eq!(read.len(), 5 * CHUNK);
            // Standard input is a reader like this one, which passes larger reads on.
            assert!(pipe.smallest >= BufReader::new(pipe).capacity());
        }
    }
}
