//! Every difficult text goes through JSON, the program's YAML, kubectl and the API server, and comes back equal:
//! as value and key of annotations and labels, as the name of an item, and as the name of an object. Owns how they
//! travel; the texts are in `corpus`.

pub(super) mod corpus;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Case, Runs};
use crate::e2e::objects;
use crate::e2e::stage::Stage;

/// kubectl keeps a copy of what it applied in an annotation; all of them together may have 256 KiB.
const BATCH_BYTES: usize = 60_000;
const BATCH_TEXTS: usize = 200;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("strings/words", Runs::Once, |stage| {
            annotations(stage, "words", &corpus::words())
        }),
        Case::new("strings/long", Runs::Once, |stage| {
            annotations(stage, "long", &corpus::long())
        }),
        Case::new("strings/characters", Runs::Once, |stage| {
            annotations(stage, "characters", &corpus::characters())
        })
        .since_kubeseal("refuses to write some characters as YAML and makes a space of U+0085"),
        Case::new("strings/labels", Runs::Once, labels),
        Case::new("strings/items", Runs::Once, items),
        Case::new("strings/objects", Runs::Once, objects),
    ]
}

fn annotations(stage: &Stage, namespace: &str, texts: &[String]) -> Result<String> {
    let mut secrets = Vec::new();
    let mut annotations = Map::new();
    let mut bytes = 0;
    for (index, text) in texts.iter().enumerate() {
        let size = json!(text).to_string().len();
        if !annotations.is_empty()
            && (annotations.len() == BATCH_TEXTS || bytes + size > BATCH_BYTES)
        {
            secrets.push(annotated(
                namespace,
                secrets.len(),
                std::mem::take(&mut annotations),
            ));
            bytes = 0;
        }
        bytes += size;
        annotations.insert(format!("texts.invalid/n{index:05}"), json!(text));
    }
    secrets.push(annotated(namespace, secrets.len(), annotations));
    travel(stage, namespace, &secrets)?;
    Ok(format!(
        "{} texts in {} objects",
        texts.len(),
        secrets.len()
    ))
}

fn annotated(namespace: &str, number: usize, annotations: Map<String, Value>) -> Value {
    let mut secret = plain(namespace, &format!("batch-{number}"));
    secret["metadata"]["annotations"] = annotations.into();
    secret
}

fn labels(stage: &Stage) -> Result<String> {
    let values = corpus::label_values();
    let mut secrets = Vec::new();
    for (number, some) in values.chunks(50).enumerate() {
        let mut secret = plain("labels", &format!("batch-{number}"));
        // Once with a prefix and once bare, as a key and as a value.
        let mut labels = Map::new();
        for value in some {
            labels.insert(value.clone(), json!(value));
            labels.insert(format!("on.invalid/{value}"), json!(value));
        }
        secret["metadata"]["annotations"] = labels.clone().into();
        secret["metadata"]["labels"] = labels.into();
        secrets.push(secret);
    }
    travel(stage, "labels", &secrets)?;
    Ok(format!(
        "{} words as keys and values of labels and as keys of annotations",
        values.len()
    ))
}

fn items(stage: &Stage) -> Result<String> {
    let names = corpus::item_names();
    let values = names
        .iter()
        .map(|name| (name.clone(), name.clone().into_bytes()))
        .collect();
    travel(stage, "items", &[objects::secret("items", "all", &values)])?;
    Ok(format!("{} names", names.len()))
}

fn objects(stage: &Stage) -> Result<String> {
    let names = corpus::object_names();
    let secrets: Vec<Value> = names.iter().map(|name| plain("objects", name)).collect();
    travel(stage, "objects", &secrets)?;
    let mut spaces = 0;
    for name in names.iter().filter(|name| !name.contains('.')).take(12) {
        travel(stage, name, &[plain(name, name)])?;
        spaces += 1;
    }
    Ok(format!(
        "{} names of objects, {spaces} of namespaces",
        names.len()
    ))
}

