//! How etcd and the API server are started: their flags and files.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{API_PORT, ETCD_PORT, users};
use crate::e2e::network::ADDRESS;
use crate::e2e::server::Server;
use crate::parts::Parts;

/// What the API server signs tokens of service accounts with. Nobody here uses one, but it insists.
const TOKEN_KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/keys/2048.key.pem");

pub(super) fn etcd(parts: &Parts, folder: &Path) -> Result<Server> {
    let client = format!("http://{ADDRESS}:{ETCD_PORT}");
    let peer = format!("http://{ADDRESS}:{}", ETCD_PORT + 1);
    let mut etcd = Command::new(&parts.etcd);
    etcd.arg("--data-dir").arg(folder.join("etcd")).args([
        "--name",
        "one",
        "--unsafe-no-fsync",
        "--log-level",
        "warn",
    ]);
    etcd.args([
        "--listen-client-urls",
        &client,
        "--advertise-client-urls",
        &client,
    ]);
    etcd.args([
        "--listen-peer-urls",
        &peer,
        "--initial-advertise-peer-urls",
        &peer,
    ]);
    etcd.args(["--initial-cluster", &format!("one={peer}")]);
    Server::start("etcd", &mut etcd, folder.join("etcd.log"))
}

pub(super) fn api_server(parts: &Parts, folder: &Path) -> Result<Server> {
    let tokens = folder.join("tokens.csv");
    fs::write(&tokens, users::table())?;

    let mut api = Command::new(&parts.kube_apiserver);
    api.args(["--etcd-servers", &format!("http://{ADDRESS}:{ETCD_PORT}")]);
    api.args([
        "--bind-address",
        ADDRESS,
        "--advertise-address",
        ADDRESS,
        "--secure-port",
        &API_PORT.to_string(),
    ]);
    api.arg("--cert-dir")
        .arg(folder.join("api"))
        .args(["--service-cluster-ip-range", "10.100.0.0/16"]);
    api.arg("--service-account-key-file")
        .arg(TOKEN_KEY)
        .arg("--service-account-signing-key-file")
        .arg(TOKEN_KEY);
    api.args([
        "--service-account-issuer",
        "https://parts.invalid",
        "--authorization-mode",
        "RBAC",
    ]);
    api.arg("--token-auth-file")
        .arg(&tokens)
        .args(["--disable-admission-plugins", "ServiceAccount"]);
    Server::start("kube-apiserver", &mut api, folder.join("api.log"))
}
