//! Names that may be those of Secrets, guessed from a few words without a parser.
//!
//! Owns which words these are. Most manifests only refer to Secrets, and to parse them all would take
//! longer than everything else: what [`super::reference`] wants to know for certain, it reads again.
//! Nothing is kept that can be a value: only what stands behind a word for a name.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::object::is_item_name;
use super::trigger::finders;
use super::value::beginning;

/// What stands in keys, or in a kind, behind which a name stands.
const WORDS: &[&str] = &["ecret", "credentialName", "certificateRefs"];
/// How many lines and bytes behind such a word are looked at, and of an object whose kind has it.
const MOST_LINES: usize = 24;
const MOST_BYTES: usize = 2048;
const MOST_OF_AN_OBJECT: usize = 4096;
/// How far the beginning of a word or of its line is looked for.
const LONGEST_WORD: usize = 256;
/// How many names of one file are kept.
const MOST_NAMES: usize = 20_000;

/// What one file names; each once, in order.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) names: Vec<Box<str>>,
    /// What stands behind `namespace:`, anywhere in the file.
    pub(super) namespaces: Vec<Box<str>>,
    /// Names, with the item that is asked of them.
    pub(super) items: Vec<(Box<str>, Box<str>)>,
}

/// Looks through the text of a manifest.
pub(super) fn find(text: &str) -> Mentions {
    static FINDERS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| finders(WORDS));
    let mut found = Found::default();
    for finder in FINDERS.iter() {
        for at in finder.find_iter(text.as_bytes()) {
            if found.names.len() < MOST_NAMES {
                found.behind(text, at);
            }
        }
    }
    if found.names.is_empty() {
        return Mentions::default();
    }
    let namespaces = values_of(text, "namespace").collect();
    Mentions {
        names: each_once(found.names),
        namespaces: each_once(namespaces),
        items: {
            found.items.sort_unstable();
            found.items.dedup();
            let items = found.items.into_iter();
            items.map(|(name, key)| (name.into(), key.into())).collect()
        },
    }
}

fn each_once(mut texts: Vec<&str>) -> Vec<Box<str>> {
    texts.sort_unstable();
    texts.dedup();
    texts.into_iter().map(Into::into).collect()
}

#[derive(Default)]
struct Found<'t> {
    names: Vec<&'t str>,
    items: Vec<(&'t str, &'t str)>,
    /// Where the object ends whose names were taken last.
    end: usize,
}

impl<'t> Found<'t> {
    /// Looks behind a word that stands at `at`.
    fn behind(&mut self, text: &'t str, at: usize) {
        let (start, end) = word_around(text, at);
        let word = &text[start..end];
        let line = line_before(text, start);
        let Some(rest) = behind_colon(&text[end..]) else {
            // Of a SealedSecret or a Secret everything is known without this.
            if is_kind(&text[line..start]) && word != "SealedSecret" && end >= self.end {
                self.object(text, end);
            }
            return;
        };
        if let Some(name) = scalar(rest) {
            let lower = word.to_ascii_lowercase();
            let says_a_name = ["name", "ref"].iter().any(|end| lower.ends_with(end));
            if (says_a_name || lower.starts_with("existing")) && may_be_name(name) {
                self.names.push(name);
                let items = window(text, line, start, end, true);
                self.pair(&[name], items);
            }
            return;
        }
        let inner = window(text, line, start, end, false);
        let names: Vec<_> = values_of(inner, "name")
            .filter(|name| may_be_name(name))
            .collect();
        self.pair(&names, inner);
        self.names.extend(names);
    }

