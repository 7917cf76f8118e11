//! Where the controller is: its Service and the port that answers.
//!
//! Owns the search, which stays in the namespace that was asked for and, for a name that was given,
//! with that name: a Service found elsewhere could be anybody's, and would get everybody's secrets.

use std::fmt;

use http::StatusCode;
use serde_json::Value;

use super::Controller;
use super::error::{AnswerProblem, ClusterError};
use super::proxy::{self, Target};
use super::request::{Answer, Api};
use crate::connection::printable;

/// The names that Services have: in the plain manifests, and in a Helm release called as the chart.
const NAMES: [&str; 2] = ["sealed-secrets-controller", "sealed-secrets"];

/// The label that the Helm chart puts on its Services, whatever they are called.
pub(super) const LABEL: &str = "app.kubernetes.io/name=sealed-secrets";

/// Something that was tried, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What: `service "x"`, `proxy "http:x:"`.
    pub what: String,
    /// The answer in a word or two.
    pub answer: &'static str,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.answer)
    }
}

/// Everything that was tried.
#[derive(Default)]
struct Attempts {
    all: Vec<Tried>,
    refusal: Option<String>,
}

impl Attempts {
    fn missed(&mut self, what: String, answer: &'static str) {
        self.all.push(Tried { what, answer });
    }

    fn refused(&mut self, what: String, message: Option<String>) {
        self.missed(what, "forbidden");
        self.refusal = self.refusal.take().or(message);
    }
}

/// Where the controller is.
pub(super) enum Found {
    /// Behind this Service and port.
    At(Target),
    /// There too, and finding out has already brought the certificate.
    With(Vec<u8>),
}

/// Finds the controller.
pub(super) async fn find(api: &Api, controller: &Controller) -> Result<Found, ClusterError> {
    let namespace = &controller.namespace;
    check(namespace, "namespace")?;
    let mut tried = Attempts::default();
    let named = controller.name.as_deref();
    let names = named.map_or(NAMES.to_vec(), |name| vec![name]);
    for name in names {
        check(name, "service")?;
        if let Some(found) = by_name(api, namespace, name, &mut tried).await? {
            return Ok(found);
        }
    }
    if named.is_none()
        && let Some(target) = by_label(api, namespace, &mut tried).await?
    {
        return Ok(Found::At(target));
    }
    Err(ClusterError::NotFound {
        namespace: namespace.clone(),
        named: named.is_some(),
        tried: tried.all,
        refusal: tried.refusal,
    })
}

async fn by_name(
    api: &Api,
    namespace: &str,
    name: &str,
    tried: &mut Attempts,
) -> Result<Option<Found>, ClusterError> {
    let path = format!("/api/v1/namespaces/{namespace}/services/{name}");
    let answer = api.get(&path, "application/json").await?;
    let failed = |answer: &Answer| unusable(api, namespace, name, answer);
    match answer.status {
        StatusCode::OK => {
            let service = json(&answer).ok_or_else(|| failed(&answer))?;
            port(&service, namespace, name).map(|target| Some(Found::At(target)))
        }
        StatusCode::NOT_FOUND if answer.message().is_some() => {
            tried.missed(format!("service \"{name}\""), "not found");
            Ok(None)
        }
        StatusCode::FORBIDDEN => {
            tried.refused(format!("service \"{name}\""), answer.message());
            through_the_proxy(api, namespace, name, tried).await
        }
        _ => Err(failed(&answer)),
    }
}

/// Tries the two proxy names that the controller's role allows everybody, for whom may not read the
/// Service. A wrong port name is answered as if nothing ran there.
async fn through_the_proxy(
    api: &Api,
    namespace: &str,
    name: &str,
    tried: &mut Attempts,
) -> Result<Option<Found>, ClusterError> {
    let mut down = None;
    for port in ["", "http"] {
        let target = Target::new(namespace, name, port);
        let error = match proxy::certificate(api, &target).await {
            Ok(certificate) => return Ok(Some(Found::With(certificate))),
            Err(error) => error,
        };
        let what = format!("proxy \"{}\"", target.service());
        let ClusterError::Answer { problem, .. } = &error else {
            return Err(error);
        };
        match problem {
            AnswerProblem::Forbidden { message } => tried.refused(what, Some(message.clone())),
            AnswerProblem::Status { status, .. } if status.starts_with("404") => {
                tried.missed(what, "not found");
            }
            AnswerProblem::NoEndpoints { .. } => down = Some(error),
            _ => return Err(error),
        }
    }
    // The Service is there: looking for another one would only hide that nothing runs behind it.
    down.map_or(Ok(None), Err)
}

