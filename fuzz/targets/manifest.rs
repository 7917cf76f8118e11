//! Manifests to Secrets: whatever is made of them, no message holds a value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rseal::manifest::{KindRule, Problem, Secrets, encode, read_secrets};

/// What is in a value that is looked for. Our own words do not have it, and a fuzzer that sees them
/// compared with values would sooner or later make a value of them.
const MARK: &[u8] = b"horse";
/// What is no YAML or no Secret, to be put behind a text whose values are known.
const BREAKS: [&str; 4] = [
    "\n\t: [",
    "\n--- &x [*x]\n",
    "\n---\nkind: Pod\n",
    "}}\"'\n",
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for rule in [KindRule::Required, KindRule::Assumed] {
        match read_secrets(text, rule) {
            Ok(read) => {
                let values = values(&read, text);
                assert_hidden(&values, &told(&read));
                for (_, end) in &values {
                    let cut = (*end..text.len()).find(|at| text.is_char_boundary(*at));
                    let broken = BREAKS.map(|what| format!("{text}{what}"));
                    let cut = cut.map(|at| text[..at].to_owned());
                    for text in broken.into_iter().chain(cut) {
                        match read_secrets(&text, rule) {
                            Ok(read) => assert_hidden(&values, &told(&read)),
                            Err(problem) => assert_hidden(&values, &problem.to_string()),
                        }
                    }
                }
            }
            Err(problem) => assert_plausible(&problem, text),
        }
    }
});

/// The values that stand in `text` once, so that a message that holds one has it from there; and
/// where they end. None where there may be an alias: it can make a value of a key, which is named.
fn values(read: &Secrets, text: &str) -> Vec<(String, usize)> {
    if text.contains('*') {
        return Vec::new();
    }
    let items = || read.secrets.iter().flat_map(|secret| &secret.items);
    let is_name = |value: &str| items().any(|item| item.name.contains(value));
    items()
        .map(|item| item.value.expose())
        .filter(|value| value.windows(MARK.len()).any(|part| part == MARK))
        .flat_map(|value| [String::from_utf8(value.to_vec()).ok(), Some(encode(value))])
        .flatten()
        .filter(|value| text.matches(value.as_str()).count() == 1)
        .filter(|value| !is_name(value))
        .filter_map(|value| {
            let end = text.find(&value)? + value.len();
            Some((value, end))
        })
        .collect()
}

/// Everything that is said of Secrets that were read.
fn told(read: &Secrets) -> String {
    let warnings = read.warnings.iter().map(ToString::to_string);
    let items = read
        .secrets
        .iter()
        .map(|secret| format!("{:?}", secret.items));
    warnings.chain(items).collect()
}

fn assert_hidden(values: &[(String, usize)], message: &str) {
    for (value, _) in values {
        assert!(!message.contains(value), "{value:?} in {message:?}");
    }
}

fn assert_plausible(problem: &Problem, text: &str) {
    let lines = 1 + text.matches(['\n', '\r']).count();
    if let Some(place) = &problem.place {
        assert!(place.document > 0, "{problem}");
        assert!((1..=lines).contains(&place.line), "{problem} of {lines}");
    }
    assert!(!problem.to_string().is_empty());
}
