//! The namespace that a kubeconfig stands for.
//!
//! Owns the rule by which kubeseal fills in a namespace that nobody gave. It reads files only: no
//! socket, no runtime, no thread; and of the files only what names the namespace, so that a CA or
//! a key that is missing here does not keep anybody from sealing offline.

use super::connect::merged_cluster;
use super::kubeconfig::{Files, KubeconfigError};
use super::{ConnectOptions, Environment};

/// The namespace of a usable kubeconfig that names none.
const DEFAULT: &str = "default";

/// The namespace that a document gets which has none, when no flag gives one either: that of the
/// selected context; in a pod the pod's; `default` when there is a cluster at all; else None.
///
/// # Errors
/// [`KubeconfigError`] when a file cannot be read or is no kubeconfig, or when the context or the
/// cluster that was asked for is in none.
pub fn namespace(
    options: &ConnectOptions,
    environment: &Environment,
) -> Result<Option<String>, KubeconfigError> {
    let files = Files::load(options, environment)?;
    let context = files.context(options)?;
    if let Some(context) = &context
        && let Some(namespace) = &context.value.namespace
        && !namespace.is_empty()
    {
        return Ok(Some(namespace.clone()));
    }
    // client-go lets the pod's namespace win over a default that is only implied.
    if let Some(pod) = environment.pod() {
        return Ok(Some(pod.namespace()));
    }
    let cluster = merged_cluster(options, files.cluster(options, context.as_ref())?);
    let usable = cluster
        .value
        .server
        .is_some_and(|server| !server.is_empty());
    Ok(usable.then(|| DEFAULT.to_owned()))
}
