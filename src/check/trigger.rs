//! Which texts are worth a parser: a search for a few words, before anything else is done.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::encoding::line_of;

/// The words without which no rule finds anything, but for escapes that spell one of them.
/// `ecret` is in Secret, SealedSecret, secretGenerator, secretName and imagePullSecrets.
pub const TRIGGERS: &[&str] = &[
    "ecret",
    "credentialName",
    "certificateRefs",
    "PRIVATE KEY",
    "AGE-SECRET-KEY-1",
    "client-key-data",
    "stringData",
    "rseal:allow",
];

/// Notations by which YAML can spell a word without its letters: escapes, a line that goes on
/// after a backslash, and base64.
const SPELLINGS: &[&str] = &[
    "\\x",
    "\\u00",
    "\\U0000",
    "\\\n",
    "\\\r",
    "!binary",
    "2002:binary",
    "%TAG",
];

pub(super) fn finders(words: &'static [&'static str]) -> Vec<Finder<'static>> {
    words.iter().map(|word| Finder::new(*word)).collect()
}

fn any(finders: &[Finder<'_>], bytes: &[u8]) -> bool {
    finders.iter().any(|finder| finder.find(bytes).is_some())
}

/// Whether any rule may find anything in the bytes of a manifest.
pub(super) fn wants_manifest(bytes: &[u8]) -> bool {
    static WORDS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| finders(TRIGGERS));
    any(&WORDS, bytes) || is_patch(bytes) || has_spelling(bytes)
}

/// Whether there may be key material in the bytes of any text.
pub(super) fn wants_keys(bytes: &[u8]) -> bool {
    static WORDS: LazyLock<Vec<Finder<'static>>> =
        LazyLock::new(|| finders(&["PRIVATE KEY", "AGE-SECRET-KEY-1", "client-key-data"]));
    any(&WORDS, bytes)
}

/// Whether there may be a key pair of the controller in a file that is no manifest by its name.
pub(super) fn wants_sealing_keys(bytes: &[u8]) -> bool {
    static WORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("sealed-secrets-key"));
    WORDS.find(bytes).is_some()
}

/// Whether a document, or a text within one, may hold an object that has findings of its own. What
/// only refers to Secrets is not parsed ([`super::mention`]).
pub(super) fn wants_document(text: &str) -> bool {
    let bytes = text.as_bytes();
    names_a_kind(bytes) || is_patch(bytes) || has_spelling(bytes)
}

/// Whether the word Secret stands anywhere but in prose, or in a kind that has to do with it.
fn names_a_kind(bytes: &[u8]) -> bool {
    static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Secret"));
    WORD.find_iter(bytes).any(|at| {
        let before = &bytes[..at];
        let after = &bytes[at + "Secret".len()..];
        if before.ends_with(b"Sealed")
            || after.starts_with(b"List")
            || after.starts_with(b"Generator")
        {
            return true;
        }
        if after.first().is_some_and(u8::is_ascii_alphanumeric)
            || before.last().is_some_and(u8::is_ascii_alphanumeric)
        {
            return false;
        }
        // What stands in the line above may be a comment or the head of a block.
        let trimmed = before.trim_ascii_end();
        if before[trimmed.len()..].contains(&b'\n') || before[trimmed.len()..].contains(&b'\r') {
            return true;
        }
        let before = trimmed;
        let word = before
            .iter()
            .rposition(u8::is_ascii_whitespace)
            .map_or(before, |space| &before[space + 1..]);
        // Behind another word it is prose, unless that is an anchor or a tag.
        !before.last().is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'.' | b')' | b'`')
        }) || word.starts_with(b"&")
            || word.starts_with(b"!")
    })
}

/// Whether it may be a JSON patch of a Secret: all of these words are in one.
fn is_patch(bytes: &[u8]) -> bool {
    static FIELDS: LazyLock<Vec<Finder<'static>>> =
        LazyLock::new(|| finders(&["/data", "/stringData"]));
    static OPERATION: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| finders(&["path", "op"]));
    any(&FIELDS, bytes) && OPERATION.iter().all(|word| word.find(bytes).is_some())
}

/// Whether letters may be spelt in another way.
fn has_spelling(bytes: &[u8]) -> bool {
    static SPELT: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| finders(SPELLINGS));
    // Most manifests have none of the characters that every spelling has one of.
    memchr::memchr3(b'\\', b'!', b'%', bytes).is_some() && any(&SPELT, bytes)
}

/// Where JSON says `"kind": "Secret"`, however many objects stand in a line.
fn json_kind(text: &str) -> Option<usize> {
    static KIND: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"kind\""));
    KIND.find_iter(text.as_bytes()).find(|at| {
        let value = text[at + "\"kind\"".len()..].trim_start();
        value
            .strip_prefix(':')
            .is_some_and(|value| value.trim_start().starts_with("\"Secret\""))
    })
}

/// Whether a line says `kind: Secret`, in YAML or in JSON.
pub(super) fn line_with_kind(text: &str) -> Option<usize> {
    if text.trim_start().starts_with(['{', '[']) {
        return json_kind(text).map(|at| line_of(text.as_bytes(), at) - 1);
    }
    text.lines().position(|line| {
        let line = line.trim_start_matches([' ', '\t', '-', '{', ',', '?']);
        let unquoted = |text: &str, word: &str| {
            let text = text.trim_start();
            let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inner = &text[quote.map_or(0, char::len_utf8)..];
            let rest = inner.strip_prefix(word)?;
            match quote {
                Some(quote) => rest.strip_prefix(quote),
                None => Some(rest),
            }
            .map(str::len)
        };
        let Some(left) = unquoted(line, "kind") else {
            return false;
        };
        let rest = line[line.len() - left..].trim_start();
        let Some(value) = rest.strip_prefix(':') else {
            return false;
        };
        unquoted(value, "Secret").is_some_and(|left| {
            matches!(
                value.as_bytes().get(value.len() - left),
                None | Some(b' ' | b'\t' | b'\r' | b',' | b'}' | b'#')
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{line_with_kind, names_a_kind};

    #[test]
    fn a_kind_is_told_from_prose() {
        for text in [
            "kind: Secret",
            "\"kind\":\"Secret\"",
            "kind: &k Secret",
            "kind: !!str Secret",
            "kind: |-\n  Secret",
            "kind: {{ if x }}Secret{{ end }}",
            "Secret",
            "kind: SealedSecret",
            "kind: SecretList",
        ] {
            assert!(names_a_kind(text.as_bytes()), "{text}");
        }
        for text in [
            "the Secret must be",
            "a ConfigMap, Secret or so",
            "kind: SecretStore",
            "kind: ExternalSecret",
            "secretName",
        ] {
            assert!(!names_a_kind(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_line_that_says_kind_secret() {
        for text in [
            "kind: Secret",
            "a: 1\n- kind: Secret # x",
            "  \"kind\": \"Secret\",",
            "{\"kind\":\"Secret\"}",
            "'kind' : 'Secret'\r",
        ] {
            assert!(line_with_kind(text).is_some(), "{text}");
        }
        for text in [
            "kind: SecretStore",
            "# kind: Secret",
            "the kind: Secret",
            "kind: SealedSecret",
            "kind: ExternalSecret",
            "kind: \"SecretList\"",
            "",
        ] {
            assert!(line_with_kind(text).is_none(), "{text}");
        }
    }
}
