//! Texts that a YAML writer gets wrong: words that mean something else when they stand bare, and everything that
//! needs quotes, escapes or a block. Pure data and how it is combined.

use std::collections::BTreeSet;

/// Scalars that some version of YAML, or some reader of it, does not take for text.
pub(in crate::e2e::cases) const WORDS: &[&str] = &[
    // Booleans and nulls, in every spelling.
    "y",
    "Y",
    "yes",
    "Yes",
    "YES",
    "yEs",
    "n",
    "N",
    "no",
    "No",
    "NO",
    "nO",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
    "False",
    "FALSE",
    "on",
    "On",
    "ON",
    "oN",
    "off",
    "Off",
    "OFF",
    "null",
    "Null",
    "NULL",
    "nULL",
    "~",
    "none",
    "None",
    "nil",
    "undefined",
    "",
    // Integers.
    "0",
    "-0",
    "+0",
    "1",
    "-1",
    "+1",
    "8080",
    "00",
    "01",
    "007",
    "010",
    "012",
    "018",
    "09123",
    "-012",
    "+012",
    "0o17",
    "0O17",
    "0x1f",
    "0X1F",
    "0xDEADBEEF",
    "-0x1f",
    "0x",
    "0b11",
    "0B11",
    "0b",
    "0b12",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "_",
    "1,000",
    "0_7",
    "0x_1f",
    "0b1_0",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "012345678901",
    "123456789012345678901234567890",
    "1234567890123456789",
    // Floats.
    "0.0",
    "1.0",
    "1.10",
    "-1.5",
    "+1.5",
    ".5",
    "-.5",
    "+.5",
    "5.",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1.e3",
    ".1e3",
    "1.5e3",
    "5e10",
    "12345e7",
    "12e03",
    "83e2010",
    "1e400",
    "-1e-400",
    "1_0.5",
    "6.02_214e+23",
    ".inf",
    "-.inf",
    "+.inf",
    ".Inf",
    ".INF",
    ".iNF",
    "inf",
    "Infinity",
    "-Infinity",
    ".nan",
    ".NaN",
    ".NAN",
    "nan",
    "NaN",
    "0.1.2",
    "1.2.3",
    "3.14159265358979",
    "12345678.9",
    "127.0.0.1",
    "0.",
    ".",
    "..",
    "...",
    "-.",
    "+.",
    "+",
    "-",
    "--",
    "e3",
    "1e",
    ".e1",
    // Numbers to base 60, times and dates.
    "1:30",
    "190:20:30",
    "1:2:3.5",
    "-1:30",
    "12:34:56",
    "00:00",
    "1:60",
    "20:30:15",
    "2001-01-01",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "2001-12-15 2:59:43.10",
    "2001-12-14T21:59:43Z",
    "20011214",
    "0000-00-00",
    "2026-02-30",
    "1999-99-99",
    // Signs of YAML's own.
    "=",
    "<<",
    "<",
    ">",
    ">-",
    "|",
    "|-",
    "|+",
    "|2",
    "&",
    "&a",
    "*",
    "*a",
    "!",
    "!!",
    "!a",
    "!!str",
    "!!binary aGk=",
    "%",
    "%a",
    "@",
    "@a",
    "`",
    "`a`",
    "#",
    "# a",
    "#a",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    ":a",
    "a:",
    "a: b",
    "a:b",
    "a :b",
    "- a",
    "-a",
    "---",
    "--- a",
    "---a",
    "----",
    "... a",
    "[",
    "]",
    "[]",
    "[a]",
    "[a",
    "{",
    "}",
    "{}",
    "{a: b}",
    "{a",
    ",",
    ", a",
    "a,b",
    "a]b",
    "a}b",
    "a #b",
    "a#b",
    "'",
    "''",
    "'a'",
    "'a",
    "a'b",
    "\"",
    "\"\"",
    "\"a\"",
    "\"a",
    "a\"b",
    "\\",
    "\\n",
    "\\x41",
    "\\u0041",
    "a\\",
    "%YAML 1.1",
    "%TAG ! a",
    "{{ a }}",
    "${a}",
    "$a",
    "$(a)",
    "<no value>",
    "&nbsp;",
    "&#10;",
    "a&b<c>d",
    // Ordinary.
    "a",
    "text",
    "two words",
    "https://example.com:8443/a?b=c&d=e#f",
    "a=b",
    "user@example.com",
    "C:\\Windows",
    "/etc/passwd",
    "-----BEGIN CERTIFICATE-----",
    "{\"a\":\"b\"}",
    "[1,2]",
    "<a/>",
    "key=value,other=\"quoted\"",
];

