//! Room for one file after the other, wiped at the end: any of them may hold a secret.

use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::check::LARGEST_FILE;

/// The least that is asked for in one read; see [`super::super::input`].
const LEAST: usize = 16 * 1024;
/// What most files fit into.
const USUAL: usize = 64 * 1024;

/// The bytes of a file, and of those before it.
pub(super) struct Buffer(Zeroizing<Vec<u8>>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(Zeroizing::new(vec![0; USUAL]))
    }

    /// Reads to the end, about `expected` bytes; none where it is more than is ever looked at.
    pub(super) fn read(
        &mut self,
        mut source: impl Read,
        expected: usize,
    ) -> io::Result<Option<&[u8]>> {
        self.make_room(0, expected.min(LARGEST_FILE) + LEAST);
        let mut length = 0;
        while length <= LARGEST_FILE {
            if self.0.len() - length < LEAST {
                self.make_room(length, self.0.len() * 2);
            }
            match source.read(&mut self.0[length..]) {
                Ok(0) => return Ok(Some(&self.0[..length])),
                // All of it, and nobody has to ask once more whether there is more.
                Ok(count) if length + count == expected => {
                    return Ok(Some(&self.0[..expected]));
                }
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Reads a file that fits into the buffer to its end; none where it may be more.
    pub(super) fn read_small(&mut self, source: &mut impl Read) -> io::Result<Option<&[u8]>> {
        let mut length = 0;
        while length < self.0.len() {
            match source.read(&mut self.0[length..]) {
                Ok(0) => return Ok(Some(&self.0[..length])),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Makes it `size` bytes long, of which the first `length` are kept. A new buffer, because one
    /// that grows leaves an unwiped copy behind.
    fn make_room(&mut self, length: usize, size: usize) {
        if self.0.len() < size {
            let mut larger = Zeroizing::new(vec![0; size]);
            larger[..length].copy_from_slice(&self.0[..length]);
            self.0 = larger;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, USUAL};
    use crate::check::LARGEST_FILE;

    #[test]
    fn each_file_is_read_whole_whatever_was_expected_and_was_there_before() {
        let source: Vec<u8> = (0..3 * USUAL + 7).map(|n| (n % 251) as u8).collect();
        let mut buffer = Buffer::new();
        for (length, expected) in [(source.len(), 0), (3, 5), (0, 0), (source.len(), 1), (9, 2)] {
            let read = buffer.read(&source[..length], expected).expect("readable");
            assert_eq!(read, Some(&source[..length]));
        }
    }

    /// As a file of a network or of a program may do.
    #[test]
    fn a_file_may_give_less_than_it_is_asked_for() {
        use std::io::{Cursor, Read as _};
        let mut pieces = Cursor::new(b"a: 1\n").chain(Cursor::new(b"b: 2\n"));
        let mut buffer = Buffer::new();
        let read = buffer.read_small(&mut pieces).expect("readable");
        assert_eq!(read, Some(&b"a: 1\nb: 2\n"[..]));
        let mut large = Cursor::new(b"c").chain(std::io::repeat(b'd').take(USUAL as u64));
        assert_eq!(buffer.read_small(&mut large).expect("readable"), None);
    }

    #[test]
    fn what_is_too_large_is_not_read_to_its_end() {
        let mut buffer = Buffer::new();
        let endless = std::io::repeat(b'x');
        assert_eq!(buffer.read(endless, 0).expect("readable"), None);
        let largest = vec![b'x'; LARGEST_FILE];
        let read = buffer.read(largest.as_slice(), 0).expect("readable");
        assert_eq!(read.map(<[u8]>::len), Some(LARGEST_FILE));
    }
}
