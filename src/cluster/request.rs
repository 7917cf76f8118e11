//! Requests to the API server: one connection, bounded answers.
//!
//! Owns the client and its runtime's view of a request: sending, waiting when the server asks to,
//! reading no more than the limit, and telling what a transport error means. What paths mean is for
//! [`super::discover`] and [`super::proxy`].

use std::time::Duration;

use http::header::{ACCEPT, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt, RustlsTlsError};
use kube::config::{KubeconfigError, LoadDataError};
use kube::{Client, Config, Error};
use tower::{BoxError, ServiceBuilder};

use super::connect::Endpoint;
use super::credential::{CredentialProblem, Who};
use super::error::{ClusterError, ClusterProblem};
use crate::connection::{self, BODY_LIMIT, Deadline, Failure, printable};

/// How often a server may ask to come back; client-go's number.
const RETRIES: usize = 10;

/// A client of one API server.
pub(super) struct Api {
    client: Client,
    server: String,
    proxy: Option<String>,
    who: Who,
    deadline: Deadline,
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// None when it is larger than the limit.
    pub(super) body: Option<Vec<u8>>,
}

impl Answer {
    /// What a Kubernetes Status says; None when the body is none.
    pub(super) fn message(&self) -> Option<String> {
        let status: serde_json::Value = serde_json::from_slice(self.body.as_deref()?).ok()?;
        let is_status = status.get("kind").and_then(|k| k.as_str()) == Some("Status");
        let message = status.get("message").and_then(|m| m.as_str());
        is_status.then(|| printable(message.unwrap_or_default()))
    }

    /// The first line of a plain text; nothing for pages and for what is no text.
    pub(super) fn first_line(&self) -> String {
        let text = self.body.as_deref().map(std::str::from_utf8);
        let line = match text {
            Some(Ok(text)) => text.trim().lines().next().unwrap_or_default(),
            _ => "",
        };
        if line.starts_with(['<', '{']) {
            String::new()
        } else {
            printable(line)
        }
    }
}

impl Api {
    /// Sets the client up; nothing is sent. Has to run inside the runtime.
    pub(super) fn new(endpoint: Endpoint, deadline: Deadline) -> Result<Self, ClusterError> {
        let Endpoint {
            config,
            cluster,
            server,
            proxy,
            who,
        } = endpoint;
        let client = client(config).map_err(|error| refused(error, cluster, &who))?;
        Ok(Self {
            client,
            server,
            proxy,
            who,
            deadline,
        })
    }

    /// The server, for messages.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Gets a path. A server that asks to come back later is asked again as long as that fits into
    /// the time that is left.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Answer, ClusterError> {
        let mut tries = 0;
        loop {
            let (answer, wait) = self.get_once(path, accept).await?;
            match wait {
                Some(wait) if tries < RETRIES && wait < self.deadline.left() => {
                    tokio::time::sleep(wait).await;
                    tries += 1;
                }
                _ if answer.status == StatusCode::UNAUTHORIZED => {
                    return Err(ClusterError::Unauthorized {
                        server: self.server.clone(),
                        who: self.who.to_string(),
                    });
                }
                _ => return Ok(answer),
            }
        }
    }

    async fn get_once(
        &self,
        path: &str,
        accept: &str,
    ) -> Result<(Answer, Option<Duration>), ClusterError> {
        let request = Request::get(path)
            .header(ACCEPT, accept)
            .header(USER_AGENT, connection::USER_AGENT)
            .body(Body::empty())
            .map_err(|_| self.unreachable(Failure::Other))?;
        let sent = self.client.send(request).await;
        let response = sent.map_err(|error| self.failed(&error))?;
        let (head, body) = response.into_parts();
        let wait = retry_after(head.status, &head.headers);
        let body = match Limited::new(body, BODY_LIMIT).collect().await {
            Ok(body) => Some(body.to_bytes().to_vec()),
            Err(error) if error.is::<LengthLimitError>() => None,
            Err(error) => {
                return Err(ClusterError::Broken {
                    server: self.server.clone(),
                    failure: Failure::of(error.as_ref()),
                });
            }
        };
        let status = head.status;
        Ok((Answer { status, body }, wait))
    }

    fn failed(&self, error: &Error) -> ClusterError {
        match Failure::of(error) {
            // It was there to close the connection.
            failure @ (Failure::Closed | Failure::NotHttp) if !is_connecting(error) => {
                ClusterError::Broken {
                    server: self.server.clone(),
                    failure,
                }
            }
            failure => self.unreachable(failure),
        }
    }

    fn unreachable(&self, failure: Failure) -> ClusterError {
        ClusterError::Unreachable {
            server: self.server.clone(),
            proxy: self.proxy.clone(),
            failure,
        }
    }
}