    fn pair(&mut self, names: &[&'t str], inner: &'t str) {
        if let [name] = names {
            let keys = values_of(inner, "key").filter(|key| is_item_name(key));
            self.items.extend(keys.map(|key| (*name, key)));
        }
    }

    /// Takes every name of an object whose kind says that it makes Secrets.
    fn object(&mut self, text: &'t str, start: usize) {
        let rest = beginning(&text[start..], MOST_OF_AN_OBJECT);
        let end = memmem::find(rest.as_bytes(), b"\n---").unwrap_or(rest.len());
        self.end = start + end;
        let names = ["name", "secretName"]
            .into_iter()
            .flat_map(|key| values_of(&rest[..end], key));
        self.names.extend(names.filter(|name| may_be_name(name)));
    }
}

/// Whether a text can be meant as the name of an object, with the mistakes that people make in one.
pub(super) fn may_be_name(text: &str) -> bool {
    is_item_name(text)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        // In capitals it stands for something else.
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/')
}

/// The bounds of the word that the byte at `at` is in.
fn word_around(text: &str, at: usize) -> (usize, usize) {
    let (before, behind) = text.as_bytes().split_at(at);
    let is_word = |byte: &&u8| is_word(**byte);
    let before = before.iter().rev().take(LONGEST_WORD).take_while(is_word);
    let behind = behind.iter().take(LONGEST_WORD).take_while(is_word);
    (at - before.count(), at + behind.count())
}

/// Where the line begins in which `at` is, unless that is far away.
fn line_before(text: &str, at: usize) -> usize {
    let far = at.saturating_sub(LONGEST_WORD);
    match memchr::memrchr(b'\n', &text.as_bytes()[far..at]) {
        Some(end) => far + end + 1,
        None => (far..=at)
            .find(|start| text.is_char_boundary(*start))
            .unwrap_or(at),
    }
}

/// What follows the colon of a key, where `rest` is what follows the key.
fn behind_colon(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let rest = rest.trim_start_matches(' ').strip_prefix(':')?;
    Some(rest.trim_start_matches([' ', '\t']))
}

/// The scalar that a text begins with, in its own line; the rest of the line if it is not quoted.
fn scalar(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let scalar = match quote {
        Some(quote) => text[1..].split(quote).next(),
        None => text
            .split([' ', '\t', '\r', '\n', ',', '}', ']', '{', '['])
            .next(),
    };
    scalar.filter(|scalar| !scalar.is_empty() && scalar.len() < MOST_BYTES)
}

/// Whether a line so far is `kind:`.
fn is_kind(line: &str) -> bool {
    line.trim_end_matches([' ', '"', '\''])
        .strip_suffix(':')
        .is_some_and(|line| line.trim_end_matches([' ', '"', '\'']).ends_with("kind"))
}

/// What stands under the key at `start..end`, or beside it.
fn window(text: &str, line: usize, start: usize, end: usize, beside: bool) -> &str {
    let column = start - line;
    let rest = beginning(&text[end..], MOST_BYTES);
    let first = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let mut length = first;
    for line in rest[first..].split_inclusive('\n').take(MOST_LINES) {
        let content = line.trim_start_matches([' ', '"', '\'']);
        let indentation = line.len() - content.len();
        let is_inside =
            indentation > column || indentation == column && (beside || content.starts_with('-'));
        if !is_inside && !line.trim().is_empty() {
            break;
        }
        length += line.len();
    }
    &rest[..length]
}

/// The scalars behind a key, wherever it stands in a text.
fn values_of<'t>(text: &'t str, key: &'static str) -> impl Iterator<Item = &'t str> {
    memmem::find_iter(text.as_bytes(), key).filter_map(move |at| {
        let before = text.as_bytes()[..at].last();
        if before.is_some_and(|byte| is_word(*byte)) {
            return None;
        }
        scalar(behind_colon(&text[at + key.len()..])?)
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[track_caller]
    fn names(text: &str, expected: &[&str]) {
        let found = find(text);
        let found: Vec<_> = found.names.iter().map(AsRef::as_ref).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn names_behind_words() {
        names("tls:\n- secretName: a-b\n", &["a-b"]);
        names("tls: {secretName: \"ab\", hosts: [x]}\n", &["ab"]);
        names("{\"secretName\":\"ab\"}", &["ab"]);
        names("credentialName: 'ab' # x\n", &["ab"]);
        names(
            "imagePullSecrets:\n- name: a\n- name: b\nother:\n  name: c\n",
            &["a", "b"],
        );
        names("imagePullSecrets: [{name: a}]\n", &["a"]);
        names(
            "- name: X\n  valueFrom:\n    secretKeyRef:\n      key: k\n      name: a\n- name: other\n",
            &["a"],
        );
        names(
            "- secretRef:\n    name: a\n- configMapRef:\n    name: b\n",
            &["a"],
        );
        names("certificateRefs:\n  - kind: Secret\n    name: a\n", &["a"]);
        names(
            "{\n  \"secretRef\": {\n    \"name\": \"a\"\n  },\n  \"name\": \"b\"\n}\n",
            &["a"],
        );
        names(
            "kind: ExternalSecret\nmetadata:\n  name: a\nspec:\n  target:\n    name: b\n---\nname: c\n",
            &["a", "b"],
        );
    }

    #[test]
    fn what_may_be_a_value_is_not_kept() {
        names("clientSecret: hunter2\nsecret: swordfish\n", &[]);
        names(
            "secretName: {{ .Values.x }}\nsecretName: ${X}\nsecretName: THE_NAME\n",
            &[],
        );
        names("kind: SealedSecret\nmetadata:\n  name: a\n", &[]);
    }

    #[test]
    fn items_that_are_asked_for() {
        let text = "\
metadata:
  namespace: web
env:
- valueFrom:
    secretKeyRef: {name: a, key: k}
volumes:
- secret:
    secretName: b
    items:
    - key: l
      path: m
- name: other
  key: n
";
        let found = find(text);
        let items: Vec<_> = found
            .items
            .iter()
            .map(|(name, key)| (name.as_ref(), key.as_ref()))
            .collect();
        assert_eq!(items, [("a", "k"), ("b", "l")]);
        assert_eq!(found.namespaces, [Box::from("web")]);
    }
}
