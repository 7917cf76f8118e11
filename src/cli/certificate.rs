//! Which certificate to seal with: a file, a URL, or the controller's.
//!
//! Owns the order in which these count. A file is read without any thought of a cluster; what
//! talks to the network is [`crate::cluster`] and [`crate::download`].

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::arguments::Arguments;
use super::face::Face;
use super::input;
use super::message::{self, Failure};
use crate::certificate::Certificate;
use crate::cluster::{self, ConnectOptions, Controller, Environment};
use crate::connection;
use crate::download::{self, Source};

/// The bytes of the certificate, which are known to hold one when they came over the network.
pub(super) fn bytes(arguments: &Arguments) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (bytes, from) = load(arguments)?;
    if !matches!(from, From::File(_)) {
        parse(&bytes, &from)?;
    }
    Ok(bytes)
}

/// The certificate, if it can be sealed with today; what is worth a word about it is said.
pub(super) fn usable(arguments: &Arguments) -> Result<Certificate, Failure> {
    let (bytes, from) = load(arguments)?;
    let certificate = parse(&bytes, &from)?;
    let notices = certificate
        .check(SystemTime::now())
        .map_err(|error| from.failure(&error))?;
    for notice in notices {
        message::warning(Face::DropIn, &format!("{from}: {notice}"));
    }
    Ok(certificate)
}

/// The certificate in a file, whatever its dates are: for what is not sealed but compared.
pub(super) fn of_file(given: &OsStr) -> Result<Certificate, Failure> {
    match download::source(given) {
        Source::File(path) => {
            let bytes = input::read_file(input::open(&path)?, &path)?;
            parse(&bytes, &From::File(path.display().to_string()))
        }
        Source::Url(_) => Err(Failure::usage(
            "the certificate has to be a file here: nothing is fetched",
        )
        .hint("rseal --fetch-cert > cert.pem saves the controller's".to_owned())),
    }
}

/// The namespace that the current context names, or the pod's own; none when there is neither.
pub(super) fn default_namespace(arguments: &Arguments) -> Result<Option<String>, Failure> {
    cluster::namespace(&connection(arguments), &Environment::from_process())
        .map_err(|error| Failure::of(&error).hint(error.hint()))
}

/// Where a certificate came from, for messages.
enum From {
    File(String),
    Url(String),
    Controller,
}

impl std::fmt::Display for From {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(name) | Self::Url(name) => f.write_str(name),
            Self::Controller => f.write_str("the controller's certificate"),
        }
    }
}

impl From {
    fn failure(&self, error: &crate::certificate::CertificateError) -> Failure {
        let failure = Failure::of(error);
        let hint = error.hint().map(|hint| match self {
            Self::File(name) => hint.replace("FILE", name),
            Self::Url(_) | Self::Controller => hint,
        });
        Failure {
            text: format!("{self}: {}", failure.text),
            ..failure
        }
        .hint(hint)
    }
}

fn parse(bytes: &[u8], from: &From) -> Result<Certificate, Failure> {
    Certificate::from_bytes(bytes).map_err(|error| from.failure(&error))
}

fn load(arguments: &Arguments) -> Result<(Zeroizing<Vec<u8>>, From), Failure> {
    let Some(given) = arguments.cert.as_deref().filter(|given| !given.is_empty()) else {
        let controller = Controller {
            name: arguments.controller_name.clone(),
            namespace: arguments.controller_namespace.clone(),
        };
        let bytes = cluster::fetch_certificate(
            &connection(arguments),
            &Environment::from_process(),
            &controller,
        )
        .map_err(|error| Failure::of(&error).hint(error.hint()))?;
        return Ok((Zeroizing::new(bytes), From::Controller));
    };
    match download::source(OsStr::new(given)) {
        Source::File(path) => {
            let name = path.display().to_string();
            // The file may turn out to hold a private key, so it is treated as one.
            let bytes = input::read_file(input::open(&path)?, &path)?;
            Ok((bytes, From::File(name)))
        }
        Source::Url(url) => {
            let limit = connection(arguments)
                .time_limit()
                .map_err(|error| Failure::of(&error).hint(error.hint()))?;
            let proxies = Environment::from_process().proxies;
            let bytes = download::certificate(&url, &proxies, limit)
                .map_err(|error| Failure::of(&error).hint(error.hint()))?;
            // A password in the URL is for the server only.
            Ok((Zeroizing::new(bytes), From::Url(connection::shown(&url))))
        }
    }
}

/// The connection flags; an empty one counts as not given, as for kubectl.
fn connection(arguments: &Arguments) -> ConnectOptions {
    let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let path =
        |value: &Option<PathBuf>| value.clone().filter(|value| !value.as_os_str().is_empty());
    ConnectOptions {
        kubeconfig: path(&arguments.kubeconfig),
        context: text(&arguments.context),
        cluster: text(&arguments.cluster),
        user: text(&arguments.user),
        server: text(&arguments.server),
        token: arguments.token.clone(),
        username: text(&arguments.username),
        password: arguments.password.clone(),
        client_certificate: path(&arguments.client_certificate),
        client_key: path(&arguments.client_key),
        certificate_authority: path(&arguments.certificate_authority),
        insecure_skip_tls_verify: arguments.insecure_skip_tls_verify,
        tls_server_name: text(&arguments.tls_server_name),
        proxy_url: text(&arguments.proxy_url),
        request_timeout: text(&arguments.request_timeout),
        disable_compression: arguments.disable_compression,
        as_user: text(&arguments.as_user),
        as_groups: arguments.as_groups.clone(),
        as_uid: text(&arguments.as_uid),
    }
}
