//! Manifests whose YAML is difficult: every word bare, in quotes of both kinds, as a block with every indicator,
//! and the shapes that people give a Secret. Pure text.

use crate::e2e::cases::strings::corpus;

/// A manifest of one Secret.
pub(super) struct Manifest {
    pub(super) text: String,
    /// What sealing may read as the one value, `key`, where an API server refuses.
    pub(super) meaning: Option<String>,
    pub(super) promise: Promise,
}

/// What is expected of sealing.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Promise {
    /// To take it, as an API server certainly does.
    Taken,
    /// To take it if an API server does.
    AsTheServer,
    /// It may be stricter.
    Cautious,
}

const HEAD: &str =
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: parity\n  namespace: staging\n";
/// Values in one manifest where none is expected to be refused.
const BATCH: usize = 40;

/// Every word without quotes, in a block and in a flow mapping.
pub(super) fn bare() -> Vec<Manifest> {
    let mut manifests = Vec::new();
    for word in corpus::WORDS {
        let block = format!("stringData:\n  key: {word}\n");
        let flow = format!("stringData: {{key: {word}}}\n");
        let explicit = format!("stringData:\n  ? key\n  : {word}\n");
        for line in [block, flow, explicit] {
            // Where the brace is part of the tag for Go and not for others: see `looser`.
            if line.contains("!!str}") {
                continue;
            }
            manifests.push(Manifest {
                text: format!("{HEAD}{line}"),
                meaning: Some((*word).to_owned()),
                promise: Promise::Cautious,
            });
        }
    }
    manifests
}

/// Every text in double quotes, and in single ones where those can hold it.
pub(super) fn quoted() -> Vec<Manifest> {
    let mut texts = corpus::words();
    texts.extend(corpus::characters());
    texts.extend(corpus::long());
    let single: Vec<String> = texts
        .iter()
        .filter(|text| plain_enough(text) && !text.contains('\n'))
        .map(|text| format!("'{}'", text.replace('\'', "''")))
        .collect();
    let double: Vec<String> = texts.iter().map(|text| double_quoted(text)).collect();
    let mut manifests = batches(&single);
    manifests.extend(batches(&double));
    manifests
}

/// Texts as literal blocks that keep, clip or strip their last newlines, and as folded ones.
pub(super) fn blocks() -> Vec<Manifest> {
    let mut values = Vec::new();
    for text in corpus::words().into_iter().chain(corpus::long()) {
        // What stands between line breaks and spaces makes no difference to a block.
        let matters = text.contains('\n') || text.starts_with(' ') || text.ends_with(' ');
        if !plain_enough(&text) || !matters {
            continue;
        }
        let body: String = text
            .split('\n')
            .map(|line| {
                if line.is_empty() {
                    "\n".to_owned()
                } else {
                    format!("    {line}\n")
                }
            })
            .collect();
        for head in ["|2", "|2-", "|2+", ">2", ">2-", ">2+"] {
            values.push(format!("{head}\n{body}"));
        }
    }
    batches(&values)
}

/// Bodies that an API server takes, and sealing refuses: what stands there is hardly what was meant.
const CAUTIOUS: &[&str] = &[
    "data:\n  key: YQ==\n  key: Yg==\n",
    "data:\n  key: YQ==\n  \"key\": Yg==\n",
    "stringData:\n  key: !unknown value\n",
    "stringData:\n  key: &only\n",
    "stringData:\n  key: !vG7q\n",
    "stringData:\n  yes: value\n",
    "stringData:\n  ? yes\n  : value\n",
    "stringData:\n  1.10: value\n",
    "immutable: yes\nstringData:\n  key: value\n",
];

