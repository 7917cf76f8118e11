//! Kubeconfig files: which ones are read, how several become one, and what a context selects.
//!
//! Owns finding, reading and merging, as kubectl does it (client-go, `tools/clientcmd`), and the
//! errors about files, contexts and names. What the selected cluster and user mean for a connection
//! is for [`super::connect`]. Nothing here is ever written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig, KubeconfigError as KubeError};
use zeroize::Zeroizing;

use super::{ConnectOptions, Environment};
use crate::connection::{file_error, printable};
use crate::encoding;

/// Why there is no kubeconfig to work with.
#[derive(Debug)]
#[non_exhaustive]
pub enum KubeconfigError {
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no kubeconfig. What is wrong with it is not shown: it may hold credentials.
    Parse {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1, where it is known.
        line: Option<u64>,
    },
    /// The asked or the current context is in no file.
    NoSuchContext {
        /// The context.
        name: String,
        /// The ones there are.
        known: Vec<String>,
    },
    /// The asked cluster is in no file.
    NoSuchCluster {
        /// The cluster.
        name: String,
        /// The ones there are.
        known: Vec<String>,
    },
    /// The asked user is in no file.
    NoSuchUser {
        /// The user.
        name: String,
        /// The ones there are.
        known: Vec<String>,
    },
    /// There are contexts, but none is selected.
    NoCurrentContext {
        /// The contexts.
        known: Vec<String>,
    },
    /// No file names a cluster, and this is no pod.
    NoConfiguration {
        /// The files that were looked for.
        looked: Vec<PathBuf>,
    },
}

impl fmt::Display for KubeconfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first words are kubectl's, so that who searches for them finds the usual advice.
        let file = |path: &Path| format!("error loading config file \"{}\"", path.display());
        match self {
            Self::Read { path, source } => write!(f, "{}: {}", file(path), file_error(source)),
            Self::Parse { path, line } => match line {
                Some(line) => write!(f, "{}: line {line}: this is no kubeconfig", file(path)),
                None => write!(f, "{}: this is no kubeconfig", file(path)),
            },
            Self::NoSuchContext { name, .. } => write!(f, "context \"{name}\" does not exist"),
            Self::NoSuchCluster { name, .. } => write!(f, "cluster \"{name}\" does not exist"),
            Self::NoSuchUser { name, .. } => write!(f, "user \"{name}\" does not exist"),
            Self::NoCurrentContext { .. } => {
                f.write_str("the kubeconfig has no current-context, and none was asked for")
            }
            Self::NoConfiguration { looked } => {
                f.write_str("invalid configuration: no configuration has been provided: ")?;
                if looked.is_empty() {
                    f.write_str("KUBECONFIG is not set and there is no home directory")
                } else {
                    write!(
                        f,
                        "no cluster in {}",
                        list(looked.iter().map(|p| p.display()))
                    )
                }
            }
        }
    }
}

impl std::error::Error for KubeconfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl KubeconfigError {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let known = |what: &str, flag: &str, known: &[String]| {
            Some(if known.is_empty() {
                format!("the kubeconfig has no {what}; is KUBECONFIG or --kubeconfig right?")
            } else {
                format!("choose with {flag}: {}", list(known))
            })
        };
        match self {
            Self::Read { .. } => {
                Some("name the right file with --kubeconfig or KUBECONFIG".to_owned())
            }
            Self::Parse { path, .. } => Some(format!(
                "\"kubectl config view --kubeconfig {}\" says what is wrong with it",
                path.display()
            )),
            Self::NoSuchContext { known: names, .. } => known("contexts", "--context", names),
            Self::NoSuchCluster { known: names, .. } => known("clusters", "--cluster", names),
            Self::NoSuchUser { known: names, .. } => known("users", "--user", names),
            Self::NoCurrentContext { known: names } => known("contexts", "--context", names),
            Self::NoConfiguration { .. } => Some(
                "name a kubeconfig with --kubeconfig or KUBECONFIG, or seal offline with --cert"
                    .to_owned(),
            ),
        }
    }
}

