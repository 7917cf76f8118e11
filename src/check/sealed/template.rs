//! Values in the template of a SealedSecret, which everybody can read.

use super::super::object::Fields;
use super::super::source::Source;
use super::super::value::{Rules, Verdict, judge};
use super::Found;

/// The values that are passwords by their names.
pub(super) fn readable<'t>(source: &Source<'t>, specs: &[Fields<'t>], rules: Rules) -> Found<'t> {
    let mut found = Found::new();
    for template in specs.iter().flat_map(|spec| spec.all("template")) {
        let template = Fields::within(template);
        for data in ["data", "stringData"]
            .iter()
            .flat_map(|key| template.all(key))
        {
            let entries = Fields::within(data);
            let values = entries.entries().iter().filter(|entry| {
                is_password(entry.key.text)
                    && source.scalar(entry.value).is_some_and(|value| {
                        !matches!(value, "true" | "false")
                            && !value.contains("{{")
                            && judge(value, rules) >= Verdict::Placeholder
                    })
            });
            found.extend(values.map(|entry| (entry.key.text, entry.value)));
        }
    }
    found
}

/// Whether other tools take what has this name for a password.
fn is_password(name: &str) -> bool {
    const PARTS: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "encryptionkey",
    ];
    /// What is about a password, but none.
    const ABOUT: [&str; 15] = [
        "name",
        "url",
        "uri",
        "host",
        "port",
        "path",
        "file",
        "id",
        "type",
        "ttl",
        "endpoint",
        "enabled",
        "namespace",
        "algorithm",
        "issuer",
    ];
    let word: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    PARTS.iter().any(|part| word.contains(part)) && !ABOUT.iter().any(|end| word.ends_with(end))
}
