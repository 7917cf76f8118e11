//! JSON text to trees.
//!
//! Owns the use of the JSON parser. It reads objects one after the other, with nothing but white
//! space between them, as kubectl does. The parser gives each value as a slice of the source,
//! which is where the byte ranges come from.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::problem::{Problem, ProblemKind};
use super::tree::{Begin, Content, DEPTH, Reading, Text, Tree};
use crate::encoding::line_of;

pub(super) fn documents(text: &str, reading: Reading) -> Result<Vec<Tree<'_>>, Problem> {
    let mut trees = Vec::new();
    let mut begin = Begin::SOURCE;
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(next) = stream.next() {
        let number = trees.len() + 1;
        match next {
            Ok(raw) => {
                begin = begin.of_next(text, stream.byte_offset() - raw.get().len());
                let mut reader = Reader {
                    text,
                    number,
                    tree: Tree::new(text, reading, number, begin),
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
                let text = string(raw).map_err(|kind| self.problem(start, kind))?;
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

/// The text of a string that the parser has let pass. The parser itself would put a text with
/// escapes together in a buffer that nobody wipes.
fn string(raw: &str) -> Result<Text<'_>, ProblemKind> {
    let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    let mut rest = inside.ok_or(ProblemKind::NotJson)?;
    if !rest.contains('\\') {
        return Ok(Text::Borrowed(rest));
    }
    // No escape is shorter than what it stands for, so this does not grow.
    let mut text = Zeroizing::new(String::with_capacity(rest.len()));
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let mut after = escape.chars();
        text.push(match after.next() {
            Some(character @ ('"' | '\\' | '/')) => character,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (character, end) = escaped_character(after.as_str())?;
                after = end.chars();
                character
            }
            _ => return Err(ProblemKind::NotJson),
        });
        rest = after.as_str();
    }
    text.push_str(rest);
    Ok(Text::Owned(text))
}

/// The character whose first `\u` stands before `text`, and what follows it. Beyond the basic plane
/// it is two of them, a pair of UTF-16.
fn escaped_character(text: &str) -> Result<(char, &str), ProblemKind> {
    let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let first = unit(text).ok_or(ProblemKind::NotJson)?;
    let after = &text[4..];
    let (second, after) = match after.strip_prefix("\\u") {
        Some(second) if (0xd800..0xdc00).contains(&first) => {
            let unit = unit(second).ok_or(ProblemKind::NotJson)?;
            (Some(unit), &second[4..])
        }
        _ => (None, after),
    };
    match char::decode_utf16(std::iter::once(first).chain(second)).next() {
        Some(Ok(character)) => Ok((character, after)),
        _ => Err(ProblemKind::LoneSurrogate),
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

/// A key, which borrows from the source where it has no escapes.
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

#[cfg(test)]
mod tests {
    use super::{ProblemKind, string};

    #[test]
    fn strings_are_what_the_parser_says() {
        for raw in [
            r#""""#,
            r#""plain""#,
            r#""a\nb\\n\"\/\b\f\r\t""#,
            r#""\u00e9\u20AC\ud83d\ude00\u0000x""#,
            r#""\\u0041\\""#,
            r#""\n""#,
        ] {
            let expected: String = serde_json::from_str(raw).unwrap();
            assert_eq!(string(raw).unwrap().as_str(), expected, "{raw}");
        }
    }

    #[test]
    fn half_a_character_is_none() {
        for raw in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\ud83d\n""#,
            r#""\ud83d\ud83d\ude00""#,
        ] {
            assert!(serde_json::from_str::<String>(raw).is_err());
            assert_eq!(string(raw).err(), Some(ProblemKind::LoneSurrogate), "{raw}");
        }
    }
}
