//! Secrets sealed in place: which bytes of a file change.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use rand::SeedableRng as _;
use rand::rngs::ChaCha20Rng;

use rseal::amend::{AmendError, seal_in_place};
use rseal::certificate::Certificate;
use rseal::yaml::ProblemKind;

const CERTIFICATE: &[u8] = include_bytes!("../testdata/certificates/sealing-4096.pem");

fn amend(text: &str, lines: &[usize]) -> Result<String, AmendError> {
    let certificate = Certificate::from_bytes(CERTIFICATE).unwrap();
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    seal_in_place(
        &mut rng,
        certificate.public_key(),
        text,
        lines,
        Some("staging"),
    )
    .map(|text| without_ciphertexts(&text))
}

/// Every sealed value replaced by three dots.
fn without_ciphertexts(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(": Ag").map(|at| at + 2) {
        shown.push_str(&rest[..at]);
        shown.push_str("...");
        let end = rest[at..]
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='))
            .map_or(rest.len(), |end| at + end);
        rest = &rest[end..];
    }
    shown + rest
}

const SEALED: &str = "\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: staging
spec:
  encryptedData:
    password: ...
  template:
    metadata:
      name: db
      namespace: staging
";

#[test]
fn only_the_bytes_of_the_secret_change() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: |\n    hunter2\n";
    let around = (
        "# first\na:   1 # one\n---\n# about the Secret\n",
        "\n# behind it\n---\n\"b\" : 2\n",
    );
    let text = format!("{}{secret}{}", around.0, around.1);
    assert_eq!(
        amend(&text, &[5]).unwrap(),
        format!("{}{SEALED}{}", around.0, around.1)
    );
}

#[test]
fn an_item_of_a_list_keeps_its_indentation() {
    let text = "kind: List\napiVersion: v1\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: db}\n    stringData: {password: hunter2} # ours\n  # next\n  - kind: ConfigMap\n";
    let expected = format!(
        "kind: List\napiVersion: v1\nitems:\n  - {}\n  # next\n  - kind: ConfigMap\n",
        SEALED.trim_end().replace('\n', "\n    ")
    );
    assert_eq!(amend(text, &[4]).unwrap(), expected);
}

#[test]
fn json_stays_json() {
    let text = "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [\n  {\"kind\": \"ConfigMap\"},\n  {\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"db\"}, \"stringData\": {\"password\": \"hunter2\"}}\n]}\n";
    let amended = amend(text, &[3]).unwrap();
    assert!(amended.starts_with("{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [\n  {\"kind\": \"ConfigMap\"},\n  {\n    \"kind\": \"SealedSecret\",\n"), "{amended}");
    assert!(amended.ends_with("\n  }\n]}\n"), "{amended}");
    assert!(rseal::yaml::read(&amended).is_ok());
}

#[test]
fn flow_style_becomes_block_style_where_it_can() {
    let secret =
        "{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: hunter2}}";
    assert_eq!(
        amend(&format!("a: 1\n---\n{secret}\n"), &[3]).unwrap(),
        format!("a: 1\n---\n{SEALED}")
    );
    assert_eq!(
        amend(&format!("--- {secret}\n"), &[1]).unwrap(),
        format!("--- \n{SEALED}")
    );
}

#[test]
fn line_ends_stay() {
    let text = "a: 1\r\n---\r\napiVersion: v1\r\nkind: Secret\r\nmetadata: {name: db}\r\nstringData: {password: hunter2}\r\n";
    assert_eq!(
        amend(text, &[3]).unwrap(),
        format!("a: 1\r\n---\r\n{}", SEALED.replace('\n', "\r\n"))
    );
}

#[test]
fn several_secrets_and_none() {
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n";
    let text = format!("{secret}---\n{secret}");
    assert_eq!(
        amend(&text, &[1, 6]).unwrap(),
        format!("{SEALED}---\n{SEALED}")
    );
    assert_eq!(
        amend(&text, &[6]).unwrap(),
        format!("{secret}---\n{SEALED}")
    );
    assert_eq!(amend(&text, &[]).unwrap(), text);
}

#[test]
fn which_of_two_in_a_line_is_meant_is_not_guessed() {
    let first = r#"{"kind":"Secret","metadata":{"name":"a"}}"#;
    let second = r#"{"kind":"Secret","metadata":{"name":"b"},"stringData":{"c":"hunter2"}}"#;
    for text in [format!("{first} {second}\n"), format!("{second}{second}\n")] {
        let same_line = Err(AmendError::SameLine { line: 1 });
        assert_eq!(amend(&text, &[1]), same_line, "{text}");
    }
    assert!(amend(&format!("{first}\n{second}\n"), &[2]).is_ok());
}

#[test]
fn what_is_no_document_of_its_own_is_left() {
    let inner = "kind: ConfigMap\ndata:\n  a: |\n    apiVersion: v1\n    kind: Secret\n    stringData: {a: hunter2}\n";
    assert_eq!(amend(inner, &[4]), Err(AmendError::Within { line: 4 }));
    let template =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .n }}}\nstringData: {a: hunter2}\n";
    let kind = ProblemKind::Template;
    assert_eq!(
        amend(template, &[1]),
        Err(AmendError::Unread { line: 3, kind })
    );
    let escape = "a: 1\n---\napiVersion: v1\nkind: Secret\nstringData: {a: \"hunter2\\d\"}\n";
    let error = amend(escape, &[3]).unwrap_err();
    let expected = "line 5: an unknown escape in double quotes: use single quotes, or \\\\ for \\";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_cannot_be_sealed_is_told_with_its_line_and_field() {
    let text =
        "a: 1\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  pin: 0123\n";
    assert_eq!(
        amend(text, &[3]).unwrap_err().to_string(),
        "line 7, stringData.pin: not quoted, so it is read as a whole number in another notation: quote it"
    );
}

#[test]
fn an_anchor_that_is_used_elsewhere_is_missed() {
    let text = "a: &d {password: hunter2}\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: &m {name: db}\n  stringData: {password: hunter2}\n- kind: ConfigMap\n  metadata: *m\n";
    assert_eq!(amend(text, &[4]), Err(AmendError::Shape { line: 4 }));
}
