//! Why there is no certificate from the cluster.
//!
//! Owns the words. Every message names what was asked, where, and why it failed, in one line; what
//! to do about it is the hint. Of what servers answer, only the `message` of a Kubernetes Status
//! and the first line of a plain text are repeated, in one line without control characters.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::credential::CredentialProblem;
use super::discover::Tried;
use super::kubeconfig::KubeconfigError;
use crate::connection::{BODY_LIMIT, BadProxy, Failure, Seconds, file_error};

/// Why there is no certificate from the cluster.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClusterError {
    /// There is no kubeconfig that leads to a cluster.
    Kubeconfig(KubeconfigError),
    /// What is said about the cluster cannot be used.
    Cluster {
        /// The cluster; empty when the flags alone describe it.
        name: String,
        /// What is wrong.
        problem: ClusterProblem,
    },
    /// What is said about the user cannot be used.
    Credential {
        /// The user; empty when the flags alone describe it.
        user: String,
        /// What is wrong.
        problem: CredentialProblem,
    },
    /// `--request-timeout` is no time limit.
    RequestTimeout {
        /// The value.
        value: String,
    },
    /// A proxy variable names no proxy.
    Proxy(BadProxy),
    /// A name cannot be one of a Service or a namespace.
    Name {
        /// What it should name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// There is no connection.
    Unreachable {
        /// The API server.
        server: String,
        /// The proxy that was used.
        proxy: Option<String>,
        /// Why.
        failure: Failure,
    },
    /// The connection broke before the answer was complete.
    Broken {
        /// The API server.
        server: String,
        /// Why.
        failure: Failure,
    },
    /// There was no answer in time.
    TimedOut {
        /// The API server.
        server: String,
        /// The time that everything may take.
        limit: Duration,
    },
    /// The server does not know us.
    Unauthorized {
        /// The API server.
        server: String,
        /// Who asked.
        who: String,
    },
    /// What answers is no API server.
    NotApiServer {
        /// The server.
        server: String,
        /// Its answer in a few words.
        answer: String,
    },
    /// The controller's Service was not found, or not shown to us.
    NotFound {
        /// The namespace.
        namespace: String,
        /// Whether the name was given, so that only that one was tried.
        named: bool,
        /// What was tried.
        tried: Vec<Tried>,
        /// What the server said when it first refused; it names who was refused.
        refusal: Option<String>,
    },
    /// More than one Service has the label.
    Ambiguous {
        /// The namespace.
        namespace: String,
        /// The Services.
        names: Vec<String>,
    },
    /// The Service has no port that could be the controller's.
    NoPort {
        /// The namespace.
        namespace: String,
        /// The Service.
        name: String,
    },
    /// The API server does not tell about the Service.
    Service {
        /// The namespace.
        namespace: String,
        /// The Service, or the label.
        name: String,
        /// Its answer in a few words.
        answer: String,
    },
    /// The controller, or the API server on the way to it, answered something else than a
    /// certificate.
    Answer {
        /// The namespace.
        namespace: String,
        /// The name that the Service has for the API server's proxy.
        service: String,
        /// What it answered.
        problem: AnswerProblem,
    },
    /// The system refuses what every program needs.
    System(io::Error),
}

/// What is wrong with what is said about a cluster.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClusterProblem {
    /// It has no server.
    NoServer,
    /// The server is no URL.
    Server {
        /// The server as it was given, without its password.
        url: String,
    },
    /// The CA file cannot be read.
    AuthorityUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The CA data is no base64.
    AuthorityNotBase64,
    /// The CA holds no certificate.
    AuthorityNotPem,
    /// The CA holds a certificate that cannot be used.
    AuthorityUnusable,
    /// A CA, and the wish not to use it.
    InsecureWithAuthority,
    /// The proxy is none.
    Proxy(BadProxy),
    /// The name for TLS is none.
    ServerName,
    /// The system has no CAs.
    NoRoots,
    /// What kube refuses for a reason that we do not know.
    Other,
}

