//! Writing documents: JSON as Go's encoder writes it, YAML that every reader reads the same.
//!
//! Owns how a tree becomes text: escapes, quotes, indentation and, for YAML, the order of keys.
//! What is in the tree, and its order in JSON, is decided by [`crate::manifest`]; changing text
//! that somebody else wrote belongs to `splice`.
//!
//! The YAML must mean the same to readers of YAML 1.1 (go-yaml v2, PyYAML, libyaml, Psych) and of
//! 1.2 (go-yaml v3, serde_yaml), so the question asked of a scalar is not "would somebody misread
//! it?" but "is it one that nobody can misread?", and all others are quoted. That costs a few
//! quotes that kubeseal leaves out (`"1.2.3"`), never a meaning.
//!
//! Why a writer of our own: serde_yaml leaves `on`, `y`, `1_000`, `1:30` and `<<` bare. The
//! serializer of serde-saphyr quotes those, but opens a block scalar with a tab, which go-yaml and
//! libyaml refuse, prints invisible characters as they are, writes a key of any length on one line,
//! and may choose other quotes in its next release, which would be noise in every repository.

mod order;

use std::borrow::Cow;
use std::fmt::{self, Write};

use memchr::{memchr, memchr3};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_yaml::{Mapping, Number, Value};

use self::order::in_kubeseals_order;

/// Readers need not look further than 1024 characters for the colon after a key.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// What HTML and JavaScript would trip over, and Go therefore escapes.
const ESCAPED: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];

/// What some reader takes for a boolean, a null or a number, in any mix of upper and lower case.
const WORDS_WITH_A_MEANING: &[&str] = &[
    "false", "inf", "infinity", "n", "nan", "no", "null", "off", "on", "true", "y", "yes",
];

/// `document` as Go's `json.MarshalIndent` with two spaces and one newline at the end. The order
/// of entries is kept.
#[must_use]
pub fn json(document: &Value) -> String {
    let text = serde_json::to_string_pretty(&Json(document));
    debug_assert!(text.is_ok(), "all keys are texts, and memory is the target");
    let mut text = text.unwrap_or_default();
    text.push('\n');
    // Outside a string none of these can occur, and 0xE2 begins the last two. Most texts have none.
    let bytes = text.as_bytes();
    if memchr3(b'<', b'>', b'&', bytes).is_none() && memchr(0xE2, bytes).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(ESCAPED) {
        out.push_str(&rest[..at]);
        let mut characters = rest[at..].chars();
        if let Some(special) = characters.next() {
            out.push_str(&format!("\\u{:04x}", u32::from(special)));
        }
        rest = characters.as_str();
    }
    out + rest
}

/// A document in block style with two spaces, sequences not indented under their key, the keys of
/// every mapping in kubeseal's order, no line ever folded. The caller writes `---` before it.
///
/// It is written piece by piece, so that a long value goes to where it is shown without a copy.
pub struct Yaml<'a>(pub &'a Value);

impl fmt::Display for Yaml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Emitter { out: f }.node(self.0, Place::Root)
    }
}

/// A tree whose keys are texts, as Go has them.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Sequence(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&Json(item))?;
                }
                sequence.end()
            }
            Value::Mapping(entries) => {
                let mut mapping = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    mapping.serialize_entry(&key_text(key), &Json(value))?;
                }
                mapping.end()
            }
            Value::Tagged(tagged) => Json(&tagged.value).serialize(serializer),
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Where a node stands, which decides how it begins and how far its lines are indented.
#[derive(Clone, Copy)]
enum Place {
    Root,
    /// After the colon of a key that is indented by so much.
    Value(usize),
    /// The same after `? key`.
    ExplicitValue(usize),
    /// After the dash of an item that is indented by so much.
    Item(usize),
}

struct Emitter<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
}

