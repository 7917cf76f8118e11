//! The stage that cases play on: etcd and an API server, one controller at a time, users with and without
//! rights. Owns what runs and when; `launch` knows the flags, `users` the users, `ask` how a case reaches it all.

mod ask;
mod launch;
mod users;

use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::namespace::mount_memory;
use super::network::{self, ADDRESS};
use super::objects::{self, CONTROLLER_NAMESPACE, CONTROLLER_PORT, Exposure};
use super::server::Server;
use crate::parts::{Parts, SealedSecrets};

pub(crate) use users::User;

const API_PORT: u16 = 6443;
const ETCD_PORT: u16 = 2379;
/// For a part to be up, and for a program to end.
const LIMIT: Duration = Duration::from_secs(60);
/// Where the Kubernetes client library looks for the identity of the Pod that it runs in.
const IN_CLUSTER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";

/// Everything that a case may use.
pub(crate) struct Stage {
    pub(crate) parts: Parts,
    program: PathBuf,
    /// What the program says of its flags.
    help: String,
    folder: PathBuf,
    controller: Option<Controller>,
    exposed: RefCell<Option<Exposure>>,
    folders: Cell<usize>,
    // Kept for their end.
    _servers: Vec<Server>,
}

struct Controller {
    version: String,
    server: Server,
}

impl Stage {
    /// Network, etcd and API server, in an empty folder.
    pub(crate) fn start(parts: Parts, program: PathBuf, folder: &Path) -> Result<Self> {
        // In memory and in this mount namespace only: gone with it.
        mount_memory(folder, "2g")?;
        network::up()?;
        for name in ["bin", "home", "tmp", "etcd", "api", "identity"] {
            fs::create_dir(folder.join(name))?;
        }
        symlink(&program, folder.join("bin/rseal"))?;
        symlink(&parts.kubectl, folder.join("bin/kubectl"))?;

        let mut etcd = launch::etcd(&parts, folder)?;
        etcd.wait(LIMIT, || network::ask(ETCD_PORT, "/health", None).map(drop))?;
        let mut api = launch::api_server(&parts, folder)?;
        let mut stage = Self {
            parts,
            help: String::new(),
            program,
            folder: folder.to_owned(),
            controller: None,
            exposed: RefCell::new(None),
            folders: Cell::new(0),
            _servers: Vec::new(),
        };
        stage.write_identities()?;
        api.wait(LIMIT, || {
            stage.kubectl(&["get", "--raw", "/readyz"])?;
            stage.kubectl(&["get", "namespace", CONTROLLER_NAMESPACE])?;
            Ok(())
        })?;
        stage._servers = vec![etcd, api];
        stage.populate()?;
        stage.help = stage.rseal_does(&["--help"], &[])?.text();
        Ok(stage)
    }

