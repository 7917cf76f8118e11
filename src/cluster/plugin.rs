//! Credential plugins: the program that a kubeconfig's `exec` names, and what it prints.
//!
//! Owns the child process. kube would run it itself, but up to three times, on our standard input,
//! and for as long as it likes; here it runs once, cannot ask anybody anything, and is killed when
//! the time is up. What it says on its standard error goes into the error.
//!
//! Killed is the program itself. A program that this one has started is out of our reach: it keeps
//! running, but no pipe of ours is waited for once the program is gone.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode, Kubeconfig};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::connection::{BODY_LIMIT, Deadline, Seconds, file_error, printable};

/// How often a running plugin is looked at besides waiting for its output.
const TICK: Duration = Duration::from_millis(10);
/// How long output may still come after the plugin is gone, while something it started holds the
/// other end of the pipe.
const GRACE: Duration = Duration::from_millis(200);
/// What of its standard error is worth keeping.
const SAID: usize = 8 * 1024;

/// Why a plugin did not help.
#[derive(Debug)]
#[non_exhaustive]
pub enum PluginError {
    /// The kubeconfig names no program.
    NoCommand,
    /// There is no such program.
    NotInstalled {
        /// The program.
        command: String,
        /// What the kubeconfig says about installing it.
        install: Option<String>,
    },
    /// It cannot be started.
    Start {
        /// The program.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It insists on asking somebody.
    Interactive {
        /// The program.
        command: String,
    },
    /// It took too long, and was killed.
    TimedOut {
        /// The program.
        command: String,
        /// The time that everything may take.
        limit: Duration,
        /// What it said.
        said: String,
    },
    /// It failed.
    Failed {
        /// The program.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        said: String,
    },
    /// What it printed holds no credential.
    NoCredential {
        /// The program.
        command: String,
    },
    /// The CA that it wants to be told cannot be read.
    ClusterInfo {
        /// The program.
        command: String,
    },
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |f: &mut fmt::Formatter<'_>, said: &str| match said {
            "" => Ok(()),
            said => write!(f, ": {said}"),
        };
        match self {
            Self::NoCommand => f.write_str("the credential plugin has no command"),
            Self::NotInstalled { command, .. } => {
                write!(f, "the credential plugin \"{command}\" is not installed")
            }
            Self::Start { command, source } => write!(
                f,
                "the credential plugin \"{command}\" cannot be started: {}",
                file_error(source)
            ),
            Self::Interactive { command } => write!(
                f,
                "the credential plugin \"{command}\" wants to ask questions (interactiveMode: Always)"
            ),
            Self::TimedOut {
                command,
                limit,
                said: text,
            } => {
                write!(
                    f,
                    "the credential plugin \"{command}\" did not answer within {}",
                    Seconds(*limit)
                )?;
                said(f, text)
            }
            Self::Failed {
                command,
                status,
                said: text,
            } => {
                write!(f, "the credential plugin \"{command}\" failed ({status})")?;
                said(f, text)
            }
            Self::NoCredential { command } => write!(
                f,
                "the credential plugin \"{command}\" did not print an ExecCredential with a token or a certificate"
            ),
            Self::ClusterInfo { command } => write!(
                f,
                "the credential plugin \"{command}\" wants the cluster's CA, which cannot be read"
            ),
        }
    }
}

impl std::error::Error for PluginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl PluginError {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled { install, .. } => install.clone(),
            Self::Interactive { .. } => Some(
                "rseal never asks; log in with the plugin and set interactiveMode: IfAvailable, or seal offline with --cert"
                    .to_owned(),
            ),
            Self::TimedOut { .. } => Some(
                "if it waits for a login, log in first (\"kubectl get --raw /version\" must work); --request-timeout 60s allows more time"
                    .to_owned(),
            ),
            Self::Failed { .. } => Some(
                "\"kubectl get --raw /version\" must work with the same kubeconfig; or seal offline with --cert"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// What a plugin answered: a token, a client certificate with its key (both PEM), or both.
pub(super) struct Credential {
    pub(super) token: Option<SecretString>,
    pub(super) identity: Option<(String, SecretString)>,
}

/// Runs the plugin and reads its answer.
pub(super) fn run(
    exec: &ExecConfig,
    cluster: &Cluster,
    deadline: Deadline,
) -> Result<Credential, PluginError> {
    let Some(program) = exec.command.as_ref().filter(|c| !c.is_empty()) else {
        return Err(PluginError::NoCommand);
    };
    let name = printable(program);
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(PluginError::Interactive { command: name });
    }
    let mut command = Command::new(program);
    command
        .args(exec.args.iter().flatten())
        .envs(exec.env.iter().flatten().filter_map(variable))
        .env("KUBERNETES_EXEC_INFO", info(exec, cluster, &name)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(PluginError::NotInstalled {
                command: name,
                install: exec.install_hint.as_deref().map(printable),
            });
        }
        Err(source) => {
            return Err(PluginError::Start {
                command: name,
                source,
            });
        }
    };
    let output = Pipe::read(child.stdout.take(), BODY_LIMIT);
    let said = Pipe::read(child.stderr.take(), SAID);
    let Some(status) = wait(&mut child, &output, deadline) else {
        // Both fail only for a child that is gone already.
        let _ = child.kill();
        let _ = child.wait();
        return Err(PluginError::TimedOut {
            command: name,
            limit: deadline.limit(),
            said: said.said(),
        });
    };
    if !status.success() {
        return Err(PluginError::Failed {
            command: name,
            status,
            said: said.said(),
        });
    }
    credential(&output.kept(GRACE.min(deadline.left())))
        .ok_or(PluginError::NoCredential { command: name })
}

