//! What becomes of the text of a value.

use super::{Row, Section};
use crate::case::{Case, ends, fails, json, seals, seals_value, secret, with, with_metadata};

/// Values that YAML 1.1 reads as something else, and what kubeseal makes of them.
const BARE: [(&str, &str, &str); 17] = [
    ("yes", "true", "a boolean"),
    ("on", "true", "a boolean"),
    ("n", "false", "a boolean"),
    ("True", "true", "a boolean"),
    ("012", "10", "a whole number in another notation"),
    (
        "0xDEADBEEF",
        "3735928559",
        "a whole number in another notation",
    ),
    ("0b11", "3", "a whole number in another notation"),
    ("1_000", "1000", "a whole number in another notation"),
    ("+4670", "4670", "a whole number in another notation"),
    ("1.10", "1.1", "a floating-point number"),
    ("1e3", "1000", "a floating-point number"),
    ("12345e7", "1.2345e+11", "a floating-point number"),
    ("3.14159265358979", "3.1415927", "a floating-point number"),
    ("012345678901", "1.2345679e+10", "a floating-point number"),
    (
        "123456789012345678901234567890",
        "1.2345679e+29",
        "a floating-point number",
    ),
    (".inf", "+Inf", "a floating-point number"),
    (".nan", "NaN", "a floating-point number"),
];

