//! Which value is a secret, which only stands for one, and which says nothing.
//!
//! Owns the closed lists of placeholders. A value that is none of them is taken for a secret.

use zeroize::Zeroizing;

use super::{action, key};
use crate::manifest;

/// How many defaults within defaults are looked at.
const MOST_NESTED: usize = 8;
/// How long a run of letters and digits beside a placeholder must be to be a secret.
const LONG_RUN: usize = 20;

/// What a value is, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Nothing.
    Empty,
    /// It stands for a value that is kept elsewhere.
    Reference,
    /// It says nothing, but looks like a value.
    Placeholder,
    /// It may be a secret.
    Real,
}

/// What else decides about a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    /// Whether its text may be base64, as in `data`.
    pub(super) encoded: bool,
    /// Whether SOPS has encrypted the document.
    pub(super) sops: bool,
    /// Whether argocd-vault-plugin fills in what stands in angle brackets.
    pub(super) vault_plugin: bool,
    /// Whether it stands in a script, whose shell fills in `$NAME` wherever it stands.
    pub(super) script: bool,
}

/// Whether a part of a text is filled in by something else.
pub(super) fn has_placeholder(text: &str, rules: Rules) -> bool {
    let text = text.trim();
    is_reference(text, rules) || placeholders(text, rules).is_some()
}

/// What a value is.
pub(super) fn judge(value: &str, rules: Rules) -> Verdict {
    judge_at(value, rules, 0)
}

fn judge_at(value: &str, rules: Rules, depth: usize) -> Verdict {
    let as_text = judge_text(value, rules, depth);
    if as_text != Verdict::Real || !rules.encoded {
        return as_text;
    }
    match decoded(value) {
        Some(text) => judge_text(
            &text,
            Rules {
                encoded: false,
                ..rules
            },
            depth,
        ),
        None => Verdict::Real,
    }
}

/// The text that base64 stands for, if it is base64 and that is text.
pub(super) fn decoded(value: &str) -> Option<Zeroizing<String>> {
    let mut bytes = manifest::decode(value).ok()?;
    let bytes = std::mem::take(&mut *bytes);
    match String::from_utf8(bytes) {
        Ok(text) => Some(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            None
        }
    }
}

fn judge_text(value: &str, rules: Rules, depth: usize) -> Verdict {
    let value = value.trim();
    if matches!(value, "" | "\"\"" | "''" | "{}" | "[]" | "null") {
        return Verdict::Empty;
    }
    if is_reference(value, rules) {
        return Verdict::Reference;
    }
    if says_nothing(value, rules) {
        return Verdict::Placeholder;
    }
    if depth > MOST_NESTED {
        return Verdict::Real;
    }
    let Some(found) = placeholders(value, rules) else {
        return Verdict::Real;
    };
    // In a file with placeholders a default is one setting among many; alone it is the value.
    let is_file = value.contains('\n') && !found.rest.trim().is_empty();
    let within = found
        .literals
        .iter()
        .filter(|literal| literal.contains(|c: char| c.is_alphanumeric()))
        .map(|literal| match is_file {
            true if holds_secret(literal) => Verdict::Real,
            true => Verdict::Reference,
            false => judge_at(literal, rules, depth + 1),
        })
        .max()
        .unwrap_or(Verdict::Empty);
    let rest = if holds_secret(&found.rest) {
        Verdict::Real
    } else if found.has_choice && !value.contains('\n') {
        // `{{ if .x }}text{{ else }}{{ .y }}{{ end }}`: the text is the value, or nothing is.
        judge_at(found.rest.trim(), rules, depth + 1).max(Verdict::Reference)
    } else {
        Verdict::Reference
    };
    within.max(rest)
}

/// Whether the whole value names a secret that is kept elsewhere.
fn is_reference(value: &str, rules: Rules) -> bool {
    let one_line = !value.contains('\n');
    let name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if !one_line {
        return false;
    }
    value.strip_prefix('$').is_some_and(name)
        || value
            .strip_prefix("op://")
            .is_some_and(|path| path.matches('/').count() >= 2)
        || ["ref+", "secretref+"].iter().any(|prefix| {
            value
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.contains("://"))
        })
        || value
            .trim_start_matches('>')
            .strip_prefix("vault:")
            .is_some_and(|rest| {
                !rest.contains(' ') && rest.split_once('#').is_some_and(|(_, key)| !key.is_empty())
            })
        || rules.sops
            && value.starts_with("ENC[AES256_GCM,")
            && [",iv:", ",tag:"].iter().all(|part| value.contains(part))
            && value.ends_with(']')
}