/// kube's client without Nagle's algorithm, which makes the first request wait 40 ms for the server
/// to acknowledge the end of the TLS handshake. Behind a proxy kube makes the connection.
fn client(config: Config) -> Result<Client, Error> {
    if config.proxy_url.is_some() {
        return Client::try_from(config);
    }
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let connector = config.rustls_https_connector_with_connector(connector)?;
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(legacy::Client::builder(TokioExecutor::new()).build(connector));
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

/// Whether there never was a connection. The type that knows is not public, its text is.
fn is_connecting(error: &Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        if error.to_string() == "client error (Connect)" {
            return true;
        }
        next = error.source();
    }
    false
}

/// How long the server wants us to wait: client-go obeys on 429 and on 5xx.
fn retry_after(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
        return None;
    }
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Why kube does not make a client of what [`super::connect`] and [`super::credential`] let pass:
/// what it reads itself are client certificate and key.
fn refused(error: Error, cluster: String, who: &Who) -> ClusterError {
    let load = |what, error| match error {
        LoadDataError::DecodeBase64(_) => CredentialProblem::NotBase64 { what },
        LoadDataError::ReadFile(source, path) => {
            CredentialProblem::Unreadable { what, path, source }
        }
        LoadDataError::NoBase64DataOrFile => CredentialProblem::Incomplete { lacks: what },
    };
    let problem = match error {
        Error::InferKubeconfig(KubeconfigError::LoadClientCertificate(error)) => {
            load("client-certificate", error)
        }
        Error::InferKubeconfig(KubeconfigError::LoadClientKey(error)) => load("client-key", error),
        Error::RustlsTls(error) => match error {
            RustlsTlsError::InvalidIdentityPem(_) | RustlsTlsError::MissingCertificate => {
                CredentialProblem::NotPem {
                    what: "client-certificate",
                }
            }
            RustlsTlsError::MissingPrivateKey | RustlsTlsError::UnknownPrivateKeyFormat => {
                CredentialProblem::NotPem { what: "client-key" }
            }
            RustlsTlsError::InvalidPrivateKey(rustls::Error::InconsistentKeys(_)) => {
                CredentialProblem::Mismatch
            }
            RustlsTlsError::InvalidPrivateKey(_) => {
                CredentialProblem::NotPem { what: "client-key" }
            }
            error => {
                let problem = match error {
                    RustlsTlsError::AddRootCertificate(error) => {
                        match Failure::of(error.as_ref()) {
                            Failure::NoRoots => ClusterProblem::NoRoots,
                            _ => ClusterProblem::AuthorityUnusable,
                        }
                    }
                    RustlsTlsError::InvalidServerName(_) => ClusterProblem::ServerName,
                    _ => ClusterProblem::Other,
                };
                return ClusterError::Cluster {
                    name: cluster,
                    problem,
                };
            }
        },
        _ => {
            return ClusterError::Cluster {
                name: cluster,
                problem: ClusterProblem::Other,
            };
        }
    };
    ClusterError::Credential {
        user: who.name().to_owned(),
        problem,
    }
}
