//! `rseal check` and the API server say the same of a manifest: whether it holds a Secret with values. And what
//! `--fix` writes is opened by the controller.

mod fix;
mod manifests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use super::{Case, Runs};
use crate::command;
use crate::e2e::stage::Stage;

const LIMIT: Duration = Duration::from_secs(300);
const NO_CHECK: &str = "checks nothing";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("check/agreement", Runs::Once, agreement).since_kubeseal(NO_CHECK),
        Case::new("check/many-files", Runs::Once, many_files).since_kubeseal(NO_CHECK),
        Case::new("check/formats", Runs::Once, formats).since_kubeseal(NO_CHECK),
        Case::new("check/fix", Runs::PerController, fix::run).since_kubeseal(NO_CHECK),
    ]
}

/// What is said of the whole table of small files is valid JSON by our schema, and valid SARIF by that of SARIF.
fn formats(stage: &Stage) -> Result<String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sarif = stage.fresh()?.join("sarif.json");
    fs::write(&sarif, stage.parts.sarif_schema()?)?;
    let mut said = Vec::new();
    for (format, schema) in [
        ("json", project.join("docs/check.schema.json")),
        ("sarif", sarif),
    ] {
        let mut rseal = stage.rseal();
        rseal
            .args(["check", "--format", format, "testdata/check"])
            .current_dir(&project);
        let answer = command::finish(&mut rseal, &[], LIMIT)?;
        ensure!(
            answer.status.code() == Some(1),
            "check ends with {}",
            answer.status
        );
        stage.parts.validate(&schema, &answer.stdout)?;
        let refused = stage.parts.validate(&schema, b"{\"version\": 3}");
        ensure!(refused.is_err(), "the validator takes anything");
        said.push(format!("{} bytes of {format}", answer.stdout.len()));
    }
    Ok(said.join(", "))
}

/// A hundred thousand files, with little memory.
fn many_files(stage: &Stage) -> Result<String> {
    const FOLDERS: usize = 1000;
    const FILES: usize = 100;
    /// In KiB, for the whole address space. What it needs is a small part of it.
    const MEMORY: usize = 512 * 1024;
    let folder = stage.fresh()?;
    let harmless = "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n";
    let secret = "apiVersion: v1\nkind: Secret\nstringData: {a: b}\n";
    for group in 0..FOLDERS {
        let inner = folder.join(group.to_string());
        fs::create_dir(&inner)?;
        for number in 0..FILES {
            let text = if number == group { secret } else { harmless };
            fs::write(inner.join(format!("{number}.yaml")), text)?;
        }
    }
    let start = Instant::now();
    let mut sh = stage.command("sh");
    let script = format!("ulimit -v {MEMORY}; exec \"$@\"");
    sh.args(["-c", &script, "sh"])
        .arg(stage.rseal().get_program())
        .arg("check")
        .current_dir(&folder);
    let answer = command::finish(&mut sh, &[], LIMIT)?;
    let found = answer.text().lines().count();
    ensure!(found == FILES, "{found} found: {}", answer.stderr);
    let seconds = start.elapsed().as_secs_f64();
    fs::remove_dir_all(&folder)?;
    Ok(format!("{} files in {seconds:.1} s", FOLDERS * FILES))
}

/// A thousand manifests that the API server takes, and some that it refuses.
fn agreement(stage: &Stage) -> Result<String> {
    let folder = stage.fresh()?;
    let manifests = manifests::all();
    for (name, bytes) in &manifests {
        fs::write(folder.join(name), bytes)?;
    }
    let stored = stored(stage, &folder.to_string_lossy())?;
    let found = found(stage, &folder.to_string_lossy())?;
    let mut wrong = Vec::new();
    let (mut with_values, mut without, mut refused) = (0, 0, 0);
    for (name, bytes) in &manifests {
        let stem = name.split('.').next().unwrap_or(name);
        let theirs = stored.get(stem).copied();
        let ours = found.contains(stem);
        match theirs {
            Some(true) => with_values += 1,
            Some(false) => without += 1,
            None => refused += 1,
        }
        // What the API server refuses is nobody's Secret yet, and check may still find it.
        if theirs.is_some_and(|theirs| theirs != ours) {
            let text = String::from_utf8_lossy(bytes);
            wrong.push(format!(
                "{name}: check says {ours}, the API server {theirs:?}:\n{}",
                command::tail(&text, 20)
            ));
        }
    }
    if !wrong.is_empty() {
        let first: Vec<&str> = wrong.iter().take(6).map(String::as_str).collect();
        bail!(
            "{} of {} disagree, among them:\n{}",
            wrong.len(),
            manifests.len(),
            first.join("\n")
        );
    }
    ensure!(
        with_values + without >= 1000 && without >= 200,
        "too few are taken: {with_values} and {without}"
    );
    Ok(format!(
        "{} manifests: {with_values} a Secret with values, {without} none, {refused} refused",
        manifests.len()
    ))
}

/// For each manifest whose object the API server would store, as kubectl asks it: whether that is a Secret with a
/// value. The name of an object starts with the name of its file.
fn stored(stage: &Stage, folder: &str) -> Result<BTreeMap<String, bool>> {
    let mut kubectl = stage.command(&stage.parts.kubectl);
    kubectl.args([
        "create",
        "--dry-run=server",
        "--validate=ignore",
        "-o",
        "json",
        "-f",
        folder,
    ]);
    // Some of the objects are refused, and kubectl goes on with the others.
    let answer = command::finish(&mut kubectl, &[], LIMIT)?;
    let mut stored = BTreeMap::new();
    for object in serde_json::Deserializer::from_slice(&answer.stdout).into_iter::<Value>() {
        let object = object?;
        let items = object["items"].as_array().cloned();
        for item in items.unwrap_or_else(|| vec![object]) {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            let Some(stem) = name.strip_suffix("-a") else {
                continue;
            };
            let has_value = item["data"]
                .as_object()
                .is_some_and(|data| data.values().any(|value| value.as_str() != Some("")));
            stored.insert(stem.to_owned(), item["kind"] == "Secret" && has_value);
        }
    }
    ensure!(
        !stored.is_empty(),
        "kubectl created nothing: {}",
        command::tail(&answer.stderr, 12)
    );
    Ok(stored)
}

/// The manifests in which check finds one.
fn found(stage: &Stage, folder: &str) -> Result<BTreeSet<String>> {
    let mut rseal = stage.rseal();
    rseal.args(["check", "--format", "json", folder]);
    let answer = command::finish(&mut rseal, &[], LIMIT)?;
    ensure!(
        answer.status.code() == Some(1),
        "check ends with {}: {}",
        answer.status,
        answer.stderr
    );
    let report: Value = serde_json::from_slice(&answer.stdout)?;
    let mut found = BTreeSet::new();
    for finding in report["findings"].as_array().into_iter().flatten() {
        ensure!(
            finding["rule"] == "plaintext-secret",
            "another finding than expected: {finding}"
        );
        let path = finding["path"].as_str().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or(path);
        found.insert(name.split('.').next().unwrap_or(name).to_owned());
    }
    Ok(found)
}
