//! Enough manifests for a thousand to be taken, each a combination of how a kind, a version, values and the whole are written.

/// Some of them the API server refuses.
const COUNT: usize = 1280;

/// How the kind is written, and what is asked for with it. `{N}` is a number that no other manifest has.
const KINDS: [&str; 14] = [
    "kind: Secret",
    "kind: 'Secret'",
    "\"kind\": \"Secret\"",
    "kind: \"\\x53ecret\"",
    "\"k\\u0069nd\": \"Se\\u0063ret\"",
    "kind: \"Sec\\\n  ret\"",
    "kind: !!str Secret",
    "kind: !!binary U2VjcmV0",
    "? kind\n: Secret",
    "kind: |-\n  Secret",
    "kind: &kind Secret",
    "kind: ConfigMap\nkind: Secret",
    "kind: ConfigMap",
    "kind: ServiceAccount",
];

const VERSIONS: [&str; 4] = [
    "apiVersion: v1",
    "apiVersion: \"v1\"",
    "apiVersion: &v v1",
    "apiVersion: apps/v1",
];

/// How values are written, or that there are none.
const VALUES: [&str; 20] = [
    "data: {password: aHVudGVyMg==}",
    "data:\n  password: aHVudGVyMg==",
    "stringData: {password: hunter2}",
    "stringData:\n  password: |\n    hunter2",
    "\"stringData\": {\"password\": \"hunter2\"}",
    "\"string\\x44ata\": {password: hunter2}",
    "data: {password: aHVudGVyMg==}\nstringData: {user: admin-2}",
    "data: &d {password: aHVudGVyMg==}",
    "stringData: &d\n  ? password\n  : hunter2",
    "<<: {stringData: {password: hunter2}}",
    "stringData:\n  <<: {password: hunter2}",
    "stringData: {a: \"\", b: hunter2}",
    "data: {password: \"aHVudG\\\n  VyMg==\"}",
    "data: {}",
    "stringData: {}",
    "data: null",
    "stringData:",
    "stringData: {a: \"\"}",
    "data: {a: \"\"}\nstringData: ~",
    "type: Opaque",
];

/// How the whole is written down.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Document,
    SecondDocument,
    BehindAComment,
    List,
    ListInList,
    CarriageReturns,
    ByteOrderMark,
    Utf16,
    Directive,
    Json,
    JsonLines,
    SecretList,
}

const FORMS: [Form; 12] = [
    Form::Document,
    Form::SecondDocument,
    Form::BehindAComment,
    Form::List,
    Form::ListInList,
    Form::CarriageReturns,
    Form::ByteOrderMark,
    Form::Utf16,
    Form::Directive,
    Form::Json,
    Form::JsonLines,
    Form::SecretList,
];

/// The names of the files and their bytes. Every pair of ways of writing occurs, and every run makes the same.
pub(super) fn all() -> Vec<(String, Vec<u8>)> {
    let mut manifests = Vec::with_capacity(COUNT);
    for number in 0..COUNT {
        // Steps that have no divisor in common with the lengths go through all combinations in turn.
        let kind = KINDS[number % KINDS.len()];
        let values = VALUES[(number / KINDS.len() + number) % VALUES.len()];
        let form = FORMS[(number / 3 + number / 40) % FORMS.len()];
        // Another version than v1 now and then only: nothing is stored of it.
        let version = VERSIONS[if number % 17 == 0 { 3 } else { number % 3 }];
        let name = format!("m{number:04}");
        let ending = match form {
            Form::Json | Form::JsonLines => "json",
            _ => "yaml",
        };
        manifests.push((
            format!("{name}.{ending}"),
            write(form, &name, kind, version, values),
        ));
    }
    manifests
}

fn write(form: Form, name: &str, kind: &str, version: &str, values: &str) -> Vec<u8> {
    let object = |suffix: &str| {
        format!("{version}\n{kind}\nmetadata: {{name: {name}-{suffix}}}\n{values}\n")
    };
    let config_map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}-c}}\n");
    let item = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
    let list = |items: &str| format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    match form {
        Form::Document => object("a").into_bytes(),
        Form::SecondDocument => format!("{config_map}---\n{}", object("a")).into_bytes(),
        Form::BehindAComment => format!("# a\n\n--- # b\n{}...\n", object("a")).into_bytes(),
        Form::List => list(&format!("{}{}", item(&config_map), item(&object("a")))).into_bytes(),
        Form::ListInList => list(&item(&list(&item(&object("a"))))).into_bytes(),
        Form::CarriageReturns => object("a").replace('\n', "\r\n").into_bytes(),
        Form::ByteOrderMark => format!("\u{feff}{}", object("a")).into_bytes(),
        Form::Utf16 => format!("\u{feff}{}", object("a"))
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
        Form::Directive => format!("%YAML 1.1\n---\n{}", object("a")).into_bytes(),
        Form::Json => json(name, kind, values).into_bytes(),
        Form::JsonLines => {
            format!("{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"{name}-c\"}}}}\n{}", json(name, kind, values)).into_bytes()
        }
        Form::SecretList => format!(
            "apiVersion: v1\nkind: SecretList\nitems:\n{}",
            item(&format!("metadata: {{name: {name}-a}}\n{values}\n"))
        )
        .into_bytes(),
    }
}

/// The same in JSON, which has fewer ways of writing it.
fn json(name: &str, kind: &str, values: &str) -> String {
    let kind = if kind.contains("Map") && !kind.contains("Secret") {
        "\"kind\": \"ConfigMap\""
    } else if kind.contains("Account") {
        "\"kind\": \"ServiceAccount\""
    } else if kind.contains('\\') {
        "\"k\\u0069nd\": \"\\u0053ecret\""
    } else {
        "\"kind\": \"Secret\""
    };
    let values = if values.contains("hunter2") {
        "\"stringData\": {\"password\": \"hunter2\"}"
    } else if values.contains("aHV") {
        "\"data\": {\"pass\\u0077ord\": \"aHVudGVyMg==\"}"
    } else if values.contains("null") {
        "\"data\": null"
    } else {
        "\"data\": {\"a\": \"\"}"
    };
    format!(
        "{{\n  \"apiVersion\": \"v1\", {kind},\n  \"metadata\": {{\"name\": \"{name}-a\"}},\n  {values}\n}}\n"
    )
}
