//! Which documents there are in a text.

use super::{Row, Section};
use crate::case::{Case, fails, hangs, json, seals, seals_value, secret, with};

const K: &str = r#""stringData":{"k":"v"}"#;

pub(crate) fn section() -> Section {
    Section {
        title: "Documents",
        rows: vec![
            Row {
                what: "A document that is not YAML, beside good ones",
                kubeseal: "leaves it out, seals the others, exit code 0",
                rseal: "names document, line and cause; seals none",
                why: "a Secret that is left out is missed in production, not in review",
                cases: vec![
                    Case::seal(format!("{}---\n{}", secret("a"), secret("b").replace("k: v", "k: [v")))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(fails("standard input: document 2, line 15: a [ or { is not closed")),
                    Case::seal(format!("{}---\n{}", secret("a").replace("  k", "\tk"), secret("b")))
                        .kubeseal(seals(&["ns/b"]))
                        .rseal(fails("standard input: document 1, line 7: indented with a tab")),
                    Case::seal(format!(
                        "{}---\n{{{{- if .Values.b }}}}\n{}{{{{- end }}}}\n",
                        secret("a"),
                        secret("b")
                    ))
                    .kubeseal(seals(&["ns/a"]))
                    .rseal(fails("standard input: document 2, line 9: a template ({{ … }}")),
                    Case::seal(format!("{}---\n{}", secret("a"), with("stringData:\n  ~: v\n")))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(fails("standard input: document 2, line 15, stringData.~: a key expected")),
                ],
            },
            Row {
                what: "Something after the dashes of a separator: `--- foo`, `----`",
                kubeseal: "leaves the document before it out, exit code 0",
                rseal: "names the line; seals none",
                why: "a Secret that is left out is missed in production, not in review",
                cases: vec![
                    Case::seal(format!("{}--- foo\n{}", secret("a"), secret("b")))
                        .kubeseal(seals(&["ns/b"]))
                        .rseal(fails("standard input: document 2, line 9: ")),
                    Case::seal(format!("{}----\n{}", secret("a"), secret("b")))
                        .kubeseal(seals(&["ns/b"]))
                        .rseal(fails(
                            "standard input: document 1, line 8: starts like the separator --- but is none",
                        )),
                ],
            },
            Row {
                what: "A document that begins on the line of its separator",
                kubeseal: "leaves it out",
                rseal: "reads it",
                why: "YAML allows it",
                cases: vec![
                    Case::seal(format!("{}--- {}\n", secret("a"), json("b", K)))
                        .kubeseal(fails("no secrets found"))
                        .rseal(seals(&["ns/a", "ns/b"])),
                ],
            },
            Row {
                what: "A document after the end mark `...`",
                kubeseal: "leaves it out, exit code 0",
                rseal: "reads it",
                why: "YAML allows it",
                cases: vec![
                    Case::seal(format!("{}...\n{}", secret("a"), secret("b")))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(seals(&["ns/a", "ns/b"])),
                ],
            },
            Row {
                what: "YAML that only version 1.2 allows: the escape `\\/`, a line with nothing but a tab",
                kubeseal: "leaves the document out",
                rseal: "reads it",
                why: "its meaning is clear",
                cases: vec![
                    Case::seal(with("stringData:\n  k: \"a\\/b\"\n"))
                        .kubeseal(fails("no secrets found"))
                        .rseal(seals_value("a/b")),
                    Case::seal(secret("a").replace("metadata:\n", "metadata:\n\t\n"))
                        .kubeseal(fails("no secrets found"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "Something that is no JSON object after the first JSON object",
                kubeseal: "leaves out what follows, exit code 0",
                rseal: "names the line; seals none",
                why: "a comma between two objects would lose the second",
                cases: vec![
                    Case::seal(format!("{},\n{}\n", json("a", K), json("b", K)))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(fails("standard input: document 2, line 1: after the JSON object")),
                    Case::seal(format!("{}\njunk\n", json("a", K)))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(fails("standard input: document 2, line 2: after the JSON object")),
                ],
            },
            Row {
                what: "Something that is no JSON object after the second one or a later one",
                kubeseal: "never ends",
                rseal: "names the line; seals none",
                why: "a pipeline would wait for its time limit",
                cases: vec![
                    Case::seal(format!("{}{}junk", json("a", K), json("b", K)))
                        .kubeseal(hangs())
                        .rseal(fails("standard input: document 3, line 1: after the JSON object")),
                    Case::seal(format!("{0}\n{0}\n---\n{0}\n", json("a", K)))
                        .kubeseal(hangs())
                        .rseal(fails("standard input: document 3, line 3: after the JSON object")),
                ],
            },
            Row {
                what: "`-f` with a folder",
                kubeseal: "never ends",
                rseal: "error: `read FOLDER: is a directory`",
                why: "a pipeline would wait for its time limit",
                cases: vec![
                    Case::seal("")
                        .with("-f folder")
                        .prepare(|path| std::fs::create_dir(path.join("folder")).unwrap())
                        .kubeseal(hangs())
                        .rseal(fails("read folder: is a directory")),
                ],
            },
            Row {
                what: "`-f` with a file that cannot be opened",
                kubeseal: "`Could not read file specified with --secret-file`",
                rseal: "adds the file and the cause",
                why: "a missing file and a missing right are mended differently",
                cases: vec![
                    Case::seal("")
                        .with("-f nothing.yaml")
                        .kubeseal(fails("Could not read file specified with --secret-file\n"))
                        .rseal(fails(
                            "Could not read file specified with --secret-file: open nothing.yaml: no such file or directory",
                        )),
                ],
            },
            Row {
                what: "A document that cannot be sealed, after good ones",
                kubeseal: "prints the good ones, then fails",
                rseal: "prints nothing",
                why: "half a result, redirected to a file, looks like a whole one",
                cases: vec![
                    Case::seal(format!("{}---\n{}", secret("a"), with("")))
                        .kubeseal(
                            fails("secret.data is empty in input Secret")
                                .stdout("\"name\": \"a\""),
                        )
                        .rseal(fails(
                            "standard input: document 2, line 9: secret.data is empty in input Secret",
                        )),
                ],
            },
            Row {
                what: "UTF-16, as Windows PowerShell redirects",
                kubeseal: "`no secrets found`",
                rseal: "reads it",
                why: "the text is all there",
                cases: vec![
                    Case::seal(utf16(&format!("\u{feff}{}", secret("a"))))
                        .kubeseal(fails("no secrets found"))
                        .rseal(seals_value("v")),
                    Case::seal(utf16(&secret("a")))
                        .kubeseal(fails("no secrets found"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "A byte-order mark in front of the second document or a later one",
                kubeseal: "skips it; in front of a separator, leaves the document before it out",
                rseal: "names the line; seals none",
                why: "whether a document was lost cannot be told",
                cases: vec![
                    Case::seal(format!("{}---\n\u{feff}{}", secret("a"), secret("b")))
                        .kubeseal(seals(&["ns/a", "ns/b"]))
                        .rseal(fails(
                            "standard input: document 2, line 9: starts with a byte-order mark",
                        )),
                    Case::seal(format!("{0}\u{feff}---\n{0}---\n{1}", secret("a"), secret("b")))
                        .kubeseal(seals(&["ns/b"]))
                        .rseal(fails(
                            "standard input: document 1, line 8: starts with a byte-order mark",
                        )),
                ],
            },
            Row {
                what: "JSON with bytes that are not UTF-8, or with half of a `\\u` pair",
                kubeseal: "seals U+FFFD in their place",
                rseal: "names the line; seals none",
                why: "the password would be another one",
                cases: vec![
                    Case::seal(
                        [
                            json("a", r#""stringData":{"k":"p"#).trim_end_matches('}').as_bytes(),
                            b"\xe4ss\"}}",
                        ]
                        .concat(),
                    )
                    .kubeseal(seals_value("p\u{fffd}ss"))
                    .rseal(fails("standard input: line 1: not valid UTF-8")),
                    Case::seal(json("a", r#""stringData":{"k":"p\ud800ss"}"#))
                        .kubeseal(seals_value("p\u{fffd}ss"))
                        .rseal(fails("standard input: document 1, line 1: half of a \\u escape pair")),
                ],
            },
        ],
    }
}

/// Little-endian, as Windows has it.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