/// Names for a message: enough to choose from, not a screen full.
fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 8;
    let all: Vec<String> = items
        .into_iter()
        .map(|i| printable(&i.to_string()))
        .collect();
    match all.get(..MOST) {
        Some(first) if all.len() > MOST => {
            format!("{} and {} more", first.join(", "), all.len() - MOST)
        }
        _ => all.join(", "),
    }
}

/// The kubeconfig files as one.
#[derive(Debug, Default)]
pub(super) struct Files {
    config: Kubeconfig,
    looked: Vec<PathBuf>,
}

/// What a kubeconfig and the options name, not yet looked at.
#[derive(Debug)]
pub(super) struct Named<T> {
    pub(super) name: String,
    pub(super) value: T,
}

impl Files {
    /// Reads the files that count: the one that was asked for, which must exist; else those of
    /// `KUBECONFIG`, of which any may be missing; else the one in the home directory.
    pub(super) fn load(
        options: &ConnectOptions,
        environment: &Environment,
    ) -> Result<Self, KubeconfigError> {
        if let Some(path) = given(options.kubeconfig.as_ref(), |p| p.as_os_str().is_empty()) {
            let config = read(path)?.ok_or_else(|| KubeconfigError::Read {
                path: path.clone(),
                source: io::ErrorKind::NotFound.into(),
            })?;
            return Ok(Self {
                config,
                looked: vec![path.clone()],
            });
        }
        let mut files = Self {
            looked: environment.kubeconfig_paths(),
            ..Self::default()
        };
        for path in &files.looked {
            if let Some(config) = read(path)? {
                merge(&mut files.config, config);
            }
        }
        Ok(files)
    }

    /// The context that was asked for or is the current one. None when nothing says which: a
    /// connection can still be described by flags alone.
    pub(super) fn context(
        &self,
        options: &ConnectOptions,
    ) -> Result<Option<Named<Context>>, KubeconfigError> {
        let asked = given(options.context.as_ref(), String::is_empty);
        let Some(name) = asked.or(self.config.current_context.as_ref()) else {
            return Ok(None);
        };
        let found = self.config.contexts.iter().find(|c| c.name == *name);
        match found {
            Some(found) => Ok(Some(Named {
                name: name.clone(),
                value: found.context.clone().unwrap_or_default(),
            })),
            None => Err(KubeconfigError::NoSuchContext {
                name: printable(name),
                known: self.contexts(),
            }),
        }
    }

    /// The cluster that was asked for or that the context names. A context may name one that does
    /// not exist, which counts as one that says nothing.
    pub(super) fn cluster(
        &self,
        options: &ConnectOptions,
        context: Option<&Named<Context>>,
    ) -> Result<Option<Named<Cluster>>, KubeconfigError> {
        let asked = given(options.cluster.as_ref(), String::is_empty);
        let Some(name) = asked.or(context.map(|c| &c.value.cluster)) else {
            return Ok(None);
        };
        let found = self.config.clusters.iter().find(|c| c.name == *name);
        match (found, asked) {
            (None, Some(_)) => Err(KubeconfigError::NoSuchCluster {
                name: printable(name),
                known: self
                    .config
                    .clusters
                    .iter()
                    .map(|c| c.name.clone())
                    .collect(),
            }),
            (None, None) => Ok(None),
            (Some(found), _) => Ok(Some(Named {
                name: name.clone(),
                value: found.cluster.clone().unwrap_or_default(),
            })),
        }
    }

    /// The user that was asked for or that the context names, by the same rule.
    pub(super) fn user(
        &self,
        options: &ConnectOptions,
        context: Option<&Named<Context>>,
    ) -> Result<Option<Named<AuthInfo>>, KubeconfigError> {
        let asked = given(options.user.as_ref(), String::is_empty);
        let Some(name) = asked.or(context.and_then(|c| c.value.user.as_ref())) else {
            return Ok(None);
        };
        let found = self.config.auth_infos.iter().find(|u| u.name == *name);
        match (found, asked) {
            (None, Some(_)) => Err(KubeconfigError::NoSuchUser {
                name: printable(name),
                known: self
                    .config
                    .auth_infos
                    .iter()
                    .map(|u| u.name.clone())
                    .collect(),
            }),
            (None, None) => Ok(None),
            (Some(found), _) => Ok(Some(Named {
                name: name.clone(),
                value: found.auth_info.clone().unwrap_or_default(),
            })),
        }
    }