impl Emitter<'_, '_> {
    fn node(&mut self, node: &Value, place: Place) -> fmt::Result {
        match node {
            Value::Mapping(entries) if !entries.is_empty() => self.mapping(entries, place),
            Value::Sequence(items) if !items.is_empty() => self.sequence(items, place),
            Value::Tagged(tagged) => self.node(&tagged.value, place),
            scalar => {
                if matches!(place, Place::Value(_) | Place::ExplicitValue(_)) {
                    self.out.write_char(' ')?;
                }
                match scalar {
                    Value::Mapping(_) => self.out.write_str("{}")?,
                    Value::Sequence(_) => self.out.write_str("[]")?,
                    Value::Bool(yes) => self.out.write_str(if *yes { "true" } else { "false" })?,
                    Value::Number(number) => self.out.write_str(&number_text(number))?,
                    Value::String(text) => self.text(text, place)?,
                    Value::Null | Value::Tagged(_) => self.out.write_str("null")?,
                }
                self.out.write_char('\n')
            }
        }
    }

    fn mapping(&mut self, entries: &Mapping, place: Place) -> fmt::Result {
        let (indent, mut inline) = match place {
            Place::Root => (0, true),
            Place::Item(outer) => (outer + 2, true),
            Place::Value(outer) | Place::ExplicitValue(outer) => {
                self.out.write_char('\n')?;
                (outer + 2, false)
            }
        };
        for (key, value) in entries_in_order(entries) {
            if !std::mem::take(&mut inline) {
                self.indent(indent)?;
            }
            let key = key_as_written(&key);
            if key.len() > LONGEST_SIMPLE_KEY {
                self.out.write_str("? ")?;
                self.out.write_str(&key)?;
                self.out.write_char('\n')?;
                self.indent(indent)?;
                self.out.write_char(':')?;
                self.node(value, Place::ExplicitValue(indent))?;
            } else {
                self.out.write_str(&key)?;
                self.out.write_char(':')?;
                self.node(value, Place::Value(indent))?;
            }
        }
        Ok(())
    }

    fn sequence(&mut self, items: &[Value], place: Place) -> fmt::Result {
        let (indent, mut inline) = match place {
            Place::Root => (0, true),
            Place::Item(outer) => (outer + 2, true),
            Place::Value(outer) => {
                self.out.write_char('\n')?;
                (outer, false)
            }
            Place::ExplicitValue(outer) => {
                self.out.write_char('\n')?;
                (outer + 2, false)
            }
        };
        for item in items {
            if !std::mem::take(&mut inline) {
                self.indent(indent)?;
            }
            self.out.write_str("- ")?;
            self.node(item, Place::Item(indent))?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str, place: Place) -> fmt::Result {
        if is_plain(text) {
            self.out.write_str(text)?;
        } else if fits_a_block(text) {
            let indent = match place {
                Place::Root => 2,
                Place::Value(outer) | Place::ExplicitValue(outer) | Place::Item(outer) => outer + 2,
            };
            let body = text.strip_suffix('\n');
            self.out
                .write_str(if body.is_some() { "|" } else { "|-" })?;
            for line in body.unwrap_or(text).split('\n') {
                self.out.write_char('\n')?;
                if !line.is_empty() {
                    self.indent(indent)?;
                    self.out.write_str(line)?;
                }
            }
        } else {
            quote(text, self.out)?;
        }
        Ok(())
    }

    fn indent(&mut self, by: usize) -> fmt::Result {
        write!(self.out, "{:by$}", "")
    }
}

fn entries_in_order(entries: &Mapping) -> Vec<(Cow<'_, str>, &Value)> {
    in_kubeseals_order(entries.iter().map(|(key, value)| (key_text(key), value)))
}

/// A key as text. All keys of a manifest are strings; others become what Go would make of them.
fn key_text(key: &Value) -> Cow<'_, str> {
    match key {
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
        Value::Number(number) => Cow::Owned(number_text(number)),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => Cow::Borrowed("null"),
        Value::Tagged(tagged) => key_text(&tagged.value),
    }
}

fn key_as_written(key: &str) -> Cow<'_, str> {
    if is_plain(key) && !key.contains(':') {
        return Cow::Borrowed(key);
    }
    let mut out = String::new();
    // Writing to memory does not fail.
    let _ = quote(key, &mut out);
    Cow::Owned(out)
}

