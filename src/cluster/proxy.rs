//! The controller, through the API server's service proxy.
//!
//! Owns the path to it and what its answers mean. The certificate that comes back is only looked at
//! closely enough to tell it from an error page; the rest is for [`crate::certificate`].

use http::StatusCode;

use super::error::{AnswerProblem, ClusterError};
use super::request::{Answer, Api};

/// What kubeseal asks for.
const ACCEPT: &str = "application/x-pem-file, */*";

/// A Service and port, as the API server's proxy knows them.
pub(super) struct Target {
    namespace: String,
    name: String,
    port: String,
}

impl Target {
    /// All three are checked names; the port may be unnamed.
    pub(super) fn new(namespace: &str, name: &str, port: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            port: port.to_owned(),
        }
    }

    /// The name that rights are granted for: always http, and a port name, never a number.
    pub(super) fn service(&self) -> String {
        format!("http:{}:{}", self.name, self.port)
    }

    fn path(&self, endpoint: &str) -> String {
        format!(
            "/api/v1/namespaces/{}/services/{}/proxy/v1/{endpoint}",
            self.namespace,
            self.service()
        )
    }
}

/// Fetches the newest certificate, in PEM.
pub(super) async fn certificate(api: &Api, target: &Target) -> Result<Vec<u8>, ClusterError> {
    let answer = api.get(&target.path("cert.pem"), ACCEPT).await?;
    read(answer).map_err(|problem| ClusterError::Answer {
        namespace: target.namespace.clone(),
        service: target.service(),
        problem,
    })
}

fn read(answer: Answer) -> Result<Vec<u8>, AnswerProblem> {
    // The API server answers with a Status of its own; what comes from behind it has none.
    let message = answer.message();
    match (answer.status, message) {
        (StatusCode::OK, None) => {}
        (StatusCode::FORBIDDEN, Some(message)) => return Err(AnswerProblem::Forbidden { message }),
        (StatusCode::TOO_MANY_REQUESTS, _) => return Err(AnswerProblem::Busy),
        (StatusCode::SERVICE_UNAVAILABLE, Some(message))
            if message.starts_with("no endpoints available") =>
        {
            return Err(AnswerProblem::NoEndpoints { message });
        }
        (status, Some(message))
            if status.is_server_error() && message.starts_with("error trying to reach service") =>
        {
            return Err(AnswerProblem::NotReached { message });
        }
        (status, message) => {
            return Err(AnswerProblem::Status {
                status: status.to_string(),
                message: message.unwrap_or_else(|| answer.first_line()),
            });
        }
    }
    let body = answer.body.ok_or(AnswerProblem::TooLarge)?;
    let start = body.trim_ascii_start();
    if start.is_empty() {
        Err(AnswerProblem::Empty)
    } else if start.starts_with(b"<") {
        Err(AnswerProblem::Html)
    } else if contains(start, b"-----BEGIN CERTIFICATE-----") {
        Ok(body)
    } else {
        Err(AnswerProblem::NoCertificate)
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