    /// Why these files lead nowhere.
    pub(super) fn leads_nowhere(self) -> KubeconfigError {
        match self.contexts() {
            known if known.is_empty() || self.config.current_context.is_some() => {
                KubeconfigError::NoConfiguration {
                    looked: self.looked,
                }
            }
            known => KubeconfigError::NoCurrentContext { known },
        }
    }

    fn contexts(&self) -> Vec<String> {
        self.config
            .contexts
            .iter()
            .map(|c| c.name.clone())
            .collect()
    }
}

/// A flag that was given; client-go takes an empty one for one that was not.
pub(super) fn given<T>(value: Option<&T>, is_empty: impl Fn(&T) -> bool) -> Option<&T> {
    value.filter(|value| !is_empty(value))
}

/// Reads one file, with its relative paths made absolute; None when there is no such file.
fn read(path: &Path) -> Result<Option<Kubeconfig>, KubeconfigError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(KubeconfigError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    let parse = |line: Option<u64>| KubeconfigError::Parse {
        path: path.to_owned(),
        line: line.filter(|line| *line > 0),
    };
    // Not by kube (5.0), which panics where UTF-16 ends with half a character.
    let text = encoding::text(&bytes).map_err(|error| parse(u64::try_from(error.line).ok()))?;
    let mut config = Kubeconfig::from_yaml(&text).map_err(|error| match error {
        KubeError::Parse(error) => parse(error.location().map(|location| location.line())),
        _ => parse(None),
    })?;
    // An empty current-context says nothing, and must not hide that of a later file.
    config.current_context = config.current_context.filter(|name| !name.is_empty());
    if let Some(folder) = path.parent() {
        make_absolute(&mut config, folder);
    }
    Ok(Some(config))
}

/// Relative paths are those from the folder of the kubeconfig; a plugin without a separator in its
/// name is none, but looked for in `PATH` (client-go, `clientcmd/loader.go`).
fn make_absolute(config: &mut Kubeconfig, folder: &Path) {
    let absolute = |path: &mut Option<String>| {
        if let Some(path) = path
            && Path::new(path.as_str()).is_relative()
            && let Some(joined) = folder.join(path.as_str()).to_str()
        {
            *path = joined.to_owned();
        }
    };
    for named in &mut config.clusters {
        if let Some(cluster) = &mut named.cluster {
            absolute(&mut cluster.certificate_authority);
        }
    }
    for named in &mut config.auth_infos {
        let Some(user) = &mut named.auth_info else {
            continue;
        };
        absolute(&mut user.client_certificate);
        absolute(&mut user.client_key);
        absolute(&mut user.token_file);
        if let Some(plugin) = &mut user.exec
            && let Some(command) = &plugin.command
            && command.contains(std::path::MAIN_SEPARATOR)
        {
            absolute(&mut plugin.command);
        }
    }
}

/// The first file that has a name, or a current-context, wins.
fn merge(into: &mut Kubeconfig, next: Kubeconfig) {
    let Kubeconfig {
        clusters,
        auth_infos,
        contexts,
        current_context,
        ..
    } = next;
    append(&mut into.clusters, clusters, |c| &c.name);
    append(&mut into.auth_infos, auth_infos, |u| &u.name);
    append(&mut into.contexts, contexts, |c| &c.name);
    if into.current_context.is_none() {
        into.current_context = current_context;
    }
}

fn append<T>(into: &mut Vec<T>, next: Vec<T>, name: impl Fn(&T) -> &String) {
    for item in next {
        if into.iter().all(|known| name(known) != name(&item)) {
            into.push(item);
        }
    }
}