/// Whether the whole value is a word that stands for nothing.
fn says_nothing(value: &str, rules: Rules) -> bool {
    const WORDS: [&str; 15] = [
        "changeme",
        "changeit",
        "changethis",
        "replaceme",
        "replacethis",
        "example",
        "placeholder",
        "dummy",
        "todo",
        "tbd",
        "redacted",
        "password",
        "yourpassword",
        "yoursecret",
        "yourtoken",
    ];
    /// No placeholder is longer, and a secret is not copied to find that out.
    const LONGEST: usize = 200;
    if value.len() > LONGEST || value.contains('\n') {
        return false;
    }
    let word = Zeroizing::new(
        value
            .chars()
            .filter(|c| !matches!(c, '-' | '_' | ' '))
            .map(|c| c.to_ascii_lowercase())
            .collect::<String>(),
    );
    let all = |c: char, least: usize| word.len() >= least && word.chars().all(|other| other == c);
    if WORDS.contains(&word.as_str())
        || all('x', 3)
        || all('*', 1)
        || word.len() > "yourhere".len() && word.starts_with("your") && word.ends_with("here")
    {
        return true;
    }
    if let Some(inner) = value
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
    {
        return !rules.vault_plugin
            && !inner.is_empty()
            && !inner.contains(['<', '>'])
            && !inner.starts_with("path:")
            && !inner.starts_with('%');
    }
    if let Some(inner) = value
        .strip_prefix("**")
        .and_then(|rest| rest.strip_suffix("**"))
    {
        return !inner.is_empty()
            && inner
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
    }
    // What was left out in a document.
    if value.starts_with("...") && value.ends_with("...") {
        return true;
    }
    let words: Vec<_> = value.split('_').filter(|word| !word.is_empty()).collect();
    words.len() >= 2
        && words
            .iter()
            .all(|word| word.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// A value without its placeholders.
struct Found {
    rest: Zeroizing<String>,
    /// Whether an action chooses what of the rest is the value.
    has_choice: bool,
    /// The texts that a placeholder may be filled in with: its defaults.
    literals: Vec<Zeroizing<String>>,
}

/// Takes the placeholders out of a value; none where there are none.
fn placeholders(value: &str, rules: Rules) -> Option<Found> {
    // Never longer than the value, so that no unwiped copy is left behind.
    let mut rest = Zeroizing::new(String::with_capacity(value.len()));
    let mut literals = Vec::new();
    let mut at = 0;
    let (mut any, mut has_choice) = (false, false);
    while let Some(c) = value[at..].chars().next() {
        if let Some(length) = placeholder(&value[at..], rules, &mut literals) {
            any = true;
            has_choice |= action::is_choice(&value[at..at + length]);
            at += length;
            // What stands on both sides is not one run.
            rest.push(' ');
        } else {
            rest.push(c);
            at += c.len_utf8();
        }
    }
    any.then_some(Found {
        rest,
        has_choice,
        literals,
    })
}

/// The length of the placeholder that `text` starts with.
fn placeholder(text: &str, rules: Rules, literals: &mut Vec<Zeroizing<String>>) -> Option<usize> {
    /// A placeholder is not longer. It bounds the work that text without any end to them makes.
    const LONGEST: usize = 1024;
    let whole = text;
    let text = beginning(text, LONGEST);
    match text.as_bytes() {
        [b'$', b'{', b'{', ..] => text.find("}}").map(|end| end + 2),
        [b'$', b'{', ..] => braced(text, literals),
        [b'$', b'(', ..] => {
            let end = balanced(text, '(', ')')?;
            (!text[..end].contains('\n')).then_some(end)
        }
        [b'$', b'A'..=b'Z' | b'_', ..] if rules.script => {
            let name =
                |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
            Some(
                1 + text.as_bytes()[1..]
                    .iter()
                    .take_while(|byte| name(byte))
                    .count(),
            )
        }
        // ytt
        [b'(', b'@', ..] => text.find("@)").map(|end| end + 2),
        [b'{', b'{' | b'%' | b'#', ..] | [b'<', b'%', ..] => {
            let (length, inside) = action::first(whole)?;
            literals.extend(action::literals(inside));
            Some(length)
        }
        [b'<', ..] if text.starts_with("<path:") || rules.vault_plugin => {
            let end = text.find('>')?;
            (end > 1 && !text[..end].contains('\n')).then_some(end + 1)
        }
        _ => None,
    }
}

/// The first bytes of a text, as far as they are whole characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let most = most.min(text.len());
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// `${NAME}`, `${NAME:-default}` and `${NAME:=default}`, of which the default is a value.
fn braced(text: &str, literals: &mut Vec<Zeroizing<String>>) -> Option<usize> {
    let end = balanced(text, '{', '}')?;
    let inside = &text[2..end - 1];
    if let Some((name, default)) = inside.split_once(':')
        && let Some(default) = default.strip_prefix(['-', '='])
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        literals.push(Zeroizing::new(default.to_owned()));
    }
    Some(end)
}

/// How far it is to where the first bracket is closed.
fn balanced(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + close.len_utf8());
            }
        }
    }
    None
}

