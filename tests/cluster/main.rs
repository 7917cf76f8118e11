//! The cluster and download rooms against a fake API server: discovery, faults, credentials,
//! kubeconfig files. Messages are compared in full, because they are what the user gets.

#![cfg(feature = "cluster")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

#[path = "../fake_api/mod.rs"]
mod fake_api;

mod credentials;
mod discovery;
mod download;
mod faults;
mod kubeconfigs;
mod trust;

use std::path::{Path, PathBuf};
use std::process::Command;

use rseal::cluster::{
    ClusterError, ConnectOptions, Controller, Environment, fetch_certificate, namespace,
};
use tempfile::TempDir;

use fake_api::FakeApi;

/// The paths of the usual requests.
const SERVICES: &str = "/api/v1/namespaces/kube-system/services";

/// A folder with files in it, gone after the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// A kubeconfig with one context `here`; cluster and user as lines of YAML.
fn kubeconfig(cluster: &[&str], user: &[&str]) -> String {
    let block = |lines: &[&str]| match lines {
        [] => " {}".to_owned(),
        lines => lines.iter().map(|line| format!("\n    {line}")).collect(),
    };
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         contexts:\n- name: here\n  context:\n    cluster: c\n    user: u\n\
         clusters:\n- name: c\n  cluster:{}\n\
         users:\n- name: u\n  user:{}\n",
        block(cluster),
        block(user)
    )
}

/// Options that reach a fake server by flags alone.
fn server(api: &FakeApi) -> ConnectOptions {
    ConnectOptions {
        server: Some(api.url()),
        ..ConnectOptions::default()
    }
}

/// Options that read one kubeconfig.
fn using(path: PathBuf) -> ConnectOptions {
    ConnectOptions {
        kubeconfig: Some(path),
        ..ConnectOptions::default()
    }
}

fn anywhere() -> Controller {
    Controller {
        name: None,
        namespace: "kube-system".to_owned(),
    }
}

fn named(name: &str) -> Controller {
    Controller {
        name: Some(name.to_owned()),
        namespace: "kube-system".to_owned(),
    }
}

/// Fetches with nothing in the environment.
fn fetch(options: &ConnectOptions, controller: &Controller) -> Result<String, ClusterError> {
    fetch_certificate(options, &Environment::default(), controller)
        .map(|certificate| String::from_utf8(certificate).unwrap())
}

/// Fetches, fails, and returns message and hint.
fn failure(options: &ConnectOptions, controller: &Controller) -> (String, String) {
    let error = fetch(options, controller).unwrap_err();
    (error.to_string(), error.hint().unwrap_or_default())
}

/// A message in which what differs from run to run is named.
fn without(text: &str, api: &FakeApi) -> String {
    text.replace(&api.url(), "SERVER")
}

/// Runs a test again in a process with other variables, because those of this one cannot be changed
/// safely. True in that process; false here, once it has passed there.
fn with_trust_in(file: &Path, test: &str) -> bool {
    const AGAIN: &str = "RSEAL_TEST_AGAIN";
    if std::env::var_os(AGAIN).is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", test])
        .env("SSL_CERT_FILE", file)
        .env_remove("SSL_CERT_DIR")
        .env(AGAIN, "1")
        .output()
        .unwrap();
    let passed = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(output.status.success() && passed, "{output:?}");
    false
}

#[track_caller]
fn assert_failure(
    api: &FakeApi,
    options: &ConnectOptions,
    controller: &Controller,
    message: &str,
    hint: &str,
) {
    let (found, found_hint) = failure(options, controller);
    assert_eq!(without(&found, api), message);
    assert_eq!(without(&found_hint, api), hint);
}

#[track_caller]
fn assert_namespace(options: &ConnectOptions, environment: &Environment, expected: Option<&str>) {
    assert_eq!(
        namespace(options, environment).unwrap().as_deref(),
        expected
    );
}