/// What stands around a word: `@` is the word.
const FRAMES: &[&str] = &[
    "@",
    " @",
    "@ ",
    "  @  ",
    "\t@",
    "@\t",
    "@\n",
    "@\n\n",
    "\n@",
    "\n\n  @\n",
    "@\r\n",
    "@\r",
    "@:",
    "@: @",
    "@ #@",
    "#@",
    "- @",
    "'@'",
    "\"@\"",
    "@\n@",
    "@\n @\n@",
    "  @\n@\n",
    "@ \n@",
    "\u{a0}@",
    "@\u{200b}",
];

/// Single characters and rows of them that are special to a writer or a reader.
const CHARACTERS: &[&str] = &[
    "\0",
    "\u{1}",
    "\u{7}",
    "\u{8}",
    "\t",
    "\n",
    "\u{b}",
    "\u{c}",
    "\r",
    "\u{1b}",
    "\u{1f}",
    " ",
    "\u{7f}",
    "\u{80}",
    "\u{85}",
    "\u{9f}",
    "\u{a0}",
    "\u{ad}",
    "\u{e4}",
    "\u{2028}",
    "\u{2029}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{200e}",
    "\u{202e}",
    "\u{2060}",
    "\u{3000}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10000}",
    "\u{1f511}",
    "\u{10ffff}",
    "e\u{301}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
];

const AROUND: &[&str] = &[
    "@", "a@", "@a", "a@b", "a @ b", "@@", "a\n@\nb", "\"@", "'@", "a: @", "# @", "@\n",
];

/// Every word in every frame.
pub(in crate::e2e::cases) fn words() -> Vec<String> {
    framed(WORDS, FRAMES)
}

/// Every character in every surrounding.
pub(in crate::e2e::cases) fn characters() -> Vec<String> {
    framed(CHARACTERS, AROUND)
}

/// Where writers fold: long with and without spaces, with runs of them, with breaks, at every length around 80.
pub(in crate::e2e::cases) fn long() -> Vec<String> {
    let mut texts = Vec::new();
    for length in 70..90 {
        texts.push("x".repeat(length));
        texts.push(format!("{} y", "x".repeat(length)));
        texts.push(format!("{}  y", "x ".repeat(length / 2)));
        texts.push(format!(
            "{}\n\n {}\n",
            "x y".repeat(length / 3),
            "z".repeat(length)
        ));
    }
    for length in [1_000, 10_000, 50_000] {
        texts.push("long words ".repeat(length / 11));
        texts.push("unbroken".repeat(length / 8));
        texts.push("line\n".repeat(length / 5));
        texts.push("\u{1f511}: '\"#\\ ".repeat(length / 12));
    }
    texts
}

/// Each once, in the same order every time.
fn framed(parts: &[&str], frames: &[&str]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for frame in frames {
        for part in parts {
            let text = frame.replace('@', part);
            if seen.insert(text.clone()) {
                texts.push(text);
            }
        }
    }
    texts
}

/// Those that are names of objects and namespaces: labels of DNS.
pub(in crate::e2e::cases) fn object_names() -> Vec<String> {
    let more = [
        "y-",
        "0b11",
        "0o17",
        "1e3",
        "12e03",
        "1e400",
        "0x1f",
        "2001-01-01",
        "1.2.3",
        "1.10",
        "1.0",
        "127.0.0.1",
        "0.0",
    ];
    let valid = |text: &String| {
        text.split('.').all(|label| {
            let good = |letter: char| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
            };
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(good)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
    };
    chosen(&more, valid)
}

/// Those that are keys of a Secret.
pub(in crate::e2e::cases) fn item_names() -> Vec<String> {
    let valid = |text: &String| {
        let good = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        !text.is_empty()
            && text.len() <= 253
            && text.chars().all(good)
            && text != "."
            && !text.starts_with("..")
    };
    chosen(&["-y", "_y", "y.", "--no"], valid)
}

/// Those that are values of a label, or the last part of its key.
pub(in crate::e2e::cases) fn label_values() -> Vec<String> {
    let valid = |text: &String| {
        let good = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        let ends =
            |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
        text.len() <= 63
            && text.chars().all(good)
            && ends(text.chars().next())
            && ends(text.chars().last())
    };
    chosen(&["y.n", "1-1", "a_b"], valid)
}

fn chosen(more: &[&str], valid: impl Fn(&String) -> bool) -> Vec<String> {
    let all: BTreeSet<String> = WORDS
        .iter()
        .chain(more)
        .map(|&word| word.to_owned())
        .filter(valid)
        .collect();
    all.into_iter().collect()
}
