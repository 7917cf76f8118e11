//! `--fetch-cert`: what it prints is the controller's certificate, byte for byte, and the same as kubeseal's.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Case, Runs};
use crate::command;
use crate::e2e::objects::Exposure;
use crate::e2e::stage::Stage;

const LIMIT: Duration = Duration::from_secs(60);
const FLAGS: &str =
    "--fetch-cert --controller-namespace kube-system --controller-name sealed-secrets";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for port in [None, Some("http")] {
        let name = format!("certificate/port-{}", port.unwrap_or("unnamed"));
        cases.push(Case::new(name, Runs::PerController, move |stage| {
            fetch(stage, port)
        }));
    }
    cases
}

fn fetch(stage: &Stage, port: Option<&'static str>) -> Result<String> {
    stage.expose(Exposure {
        service: "sealed-secrets",
        port,
        labelled: true,
    })?;
    let arguments: Vec<&str> = FLAGS.split(' ').collect();
    let ours = stage.rseal_does(&arguments, &[])?;
    ensure!(
        ours.stdout == key_secret(stage)?,
        "not the tls.crt of the controller's newest key"
    );
    ensure!(
        ours.stdout == fs::read(stage.certificate())?,
        "not what the controller serves"
    );

    let mut kubeseal = stage.command(&stage.running()?.kubeseal);
    let theirs = command::succeed(kubeseal.args(&arguments), &[], LIMIT)?;
    ensure!(ours.stdout == theirs.stdout, "not what kubeseal prints");

    let mut piped = stage.command("bash");
    piped.args(["-c", &format!("set -euo pipefail; rseal {FLAGS} | cat")]);
    let piped = command::succeed(&mut piped, &[], LIMIT)?;
    ensure!(
        piped.stdout == theirs.stdout,
        "through a pipe it is not what kubeseal prints"
    );

    let file = stage.fresh()?.join("cert.pem");
    let path = file.to_string_lossy();
    let mut with_file = arguments.clone();
    with_file.extend(["-w", &path]);
    let silent = stage.rseal_does(&with_file, &[])?;
    ensure!(silent.stdout.is_empty(), "-w leaves something on stdout");
    ensure!(
        fs::read(&file)? == theirs.stdout,
        "-w writes something else"
    );
    Ok(format!("{} bytes, four ways", ours.stdout.len()))
}

/// The certificate as the controller keeps it in its namespace.
fn key_secret(stage: &Stage) -> Result<Vec<u8>> {
    let label = "sealedsecrets.bitnami.com/sealed-secrets-key=active";
    let list = stage.kubectl(&[
        "get",
        "secret",
        "-n",
        "kube-system",
        "-l",
        label,
        "-o",
        "json",
    ])?;
    let list: Value = serde_json::from_slice(&list.stdout)?;
    let keys = list["items"].as_array().map_or(0, Vec::len);
    ensure!(keys == 1, "{keys} sealing keys where one was expected");
    Ok(STANDARD.decode(
        list["items"][0]["data"]["tls.crt"]
            .as_str()
            .context("a key without tls.crt")?,
    )?)
}
