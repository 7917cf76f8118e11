//! JSON text to trees.
//!
//! Owns the use of the JSON parser. It reads objects one after the other, with nothing but white
//! space between them, as kubectl does. The parser gives each value as a slice of the source,
//! which is where the byte ranges come from.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::problem::{Problem, ProblemKind};
use super::tree::{Content, Tree};
use crate::encoding::line_of;

/// How deeply JSON may be nested. The API server's own limit is 10,000, but no Secret is deep.
const DEPTH: usize = 100;

pub(super) fn documents(text: &str) -> Result<Vec<Tree<'_>>, Problem> {
    let mut trees = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(next) = stream.next() {
        let number = trees.len() + 1;
        match next {
            Ok(raw) => {
                let mut reader = Reader {
                    text,
                    number,
                    tree: Tree::new(text, number),
                };
                reader.value(raw.get(), 0)?;
                trees.push(reader.tree);
            }
            Err(error) => {
                let after = text[stream.byte_offset()..].trim_start();
                let kind = if error.is_eof() {
                    ProblemKind::Truncated
                } else if number > 1 && !after.starts_with('{') {
                    ProblemKind::AfterJson
                } else {
                    named(&error)
                };
                return Err(Problem {
                    document: number,
                    line: error.line().max(1),
                    kind,
                });
            }
        }
    }
    Ok(trees)
}

struct Reader<'a> {
    text: &'a str,
    number: usize,
    tree: Tree<'a>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, raw: &'a str, depth: usize) -> Result<usize, Problem> {
        let start = self.offset(raw);
        let range = start..start + raw.len();
        if depth > DEPTH {
            return Err(self.problem(start, ProblemKind::TooDeep));
        }
        match raw.as_bytes().first() {
            Some(b'{') => {
                let id = self.tree.push(Content::Mapping(Vec::new()), range.clone());
                let Entries(entries) = self.parse(raw)?;
                let mut children = Vec::with_capacity(entries.len() * 2);
                for (key, value) in entries {
                    // A key with escapes is not a slice of the source: it is then placed where
                    // its value starts.
                    let at = match &key {
                        Cow::Borrowed(key) => self.offset(key),
                        Cow::Owned(_) => self.offset(value.get()),
                    };
                    let length = if let Cow::Borrowed(key) = &key {
                        key.len()
                    } else {
                        0
                    };
                    let text = key.into();
                    children.push(
                        self.tree
                            .push(Content::Scalar { text, plain: false }, at..at + length),
                    );
                    children.push(self.value(value.get(), depth + 1)?);
                }
                self.tree.close(id, &children, range.end)?;
                Ok(id)
            }
            Some(b'[') => {
                let id = self.tree.push(Content::Sequence(Vec::new()), range.clone());
                let elements: Vec<&'a RawValue> = self.parse(raw)?;
                let children = elements
                    .into_iter()
                    .map(|element| self.value(element.get(), depth + 1))
                    .collect::<Result<Vec<_>, _>>()?;
                self.tree.close(id, &children, range.end)?;
                Ok(id)
            }
            Some(b'"') => {
                let Str(text) = self.parse(raw)?;
                let text = text.into();
                Ok(self
                    .tree
                    .push(Content::Scalar { text, plain: false }, range))
            }
            _ => {
                let text = Cow::Borrowed(raw).into();
                Ok(self.tree.push(Content::Scalar { text, plain: true }, range))
            }
        }
    }

    fn parse<T: Deserialize<'a>>(&self, raw: &'a str) -> Result<T, Problem> {
        serde_json::from_str(raw).map_err(|error| {
            let line = line_of(self.text.as_bytes(), self.offset(raw)) + error.line().max(1) - 1;
            Problem {
                document: self.number,
                line,
                kind: named(&error),
            }
        })
    }

    /// Where a slice of the text starts in it.
    fn offset(&self, slice: &str) -> usize {
        slice.as_ptr() as usize - self.text.as_ptr() as usize
    }

    fn problem(&self, offset: usize, kind: ProblemKind) -> Problem {
        Problem {
            document: self.number,
            line: line_of(self.text.as_bytes(), offset),
            kind,
        }
    }
}

/// The parser has no other way to tell these apart than its text, which quotes no input here.
fn named(error: &serde_json::Error) -> ProblemKind {
    let text = error.to_string();
    if text.starts_with("lone leading surrogate")
        || text.starts_with("unexpected end of hex escape")
    {
        ProblemKind::LoneSurrogate
    } else {
        ProblemKind::NotJson
    }
}

/// The entries of an object in their order, duplicates included.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(Str(key)) = map.next_key::<Str<'de>>()? {
                    entries.push((key, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A string that borrows from the source where it has no escapes.
struct Str<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;
        impl<'de> Visitor<'de> for Borrow {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrow)
    }
}