/// Whether what stands beside placeholders is a secret of its own.
fn holds_secret(rest: &str) -> bool {
    key::has_pem(rest)
        || rest.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
            run.len() >= LONG_RUN
                && run.bytes().any(|byte| byte.is_ascii_digit())
                && run.bytes().any(|byte| byte.is_ascii_alphabetic())
        })
}

#[cfg(test)]
mod tests {
    use super::{Rules, Verdict, beginning, judge};

    #[test]
    fn no_character_is_cut() {
        for (most, expected) in [(0, ""), (1, "a"), (2, "a"), (3, "aü"), (9, "aüb")] {
            assert_eq!(beginning("aüb", most), expected);
        }
    }

    #[track_caller]
    fn all(verdict: Verdict, rules: Rules, values: &[&str]) {
        for value in values {
            assert_eq!(judge(value, rules), verdict, "{value}");
        }
    }

    const TEXT: Rules = Rules {
        encoded: false,
        sops: false,
        vault_plugin: false,
        script: false,
    };
    const DATA: Rules = Rules {
        encoded: true,
        ..TEXT
    };

    #[test]
    fn values_that_are_kept_elsewhere() {
        all(
            Verdict::Reference,
            TEXT,
            &[
                "${VAR}",
                "$(VAR)",
                "$VAR",
                "{{ .Values.x }}",
                "{% if x %}{{ x }}{% endif %}",
                "<path:kv/data/x#key>",
                "ref+vault://a/b#/c",
                "vault:secret/data/x#PW",
                ">>vault:secret/x#PW",
                "op://vault/item/field",
                "${{ secrets.X }}",
                "https://${HOST}/path",
                "${A}${B}",
                "user={{ .u }}\npassword={{ .p }}\n",
                "${A:-}",
                "${A:-${B}}",
                "<%= pw %>",
                "$(cat /run/x)",
            ],
        );
        all(
            Verdict::Reference,
            DATA,
            &["JHtWQVJ9", "e3sgLlZhbHVlcy54IH19"],
        );
        all(
            Verdict::Reference,
            Rules {
                vault_plugin: true,
                ..TEXT
            },
            &["<password>", "a:<b>@c"],
        );
        all(
            Verdict::Reference,
            Rules { sops: true, ..TEXT },
            &["ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]"],
        );
    }

    #[test]
    fn values_that_say_nothing() {
        all(
            Verdict::Placeholder,
            TEXT,
            &[
                "changeme",
                "CHANGE-ME",
                "change_it",
                "Replace Me",
                "xxx",
                "XXXXXX",
                "****",
                "**SOPS**",
                "<your password>",
                "ROOK_TOKEN",
                "__REPLACE_ME__",
                "your-api-key-here",
                "password",
                "${A:-changeme}",
                "{{ .x | default \"changeme\" }}",
                "TODO",
            ],
        );
        all(
            Verdict::Placeholder,
            DATA,
            &["cGFzc3dvcmQ=", "Y2hhbmdlbWU=", "changeme", "Y2hhbmdl\nbWU="],
        );
    }

    #[test]
    fn values_that_may_be_secrets() {
        all(
            Verdict::Real,
            TEXT,
            &[
                "mypassword",
                "test-password",
                "admin",
                "$2a$10$abcdefghijklmnop",
                "${A:-hunter2}",
                "${A:=${B:-hunter2}}",
                "xx",
                "<a>b</a>",
                "ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]",
                "<path",
                "user=${U} key=AKIAIOSFODNN7EXAMPLE1",
                "${A}\n-----BEGIN X-----\nMC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAR\n-----END X-----\n",
                "{{ default \"hunter2\" .x }}",
                "A_B1",
                "5432",
                "true",
                "<password>x",
            ],
        );
        all(
            Verdict::Real,
            DATA,
            &["aHVudGVyMg==", "not base64!", "/////w=="],
        );
    }

    #[test]
    fn nothing_is_no_value() {
        all(Verdict::Empty, TEXT, &["", " ", "\n"]);
        all(Verdict::Empty, DATA, &["", "Cg==", "ICA="]);
    }
}
