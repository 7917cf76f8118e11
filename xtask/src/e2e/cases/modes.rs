//! What the program does besides sealing whole Secrets, each with a controller's word on the result: `--raw`,
//! `--merge-into`, `--validate` and `--re-encrypt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{Case, Runs};
use crate::command;
use crate::e2e::objects::{self, Exposure, Values};
use crate::e2e::stage::Stage;

const LIMIT: Duration = Duration::from_secs(60);
const NAMESPACE: &str = "modes";
const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for scope in SCOPES {
        let case = Case::new(
            format!("modes/raw/{scope}"),
            Runs::PerController,
            move |stage| raw(stage, scope),
        );
        cases.push(case.with_flag("--raw"));
    }
    cases.push(Case::new("modes/merge-into", Runs::PerController, merge).with_flag("--merge-into"));
    cases.push(Case::new("modes/validate", Runs::PerController, validate).with_flag("--validate"));
    cases.push(
        Case::new("modes/re-encrypt", Runs::PerController, |stage| {
            re_encrypt(stage, &Map::new())
        })
        .with_flag("--re-encrypt"),
    );
    let template =
        || Map::from_iter([("rendered".to_owned(), json!("user={{ index . \"key\" }}"))]);
    let case = Case::new(
        "modes/re-encrypt-template",
        Runs::PerController,
        move |stage| re_encrypt(stage, &template()),
    );
    cases.push(
        case.with_flag("--re-encrypt")
            .since_kubeseal("loses labels, annotations and templates"),
    );
    cases
}

type Map = serde_json::Map<String, Value>;

/// One bare value, put into a manifest by hand.
fn raw(stage: &Stage, scope: &str) -> Result<String> {
    let folder = stage.fresh()?;
    let value = b"a value, and a newline\n".to_vec();
    fs::write(folder.join("value"), &value)?;
    let certificate = stage.certificate();
    let mut rseal = stage.rseal();
    rseal.args([
        "--raw",
        "--name",
        "raw",
        "--namespace",
        NAMESPACE,
        "--scope",
        scope,
        "--from-file",
        "value",
        "--cert",
    ]);
    let sealed = command::succeed(rseal.arg(&certificate).current_dir(&folder), &[], LIMIT)?.text();
    ensure!(
        !sealed.contains(char::is_whitespace),
        "white space around the value"
    );

    let mut object = sealed_secret("raw", &json!({"key": sealed}));
    if scope != "strict" {
        object["metadata"]["annotations"] =
            json!({format!("sealedsecrets.bitnami.com/{scope}"): "true"});
    }
    comes_back(
        stage,
        "raw",
        object.to_string().as_bytes(),
        &Values::from([("key".to_owned(), value)]),
    )?;
    Ok(String::new())
}

fn merge(stage: &Stage) -> Result<String> {
    let folder = stage.fresh()?;
    let file = folder.join("sealed.yaml");
    let first = Values::from([
        ("stays".to_owned(), b"1".to_vec()),
        ("changes".to_owned(), b"2".to_vec()),
    ]);
    let second = Values::from([
        ("changes".to_owned(), b"3".to_vec()),
        ("new".to_owned(), b"4".to_vec()),
    ]);
    fs::write(&file, seal(stage, "merge", &first)?)?;
    let before = fs::read_to_string(&file)?;

    let certificate = stage.certificate();
    let arguments = [
        "--cert",
        &certificate.to_string_lossy(),
        "-o",
        "yaml",
        "--merge-into",
        &file.to_string_lossy(),
    ];
    let secret = objects::secret(NAMESPACE, "merge", &second).to_string();
    let finished = stage.rseal_does(&arguments, secret.as_bytes())?;
    ensure!(finished.stdout.is_empty(), "something on stdout");
    let after = fs::read_to_string(&file)?;
    let kept = before
        .lines()
        .find(|line| line.trim_start().starts_with("stays:"));
    ensure!(
        kept.is_some_and(|line| after.lines().any(|other| other == line)),
        "a value that was not given has changed"
    );
    let all = first.into_iter().chain(second).collect();
    comes_back(stage, "merge", after.as_bytes(), &all)?;
    Ok(String::new())
}

