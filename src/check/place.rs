//! Where something stands in a file, also when it was read from a text within the text.

use std::ops::Range;

use super::finding::Span;

/// The beginnings of the lines of a file's text.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
            .collect();
        Self { text, starts }
    }

    /// The line, counted from 1, of the byte at `offset`.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The text of a line, without its end.
    pub(super) fn get(&self, line: usize) -> Option<&'a str> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).map_or(self.text.len(), |end| end - 1);
        self.text.get(start..end)
    }

    /// How many characters there are between two bytes of a line. In a very long line they are not
    /// counted for each of its objects: there it is the number of bytes.
    fn column(&self, start: usize, end: usize) -> usize {
        const LONG: usize = 64 * 1024;
        match self.text.get(start..end) {
            Some(text) if text.len() <= LONG => text.chars().count(),
            _ => end - start,
        }
    }

    fn span(&self, range: &Range<usize>) -> Span {
        let line = self.line(range.start);
        let start = self.starts[line - 1];
        // What ends with a line end does not reach into the next line.
        let text = self.text.get(range.clone()).unwrap_or_default();
        let end = range.start + text.trim_ascii_end().len();
        Span {
            line,
            column: 1 + self.column(start, range.start),
            end_line: self.line(end.max(range.start)).max(line),
        }
    }
}

/// How a place in a text becomes one in the file.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// The text stands in the file, from this byte on.
    File { lines: &'a Lines<'a>, offset: usize },
    /// It stands there in another notation, so that only the whole has a place.
    Whole(Span),
}

impl Origin<'_> {
    /// The place of `range` in the text that has this origin.
    pub(super) fn span(self, range: &Range<usize>) -> Span {
        match self {
            Self::File { lines, offset } => lines.span(&(offset + range.start..offset + range.end)),
            Self::Whole(span) => span,
        }
    }

    /// The origin of what starts at `offset` of the text that has this one.
    pub(super) fn at(self, offset: usize) -> Self {
        match self {
            Self::File {
                lines,
                offset: start,
            } => Self::File {
                lines,
                offset: start + offset,
            },
            Self::Whole(_) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Origin};

    #[test]
    fn a_range_has_a_line_and_a_column() {
        let text = "a: ü\n  b: 1\n  c: 2\n";
        let lines = Lines::of(text);
        let origin = Origin::File {
            lines: &lines,
            offset: 0,
        };
        let span = |from, to| {
            let span = origin.span(&(from..to));
            (span.line, span.column, span.end_line)
        };
        assert_eq!(span(0, 1), (1, 1, 1));
        assert_eq!(span(3, 5), (1, 4, 1));
        assert_eq!(span(8, 20), (2, 3, 3));
        assert_eq!(lines.get(2), Some("  b: 1"));
        assert_eq!(lines.get(4), Some(""));
        assert_eq!(lines.get(5), None);
    }
}