/// What came instead of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// We may not ask.
    Forbidden {
        /// What the server says.
        message: String,
    },
    /// Nothing runs behind the Service.
    NoEndpoints {
        /// What the server says.
        message: String,
    },
    /// The API server cannot reach the controller.
    NotReached {
        /// What the server says.
        message: String,
    },
    /// Too many requests.
    Busy,
    /// Another status.
    Status {
        /// `500 Internal Server Error`.
        status: String,
        /// What it says.
        message: String,
    },
    /// A web page.
    Html,
    /// Nothing.
    Empty,
    /// Something without a certificate in it.
    NoCertificate,
    /// More than a certificate can have.
    TooLarge,
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kubeconfig(error) => error.fmt(f),
            Self::Cluster { name, problem } if name.is_empty() => write!(f, "cluster: {problem}"),
            Self::Cluster { name, problem } => write!(f, "cluster \"{name}\": {problem}"),
            Self::Credential { user, problem } if user.is_empty() => write!(f, "user: {problem}"),
            Self::Credential { user, problem } => write!(f, "user \"{user}\": {problem}"),
            Self::RequestTimeout { value } => write!(
                f,
                "invalid timeout value \"{value}\": a number of seconds is wanted, or a number with a unit (1s, 2m, 3h)"
            ),
            Self::Proxy(error) => error.fmt(f),
            Self::Name { what, name } => write!(f, "\"{name}\" cannot be the name of a {what}"),
            Self::Unreachable {
                server,
                proxy,
                failure,
            } => {
                write!(f, "cannot connect to {server}")?;
                if let Some(proxy) = proxy {
                    write!(f, " through the proxy {proxy}")?;
                }
                write!(f, ": {failure}")
            }
            Self::Broken { server, failure } => {
                write!(f, "the answer of {server} is not complete: {failure}")
            }
            Self::TimedOut { server, limit } => {
                write!(f, "no answer from {server} within {}", Seconds(*limit))
            }
            Self::Unauthorized { server, who } => {
                write!(f, "{server} does not accept {who} (401 Unauthorized)")
            }
            Self::NotApiServer { server, answer } => {
                write!(
                    f,
                    "{server} does not answer like a Kubernetes API server: {answer}"
                )
            }
            Self::NotFound {
                namespace,
                tried,
                refusal,
                ..
            } => {
                f.write_str("cannot get sealed secret service: ")?;
                match refusal {
                    Some(refusal) => {
                        write!(f, "{refusal}; tried in namespace \"{namespace}\": ")?;
                    }
                    None => write!(f, "no controller in namespace \"{namespace}\": ")?,
                }
                for (index, tried) in tried.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{tried}")?;
                }
                Ok(())
            }
            Self::Ambiguous { namespace, names } => write!(
                f,
                "cannot get sealed secret service: {} services in namespace \"{namespace}\" have the label {}: {}",
                names.len(),
                super::discover::LABEL,
                names.join(", ")
            ),
            Self::NoPort { namespace, name } => write!(
                f,
                "cannot get sealed secret service: service \"{name}\" in namespace \"{namespace}\" has no port for requests"
            ),
            Self::Service { answer, .. } => {
                write!(f, "cannot get sealed secret service: {answer}")
            }
            Self::Answer {
                namespace,
                service,
                problem,
            } => {
                let from = format!("service \"{service}\" in namespace \"{namespace}\"");
                f.write_str("cannot fetch certificate: ")?;
                match problem {
                    AnswerProblem::Forbidden { message }
                    | AnswerProblem::NoEndpoints { message }
                    | AnswerProblem::NotReached { message } => f.write_str(message),
                    AnswerProblem::Busy => {
                        write!(f, "{from} is busy (429 Too Many Requests)")
                    }
                    AnswerProblem::Status { status, message } if message.is_empty() => {
                        write!(f, "{from} answers {status}")
                    }
                    AnswerProblem::Status { status, message } => {
                        write!(f, "{from} answers {status}: {message}")
                    }
                    AnswerProblem::Html => {
                        write!(f, "{from} answers with a web page, not with a certificate")
                    }
                    AnswerProblem::Empty => write!(f, "{from} answers with nothing"),
                    AnswerProblem::NoCertificate => {
                        write!(f, "{from} answers with something else than a certificate")
                    }
                    AnswerProblem::TooLarge => write!(
                        f,
                        "{from} answers with more than {} MiB",
                        BODY_LIMIT / 1024 / 1024
                    ),
                }
            }
            Self::System(source) => write!(f, "cannot connect: {}", file_error(source)),
        }
    }
}

impl fmt::Display for ClusterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => f.write_str("no server"),
            Self::Server { url } => write!(
                f,
                "the server \"{url}\" is no http or https URL without a user name"
            ),
            Self::AuthorityUnreadable { path, source } => write!(
                f,
                "certificate-authority: open {}: {}",
                path.display(),
                file_error(source)
            ),
            Self::AuthorityNotBase64 => f.write_str("certificate-authority-data is not base64"),
            Self::AuthorityNotPem => f.write_str("certificate-authority holds no PEM certificate"),
            Self::AuthorityUnusable => {
                f.write_str("certificate-authority holds a certificate that cannot be used")
            }
            Self::InsecureWithAuthority => {
                f.write_str("both certificate-authority and insecure-skip-tls-verify")
            }
            Self::Proxy(error) => write!(f, "proxy-url: {error}"),
            Self::ServerName => f.write_str("tls-server-name is no host name"),
            Self::NoRoots => f.write_str(
                "no certificate-authority, and this machine has no CA certificates either",
            ),
            Self::Other => f.write_str("it cannot be used for a connection"),
        }
    }
}

