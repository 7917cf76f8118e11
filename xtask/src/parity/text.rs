//! Printed documents, taken apart: ciphertexts out of sight, one document at a time, the order of keys. Owns no
//! opinion about what is right.

use anyhow::{Context, Result};
use serde_yaml::Value;

/// No other text in the cases is as long and begins so.
const SHORTEST_CIPHERTEXT: usize = 300;

/// The text with every ciphertext replaced by its length, which shows the length of the value.
pub(super) fn without_ciphertexts(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    while let Some(start) = rest.find(in_base64) {
        let run = &rest[start..];
        let end = run.find(|c| !in_base64(c)).unwrap_or(run.len());
        out.push_str(&rest[..start]);
        if end >= SHORTEST_CIPHERTEXT && run.starts_with('A') {
            out.push_str(&format!("CIPHERTEXT-{end}"));
        } else {
            out.push_str(&run[..end]);
        }
        rest = &run[end..];
    }
    out + rest
}

/// The documents of a JSON or YAML stream; none for a bare value of `--raw`.
pub(super) fn documents(text: &str) -> Result<Vec<String>> {
    if text.starts_with('{') {
        let mut documents = Vec::new();
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
        let mut start = 0;
        while let Some(document) = stream.next() {
            document.context("the JSON that was printed")?;
            documents.push(text[start..stream.byte_offset()].trim().to_owned());
            start = stream.byte_offset();
        }
        return Ok(documents);
    }
    let mut documents: Vec<String> = Vec::new();
    for line in text.lines() {
        if line == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    Ok(documents)
}

/// Every key of a YAML document in the order in which it stands there.
pub(super) fn key_order(document: &str) -> Result<Vec<String>> {
    fn walk(node: &Value, found: &mut Vec<String>) {
        match node {
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    found.push(key.as_str().unwrap_or("not a text").to_owned());
                    walk(value, found);
                }
            }
            Value::Sequence(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(
        &serde_yaml::from_str(document).context("the YAML that was printed")?,
        &mut found,
    );
    Ok(found)
}

/// Where two texts part.
pub(super) fn first_difference(ours: &str, theirs: &str) -> String {
    let (mut our_lines, mut their_lines) = (ours.lines(), theirs.lines());
    let mut number = 1;
    loop {
        let (our_line, their_line) = (our_lines.next(), their_lines.next());
        if our_line != their_line || our_line.is_none() {
            return format!("line {number} is {our_line:?}, and not {their_line:?}");
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{documents, first_difference, key_order, without_ciphertexts};

    #[test]
    fn ciphertexts_are_replaced_by_their_length_and_nothing_else() {
        let text = format!(
            "k: Ag{}\nl: \"A{}\"\nm: Bg/+{}",
            "x".repeat(398),
            "=".repeat(9),
            "y".repeat(400)
        );
        let expected = format!(
            "k: CIPHERTEXT-400\nl: \"A{}\"\nm: Bg/+{}",
            "=".repeat(9),
            "y".repeat(400)
        );
        assert_eq!(without_ciphertexts(&text), expected);
    }

    #[test]
    fn documents_are_told_apart() {
        assert_eq!(
            documents("{\"a\": 1}\n{\n}\n").unwrap(),
            ["{\"a\": 1}", "{\n}"]
        );
        assert_eq!(
            documents("---\na: 1\n---\nb: |\n  ---\n").unwrap(),
            ["a: 1\n", "b: |\n  ---\n"]
        );
        assert_eq!(documents("AgB").unwrap(), [""; 0]);
    }

    #[test]
    fn the_order_of_keys_and_the_first_difference_are_seen() {
        assert_eq!(
            key_order("b: [{c: 1, a: 2}]\na: 3\n").unwrap(),
            ["b", "c", "a", "a"]
        );
        assert_eq!(
            first_difference("a\nb", "a\nc"),
            "line 2 is Some(\"b\"), and not Some(\"c\")"
        );
    }
}
