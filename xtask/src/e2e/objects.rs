//! The Kubernetes objects of a run, as JSON: what makes a controller reachable through the API server, who may
//! do what, and the Secrets that cases seal. Pure data; nothing here talks to a server.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The namespace of the controllers.
pub(crate) const CONTROLLER_NAMESPACE: &str = "kube-system";
/// Where the controllers listen.
pub(crate) const CONTROLLER_PORT: u16 = 8080;

const POD: &str = "sealed-secrets-pod";

/// What a Secret holds.
pub(crate) type Values = BTreeMap<String, Vec<u8>>;

/// How a controller is found: its Service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exposure {
    pub(crate) service: &'static str,
    /// Helm names its port `http`, the plain manifests do not name theirs.
    pub(crate) port: Option<&'static str>,
    /// With Helm's label, which Helm puts on the Service of the metrics too.
    pub(crate) labelled: bool,
}

/// A List of the Services and of the Endpoints that the API server's proxy goes by.
pub(crate) fn exposure(exposure: Exposure, address: &str) -> Value {
    let labels = if exposure.labelled {
        json!({"app.kubernetes.io/name": "sealed-secrets"})
    } else {
        json!({})
    };
    let mut items = reachable(
        exposure.service,
        CONTROLLER_PORT,
        exposure.port,
        &labels,
        address,
    );
    if exposure.labelled {
        let name = format!("{}-metrics", exposure.service);
        items.extend(reachable(
            &name,
            CONTROLLER_PORT + 1,
            Some("metrics"),
            &labels,
            address,
        ));
    }
    list(&items)
}

fn reachable(
    name: &str,
    port: u16,
    port_name: Option<&str>,
    labels: &Value,
    address: &str,
) -> Vec<Value> {
    let metadata = json!({"name": name, "namespace": CONTROLLER_NAMESPACE, "labels": labels});
    let mut door = json!({"port": port, "protocol": "TCP"});
    if let Some(port_name) = port_name {
        door["name"] = json!(port_name);
    }
    // Without the targetRef the proxy answers that there are no endpoints.
    let pod = json!({"kind": "Pod", "name": POD, "namespace": CONTROLLER_NAMESPACE});
    vec![
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [door]}}),
        json!({
            "apiVersion": "v1", "kind": "Endpoints", "metadata": metadata,
            "subsets": [{"addresses": [{"ip": address, "targetRef": pod}], "ports": [door]}],
        }),
    ]
}

/// The Pod that the controller would run in.
pub(crate) fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": POD, "namespace": CONTROLLER_NAMESPACE},
        "spec": {"nodeName": "node1", "containers": [{"name": "controller", "image": "none"}]},
    })
}

/// The name of that Pod and the status that makes it count.
pub(crate) fn pod_status(address: &str) -> (&'static str, Value) {
    (
        POD,
        json!({"status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}),
    )
}

/// A Role in the controllers' namespace and its binding to a user.
pub(crate) fn role(user: &str, rules: &Value) -> Value {
    let metadata = json!({"name": user, "namespace": CONTROLLER_NAMESPACE});
    let api = "rbac.authorization.k8s.io";
    let version = format!("{api}/v1");
    list(&[
        json!({"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": rules}),
        json!({
            "apiVersion": version, "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": user},
            "subjects": [{"apiGroup": api, "kind": "User", "name": user}],
        }),
    ])
}

/// A Secret with these values.
pub(crate) fn secret(namespace: &str, name: &str, values: &Values) -> Value {
    let data: BTreeMap<&String, String> = values
        .iter()
        .map(|(key, value)| (key, STANDARD.encode(value)))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "Opaque", "data": data,
    })
}

/// The values of a Secret in JSON. `null` is an empty one.
pub(crate) fn values(secret: &Value) -> Result<Values> {
    let mut values = BTreeMap::new();
    for (key, value) in secret["data"].as_object().into_iter().flatten() {
        let bytes = STANDARD
            .decode(value.as_str().unwrap_or_default())
            .with_context(|| format!("data.{key}"))?;
        values.insert(key.clone(), bytes);
    }
    Ok(values)
}

/// A kubeconfig for one user of one server.
pub(crate) fn kubeconfig(server: &str, authority: &str, token: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "parts",
        "clusters": [{"name": "parts", "cluster": {"server": server, "certificate-authority": authority}}],
        "users": [{"name": "parts", "user": {"token": token}}],
        "contexts": [{"name": "parts", "context": {"cluster": "parts", "user": "parts"}}],
    })
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}
