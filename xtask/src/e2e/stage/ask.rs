//! How a case reaches what is on the stage: programs in the environment of the run's user, kubectl, what the API
//! server and etcd hold, and waiting for it.

use std::ffi::OsStr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{ETCD_PORT, LIMIT, Stage, User};
use crate::command::{self, Finished};
use crate::e2e::network;
use crate::e2e::objects::{self, Values};

impl Stage {
    /// A program in the environment of the run's user: nothing of ours but the run's folders and cluster.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut path = self.folder.join("bin").into_os_string();
        path.push(":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path);
        command
            .env("HOME", self.folder.join("home"))
            .env("TMPDIR", self.folder.join("tmp"));
        command
            .env("KUBECONFIG", self.kubeconfig(User::Admin))
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// The program under test.
    pub(crate) fn rseal(&self) -> Command {
        self.command(self.folder.join("bin/rseal"))
    }

    /// Runs the program under test to a good end.
    pub(crate) fn rseal_does(&self, arguments: &[&str], input: &[u8]) -> Result<Finished> {
        command::succeed(self.rseal().args(arguments), input, LIMIT)
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<Finished> {
        command::succeed(
            self.command(&self.parts.kubectl).args(arguments),
            &[],
            LIMIT,
        )
    }

    pub(super) fn kubectl_reads(&self, arguments: &[&str], object: &Value) -> Result<Finished> {
        command::succeed(
            self.command(&self.parts.kubectl).args(arguments),
            object.to_string().as_bytes(),
            LIMIT,
        )
    }

    /// Creates an object or a List of objects.
    pub(crate) fn create(&self, object: &Value) -> Result<()> {
        self.kubectl_reads(&["create", "-f", "-"], object).map(drop)
    }

    /// Applies a manifest as a user would.
    pub(crate) fn apply(&self, manifest: &[u8]) -> Result<()> {
        let mut kubectl = self.command(&self.parts.kubectl);
        command::succeed(kubectl.args(["apply", "-f", "-"]), manifest, LIMIT).map(drop)
    }

    /// Creates a namespace unless it is there.
    pub(crate) fn namespace(&self, name: &str) -> Result<()> {
        if self
            .kubectl(&["get", "namespace", name, "--ignore-not-found"])?
            .stdout
            .is_empty()
        {
            self.kubectl(&["create", "namespace", name])?;
        }
        Ok(())
    }

    /// The values of a Secret, if it is there.
    pub(crate) fn secret(&self, namespace: &str, name: &str) -> Result<Option<Values>> {
        let answer = self.kubectl(&[
            "get",
            "secret",
            name,
            "-n",
            namespace,
            "--ignore-not-found",
            "-o",
            "json",
        ])?;
        if answer.stdout.is_empty() {
            return Ok(None);
        }
        objects::values(&serde_json::from_slice(&answer.stdout)?).map(Some)
    }

    /// Waits for a Secret that the controller makes.
    pub(crate) fn unsealed(&self, namespace: &str, name: &str) -> Result<Values> {
        self.eventually(&format!("Secret {namespace}/{name}"), || {
            self.secret(namespace, name)
        })
        .with_context(|| format!("the controller's last words:\n{}", self.controller_log()))
    }

    /// The bytes that etcd holds for a Secret.
    pub(crate) fn stored(&self, namespace: &str, name: &str) -> Result<Vec<u8>> {
        let question =
            json!({"key": STANDARD.encode(format!("/registry/secrets/{namespace}/{name}"))});
        let answer: Value = serde_json::from_slice(&network::ask(
            ETCD_PORT,
            "/v3/kv/range",
            Some(&question.to_string()),
        )?)?;
        let value = answer["kvs"][0]["value"]
            .as_str()
            .with_context(|| format!("etcd has no Secret {namespace}/{name}"))?;
        Ok(STANDARD.decode(value)?)
    }

    /// Asks until there is something.
    pub(crate) fn eventually<T>(
        &self,
        what: &str,
        mut look: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if start.elapsed() > LIMIT {
                bail!("{what} did not come within {} s", LIMIT.as_secs());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}