    /// The namespaces and the objects that stay for the whole run.
    fn populate(&self) -> Result<()> {
        self.create(&objects::pod())?;
        let (pod, status) = objects::pod_status(ADDRESS);
        let patch = status.to_string();
        self.kubectl(&[
            "patch",
            "pod",
            pod,
            "-n",
            CONTROLLER_NAMESPACE,
            "--subresource=status",
            "--type=merge",
            "-p",
            &patch,
        ])?;
        let rules = json!([{"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["get", "create"]}]);
        self.create(&objects::role(User::Proxier.name(), &rules))
    }

    /// Installs one version's definition and starts its controller, with a new sealing key.
    pub(crate) fn start_controller(&mut self, version: &str) -> Result<()> {
        let sealed = self.sealed_secrets(version)?;
        let definition = sealed.definition.to_string_lossy();
        self.kubectl(&["apply", "-f", &definition])?;
        self.kubectl(&[
            "wait",
            "--for=condition=Established",
            "--timeout=30s",
            "-f",
            &definition,
        ])?;

        // In a mount namespace of its own, so that only the controller believes to be in a Pod.
        let script = format!(
            "mount -t tmpfs none \"$(readlink -f /var/run)\" && mkdir -p {IN_CLUSTER} && cp \"$1\"/* {IN_CLUSTER} && exec \"$2\" \
             --listen-addr {ADDRESS}:{CONTROLLER_PORT} --listen-metrics-addr {ADDRESS}:{} --kubeclient-qps -1",
            CONTROLLER_PORT + 1
        );
        let mut command = self.command("unshare");
        command
            .args(["--mount", "sh", "-c", &script, "sh"])
            .arg(self.folder.join("identity"))
            .arg(&sealed.controller);
        command
            .env("KUBERNETES_SERVICE_HOST", ADDRESS)
            .env("KUBERNETES_SERVICE_PORT", API_PORT.to_string());
        command.env("POD_NAMESPACE", CONTROLLER_NAMESPACE);
        let log = self.folder.join(format!("controller-{version}.log"));
        let mut server = Server::start(&format!("controller {version}"), &mut command, log)?;
        server.wait(LIMIT, || {
            let certificate = network::ask(CONTROLLER_PORT, "/v1/cert.pem", None)?;
            Ok(fs::write(self.certificate(), certificate)?)
        })?;
        self.controller = Some(Controller {
            version: version.to_owned(),
            server,
        });
        Ok(())
    }

    /// Stops the controller and forgets its keys, so that the next one starts with its own.
    pub(crate) fn stop_controller(&mut self) -> Result<()> {
        self.controller = None;
        self.kubectl(&[
            "delete",
            "secret",
            "-n",
            CONTROLLER_NAMESPACE,
            "-l",
            KEY_LABEL,
        ])
        .map(drop)
    }

    /// The certificate that the running controller serves.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("controller.pem")
    }

    /// The end of the running controller's log.
    pub(crate) fn controller_log(&self) -> String {
        self.controller
            .as_ref()
            .map(|controller| controller.server.last_words())
            .unwrap_or_default()
    }

    /// Makes the controller reachable under this Service and no other.
    pub(crate) fn expose(&self, exposure: Exposure) -> Result<()> {
        let mut exposed = self.exposed.borrow_mut();
        if *exposed == Some(exposure) {
            return Ok(());
        }
        if let Some(old) = exposed.take() {
            self.kubectl_reads(
                &["delete", "--ignore-not-found", "-f", "-"],
                &objects::exposure(old, ADDRESS),
            )?;
        }
        self.create(&objects::exposure(exposure, ADDRESS))?;
        *exposed = Some(exposure);
        drop(exposed);
        // The proxy goes by what the API server's caches say.
        let Exposure { service, port, .. } = exposure;
        let path = format!(
            "/api/v1/namespaces/{CONTROLLER_NAMESPACE}/services/http:{service}:{}/proxy/healthz",
            port.unwrap_or_default()
        );
        self.eventually("the proxy to the controller", || {
            Ok(self.kubectl(&["get", "--raw", &path]).ok().map(drop))
        })
    }

    /// What the running controller's version brings.
    pub(crate) fn running(&self) -> Result<&SealedSecrets> {
        let controller = self.controller.as_ref().context("no controller runs")?;
        self.sealed_secrets(&controller.version)
    }

    fn sealed_secrets(&self, version: &str) -> Result<&SealedSecrets> {
        let mut all = self.parts.sealed_secrets.iter();
        all.find(|sealed| sealed.version == version)
            .with_context(|| format!("no part has version {version}"))
    }

    /// Is the program under test a kubeseal, to try the tests themselves?
    pub(crate) fn tests_kubeseal(&self) -> bool {
        self.program
            .file_name()
            .is_some_and(|name| name == "kubeseal")
    }

    /// The kubeconfig of a user.
    pub(crate) fn kubeconfig(&self, user: User) -> PathBuf {
        users::kubeconfig(&self.folder, user)
    }

    /// Does the program under test have this flag?
    pub(crate) fn has_flag(&self, flag: &str) -> bool {
        let end = |rest: &str| {
            !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '-')
        };
        self.help
            .match_indices(flag)
            .any(|(at, _)| end(&self.help[at + flag.len()..]))
    }

    /// A new, empty folder.
    pub(crate) fn fresh(&self) -> Result<PathBuf> {
        let number = self.folders.get();
        self.folders.set(number + 1);
        let folder = self.folder.join(format!("case-{number}"));
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// A kubeconfig for every user, and what the controller finds where a Pod would.
    fn write_identities(&self) -> Result<()> {
        let authority = self.folder.join("api/apiserver.crt");
        users::write_kubeconfigs(&self.folder, &authority)?;
        let identity = self.folder.join("identity");
        fs::write(identity.join("token"), users::token(User::Admin))?;
        fs::write(identity.join("namespace"), CONTROLLER_NAMESPACE)?;
        symlink(authority, identity.join("ca.crt"))?;
        Ok(())
    }
}
