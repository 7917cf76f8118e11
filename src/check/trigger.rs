//! Which texts are worth a parser: a search for a few words, before anything else is done.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

/// The words without which no rule finds anything, but for escapes that spell one of them.
/// `ecret` is in Secret, SealedSecret, secretGenerator, secretName and imagePullSecrets.
pub const TRIGGERS: &[&str] = &[
    "ecret",
    "credentialName",
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

fn finders(words: &'static [&'static str]) -> Vec<Finder<'static>> {
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

/// Whether a document may hold an object that a rule knows, or a text with one.
pub(super) fn wants_document(text: &str) -> bool {
    static WORDS: LazyLock<Vec<Finder<'static>>> =
        LazyLock::new(|| finders(&["ecret", "credentialName", "stringData"]));
    let bytes = text.as_bytes();
    any(&WORDS, bytes) || is_patch(bytes) || has_spelling(bytes)
}

/// Whether a text within a text may hold a Secret.
pub(super) fn wants_nested(text: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find(bytes, b"Secret").is_some() || is_patch(bytes) || has_spelling(bytes)
}

/// Whether it may be a JSON patch of a Secret.
fn is_patch(bytes: &[u8]) -> bool {
    (memmem::find(bytes, b"/data").is_some() || memmem::find(bytes, b"/stringData").is_some())
        && memmem::find(bytes, b"path").is_some()
        && memmem::find(bytes, b"op").is_some()
}

/// Whether letters may be spelt in another way.
fn has_spelling(bytes: &[u8]) -> bool {
    static SPELT: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| finders(SPELLINGS));
    any(&SPELT, bytes)
}

/// Whether a line says `kind: Secret`, in YAML or in JSON.
pub(super) fn line_with_kind(text: &str) -> Option<usize> {
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
    use super::line_with_kind;

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
            "kind: \"SecretList\"",
            "",
        ] {
            assert!(line_with_kind(text).is_none(), "{text}");
        }
    }
}