/// What people write around their values.
pub(super) fn shapes() -> Vec<Manifest> {
    let bodies = [
        "data:\n  key: dmFsdWU=\n",
        "data:\n  key: |\n    dmFs\n    dWU=\n",
        "data:\n  key: \"dmFs\\\n    dWU=\"\n",
        "data:\n  key: dmFsdWU\n",
        "data:\n  key: dmFs-dWU=\n",
        "data:\n  key: !!binary dmFsdWU=\n",
        "data:\n  key:\n",
        "data:\n  key: ''\n",
        "data: {}\nstringData: {key: value}\n",
        "data: null\nstringData: {key: value}\n",
        "data:\n  key: YQ==\nstringData:\n  key: b\n",
        "stringData:\n  key: value # comment\n  # comment\n  other: 'a # no comment'\n",
        "stringData:\n  key: a\n    b\n\n    c\n",
        "stringData:\n  key: \"a\n    b\n\n    c\"\n",
        "stringData:\n  key: 'a\n    b\n\n    c'\n",
        "stringData:\n  key: &anchor value\n  other: *anchor\n",
        "stringData: &all\n  key: value\nmetadata2: *all\n",
        "x: &d {a: b}\nstringData:\n  <<: *d\n  key: value\n",
        "stringData:\n  <<: {a: b}\n  key: value\n",
        "stringData:\n  key: !!str 12\n  other: !!str yes\n",
        "stringData:\n  \"yes\": value\n",
        "stringData:\n  1: value\n",
        "stringData:\n  ~: value\n",
        "stringData:\n  [a]: value\n",
        "stringData:\n  key: [a]\n",
        "stringData:\n  key: {a: b}\n",
        "stringData:\n  - key\n",
        "stringData: text\n",
        "stringData:\n\tkey: value\n",
        "stringData:\n  key:\tvalue\n",
        "stringData:\n  key: value\t\n",
        "stringData: {key: value,}\n",
        "stringData: {key: value, other}\n",
        "stringData: {key: \"value\", 'other': a b}\n",
        "stringData:\n  key: |\n    a\n     b\n    c\n",
        "stringData:\n  key: |-\n    a\n\n\n  other: b\n",
        "stringData:\n  key: |+\n    a\n\n\n  other: b\n",
        "stringData:\n  key: >\n    a\n    b\n\n    c\n      d\n    e\n",
        "stringData:\n  key: | # comment\n    a\n",
        "stringData:\n  key: |\n   \n    a\n",
        "stringData:\n  key: |\n",
        "stringData:\n  key: |1\n   a\n",
        "string_data:\n  key: value\n",
        "stringdata:\n  key: value\n",
        "type: kubernetes.io/tls\nimmutable: true\nstringData:\n  key: value\n",
        "immutable: \"true\"\nstringData:\n  key: value\n",
        "spec: {}\nstringData:\n  key: value\n",
        "stringData:\n  key: value\n...\n",
        "stringData:\n  key: value\n---\n",
        "stringData:\n  key: value\n# end",
        "stringData:\n  key: \"\\x41\\u00e4\\U0001F511\\t\\0\\e\\_\\N\\L\\P\\\"\"\n",
        "stringData:\n  key: \"\\q\"\n",
        "stringData:\n  key: \"never closed\n",
        "stringData:\n  key: a: b\n",
        "stringData:\n  key: @a\n",
        "stringData:\n  key: {{ .Values.key }}\n",
        "stringData:\n  key: \"{{ .Values.key }}\"\n",
    ];
    let mut manifests = Vec::new();
    for (bodies, promise) in [
        (&bodies[..], Promise::AsTheServer),
        (CAUTIOUS, Promise::Cautious),
    ] {
        for body in bodies {
            let text = format!("{HEAD}{body}");
            for text in [
                text.replace('\n', "\r\n"),
                format!("---\n{text}"),
                format!("# comment\n\n{text}"),
                format!("{text}\n# comment\n---\n"),
                text,
            ] {
                manifests.push(Manifest {
                    text,
                    meaning: None,
                    promise,
                });
            }
        }
    }
    let heads = [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, labels: {on: yes}}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, labels: {\"on\": \"yes\"}}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: \"12\", namespace: n}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, annotations: {a: 1.0}}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, annotations: null}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, creationTimestamp: null}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, creationTimestamp: 2026-01-02T03:04:05Z}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, name: c}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, label: {c: d}}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b, finalizers: [a.b/c]}\n",
        "apiVersion: v1\nkind: secret\nmetadata: {name: a, namespace: b}\n",
        "apiVersion: apps/v1\nkind: Secret\nmetadata: {name: a, namespace: b}\n",
        "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: b}, stringData: {key: value}}\n",
        "\"apiVersion\": \"v1\"\n'kind': Secret\nmetadata:\n    name: a\n    namespace: b\n",
        "\u{feff}apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\n",
    ];
    for head in heads {
        let body = if head.starts_with('{') {
            ""
        } else {
            "stringData:\n  key: value\n"
        };
        manifests.push(Manifest {
            text: format!("{head}{body}"),
            meaning: None,
            promise: Promise::Cautious,
        });
    }
    manifests
}

/// What kubectl or an API server refuses although YAML 1.2, JSON or kubeseal give it one clear meaning.
pub(super) fn looser() -> Vec<Manifest> {
    let value = |line: &str, meaning: &str| Manifest {
        text: format!("{HEAD}{line}"),
        meaning: Some(meaning.to_owned()),
        promise: Promise::Cautious,
    };
    let mut manifests = vec![
        value("stringData:\n  key: \"a\\/b\"\n", "a/b"),
        value("stringData:\n  key: \"\\ud83d\\udd11\"\n", "\u{1f511}"),
        value("stringData: {key: !!str}\n", ""),
        value("type: 5\nstringData:\n  key: value\n", "value"),
        value(
            "immutable: false\ntype: true\nstringData:\n  key: value\n",
            "value",
        ),
    ];
    for text in [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: 12, namespace: b}\nstringData: {key: value}\n".to_owned(),
        format!("%YAML 1.1\n---\n{HEAD}stringData: {{key: value}}\n"),
    ] {
        manifests.push(Manifest { text, meaning: Some("value".to_owned()), promise: Promise::Cautious });
    }
    manifests
}

/// Many values in one manifest, all of which must be taken.
fn batches(values: &[String]) -> Vec<Manifest> {
    let manifest = |some: &[String]| {
        let lines: String = some
            .iter()
            .enumerate()
            .map(|(index, value)| format!("  k{index}: {value}\n"))
            .collect();
        Manifest {
            text: format!("{HEAD}stringData:\n{lines}"),
            meaning: None,
            promise: Promise::Taken,
        }
    };
    values.chunks(BATCH).map(manifest).collect()
}

/// Can it stand in a manifest without an escape?
fn plain_enough(text: &str) -> bool {
    text.chars().all(|letter| {
        letter == '\n'
            || (!letter.is_control()
                && !"\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}".contains(letter))
    })
}

/// With an escape for everything but ordinary letters.
fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' '..='~' => quoted.push(letter),
            '\0'..='\u{ff}' => quoted.push_str(&format!("\\x{:02x}", letter as u32)),
            '\u{100}'..='\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", letter as u32)),
            _ => quoted.push_str(&format!("\\U{:08x}", letter as u32)),
        }
    }
    quoted.push('"');
    quoted
}