pub(crate) fn section() -> Section {
    Section {
        title: "Values",
        rows: vec![
            Row {
                what: "A value that is not quoted and that YAML 1.1 reads as a number or a boolean: `012`, `1.10`, `1e3`, `0xFF`, `yes`, `+4670`",
                kubeseal: "seals another text: `10`, `1.1`, `1000`, `255`, `true`, `4670`",
                rseal: "names the key: `quote it`. `8080` and `true` keep their text and are taken",
                why: "the password would be another one",
                cases: BARE
                    .iter()
                    .map(|(text, read, meaning)| {
                        Case::seal(with(&format!("stringData:\n  k: {text}\n")))
                            .kubeseal(seals_value(*read))
                            .rseal(fails(&format!(
                                "standard input: document 1, line 7, stringData.k: not quoted, so it is read as {meaning}: quote it"
                            )))
                    })
                    .collect(),
            },
            Row {
                what: "A name, a namespace, a label or an annotation that is not quoted: `007`, `on`",
                kubeseal: "seals for another name, or copies another text",
                rseal: "names the field",
                why: "`name: 007` would be sealed for the name `7`",
                cases: vec![
                    Case::seal(with("stringData:\n  k: v\n").replace("name: a", "name: 007"))
                        .kubeseal(seals(&["ns/7"]).value("k", "v"))
                        .rseal(fails("standard input: document 1, line 5, metadata.name: not quoted")),
                    Case::seal(with_metadata("labels:\n  debug: on"))
                        .kubeseal(seals_value("v").stdout("\"debug\": \"true\""))
                        .rseal(fails("standard input: document 1, line 7, metadata.labels.debug: not quoted")),
                ],
            },
            Row {
                what: "A key that is not quoted: `no`, `y`, `1.10`",
                kubeseal: "seals it under another name: `false`, `true`, `1.1`",
                rseal: "names the key: `quote it`",
                why: "the item would have another name",
                cases: [("no", "false", "a boolean"), ("y", "true", "a boolean"), ("1.10", "1.1", "a floating-point number")]
                    .iter()
                    .map(|(key, read, meaning)| {
                        Case::seal(with(&format!("stringData:\n  {key}: v\n")))
                            .kubeseal(seals(&["ns/a"]).value(read, "v"))
                            .rseal(fails(&format!(
                                "standard input: document 1, line 7, stringData.{key}: the key is not quoted, so it is read as {meaning}: quote it"
                            )))
                    })
                    .collect(),
            },
            Row {
                what: "A number in JSON whose text does not come back: `1.10`, `1e3`",
                kubeseal: "seals another text: `1.1`, `1000`",
                rseal: "names the key",
                why: "the password would be another one",
                cases: vec![
                    Case::seal(json("a", r#""stringData":{"k":1.10}"#))
                        .kubeseal(seals_value("1.1"))
                        .rseal(fails("standard input: document 1, line 1, stringData.k: not quoted")),
                    Case::seal(json("a", r#""stringData":{"k":1e3}"#))
                        .kubeseal(seals_value("1000"))
                        .rseal(fails("standard input: document 1, line 1, stringData.k: not quoted")),
                ],
            },
            Row {
                what: "A value that YAML takes for a tag or an anchor: `!vG7q`, `&vG7q`",
                kubeseal: "seals what is left: nothing, or what stands behind the tag or anchor",
                rseal: "an error with the key: quote the value, or remove the tag or anchor",
                why: "the password would be empty, or another one",
                cases: vec![
                    Case::seal(with("stringData:\n  k: !vG7q\n"))
                        .kubeseal(seals_value(""))
                        .rseal(fails("standard input: document 1, line 7, stringData.k: starts with ! and is read as a YAML tag")),
                    Case::seal(with("stringData:\n  k: &vG7q\n"))
                        .kubeseal(seals_value(""))
                        .rseal(fails("standard input: document 1, line 7, stringData.k: starts with & and is read as a YAML anchor")),
                ],
            },
            Row {
                what: "A space or a quote is missing, so that the value is part of a key: `{password:hunter2}`",
                kubeseal: "writes the key, and with it the value, in clear; exit code 0",
                rseal: "an error that shows neither",
                why: "the password would be in git",
                cases: vec![
                    Case::seal(with("stringData: {user: bob, password:hunter2}\n"))
                        .kubeseal(ends(0).stdout("password:hunter2"))
                        .rseal(fails("standard input: document 1, line 6, stringData: a key that cannot name an item, and has no value")),
                    Case::seal(json("a", r#""stringData":{password":"hunter2","user":"bob"}"#))
                        .kubeseal(ends(0).stdout("hunter2"))
                        .rseal(fails("standard input: document 1, line 1, stringData: a key that cannot name an item, and has no value")),
                ],
            },
            Row {
                what: "A key that a merge key (`<<`) brings and that is set beside it",
                kubeseal: "takes the one that comes last, whatever YAML says",
                rseal: "an error with both lines, as kubectl in its strict mode",
                why: "the order of lines would choose the password",
                cases: vec![
                    Case::seal(with("stringData:\n  k: three\n  <<: {k: one}\n"))
                        .kubeseal(seals_value("one"))
                        .rseal(fails("standard input: document 1, line 8: the key \"k\" is set here and in line 7, once through <<")),
                ],
            },
            Row {
                what: "A value that is null: nothing, `~`, `null`",
                kubeseal: "seals an empty value",
                rseal: "the same, with a warning; `\"\"` is taken without",
                why: "it may have been forgotten",
                cases: vec![
                    Case::seal(with("stringData:\n  k:\n"))
                        .kubeseal(seals_value(""))
                        .rseal(seals_value("").warns("standard input: document 1, line 7, stringData.k: no value (null)")),
                    Case::seal(json("a", r#""data":{"k":null}"#))
                        .kubeseal(seals_value(""))
                        .rseal(seals_value("").warns("standard input: document 1, line 1, data.k: no value (null)")),
                ],
            },
            Row {
                what: "A PEM block on one line",
                kubeseal: "seals it",
                rseal: "the same, with a warning",
                why: "its line breaks were lost, and few programs read it",
                cases: vec![
                    Case::seal(with("stringData:\n  k: -----BEGIN X----- YWJj -----END X-----\n"))
                        .kubeseal(seals_value("-----BEGIN X----- YWJj -----END X-----"))
                        .rseal(seals_value("-----BEGIN X----- YWJj -----END X-----").warns("standard input: document 1, line 7, stringData.k: a PEM block on one line")),
                ],
            },
            Row {
                what: "A no-break or zero-width space at either end of a value",
                kubeseal: "seals it",
                rseal: "the same, with a warning",
                why: "it came with a copy from a web page and cannot be seen",
                cases: vec![
                    Case::seal(with("stringData:\n  k: \"v\u{a0}\"\n"))
                        .kubeseal(seals_value("v\u{a0}"))
                        .rseal(seals_value("v\u{a0}").warns("standard input: document 1, line 7, stringData.k: an invisible space")),
                    Case::seal(with("stringData:\n  k: \u{200b}v\n"))
                        .kubeseal(seals_value("\u{200b}v"))
                        .rseal(seals_value("\u{200b}v").warns("standard input: document 1, line 7, stringData.k: an invisible space")),
                ],
            },
            Row {
                what: "A value of `data` that is not base64, or that is no text",
                kubeseal: "gives an offset, or the name of a Go type",
                rseal: "names document, line and key, and what may be meant",
                why: "of thirty values, which one",
                cases: vec![
                    Case::seal(with("data:\n  user: dg==\n  k: plain!\n"))
                        .kubeseal(fails("error unmarshaling JSON: while decoding JSON: illegal base64 data at input byte 5"))
                        .rseal(fails("standard input: document 1, line 8, data.k: illegal base64 data: text as it is belongs in stringData")),
                    Case::seal(with("data:\n  k: 1234\n"))
                        .kubeseal(fails(
                            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field Secret.data of type []uint8",
                        ))
                        .rseal(fails("standard input: document 1, line 7, data.k: illegal base64 data: a number or a boolean")),
                ],
            },
            Row {
                what: "U+0085, U+2028 or U+2029 in YAML",
                kubeseal: "takes them for ends of lines: reads another text, or leaves the document out",
                rseal: "names the line: an escape in double quotes is clear. In JSON they are taken",
                why: "the password would be another one",
                cases: vec![
                    Case::seal(with("stringData:\n  k: \"a\u{85}b\"\n"))
                        .kubeseal(seals_value("a b"))
                        .rseal(fails(
                            "standard input: document 1, line 7: a line separator (U+0085, U+2028 or U+2029)",
                        )),
                    Case::seal(with("stringData:\n  k: a\u{2028}\n"))
                        .kubeseal(seals_value("a"))
                        .rseal(fails("standard input: document 1, line 7: a line separator")),
                    Case::seal(with("stringData:\n  k: v # a comment\u{2029}  l: w\n"))
                        .kubeseal(seals_value("v").value("l", "w"))
                        .rseal(fails("standard input: document 1, line 7: a line separator")),
                    Case::seal(format!("{}---\n{}", secret("a"), with("stringData:\n  k: a\u{2028}b\n")))
                        .kubeseal(seals_value("v"))
                        .rseal(fails("standard input: document 2, line 15: a line separator")),
                ],
            },
            Row {
                what: "An annotation with control characters, printed as YAML",
                kubeseal: "fails: `yaml: control characters are not allowed`, after a first line `---`",
                rseal: "escapes them",
                why: "JSON can be printed, so YAML can",
                cases: vec![
                    Case::seal(with_metadata("annotations: {x: \"\\x7f\\x80\\ufffe\"}"))
                        .with("-o yaml")
                        .kubeseal(fails("yaml: control characters are not allowed").stdout("---\n"))
                        .rseal(crate::case::ends(0).stdout(r#"x: "\x7F\x80\uFFFE""#)),
                ],
            },
        ],
    }
}