fn validate(stage: &Stage) -> Result<String> {
    expose(stage)?;
    let sealed = seal(
        stage,
        "valid",
        &Values::from([("key".to_owned(), b"value".to_vec())]),
    )?;
    let good = stage.rseal_does(
        &["--validate", "--controller-name", "sealed-secrets"],
        &sealed,
    )?;
    ensure!(good.stdout.is_empty(), "something on stdout");

    let renamed = String::from_utf8(sealed)?.replace("name: valid", "name: other");
    let mut rseal = stage.rseal();
    rseal.args(["--validate", "--controller-name", "sealed-secrets"]);
    let bad = command::finish(&mut rseal, renamed.as_bytes(), LIMIT)?;
    ensure!(
        bad.status.code() == Some(1),
        "renamed: {} instead of exit code 1",
        bad.status
    );
    ensure!(
        bad.stderr.starts_with("error: "),
        "another message: {}",
        bad.stderr
    );
    ensure!(
        bad.stderr
            .contains("unable to decrypt sealed secret: other"),
        "another message: {}",
        bad.stderr
    );
    Ok(String::new())
}

/// Every ciphertext is another one afterwards, and holds the same.
fn re_encrypt(stage: &Stage, template: &Map) -> Result<String> {
    expose(stage)?;
    let values = Values::from([
        ("key".to_owned(), b"value\n".to_vec()),
        ("empty".to_owned(), Vec::new()),
    ]);
    let name = if template.is_empty() {
        "again"
    } else {
        "again-template"
    };
    let mut object: Value = json_of(stage, &seal(stage, name, &values)?)?;
    let mut expected = values;
    if !template.is_empty() {
        object["spec"]["template"]["data"] = template.clone().into();
        object["spec"]["template"]["metadata"]["labels"] = json!({"team": "platform"});
        object["spec"]["template"]["metadata"]["annotations"] = json!({"note": "012"});
        expected.insert("rendered".to_owned(), b"user=value\n".to_vec());
    }
    let arguments = [
        "--re-encrypt",
        "--controller-name",
        "sealed-secrets",
        "-o",
        "json",
    ];
    let answer = stage.rseal_does(&arguments, object.to_string().as_bytes())?;
    let mut after: Value = serde_json::from_slice(&answer.stdout)?;
    comes_back(stage, name, &answer.stdout, &expected)?;

    let mut before = object;
    for (key, old) in before["spec"]["encryptedData"]
        .as_object()
        .into_iter()
        .flatten()
    {
        ensure!(
            after["spec"]["encryptedData"][key] != *old,
            "{key} is sealed as before"
        );
    }
    // All that is not ciphertext has to stay.
    for object in [&mut before, &mut after] {
        object["spec"]["encryptedData"] = Value::Null;
    }
    ensure!(before == after, "it was {before}, it is {after}");
    Ok(String::new())
}

fn expose(stage: &Stage) -> Result<()> {
    stage.expose(Exposure {
        service: "sealed-secrets",
        port: Some("http"),
        labelled: true,
    })
}

fn seal(stage: &Stage, name: &str, values: &Values) -> Result<Vec<u8>> {
    let certificate = stage.certificate();
    let arguments = ["--cert", &certificate.to_string_lossy(), "-o", "yaml"];
    Ok(stage
        .rseal_does(
            &arguments,
            objects::secret(NAMESPACE, name, values)
                .to_string()
                .as_bytes(),
        )?
        .stdout)
}

/// A manifest as JSON, read by kubectl.
fn json_of(stage: &Stage, manifest: &[u8]) -> Result<Value> {
    let mut kubectl = stage.command(Path::new(&stage.parts.kubectl));
    kubectl.args(["create", "--dry-run=client", "-o", "json", "-f", "-"]);
    stage.namespace(NAMESPACE)?;
    Ok(serde_json::from_slice(
        &command::succeed(&mut kubectl, manifest, LIMIT)?.stdout,
    )?)
}

/// Applies a SealedSecret, waits for its Secret, compares, and removes both.
fn comes_back(stage: &Stage, name: &str, manifest: &[u8], expected: &Values) -> Result<()> {
    stage.namespace(NAMESPACE)?;
    stage.apply(manifest)?;
    let found = stage.unsealed(NAMESPACE, name);
    for kind in ["sealedsecret", "secret"] {
        stage.kubectl(&["delete", kind, name, "-n", NAMESPACE, "--ignore-not-found"])?;
    }
    let found = found?;
    let lengths = |values: &Values| {
        values
            .iter()
            .map(|(key, value)| (key.clone(), value.len()))
            .collect::<BTreeMap<_, _>>()
    };
    ensure!(
        found == *expected,
        "it holds {:?}, not {:?} (lengths)",
        lengths(&found),
        lengths(expected)
    );
    Ok(())
}

fn sealed_secret(name: &str, items: &Value) -> Value {
    json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"encryptedData": items, "template": {"metadata": {"name": name, "namespace": NAMESPACE}}},
    })
}