fn plain(namespace: &str, name: &str) -> Value {
    objects::secret(
        namespace,
        name,
        &BTreeMap::from([("key".to_owned(), b"value".to_vec())]),
    )
}

/// Seals to YAML, applies, and compares both what the API server holds of the SealedSecret and the Secret that the
/// controller makes of it with what went in.
fn travel(stage: &Stage, namespace: &str, secrets: &[Value]) -> Result<()> {
    stage.namespace(namespace)?;
    let input: String = secrets.iter().map(|secret| format!("{secret}\n")).collect();
    let certificate = stage.certificate();
    let arguments = ["--cert", &certificate.to_string_lossy(), "-o", "yaml"];
    let sealed = stage.rseal_does(&arguments, input.as_bytes())?;
    stage.apply(&sealed.stdout)?;

    let held = by_name(stage, namespace, "sealedsecrets")?;
    for secret in secrets {
        let name = secret["metadata"]["name"]
            .as_str()
            .context("a Secret without a name")?;
        let held = held
            .get(name)
            .with_context(|| format!("no SealedSecret {name}"))?;
        same_metadata(&secret["metadata"], &held["spec"]["template"]["metadata"])
            .with_context(|| format!("template of {name}"))?;
        let items = |object: &Value| {
            object
                .as_object()
                .map(|map| map.keys().cloned().collect::<Vec<_>>())
        };
        ensure!(
            items(&secret["data"]) == items(&held["spec"]["encryptedData"]),
            "{name}: other items"
        );
    }

    let made = stage.eventually("all Secrets", || {
        let made = by_name(stage, namespace, "secrets")?;
        Ok((made.len() >= secrets.len()).then_some(made))
    });
    let made =
        made.with_context(|| format!("the controller's last words:\n{}", stage.controller_log()))?;
    for secret in secrets {
        let name = secret["metadata"]["name"]
            .as_str()
            .context("a Secret without a name")?;
        let made = made
            .get(name)
            .with_context(|| format!("no Secret {name}"))?;
        same_metadata(&secret["metadata"], &made["metadata"])
            .with_context(|| format!("Secret {name}"))?;
        ensure!(secret["data"] == made["data"], "Secret {name}: other data");
    }
    Ok(())
}

fn by_name(stage: &Stage, namespace: &str, kind: &str) -> Result<BTreeMap<String, Value>> {
    let answer = stage.kubectl(&["get", kind, "-n", namespace, "-o", "json"])?;
    let mut list: Value = serde_json::from_slice(&answer.stdout)?;
    let mut objects = BTreeMap::new();
    for object in list["items"]
        .as_array_mut()
        .context("a list without items")?
    {
        let name = object["metadata"]["name"]
            .as_str()
            .context("an object without a name")?
            .to_owned();
        objects.insert(name, object.take());
    }
    Ok(objects)
}

fn same_metadata(sent: &Value, found: &Value) -> Result<()> {
    for field in ["name", "namespace"] {
        ensure!(
            sent[field] == found[field],
            "{field} is {} instead of {}",
            found[field],
            sent[field]
        );
    }
    for field in ["annotations", "labels"] {
        let nothing = Map::new();
        let sent = sent[field].as_object().unwrap_or(&nothing);
        let found = found[field].as_object().unwrap_or(&nothing);
        for (key, text) in sent {
            if found.get(key) != Some(text) {
                // Both as base64 too: what differs may not be visible.
                let hidden = |text: &Value| STANDARD.encode(text.as_str().unwrap_or_default());
                let got = found.get(key).unwrap_or(&Value::Null);
                bail!(
                    "{field}.{key} is {} instead of {} (base64 {} / {})",
                    short(got),
                    short(text),
                    short(&json!(hidden(got))),
                    short(&json!(hidden(text)))
                );
            }
        }
        ensure!(
            sent.len() == found.len(),
            "{} {field} instead of {}",
            found.len(),
            sent.len()
        );
    }
    Ok(())
}

fn short(text: &Value) -> String {
    let text = text.to_string();
    if text.chars().count() > 120 {
        text.chars().take(120).chain("…".chars()).collect()
    } else {
        text
    }
}