/// Waits for the end of the plugin; None when the time is up.
fn wait(child: &mut Child, output: &Pipe, deadline: Deadline) -> Option<ExitStatus> {
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        let left = deadline.left();
        if left.is_zero() {
            return None;
        }
        // The end of the output is the first sign of the end of the program.
        if output.ends_within(TICK.min(left)) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The reading end of a pipe, read by a thread of its own that ends with the pipe. What is over
/// the limit is read and dropped, so that nobody waits for us.
struct Pipe {
    kept: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Pipe {
    fn read(pipe: Option<impl Read + Send + 'static>, limit: usize) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&kept);
        let (send, end) = sync_channel::<()>(0);
        thread::spawn(move || {
            // Held until the end, which drops it.
            let _send = send;
            let mut pipe = pipe;
            let mut chunk = [0; 4096];
            // A pipe that breaks has ended.
            while let Some(pipe) = &mut pipe
                && let Ok(count @ 1..) = pipe.read(&mut chunk)
                && let Ok(mut kept) = into.lock()
            {
                let room = limit.saturating_sub(kept.len());
                kept.extend(chunk.iter().take(count.min(room)));
            }
        });
        Self { kept, end }
    }

    fn ends_within(&self, time: Duration) -> bool {
        self.end.recv_timeout(time) == Err(RecvTimeoutError::Disconnected)
    }

    /// What came, after waiting for the end for a while: a program that the plugin has started may
    /// hold the pipe open for ever.
    fn kept(&self, time: Duration) -> Vec<u8> {
        self.ends_within(time);
        self.kept
            .lock()
            .map(|kept| kept.clone())
            .unwrap_or_default()
    }

    fn said(&self) -> String {
        printable(&String::from_utf8_lossy(&self.kept(GRACE)))
    }
}

fn variable(entry: &HashMap<String, String>) -> Option<(&String, &String)> {
    Some((entry.get("name")?, entry.get("value")?))
}

/// What the plugin is told, in its variable: that nobody can be asked and, if it wants to know,
/// which cluster it is for.
fn info(exec: &ExecConfig, cluster: &Cluster, command: &str) -> Result<String, PluginError> {
    let mut spec = json!({"interactive": false});
    if exec.provide_cluster_info {
        let told = ExecAuthCluster::try_from(cluster)
            .ok()
            .and_then(|cluster| serde_json::to_value(cluster).ok());
        let Some(told) = told else {
            return Err(PluginError::ClusterInfo {
                command: command.to_owned(),
            });
        };
        spec["cluster"] = told;
    }
    Ok(json!({
        "apiVersion": exec.api_version,
        "kind": "ExecCredential",
        "spec": spec,
    })
    .to_string())
}

/// Reads an ExecCredential. It is JSON by the book; kubectl also takes YAML, and so does the one
/// YAML reader at hand, which keeps the fields that it does not know.
fn credential(output: &[u8]) -> Option<Credential> {
    let text = std::str::from_utf8(output).ok()?;
    let mut answer = Kubeconfig::from_yaml(text).ok()?;
    let status = answer.other.remove("status")?;
    let text = |name| status.get(name).and_then(Value::as_str).map(str::to_owned);
    let token = text("token").filter(|token| !token.is_empty());
    let identity = match (text("clientCertificateData"), text("clientKeyData")) {
        (Some(certificate), Some(key)) => Some((certificate, SecretString::from(key))),
        _ => None,
    };
    (token.is_some() || identity.is_some()).then(|| Credential {
        token: token.map(SecretString::from),
        identity,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::credential;

    fn token(output: &str) -> Option<String> {
        Some(
            credential(output.as_bytes())?
                .token?
                .expose_secret()
                .to_owned(),
        )
    }

    #[test]
    fn an_answer_is_json_or_yaml() {
        let json = r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false},"status":{"expirationTimestamp":"2030-01-01T00:00:00Z","token":"k8s-aws-v1.x"}}"#;
        assert_eq!(token(json).as_deref(), Some("k8s-aws-v1.x"));
        let yaml = "kind: ExecCredential\nstatus:\n  token: t\n";
        assert_eq!(token(yaml).as_deref(), Some("t"));
    }

    #[test]
    fn an_answer_without_a_credential_is_none() {
        for bad in [
            "",
            "{}",
            r#"{"status":{}}"#,
            r#"{"status":{"token":""}}"#,
            "no\x00pe",
            "[1]",
        ] {
            assert_eq!(token(bad), None, "{bad}");
        }
        let half = r#"{"status":{"clientCertificateData":"x"}}"#;
        assert!(credential(half.as_bytes()).is_none());
    }

    #[test]
    fn an_answer_may_be_a_certificate() {
        let both = r#"{"status":{"clientCertificateData":"c","clientKeyData":"k"}}"#;
        let found = credential(both.as_bytes()).unwrap();
        let (certificate, key) = found.identity.unwrap();
        assert_eq!((certificate.as_str(), key.expose_secret()), ("c", "k"));
    }
}
