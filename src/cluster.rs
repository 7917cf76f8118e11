//! The certificate from the cluster, and the namespace that a kubeconfig stands for.
//!
//! Owns everything that goes through a Kubernetes API server, and kube and tokio with it. A caller
//! who has a certificate at hand does not come here, except to [`namespace`], which reads files and
//! nothing else.
//!
//! ```text
//! options      kubectl's flags
//! kubeconfig   files -> one kubeconfig -> what a context selects
//! connect      flags over kubeconfig over pod -> a connection, described
//! credential   who we are; plugin runs the program that a kubeconfig may name for that
//! request      one client, bounded answers, transport errors in our words
//! discover     the controller's Service and port
//! proxy        the controller behind it
//! context      the namespace
//! ```
//!
//! Nobody is ever asked anything, no kubeconfig is ever written, and everything together takes ten
//! seconds at most, or what `--request-timeout` says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use context::namespace;
pub use credential::CredentialProblem;
pub use discover::Tried;
pub use error::{AnswerProblem, ClusterError, ClusterProblem};
pub use kubeconfig::KubeconfigError;
pub use options::ConnectOptions;
pub use plugin::PluginError;

use crate::connection::Proxies;
use discover::Found;
use request::Api;

mod connect;
mod context;
mod credential;
mod discover;
mod error;
mod kubeconfig;
mod options;
mod plugin;
mod proxy;
mod request;

/// The controller that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// The name of its Service, when it was given: then no other one is looked for.
    pub name: Option<String>,
    /// Its namespace.
    pub namespace: String,
}

/// What the environment says. It is read once, at the door, and handed down.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `KUBECONFIG`: a list of files.
    pub kubeconfig: Option<OsString>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// `KUBERNETES_SERVICE_HOST`: set in a pod.
    pub service_host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`: set in a pod.
    pub service_port: Option<String>,
    /// `POD_NAMESPACE`: may be set in a pod.
    pub pod_namespace: Option<String>,
    /// The folder that a pod finds its service account in.
    pub service_account: PathBuf,
    /// The proxy variables.
    pub proxies: Proxies,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn from_process() -> Self {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG"),
            home: std::env::home_dir(),
            service_host: text("KUBERNETES_SERVICE_HOST"),
            service_port: text("KUBERNETES_SERVICE_PORT"),
            pod_namespace: text("POD_NAMESPACE"),
            service_account: PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount"),
            proxies: Proxies::from_process(),
        }
    }

    /// The files that kubectl would read.
    fn kubeconfig_paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for path in self.kubeconfig.iter().flat_map(std::env::split_paths) {
            if !path.as_os_str().is_empty() && !paths.contains(&path) {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            paths.extend(self.home.as_ref().map(|home| home.join(".kube/config")));
        }
        paths
    }

    /// The pod that we run in, by client-go's signs of one.
    fn pod(&self) -> Option<Pod<'_>> {
        let pod = Pod {
            host: self.service_host.as_deref()?,
            port: self.service_port.as_deref()?,
            namespace: self.pod_namespace.as_deref(),
            folder: &self.service_account,
        };
        pod.token().is_file().then_some(pod)
    }
}

/// The pod that we run in.
struct Pod<'a> {
    host: &'a str,
    port: &'a str,
    namespace: Option<&'a str>,
    folder: &'a Path,
}

impl Pod<'_> {
    fn server(&self) -> String {
        if self.host.contains(':') {
            format!("https://[{}]:{}", self.host, self.port)
        } else {
            format!("https://{}:{}", self.host, self.port)
        }
    }

    fn token(&self) -> PathBuf {
        self.folder.join("token")
    }

    fn authority(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    fn namespace(&self) -> String {
        let from_file = || std::fs::read_to_string(self.folder.join("namespace")).ok();
        let namespace = self.namespace.map(str::to_owned).or_else(from_file);
        match namespace.as_deref().map(str::trim) {
            None | Some("") => "default".to_owned(),
            Some(namespace) => namespace.to_owned(),
        }
    }
}

/// Fetches the controller's newest certificate, in PEM, through the API server.
///
/// Blocks for ten seconds at most, or for as long as [`ConnectOptions::request_timeout`] says; with
/// a credential plugin, a name that nobody resolves or a server that never answers, too. It makes a
/// runtime of its own, so it must not be called from within one.
///
/// # Errors
/// [`ClusterError`], which names what was tried and has the next step in its hint.
pub fn fetch_certificate(
    options: &ConnectOptions,
    environment: &Environment,
    controller: &Controller,
) -> Result<Vec<u8>, ClusterError> {
    let deadline = options.deadline()?;
    let endpoint = connect::endpoint(options, environment, deadline)?;
    let server = endpoint.server.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ClusterError::System)?;
    let work = async {
        let api = Api::new(endpoint, deadline)?;
        match discover::find(&api, controller).await? {
            Found::At(target) => proxy::certificate(&api, &target).await,
            Found::With(certificate) => Ok(certificate),
        }
    };
    let certificate = runtime.block_on(async {
        match tokio::time::timeout(deadline.left(), work).await {
            Ok(done) => done,
            Err(_) => Err(ClusterError::TimedOut {
                server,
                limit: deadline.limit(),
            }),
        }
    });
    // A name that is still being looked up would keep the runtime from ending.
    runtime.shutdown_background();
    certificate
}
