//! Sealing with a certificate at hand: no socket, no thread, no child, no look at a kubeconfig. `check` has threads and
//! asks git, but opens no socket and no kubeconfig either. strace watches.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::{Case, Runs};
use crate::command;
use crate::e2e::objects;
use crate::e2e::stage::{Stage, User};

const LIMIT: Duration = Duration::from_secs(60);
const WATCHED: &str = "trace=network,clone,clone3,fork,vfork,open,openat,openat2";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for format in ["json", "yaml"] {
        let case = Case::new(format!("offline/{format}"), Runs::Once, move |stage| {
            watched(stage, format)
        });
        cases.push(case.since_kubeseal("is a Go program and starts threads"));
    }
    let check = Case::new("offline/check", Runs::Once, check);
    cases.push(check.since_kubeseal("checks nothing"));
    cases
}

/// A repository in which a Secret is found, in the work tree and staged.
fn check(stage: &Stage) -> Result<String> {
    let folder = stage.fresh()?;
    let log = folder.join("strace.log");
    for number in 0..100 {
        let name = format!("{number}.yaml");
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n";
        fs::write(folder.join(name), text)?;
    }
    for arguments in [&["init", "--quiet", "."][..], &["add", "--all"]] {
        let mut git = stage.command("git");
        command::succeed(git.args(arguments).current_dir(&folder), &[], LIMIT)?;
    }
    let kubeconfig = stage.kubeconfig(User::Admin);
    let kubeconfig = kubeconfig
        .file_name()
        .context("a kubeconfig without a name")?
        .to_string_lossy();
    let mut calls = 0;
    for arguments in [&["check"][..], &["check", "--staged"]] {
        let rseal = stage.rseal();
        let mut strace = stage.command("strace");
        strace
            .args(["-f", "-qq", "-e", "signal=none", "-e", WATCHED, "-o"])
            .arg(&log)
            .arg(rseal.get_program())
            .args(arguments)
            .current_dir(&folder);
        let finished = command::finish(&mut strace, &[], LIMIT)?;
        ensure!(
            finished.text().lines().count() == 100,
            "found something else: {}",
            finished.text()
        );
        for line in fs::read_to_string(&log)?.lines() {
            let call =
                line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
            let is_known = ["open", "clone", "vfork", "<... "];
            if !is_known.iter().any(|start| call.starts_with(start)) {
                bail!("a call that should not be: {call}");
            }
            if call.contains(kubeconfig.as_ref()) || call.contains("/.kube/") {
                bail!("a kubeconfig was opened: {call}");
            }
            calls += 1;
        }
    }
    Ok(format!("{calls} calls, no socket among them"))
}

fn watched(stage: &Stage, format: &str) -> Result<String> {
    let folder = stage.fresh()?;
    let log = folder.join("strace.log");
    let secret = folder.join("secret.json");
    let values = [("key".to_owned(), b"value".to_vec())].into();
    fs::write(
        &secret,
        objects::secret("staging", "quiet", &values).to_string(),
    )?;
    let kubeconfig = stage.kubeconfig(User::Admin);
    ensure!(
        kubeconfig.is_file(),
        "the kubeconfig must exist, or not opening it proves nothing"
    );
    let rseal = stage.rseal();

    let mut strace = stage.command("strace");
    strace
        .args(["-f", "-qq", "-e", "signal=none", "-e", WATCHED, "-o"])
        .arg(&log);
    strace
        .arg(rseal.get_program())
        .arg("--cert")
        .arg(stage.certificate())
        .args(["-o", format, "-f"])
        .arg(&secret);
    let finished = command::succeed(&mut strace, &[], LIMIT)?;
    ensure!(
        finished.text().contains("SealedSecret"),
        "nothing was sealed"
    );

    let log = fs::read_to_string(&log)?;
    let secret = secret.to_string_lossy();
    ensure!(
        log.contains(secret.as_ref()),
        "strace did not see the input being opened:\n{log}"
    );
    let kubeconfig = kubeconfig
        .file_name()
        .context("a kubeconfig without a name")?
        .to_string_lossy();
    let mut opened = 0;
    for line in log.lines() {
        // After the process number.
        let call = line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
        if !call.starts_with("open") {
            bail!("a call that should not be: {call}");
        }
        if call.contains(kubeconfig.as_ref()) || call.contains("/.kube/") {
            bail!("a kubeconfig was opened: {call}");
        }
        opened += 1;
    }
    Ok(format!("{opened} files opened, nothing else"))
}