impl std::error::Error for ClusterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Kubeconfig(error) => error.source(),
            Self::Cluster {
                problem: ClusterProblem::AuthorityUnreadable { source, .. },
                ..
            } => Some(source),
            Self::Credential { problem, .. } => problem.source(),
            Self::System(source) => Some(source),
            _ => None,
        }
    }
}

impl From<KubeconfigError> for ClusterError {
    fn from(error: KubeconfigError) -> Self {
        Self::Kubeconfig(error)
    }
}

/// The way that is always open.
const OFFLINE: &str = "seal offline with --cert";

impl ClusterError {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let find = "\"kubectl get services -A -l app.kubernetes.io/name=sealed-secrets\" shows where a Helm chart put it";
        Some(match self {
            Self::Kubeconfig(error) => return error.hint(),
            Self::Credential { problem, .. } => return problem.hint(),
            Self::Cluster { problem, .. } => match problem {
                ClusterProblem::NoServer => "name it with --server".to_owned(),
                ClusterProblem::InsecureWithAuthority => {
                    "take insecure-skip-tls-verify out of the kubeconfig".to_owned()
                }
                ClusterProblem::NoRoots => {
                    return Failure::NoRoots.hint().map(str::to_owned);
                }
                _ => return None,
            },
            Self::Proxy(_) => {
                "the proxy comes from HTTPS_PROXY or HTTP_PROXY; NO_PROXY names what needs none"
                    .to_owned()
            }
            Self::Unreachable { failure, .. } => match failure {
                Failure::UnknownAuthority => {
                    "name the cluster's CA with --certificate-authority, or is this another server than the kubeconfig's?"
                        .to_owned()
                }
                Failure::WrongName => {
                    "name the certificate's host with --tls-server-name".to_owned()
                }
                Failure::NotTls => "is it an http:// address?".to_owned(),
                Failure::ClientCertificate => {
                    "get a new client certificate for the kubeconfig's user".to_owned()
                }
                other => other.hint().map_or_else(
                    || format!("does \"kubectl get --raw /version\" work? without the cluster, {OFFLINE}"),
                    str::to_owned,
                ),
            },
            Self::Broken { .. } => format!("try again, or {OFFLINE}"),
            Self::TimedOut { .. } => format!(
                "is the network (VPN) up? --request-timeout 60s allows more time; without the cluster, {OFFLINE}"
            ),
            Self::Unauthorized { .. } => format!(
                "log in again until \"kubectl get --raw /version\" works; without the cluster, {OFFLINE}"
            ),
            Self::NotApiServer { .. } => {
                "is --server, or the kubeconfig's server, the right address?".to_owned()
            }
            Self::NotFound {
                refusal: Some(_), ..
            } => format!(
                "the right to get services/proxy \"http:NAME:\" or \"http:NAME:http\" is missing (the chart's role …-service-proxier grants it), or the names are wrong (--controller-name, --controller-namespace); without it, {OFFLINE}"
            ),
            Self::NotFound { named: true, .. } => format!(
                "name it with --controller-name and --controller-namespace; {find}; without it, {OFFLINE}"
            ),
            Self::NotFound { .. } => format!(
                "name it with --controller-namespace and --controller-name; {find}; without it, {OFFLINE}"
            ),
            Self::Ambiguous { .. } => "choose one with --controller-name".to_owned(),
            Self::NoPort { .. } => {
                format!("is --controller-name right? {find}")
            }
            Self::Service { .. } => format!("without the cluster, {OFFLINE}"),
            Self::Answer {
                namespace,
                service,
                problem,
            } => match problem {
                AnswerProblem::Forbidden { .. } => format!(
                    "the right to get services/proxy \"{service}\" is missing (the chart's role …-service-proxier grants it); without it, {OFFLINE}"
                ),
                AnswerProblem::NoEndpoints { .. } => format!(
                    "is the controller running? \"kubectl get pods --namespace {namespace}\""
                ),
                AnswerProblem::NotReached { .. } => format!(
                    "the API server cannot reach the controller's pod: on a private cluster, let the control plane reach port 8080; or fetch /v1/cert.pem through \"kubectl port-forward\" and {OFFLINE}"
                ),
                AnswerProblem::Busy => "try again in a few seconds".to_owned(),
                AnswerProblem::Status { .. } => format!(
                    "is it the sealed-secrets controller? its log says more: \"kubectl logs --namespace {namespace} service/{}\"",
                    service.split(':').nth(1).unwrap_or_default()
                ),
                AnswerProblem::Html | AnswerProblem::Empty | AnswerProblem::NoCertificate
                | AnswerProblem::TooLarge => {
                    "is it the sealed-secrets controller? --controller-name and --controller-namespace name another one"
                        .to_owned()
                }
            },
            Self::RequestTimeout { .. } | Self::Name { .. } | Self::System(_) => return None,
        })
    }
}
