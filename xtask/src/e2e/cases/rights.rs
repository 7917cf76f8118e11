//! What users with few rights in the cluster read, or get all the same.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Case, Runs};
use crate::command;
use crate::e2e::objects::Exposure;
use crate::e2e::stage::{Stage, User};

const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("rights/none/name-given", Runs::Once, |stage| {
            forbidden(
                stage,
                &["--fetch-cert", "--controller-name", "sealed-secrets"],
            )
        }),
        Case::new("rights/none/discovery", Runs::Once, |stage| {
            forbidden(stage, &["--fetch-cert"])
        }),
        Case::new("rights/none/seal", Runs::Once, |stage| {
            forbidden(stage, &["--controller-name", "sealed-secrets"])
        }),
        Case::new("rights/proxy-only/port-unnamed", Runs::Once, |stage| {
            proxy_only(stage, None)
        })
        .since_kubeseal("gives up when it may not look at the Service"),
        Case::new("rights/proxy-only/port-http", Runs::Once, |stage| {
            proxy_only(stage, Some("http"))
        })
        .since_kubeseal("gives up when it may not look at the Service"),
    ]
}

fn forbidden(stage: &Stage, arguments: &[&str]) -> Result<String> {
    stage.expose(Exposure {
        service: "sealed-secrets",
        port: None,
        labelled: true,
    })?;
    let mut rseal = stage.rseal();
    rseal
        .args(arguments)
        .env("KUBECONFIG", stage.kubeconfig(User::Powerless));
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"b"},"data":{"k":"dg=="}}"#;
    let finished = command::finish(&mut rseal, secret.as_bytes(), LIMIT)?;
    let said = &finished.stderr;
    ensure!(
        finished.status.code() == Some(1),
        "{} instead of exit code 1: {said}",
        finished.status
    );
    ensure!(
        finished.stdout.is_empty(),
        "something on stdout: {}",
        finished.text()
    );
    ensure!(
        said.starts_with("error: "),
        "the message does not start with `error: `: {said}"
    );
    ensure!(
        said.contains("forbidden"),
        "the message does not say forbidden: {said}"
    );
    Ok(String::new())
}

fn proxy_only(stage: &Stage, port: Option<&'static str>) -> Result<String> {
    stage.expose(Exposure {
        service: "sealed-secrets",
        port,
        labelled: true,
    })?;
    let mut rseal = stage.rseal();
    rseal
        .args(["--fetch-cert", "--controller-name", "sealed-secrets"])
        .env("KUBECONFIG", stage.kubeconfig(User::Proxier));
    let finished = command::succeed(&mut rseal, &[], LIMIT)?;
    ensure!(
        finished.stdout == fs::read(stage.certificate())?,
        "not the controller's certificate"
    );
    Ok(String::new())
}
