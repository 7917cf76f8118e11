//! `--fix`: Secrets are sealed where they stand, or the file stays as it is. `--write-baseline`: what is
//! found now is allowed, and nothing else.

use std::fs;

use crate::repository::{FOUND, HARMLESS, Repository, Run, SECRET};

const CERTIFICATE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/testdata/certificates/sealing-4096.pem"
);

fn fix(repository: &Repository, arguments: &[&str]) -> Run {
    let flags = [&["--fix", "--cert", CERTIFICATE], arguments].concat();
    repository.check(&flags)
}

fn content(repository: &Repository, name: &str) -> String {
    fs::read_to_string(repository.path.join(name)).unwrap()
}

#[test]
fn a_secret_is_sealed_where_it_stands() {
    let repository = Repository::new();
    let text = format!("# first\n{HARMLESS}---\n{SECRET}# last\n");
    repository.write("a.yaml", &text);
    let run = fix(&repository, &[]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr, "rseal: note: a.yaml: 1 Secret sealed\n");
    let sealed = content(&repository, "a.yaml");
    assert!(sealed.starts_with(&format!(
        "# first\n{HARMLESS}---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n"
    )));
    assert!(sealed.ends_with("\n# last\n"), "{sealed}");
    repository.check(&[]).finds(&[]);
}

#[test]
fn all_secrets_of_a_file_or_none() {
    let repository = Repository::new();
    let inner =
        "---\nkind: ConfigMap\ndata:\n  a: |\n    kind: Secret\n    stringData: {a: canary-5ea}\n";
    let text = format!("{SECRET}{inner}");
    repository.write("a.yaml", &text);
    repository.write("b.yaml", SECRET);
    let run = fix(&repository, &[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("a.yaml: left as it is: line 9: "),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("b.yaml: 1 Secret sealed"),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.starts_with(&format!("a.yaml{FOUND}\n")),
        "{}",
        run.stdout
    );
    assert_eq!(content(&repository, "a.yaml"), text);
}

#[test]
fn without_a_namespace_one_has_to_be_given() {
    let repository = Repository::new();
    let text = SECRET.replace(", namespace: staging", "");
    repository.write("a.yaml", &text);
    let run = fix(&repository, &[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("a.yaml: left as it is: line 1: "),
        "{}",
        run.stderr
    );
    assert_eq!(content(&repository, "a.yaml"), text);
    assert_eq!(fix(&repository, &["-n", "staging"]).code, Some(0));
    assert!(content(&repository, "a.yaml").contains("namespace: staging"));
}

#[test]
fn what_is_staged_is_sealed_and_staged_again() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    let run = fix(&repository, &["--staged"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    repository.check(&["--staged"]).finds(&[]);
    let staged = repository.git(&["show", ":a.yaml"]);
    assert_eq!(staged, content(&repository, "a.yaml"));
    assert!(staged.contains("kind: SealedSecret"));
}

#[test]
fn what_was_changed_since_it_was_staged_is_left() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    let changed = format!("# more\n{SECRET}");
    repository.write("a.yaml", &changed);
    let run = fix(&repository, &["--staged"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("is not what is staged"),
        "{}",
        run.stderr
    );
    assert_eq!(content(&repository, "a.yaml"), changed);
    assert_eq!(repository.git(&["show", ":a.yaml"]), SECRET);
}

#[test]
fn keys_and_generators_are_not_touched() {
    let repository = Repository::new();
    let generator =
        "kind: Kustomization\nsecretGenerator:\n- name: a\n  literals: [a=canary-5ea]\n";
    repository.write("kustomization.yaml", generator);
    let run = fix(&repository, &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("secret-generator"), "{}", run.stdout);
    assert_eq!(content(&repository, "kustomization.yaml"), generator);
}

#[test]
fn a_certificate_is_needed() {
    let repository = Repository::new();
    repository.write("a.yaml", SECRET);
    repository.check(&["--fix"]).fails("needs a certificate");
    assert_eq!(content(&repository, "a.yaml"), SECRET);
}

#[test]
fn a_baseline_allows_what_is_there_and_no_more() {
    let repository = Repository::new();
    repository.write("a/a.yaml", SECRET);
    let run = repository.check(&["--write-baseline", "--reason", "a fixture"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let baseline = content(&repository, ".rseal-baseline.json");
    assert!(baseline.contains("\"a/a.yaml\"") && baseline.contains("a fixture"));
    repository.check(&["--strict"]).finds(&[]);
    // From a folder, with lines above, and as it is staged.
    repository.add("a/a.yaml", &format!("# more\n{SECRET}"));
    repository.check(&["--strict", "a"]).finds(&[]);
    repository.check(&["--staged"]).finds(&[]);
    // Another Secret is another finding, and one that is gone is told.
    repository.write("b.yaml", SECRET);
    repository.check(&[]).finds(&["b.yaml"]);
    fs::remove_file(repository.path.join("b.yaml")).unwrap();
    repository.write("a/a.yaml", HARMLESS);
    let run = repository.check(&["--strict"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("allow-unused"), "{}", run.stdout);
}

#[test]
fn a_broken_baseline_is_told() {
    let repository = Repository::new();
    repository.write("a.yaml", SECRET);
    repository.write(".rseal-baseline.json", "{\"version\": 7}");
    repository.check(&[]).fails(".rseal-baseline.json");
    repository.write(".rseal-baseline.json", "{");
    repository.check(&[]).fails(".rseal-baseline.json");
    fs::remove_file(repository.path.join(".rseal-baseline.json")).unwrap();
    repository.check(&["--write-baseline"]).fails("--reason");
    repository
        .check(&["--write-baseline", "--reason", " "])
        .fails("reason");
}

#[test]
fn what_is_filled_in_later_is_left() {
    for (from, to) in [
        ("canary-5ea", "canary-5ea, url: '${URL}'"),
        ("namespace: staging", "namespace: '${NS}'"),
        ("name: db", "name: '{{ name }}'"),
    ] {
        let repository = Repository::new();
        let text = SECRET.replace(from, to);
        repository.write("a.yaml", &text);
        let run = fix(&repository, &[]);
        assert_eq!(run.code, Some(1), "{to}");
        assert!(run.stderr.contains("is filled in later"), "{}", run.stderr);
        assert_eq!(content(&repository, "a.yaml"), text);
    }
}

#[test]
fn standard_input_is_not_fixed() {
    let repository = Repository::new();
    repository.write("stdin.yaml", SECRET);
    fix(&repository, &["-"]).fails("standard input");
    fix(&repository, &["--stdin-name", "stdin.yaml", "-"]).fails("--stdin-name");
    assert_eq!(content(&repository, "stdin.yaml"), SECRET);
}
