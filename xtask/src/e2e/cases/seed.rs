//! The line that rseal is made for, typed as its user types it, in a folder as the user has it: a Secret goes
//! into the cluster, through the pipe into git's folder, out of the cluster, and comes back by the controller.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::noise::bytes;
use super::{Case, Runs};
use crate::command;
use crate::e2e::objects::{Exposure, Values};
use crate::e2e::stage::Stage;

const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];

/// How the sealing certificate is found.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    /// Put between the program and `--format`.
    flags: &'static str,
    service: &'static str,
    labelled: bool,
    rseal_only: Option<&'static str>,
}

const NOT_BY_ITSELF: Option<&str> = Some("looks for no other name than sealed-secrets-controller");

const WAYS: [Way; 5] = [
    Way {
        name: "name-given",
        flags: "--controller-namespace kube-system --controller-name sealed-secrets",
        service: "sealed-secrets",
        labelled: true,
        rseal_only: None,
    },
    Way {
        name: "found-as-sealed-secrets-controller",
        flags: "--controller-namespace kube-system",
        service: "sealed-secrets-controller",
        labelled: false,
        rseal_only: None,
    },
    Way {
        name: "found-as-sealed-secrets",
        flags: "--controller-namespace kube-system",
        service: "sealed-secrets",
        labelled: true,
        rseal_only: NOT_BY_ITSELF,
    },
    Way {
        name: "found-by-label",
        flags: "--controller-namespace kube-system",
        service: "vault-of-the-team",
        labelled: true,
        rseal_only: NOT_BY_ITSELF,
    },
    Way {
        name: "with-cert",
        flags: "--cert ../cert-of-controller.pem",
        service: "sealed-secrets",
        labelled: true,
        rseal_only: None,
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for way in WAYS {
        for port in [None, Some("http")] {
            for scope in SCOPES {
                let name = format!(
                    "seed/{}/port-{}/{scope}",
                    way.name,
                    port.unwrap_or("unnamed")
                );
                let mut case = Case::new(name, Runs::PerController, move |stage| {
                    round(stage, way, port, scope)
                });
                case.rseal_only = way.rseal_only;
                cases.push(case);
            }
        }
    }
    cases
}

fn round(stage: &Stage, way: Way, port: Option<&'static str>, scope: &str) -> Result<String> {
    stage.expose(Exposure {
        service: way.service,
        port,
        labelled: way.labelled,
    })?;
    let folder = stage.fresh()?;
    let home = folder.join("deploy");
    fs::create_dir_all(home.join("base"))?;
    fs::write(home.join("key.pem"), pem("PRIVATE KEY", &folder, 1190))?;
    fs::write(home.join("cert.pem"), pem("CERTIFICATE", &folder, 901))?;
    fs::copy(stage.certificate(), folder.join("cert-of-controller.pem"))?;
    stage.namespace("staging")?;

    let flags = if scope == "strict" {
        way.flags.to_owned()
    } else {
        format!("{} --scope {scope}", way.flags)
    };
    let outcome = session(stage, &home, &flags);
    // Whatever came of it. The SealedSecret first, or the controller would make the Secret again.
    for kind in ["sealedsecret", "secret"] {
        stage.kubectl(&[
            "delete",
            kind,
            "tls-secret",
            "-n",
            "staging",
            "--ignore-not-found",
        ])?;
    }
    outcome
}

/// What the user types.
fn session(stage: &Stage, home: &Path, flags: &str) -> Result<String> {
    let line = |line: &str| bash(stage, home, line);
    line(
        "kubectl create secret generic tls-secret --from-file=key=key.pem --from-file=cert=cert.pem -n staging",
    )?;
    let before = stage
        .secret("staging", "tls-secret")?
        .context("the Secret that was just created")?;
    line(&format!(
        "kubectl get secret tls-secret -n staging -o yaml | rseal {flags} --format yaml tls-secret.yaml > base/tls-secret.yaml"
    ))?;
    line("kubectl delete secret tls-secret -n staging")?;
    line("kubectl apply -f base/tls-secret.yaml")?;
    compare(stage, home, &before)
}

fn compare(stage: &Stage, home: &Path, before: &Values) -> Result<String> {
    let after = stage.unsealed("staging", "tls-secret")?;
    ensure!(*before == after, "the Secret came back with other values");
    let stored = stage.stored("staging", "tls-secret")?;
    let mut hash = Sha256::new();
    for (key, file) in [("key", "key.pem"), ("cert", "cert.pem")] {
        let original = fs::read(home.join(file))?;
        ensure!(
            after.get(key) == Some(&original),
            "{key} is not what {file} holds"
        );
        ensure!(
            stored
                .windows(original.len())
                .any(|bytes| bytes == original),
            "etcd does not hold {file} byte for byte"
        );
        hash.update(&original);
    }
    let sealed = fs::read_to_string(home.join("base/tls-secret.yaml"))?;
    ensure!(
        sealed.contains("kind: SealedSecret"),
        "base/tls-secret.yaml is no SealedSecret"
    );
    let digest: String = hash
        .finalize()
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("identical in etcd, {digest}"))
}

/// A line of a shell session.
fn bash(stage: &Stage, home: &Path, line: &str) -> Result<()> {
    let mut bash = stage.command("bash");
    bash.args(["-c", &format!("set -euo pipefail\n{line}\n")])
        .current_dir(home);
    command::succeed(&mut bash, &[], Duration::from_secs(60)).map(drop)
}

/// A file in the form of PEM, with a newline at its end. What it holds is no key, only bytes that differ from
/// run to run.
fn pem(kind: &str, salt: &Path, length: usize) -> String {
    let bytes = bytes(&format!("{kind} {}", salt.display()), length);
    let text = STANDARD.encode(bytes);
    let mut pem = format!("-----BEGIN {kind}-----\n");
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem + &format!("\n-----END {kind}-----\n")
}