/// YAML 1.1 reads a float only with a point, and an exponent only with a sign.
fn number_text(number: &Number) -> String {
    let text = number.to_string();
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
        None => text,
    }
}

/// Whether every reader takes the bare text for this string. It begins with a letter or a slash,
/// so it is no number, date, indicator or marker; it is no word with a meaning; and nothing in it
/// begins a comment or ends a key.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c == '/' || is_letter_or_digit(c) && !c.is_numeric())
        && all_may_stand_bare(text)
        && (text.is_ascii() || text.chars().all(|c| c.is_ascii() || is_letter_or_digit(c)))
        && !text.ends_with([' ', ':'])
        && !(memchr(b' ', text.as_bytes()).is_some()
            && ["  ", " #", ": "].iter().any(|pair| text.contains(pair)))
        && !has_a_meaning(text)
}

/// Looks at a block of bytes before it asks whether all were fine, which is several times as fast
/// as to ask after each.
fn all_may_stand_bare(text: &str) -> bool {
    text.as_bytes().chunks(64).all(|block| {
        block
            .iter()
            .fold(true, |fine, byte| fine & may_stand_bare(*byte))
    })
}

/// Letters, digits, these marks, and whatever is beyond ASCII, which is looked at as a character.
fn may_stand_bare(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'!' | b'#'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | 0x80..
    )
}

/// A word, or `e5`, which some readers take for a float.
fn has_a_meaning(text: &str) -> bool {
    WORDS_WITH_A_MEANING
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
        || text.strip_prefix(['e', 'E']).is_some_and(|rest| {
            rest.chars()
                .all(|c| c.is_ascii_digit() || "+-_".contains(c))
        })
}

fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || c.is_alphanumeric() && !is_escaped(c)
}

/// Whether a literal block gives the text back without indentation or chomping that some reader
/// handles its own way.
fn fits_a_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text
            .split('\n')
            .all(|line| !line.starts_with('\t') && !line.ends_with([' ', '\t']))
        && !text
            .chars()
            .any(|c| is_escaped(c) && !matches!(c, '\n' | '\t'))
}

/// Quotes the text on one line: in single quotes where that spares backslashes.
fn quote(text: &str, out: &mut impl Write) -> fmt::Result {
    if text.contains(['"', '\\']) && !text.chars().any(is_escaped) {
        out.write_char('\'')?;
        out.write_str(&text.replace('\'', "''"))?;
        out.write_char('\'')?;
        return Ok(());
    }
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if is_escaped(c) => {
                let code = u32::from(c);
                out.write_str(&match code {
                    ..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                })?;
            }
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')?;
    Ok(())
}

/// Characters that are not written as they are: those that YAML forbids or takes for a line break,
/// those that nobody can see (or that turn the text around them), and, as in kubeseal's output, all
/// beyond the basic plane.
fn is_escaped(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(
            u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
                | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164
                | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
                | 0xfffe..
        )
}

#[cfg(test)]
mod tests {
    use granit_parser::{Event, Parser};
    use rand::rngs::ChaCha8Rng;
    use rand::seq::IndexedRandom;
    use rand::{RngExt, SeedableRng};
    use serde_yaml::{Mapping, Value};

    use super::{Yaml, entries_in_order, json};

    fn yaml(document: &Value) -> String {
        Yaml(document).to_string()
    }

