//! Where objects name Secrets.
//!
//! Owns the fields of each kind (upstream: `k8s.io/api/core/v1/types.go`, `networking/v1/types.go`;
//! Istio's and the Gateway API's `Gateway`).

use super::super::annotation::Metadata;
use super::super::object::{Fields, text};
use crate::yaml::Node;

/// A field that names a Secret.
pub(super) struct Site<'t> {
    /// The name.
    pub(super) node: Node<'t>,
    /// The way to it from the object.
    pub(super) path: String,
    /// The items of the Secret that are asked for there.
    pub(super) keys: Vec<Node<'t>>,
    /// The namespace of the Secret.
    pub(super) namespace: Namespace<'t>,
}

/// In which namespace a Secret is looked for.
#[derive(Clone, Copy)]
pub(super) enum Namespace<'t> {
    /// In that of the object.
    Own,
    /// In one that the field says.
    Said(Node<'t>),
    /// In that of something else.
    Unknown,
}

/// A way to the mapping with a name, the key of the name, and the key of an item beside it.
type Way = (&'static str, &'static str, Option<&'static str>);

const OF_PODS: [Way; 9] = [
    ("imagePullSecrets/*", "name", None),
    ("containers/*/envFrom/*/secretRef", "name", None),
    ("initContainers/*/envFrom/*/secretRef", "name", None),
    ("ephemeralContainers/*/envFrom/*/secretRef", "name", None),
    (
        "containers/*/env/*/valueFrom/secretKeyRef",
        "name",
        Some("key"),
    ),
    (
        "initContainers/*/env/*/valueFrom/secretKeyRef",
        "name",
        Some("key"),
    ),
    (
        "ephemeralContainers/*/env/*/valueFrom/secretKeyRef",
        "name",
        Some("key"),
    ),
    ("volumes/*/secret", "secretName", Some("items/*/key")),
    (
        "volumes/*/projected/sources/*/secret",
        "name",
        Some("items/*/key"),
    ),
];

/// Every field of an object that names a Secret; none for a kind without such fields.
pub(super) fn of<'t>(kind: &str, group: &str, root: Node<'t>) -> Option<Vec<Site<'t>>> {
    let pods = |spec: &str| {
        let start = if spec.is_empty() {
            vec![(root, String::new())]
        } else {
            follow(root, spec)
        };
        let mut sites = Vec::new();
        for (node, start) in start {
            for way in OF_PODS {
                sites.extend(along(node, &start, way));
            }
        }
        Some(sites)
    };
    match (group, kind) {
        ("", "Pod") => pods("spec"),
        ("", "ServiceAccount") => Some(along(root, "", OF_PODS[0]).collect()),
        ("", "ReplicationController")
        | ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => pods("spec/template/spec"),
        ("batch", "CronJob") => pods("spec/jobTemplate/spec/template/spec"),
        ("networking.k8s.io" | "extensions", "Ingress") => {
            Some(along(root, "", ("spec/tls/*", "secretName", None)).collect())
        }
        ("networking.istio.io", "Gateway") => {
            let way = ("spec/servers/*/tls", "credentialName", None);
            let sites = along(root, "", way).map(|site| Site {
                // It is looked for beside the pods of the gateway.
                namespace: Namespace::Unknown,
                ..site
            });
            Some(sites.collect())
        }
        ("gateway.networking.k8s.io", "Gateway") => {
            let way = ("spec/listeners/*/tls/certificateRefs/*", "name", None);
            Some(along(root, "", way).collect())
        }
        _ => None,
    }
}

/// Whether the object has its Secrets made, by cert-manager and its like.
pub(super) fn are_made(root: &Fields<'_>) -> bool {
    const MAKERS: [&str; 4] = ["cert-manager", "certmanager", "acme", "cert.gardener"];
    Metadata::of(root).has_annotation(|name| MAKERS.iter().any(|maker| name.contains(maker)))
        || Metadata::of(root).has_label(|name| MAKERS.iter().any(|maker| name.contains(maker)))
}

/// The names at the end of a way.
fn along<'t>(root: Node<'t>, start: &str, (way, name, key): Way) -> impl Iterator<Item = Site<'t>> {
    let found = follow(root, way);
    found.into_iter().filter_map(move |(node, path)| {
        let fields = Fields::within(node);
        let other_kind = fields.text("kind").is_some_and(|kind| kind != "Secret");
        let other_group = fields.text("group").is_some_and(|group| !group.is_empty());
        if other_kind || other_group || fields.any_is("optional", "true") {
            return None;
        }
        let keys = key.map_or_else(Vec::new, |key| follow(node, key));
        Some(Site {
            node: fields.get(name)?,
            path: format!("{start}{path}/{name}"),
            keys: keys.into_iter().map(|(node, _)| node).collect(),
            namespace: fields
                .get("namespace")
                .filter(|node| text(*node).is_some())
                .map_or(Namespace::Own, Namespace::Said),
        })
    })
}

/// The nodes at the end of a way, `*` being every element, each with the way as it was gone.
fn follow<'t>(root: Node<'t>, way: &str) -> Vec<(Node<'t>, String)> {
    let mut found = vec![(root, String::new())];
    for step in way.split('/') {
        let next = found.into_iter().flat_map(|(node, path)| {
            if step == "*" {
                let elements = node.elements().unwrap_or_default();
                let elements = elements.into_iter().enumerate();
                elements
                    .map(|(index, node)| (node, format!("{path}/{index}")))
                    .collect()
            } else {
                let field = Fields::within(node).get(step);
                Vec::from_iter(field.map(|node| (node, format!("{path}/{step}"))))
            }
        });
        found = next.collect();
    }
    found
}
