//! Key material in any text: PEM private keys, age identities, keys of kubeconfigs.

use memchr::memmem;

use super::file::Inspection;
use super::finding::{Finding, Span};
use super::place::Lines;
use super::rule::Rule;
use super::value::decoded;
use crate::pem::{self, Block};

/// The least base64 that a key has: an Ed25519 key has 64 characters, an old EC key more.
const LEAST: usize = 40;

/// Finds keys that stand in no line that is covered by a finding of its own.
pub(super) fn find(
    text: &str,
    lines: &Lines<'_>,
    covered: &[(usize, usize)],
    inspection: &mut Inspection,
) {
    let covered = Covered::of(covered);
    let mut place = (0, 1);
    let mut keys = 0;
    let mut report = |line: usize, end_line: usize, what: &str| {
        if covered.has(line) {
            return;
        }
        // There may be many in one line.
        if place.0 != line {
            let space = |text: &str| text.chars().take_while(|c| c.is_whitespace()).count();
            place = (line, 1 + lines.get(line).map_or(0, space));
        }
        let (_, column) = place;
        keys += 1;
        inspection.findings.push(Finding {
            path: inspection.path.clone(),
            span: Span {
                line,
                column,
                end_line,
            },
            rule: Rule::PrivateKey,
            severity: Rule::PrivateKey.severity(),
            object: None,
            keys: Vec::new(),
            commit: None,
            message: what.to_owned(),
            position: format!("key {keys}"),
            filled_in: false,
            allowance_line: line,
        });
    };
    for block in pem::blocks(text) {
        if is_private(block.label) && is_whole(&block) {
            let end = block.line + block.lines_to_end();
            report(
                block.line,
                end,
                &format!("a private key in plaintext ({})", block.label),
            );
        }
    }
    for at in memmem::find_iter(text.as_bytes(), AGE) {
        if is_age_identity(&text[at + AGE.len()..]) {
            let line = lines.line(at);
            report(line, line, "an age identity in plaintext");
        }
    }
    for at in memmem::find_iter(text.as_bytes(), KUBECONFIG) {
        if is_client_key(&text[at + KUBECONFIG.len()..]) {
            let line = lines.line(at);
            report(line, line, "the client key of a kubeconfig in plaintext");
        }
    }
}

/// Lines that are covered by findings of their own.
struct Covered(Vec<(usize, usize)>);

impl Covered {
    fn of(spans: &[(usize, usize)]) -> Self {
        let mut spans = spans.to_vec();
        spans.sort_unstable();
        // Behind each first line stands the last one of all spans up to here.
        let mut end = 0;
        for (_, last) in &mut spans {
            end = end.max(*last);
            *last = end;
        }
        Self(spans)
    }

    fn has(&self, line: usize) -> bool {
        let up_to_here = self.0.partition_point(|(first, _)| *first <= line);
        up_to_here > 0 && self.0[up_to_here - 1].1 >= line
    }
}

/// Whether a text holds a private key, for the words of another finding.
pub(super) fn is_in(text: &str) -> bool {
    pem::blocks(text)
        .iter()
        .any(|block| is_private(block.label) && is_whole(block))
}

const AGE: &[u8] = b"AGE-SECRET-KEY-1";
const KUBECONFIG: &[u8] = b"client-key-data";

fn is_private(label: &str) -> bool {
    // PGP says `PRIVATE KEY BLOCK`.
    label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")
}

/// Whether a text holds a PEM block of any kind that has a body.
pub(super) fn has_pem(text: &str) -> bool {
    pem::blocks(text).iter().any(is_whole)
}

/// Whether a block has a body that can be a key: enough base64, and nothing that says it was left
/// out or is filled in later.
fn is_whole(block: &Block<'_>) -> bool {
    const OMITTED: [&str; 6] = ["...", ". .", "…", "{{", "${", "<"];
    let body = block.body();
    if OMITTED.iter().any(|mark| body.contains(mark)) {
        return false;
    }
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if !block.is_closed() {
        // Without an end, whatever follows may be prose or code; a line of base64 is neither.
        return block
            .data()
            .next()
            .is_some_and(|line| line.len() >= LEAST && line.bytes().all(is_digit));
    }
    let runs = || {
        block
            .data()
            .flat_map(|line| line.split(|c: char| !c.is_ascii() || !is_digit(c as u8)))
            .map(str::len)
    };
    // Words between the two marks, in prose about keys, are base64 as well, but short.
    runs().sum::<usize>() >= LEAST && runs().max().is_some_and(|longest| longest >= LEAST / 2)
}

/// The rest of an age identity in Bech32 (BIP 173): 58 characters of its alphabet.
fn is_age_identity(text: &str) -> bool {
    const LENGTH: usize = 58;
    const ALPHABET: &[u8] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    let digits = text
        .bytes()
        .take_while(|byte| ALPHABET.contains(byte))
        .count();
    let mut seen: Vec<u8> = text.bytes().take(digits).collect();
    seen.sort_unstable();
    seen.dedup();
    // One letter over and over is an example.
    digits == LENGTH && seen.len() > 8
}

/// The value of a kubeconfig's `client-key-data`, which is a PEM block in base64.
fn is_client_key(text: &str) -> bool {
    let value = text
        .trim_start_matches(['"', '\'', ' ', '\t'])
        .strip_prefix(':')
        .unwrap_or_default()
        .trim_start_matches(['"', '\'', ' ', '\t', '\\']);
    let end = value
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='))
        .unwrap_or(value.len());
    let value = &value[..end];
    value.len() >= LEAST && decoded(value).is_some_and(|text| text.contains("PRIVATE KEY"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Options, inspect};

    /// Where time grows with the square of the length, this takes minutes.
    #[test]
    fn many_keys_take_no_longer() {
        const MANY: usize = 20_000;
        let key = format!(
            "AGE-SECRET-KEY-1{}",
            "QPZRY9X8GF2TVDW0S3JN54KHCE6MU".repeat(2)
        );
        let indented = format!(
            "{}{}",
            " ".repeat(2_000_000),
            format!("{key} ").repeat(MANY)
        );
        let secrets = "kind: Secret\nstringData: {a: b}\n---\n".repeat(MANY);
        let lines = format!("#{key}\n").repeat(MANY);
        for (name, text, count) in [
            ("a.txt", indented, MANY),
            ("a.yaml", format!("{secrets}{lines}"), 2 * MANY),
        ] {
            let inspection = inspect(Path::new(name), text.as_bytes(), &Options::default());
            assert_eq!(inspection.findings.len(), count);
        }
    }
}