    fn value(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn json_is_what_go_prints() {
        let document = value(concat!(
            "kind: <SealedSecret>\n",
            "empty: {}\n",
            "none: []\n",
            "list: [1, true, null, {a: b}]\n",
            "1: \"<>&'\\\"\\\\/\\u2028\\u2029\\x7f\\x85\\b\\f\\n\\r\\t\\0\\x1f\\U0001F600\"\n",
        ));
        let expected = [
            "{",
            "  \"kind\": \"\\u003cSealedSecret\\u003e\",",
            "  \"empty\": {},",
            "  \"none\": [],",
            "  \"list\": [",
            "    1,",
            "    true,",
            "    null,",
            "    {",
            "      \"a\": \"b\"",
            "    }",
            "  ],",
            concat!(
                "  \"1\": \"\\u003c\\u003e\\u0026'\\\"\\\\/\\u2028\\u2029\u{7f}\u{85}",
                "\\b\\f\\n\\r\\t\\u0000\\u001f\u{1f600}\""
            ),
            "}\n",
        ];
        assert_eq!(json(&document), expected.join("\n"));
    }

    #[test]
    fn yaml_has_kubeseals_shape() {
        let document = value(
            "{kind: SealedSecret, apiVersion: bitnami.com/v1alpha1, spec: {template: {metadata: \
             {name: a, finalizers: [x, y], ownerReferences: [{uid: u, controller: true}, [[1], {}]]\
             }, data: {b: \"{{ .x }}\\n\", c: \"1\\n2\", a: {}}}, encryptedData: {k: AgB+/w==}}, \
             generation: 3}",
        );
        let expected = "\
apiVersion: bitnami.com/v1alpha1
generation: 3
kind: SealedSecret
spec:
  encryptedData:
    k: AgB+/w==
  template:
    data:
      a: {}
      b: |
        {{ .x }}
      c: |-
        1
        2
    metadata:
      finalizers:
      - x
      - \"y\"
      name: a
      ownerReferences:
      - controller: true
        uid: u
      - - - 1
        - {}
";
        assert_eq!(yaml(&document), expected);
    }

    #[test]
    fn scalars_that_somebody_would_misread_are_quoted() {
        let cases = [
            ("kubernetes.io/tls", "kubernetes.io/tls"),
            ("https://a.b/?c=d&e#f", "https://a.b/?c=d&e#f"),
            ("two words, (three)", "two words, (three)"),
            ("/etc/ssl", "/etc/ssl"),
            ("détour", "détour"),
            ("", "\"\""),
            ("on", "\"on\""),
            ("Y", "\"Y\""),
            ("NaN", "\"NaN\""),
            ("~", "\"~\""),
            ("<<", "\"<<\""),
            ("1_000", "\"1_000\""),
            ("1:30", "\"1:30\""),
            ("1.2.3", "\"1.2.3\""),
            ("2026-11-24", "\"2026-11-24\""),
            (".5", "\".5\""),
            ("-a", "\"-a\""),
            ("a: b", "\"a: b\""),
            ("e5", "\"e5\""),
            ("a #b", "\"a #b\""),
            ("a:", "\"a:\""),
            ("a ", "\"a \""),
            ("*a", "\"*a\""),
            ("{\"a\": \"b's\"}", "'{\"a\": \"b''s\"}'"),
            ("C:\\", "'C:\\'"),
            ("a\tb\"", "\"a\\tb\\\"\""),
            (
                "\u{7f}\u{85}\u{2028}\u{feff}",
                "\"\\x7F\\x85\\u2028\\uFEFF\"",
            ),
            ("a\u{a0}b\u{200b}\u{202e}", "\"a\\xA0b\\u200B\\u202E\""),
            ("\u{1f600}", "\"\\U0001F600\""),
            (" a\nb", "\" a\\nb\""),
            ("a \nb", "\"a \\nb\""),
            ("a\n\n", "\"a\\n\\n\""),
            ("\n", "\"\\n\""),
            ("\ta\nb", "\"\\ta\\nb\""),
            ("a\n b\tc\n\nd\n", "|\n  a\n   b\tc\n\n  d"),
        ];
        for (text, expected) in cases {
            assert_eq!(yaml(&text.into()), format!("{expected}\n"), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_numbers_to_every_reader() {
        assert_eq!(
            yaml(&value("[1, -7, 18446744073709551615]")),
            "- 1\n- -7\n- 18446744073709551615\n"
        );
        assert_eq!(
            yaml(&value("[1e3, 1e21, 2.5e-9]")),
            "- 1000.0\n- 1.0e+21\n- 2.5e-9\n"
        );
    }

    #[test]
    fn a_line_is_never_folded_and_a_key_never_too_long() {
        let long = "word ".repeat(50) + "end";
        assert_eq!(yaml(&long.as_str().into()), format!("{long}\n"));
        let key = "k".repeat(1001);
        let mut document = Mapping::new();
        document.insert(key.as_str().into(), value("[{a: b}, c]"));
        let document = Value::Mapping(document);
        let written = yaml(&document);
        assert_eq!(written, format!("? {key}\n:\n  - a: b\n  - c\n"));
        assert_eq!(value(&written), document);
    }

    const PIECES: &str = concat!(
        "a¦b¦y¦n¦on¦No¦true¦null¦~¦<<¦=¦0¦1¦7¦12¦0x¦0o¦0b¦1e¦e¦E¦.¦..¦-¦--¦---¦...¦+¦_¦:¦: ¦ :¦#¦ #",
        "¦# ¦ ¦  ¦\t¦\n¦\n\n¦\r¦\r\n¦'¦\"¦\\¦\\n¦*¦&¦!¦!!¦|¦>¦%¦@¦`¦[¦]¦{¦}¦,¦?¦? ¦- ¦/¦$¦(¦)¦<¦;¦é¦ж",
        "¦日本¦١¦\0¦\u{7}¦\u{7f}¦\u{85}¦\u{9f}¦\u{a0}¦\u{ad}¦\u{301}¦\u{200b}¦\u{202e}¦\u{2028}",
        "¦\u{2029}¦\u{3000}¦\u{e000}¦\u{fdd0}¦\u{fe0f}¦\u{feff}¦\u{fffd}¦\u{ffff}¦\u{1f600}",
        "¦\u{10ffff}¦2024-01-02¦T10:00:00Z¦1:30¦inf¦nan¦1,000¦word¦some text¦key: value¦{\"a\":\"b\"}",
        "¦0777¦AgB+/w==¦",
    );

    fn nasty(rng: &mut ChaCha8Rng) -> String {
        let pieces: Vec<&str> = PIECES.split('¦').collect();
        let length = *[0, 1, 1, 2, 2, 3, 3, 5, 8, 40].choose(rng).unwrap();
        (0..length).map(|_| *pieces.choose(rng).unwrap()).collect()
    }

    fn nasty_tree(rng: &mut ChaCha8Rng, depth: usize) -> Value {
        match rng.random_range(0..if depth == 0 { 6 } else { 10 }) {
            0 => Value::Null,
            1 => Value::from(rng.random_range(-9_i64..999)),
            2..=5 => Value::from(nasty(rng)),
            6..=7 => (0..rng.random_range(0..4))
                .map(|_| nasty_tree(rng, depth - 1))
                .collect::<Vec<_>>()
                .into(),
            _ => (0..rng.random_range(0..4))
                .map(|_| (Value::from(nasty(rng)), nasty_tree(rng, depth - 1)))
                .collect::<Mapping>()
                .into(),
        }
    }

    /// The scalars of a tree in the order in which they are written.
    fn scalars(node: &Value, found: &mut Vec<String>) {
        match node {
            Value::Mapping(entries) => {
                for (key, value) in entries_in_order(entries) {
                    found.push(key.into_owned());
                    scalars(value, found);
                }
            }
            Value::Sequence(items) => items.iter().for_each(|item| scalars(item, found)),
            Value::String(text) => found.push(text.clone()),
            other => found.push(yaml(other).trim_end().to_owned()),
        }
    }

    #[test]
    fn whatever_is_written_is_read_back() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..5000 {
            let document = nasty_tree(&mut rng, 3);
            let written = yaml(&document);
            assert_eq!(value(&written), document, "{written:?}");

            let mut expected = Vec::new();
            scalars(&document, &mut expected);
            let read: Vec<String> = Parser::new_from_str(&written)
                .filter_map(|event| match event.unwrap().0 {
                    Event::Scalar(text, ..) => Some(text.into_owned()),
                    _ => None,
                })
                .collect();
            assert_eq!(read, expected, "{written:?}");

            let back: Value = serde_json::from_str(&json(&document)).unwrap();
            assert_eq!(back, document, "{written:?}");
        }
    }
}