async fn by_label(
    api: &Api,
    namespace: &str,
    tried: &mut Attempts,
) -> Result<Option<Target>, ClusterError> {
    let path = format!(
        "/api/v1/namespaces/{namespace}/services?labelSelector=app.kubernetes.io%2Fname%3Dsealed-secrets"
    );
    let answer = api.get(&path, "application/json").await?;
    let what = format!("services with the label {LABEL}");
    let list = match answer.status {
        StatusCode::OK => json(&answer),
        StatusCode::FORBIDDEN => {
            tried.refused(what, answer.message());
            return Ok(None);
        }
        _ => None,
    };
    let list = list.ok_or_else(|| unusable(api, namespace, LABEL, &answer))?;
    let services = list.get("items").and_then(Value::as_array);
    let mut found: Vec<(&str, &Value)> = services
        .into_iter()
        .flatten()
        .filter_map(|service| Some((service.pointer("/metadata/name")?.as_str()?, service)))
        .filter(|(name, _)| !name.ends_with("-metrics") && is_name(name))
        .collect();
    found.sort_by_key(|(name, _)| *name);
    match found.as_slice() {
        [] => {
            tried.missed(what, "not found");
            Ok(None)
        }
        [(name, service)] => port(service, namespace, name).map(Some),
        more => Err(ClusterError::Ambiguous {
            namespace: namespace.to_owned(),
            names: more.iter().map(|(name, _)| (*name).to_owned()).collect(),
        }),
    }
}

/// The port that answers requests: the one named `http`, as the chart has it; else the unnamed one
/// of the plain manifests; else the first that is not for metrics.
fn port(service: &Value, namespace: &str, name: &str) -> Result<Target, ClusterError> {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array);
    let names: Vec<&str> = ports
        .into_iter()
        .flatten()
        .map(|port| port.get("name").and_then(Value::as_str).unwrap_or_default())
        .collect();
    let chosen = names
        .iter()
        .find(|port| **port == "http")
        .or_else(|| names.iter().find(|port| port.is_empty()))
        .or_else(|| names.iter().find(|port| !port.contains("metrics")))
        .filter(|port| port.is_empty() || is_name(port));
    match chosen {
        Some(port) => Ok(Target::new(namespace, name, port)),
        None => Err(ClusterError::NoPort {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }),
    }
}

/// What an answer means that is neither the Service nor the usual refusal.
fn unusable(api: &Api, namespace: &str, name: &str, answer: &Answer) -> ClusterError {
    match answer.message() {
        Some(message) => ClusterError::Service {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            answer: if message.is_empty() {
                answer.status.to_string()
            } else {
                message
            },
        },
        None => ClusterError::NotApiServer {
            server: api.server().to_owned(),
            answer: answer.status.to_string(),
        },
    }
}

/// The object that the API server answered with.
fn json(answer: &Answer) -> Option<Value> {
    let value: Value = serde_json::from_slice(answer.body.as_deref()?).ok()?;
    value.is_object().then_some(value)
}

/// Refuses what would change the path of a request.
fn check(name: &str, what: &'static str) -> Result<(), ClusterError> {
    if is_name(name) {
        Ok(())
    } else {
        Err(ClusterError::Name {
            what,
            name: printable(name),
        })
    }
}

/// Whether Kubernetes allows the name for a Service, a namespace or a port: an RFC 1123 label.
fn is_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.len() <= 63
        && name.bytes().all(inner)
        && !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{is_name, port};

    fn chosen(ports: &Value) -> String {
        let service = json!({"spec": {"ports": ports}});
        match port(&service, "ns", "s") {
            Ok(target) => target.service(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_port_that_answers_is_chosen() {
        let none = "cannot get sealed secret service: service \"s\" in namespace \"ns\" has no port for requests";
        assert_eq!(chosen(&json!([{"port": 8080}])), "http:s:");
        assert_eq!(chosen(&json!([{"name": "", "port": 8080}])), "http:s:");
        assert_eq!(
            chosen(&json!([{"name": "metrics"}, {"name": "http"}])),
            "http:s:http"
        );
        assert_eq!(
            chosen(&json!([{"name": "web"}, {}, {"name": "http"}])),
            "http:s:http"
        );
        assert_eq!(chosen(&json!([{"name": "web"}, {}])), "http:s:");
        assert_eq!(
            chosen(&json!([{"name": "http-metrics"}, {"name": "web"}])),
            "http:s:web"
        );
        assert_eq!(chosen(&json!([{"name": "metrics"}])), none);
        assert_eq!(chosen(&json!([])), none);
        assert_eq!(chosen(&Value::Null), none);
        assert_eq!(chosen(&json!([{"name": "a/b"}])), none);
    }

    #[test]
    fn names_cannot_change_a_path() {
        for good in ["a", "sealed-secrets", "1", &"a".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "",
            "a/b",
            "a b",
            "..",
            "a%2f",
            "A",
            "-a",
            "a-",
            "a.b",
            "a?b",
            &"a".repeat(64),
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
