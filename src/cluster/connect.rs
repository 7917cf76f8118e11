//! From flags, kubeconfig and pod to a description of one connection.
//!
//! Owns the precedence: flags over kubeconfig over the pod that we may run in, each with the side
//! effects that client-go gives it (`tools/clientcmd/client_config.go`), and what is trusted on the
//! way. Credentials are for [`super::credential`]. Nothing is sent from here.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::Config;
use kube::config::{AuthInfo, Cluster};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::credential::{self, Who};
use super::error::{ClusterError, ClusterProblem};
use super::kubeconfig::{Files, Named, given};
use super::{ConnectOptions, Environment, Pod};
use crate::connection::{BadProxy, Deadline, proxy_uri, shown, shown_uri};

/// A connection, described.
pub(super) struct Endpoint {
    pub(super) config: Config,
    /// The cluster as the kubeconfig names it; empty when flags alone describe it.
    pub(super) cluster: String,
    /// The server as messages name it.
    pub(super) server: String,
    /// The proxy as messages name it.
    pub(super) proxy: Option<String>,
    /// The user as messages name it.
    pub(super) who: Who,
}

/// Reads kubeconfig, CA and credentials. A credential plugin runs in here.
pub(super) fn endpoint(
    options: &ConnectOptions,
    environment: &Environment,
    deadline: Deadline,
) -> Result<Endpoint, ClusterError> {
    let files = Files::load(options, environment)?;
    let context = files.context(options)?;
    let found = files.cluster(options, context.as_ref())?;
    let Named {
        name,
        value: cluster,
    } = merged_cluster(options, found);
    if cluster.server.as_ref().is_none_or(String::is_empty) {
        return match (says_nothing(&cluster), environment.pod()) {
            (true, Some(pod)) => in_pod(options, environment, &pod, deadline),
            (true, None) => Err(files.leads_nowhere().into()),
            (false, _) => Err(ClusterError::Cluster {
                name,
                problem: ClusterProblem::NoServer,
            }),
        };
    }
    let user = files.user(options, context.as_ref())?;
    let bad = |problem| ClusterError::Cluster {
        name: name.clone(),
        problem,
    };
    let mut config = config(&cluster).map_err(bad)?;
    let proxy = match given(cluster.proxy_url.as_ref(), String::is_empty) {
        Some(url) => Some(proxy_uri(url).map_err(|e| bad(ClusterProblem::Proxy(e)))?),
        None => environment
            .proxies
            .proxy_for(&config.cluster_url)
            .map_err(ClusterError::Proxy)?,
    };
    set_proxy(&mut config, proxy)?;
    let (auth_info, who) = credential::resolve(options, user, &config, &cluster, deadline)?;
    config.auth_info = auth_info;
    Ok(Endpoint {
        server: shown_uri(&config.cluster_url),
        proxy: config.proxy_url.as_ref().map(shown_uri),
        config,
        cluster: name.clone(),
        who,
    })
}

/// The kubeconfig's cluster with the flags laid over it.
pub(super) fn merged_cluster(
    options: &ConnectOptions,
    found: Option<Named<Cluster>>,
) -> Named<Cluster> {
    let mut named = found.unwrap_or(Named {
        name: String::new(),
        value: Cluster::default(),
    });
    let cluster = &mut named.value;
    let server = given(options.server.as_ref(), String::is_empty);
    let server_name = given(options.tls_server_name.as_ref(), String::is_empty);
    let authority = given(options.certificate_authority.as_ref(), |p| {
        p.as_os_str().is_empty()
    });
    if authority.is_some() || options.insecure_skip_tls_verify {
        cluster.insecure_skip_tls_verify = Some(options.insecure_skip_tls_verify);
        cluster.certificate_authority_data = None;
        cluster.certificate_authority = authority.map(|path| path.to_string_lossy().into_owned());
    }
    if server.is_some() || server_name.is_some() {
        cluster.tls_server_name = server_name.cloned();
    }
    if let Some(server) = server {
        cluster.server = Some(server.clone());
    }
    if let Some(url) = given(options.proxy_url.as_ref(), String::is_empty) {
        cluster.proxy_url = Some(url.clone());
    }
    named
}

/// Whether neither kubeconfig nor flags say anything about a cluster: only then does a pod's own
/// cluster count. A CA alone is a flag that the pod's cluster takes.
fn says_nothing(cluster: &Cluster) -> bool {
    cluster.server.as_ref().is_none_or(String::is_empty)
        && cluster.certificate_authority_data.is_none()
        && cluster.proxy_url.is_none()
        && cluster.tls_server_name.is_none()
}

/// Server and trust of a cluster.
fn config(cluster: &Cluster) -> Result<Config, ClusterProblem> {
    let insecure = cluster.insecure_skip_tls_verify.unwrap_or(false);
    let data = given(
        cluster.certificate_authority_data.as_ref(),
        String::is_empty,
    );
    let file = given(cluster.certificate_authority.as_ref(), String::is_empty);
    let has_authority = data.is_some() || file.is_some();
    let server = cluster.server.as_deref().unwrap_or_default();
    let uri = server_uri(server, has_authority || insecure)?;
    if insecure && has_authority {
        return Err(ClusterProblem::InsecureWithAuthority);
    }
    let tls = uri.scheme_str() == Some("https");
    let mut config = bare(uri);
    config.accept_invalid_certs = insecure;
    config.tls_server_name = cluster.tls_server_name.clone().filter(|n| !n.is_empty());
    config.root_cert = if let Some(data) = data {
        let pem = STANDARD
            .decode(data.split_ascii_whitespace().collect::<String>())
            .map_err(|_| ClusterProblem::AuthorityNotBase64)?;
        Some(authorities(&pem).ok_or(ClusterProblem::AuthorityNotPem)?)
    } else if let Some(path) = file {
        Some(authorities_in(path.into())?)
    } else if insecure || !tls {
        // Nothing is verified, so the system's hundreds of CAs need not be read.
        Some(Vec::new())
    } else {
        None
    };
    Ok(config)
}

/// A configuration that waits for nobody: the deadline is ours, and a retry is a decision.
fn bare(uri: Uri) -> Config {
    let mut config = Config::new(uri);
    config.connect_timeout = None;
    config.read_timeout = None;
    config.write_timeout = None;
    config.default_retry = false;
    config.disable_compression = true;
    config
}

/// `--server` as client-go reads it: a bare `host:port` gets a scheme, path prefixes stay.
fn server_uri(text: &str, secure: bool) -> Result<Uri, ClusterProblem> {
    let bad = || ClusterProblem::Server { url: shown(text) };
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("{}://{text}", if secure { "https" } else { "http" })
    };
    // A query or a fragment would end up in front of the path of a request.
    let end = whole.find(['?', '#']).unwrap_or(whole.len());
    let uri: Uri = whole[..end].parse().map_err(|_| bad())?;
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri.authority().map(http::uri::Authority::as_str);
    match authority {
        Some(authority) if known && !authority.contains('@') => Ok(uri),
        _ => Err(bad()),
    }
}

fn authorities_in(path: PathBuf) -> Result<Vec<Vec<u8>>, ClusterProblem> {
    let pem = match std::fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(ClusterProblem::AuthorityUnreadable { path, source }),
    };
    authorities(&pem).ok_or(ClusterProblem::AuthorityNotPem)
}

/// The certificates of a CA bundle; None when there is none.
fn authorities(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let found: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem)
        .map_while(Result::ok)
        .map(|der| der.to_vec())
        .collect();
    (!found.is_empty()).then_some(found)
}

/// Hands over the proxy in the spelling that kube knows. Its SOCKS client lets the proxy look
/// names up, which is what `socks5h` asks for and what Go does for both.
fn set_proxy(config: &mut Config, proxy: Option<Uri>) -> Result<(), ClusterError> {
    let proxy_has_tls = proxy.as_ref().and_then(Uri::scheme_str) == Some("https");
    if proxy_has_tls && !config.accept_invalid_certs {
        // Behind it there may be nothing to verify, but it is somebody to verify itself.
        config.root_cert.take_if(|roots| roots.is_empty());
    }
    config.proxy_url = match proxy {
        Some(uri) if uri.scheme_str() == Some("socks5h") => {
            let text = uri.to_string().replacen("socks5h", "socks5", 1);
            Some(text.parse().map_err(|_| {
                ClusterError::Proxy(BadProxy {
                    proxy: shown(&text),
                })
            })?)
        }
        proxy => proxy,
    };
    Ok(())
}

/// The cluster that our own pod is in. Of the flags, client-go lets only CA and token count here;
/// impersonation is added, because ignoring it would act with more rights than were asked for.
fn in_pod(
    options: &ConnectOptions,
    environment: &Environment,
    pod: &Pod<'_>,
    deadline: Deadline,
) -> Result<Endpoint, ClusterError> {
    let name = "in-cluster".to_owned();
    let bad = |problem| ClusterError::Cluster {
        name: name.clone(),
        problem,
    };
    let uri = server_uri(&pod.server(), true).map_err(bad)?;
    let mut config = bare(uri);
    let own = pod.authority();
    let flag = given(options.certificate_authority.as_ref(), |p| {
        p.as_os_str().is_empty()
    });
    config.root_cert = match flag {
        Some(path) => Some(authorities_in(path.clone()).map_err(bad)?),
        // Without its CA file a pod trusts what its image trusts.
        None if own.exists() => Some(authorities_in(own).map_err(bad)?),
        None => None,
    };
    let proxy = environment
        .proxies
        .proxy_for(&config.cluster_url)
        .map_err(ClusterError::Proxy)?;
    set_proxy(&mut config, proxy)?;
    let user = Named {
        name: "service account of this pod".to_owned(),
        value: AuthInfo {
            token_file: Some(pod.token().to_string_lossy().into_owned()),
            ..AuthInfo::default()
        },
    };
    let cluster = Cluster::default();
    let (auth_info, who) = credential::resolve(options, Some(user), &config, &cluster, deadline)?;
    config.auth_info = auth_info;
    Ok(Endpoint {
        server: shown_uri(&config.cluster_url),
        proxy: config.proxy_url.as_ref().map(shown_uri),
        config,
        cluster: name.clone(),
        who,
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use kube::config::Cluster;

    use super::super::kubeconfig::Named;
    use super::{ConnectOptions, merged_cluster, server_uri};

    #[test]
    fn a_bare_server_gets_a_scheme() {
        let uri = |text, secure| server_uri(text, secure).map(|u| u.to_string()).ok();
        assert_eq!(uri("h:80", false).as_deref(), Some("http://h:80/"));
        assert_eq!(uri("h:80", true).as_deref(), Some("https://h:80/"));
        assert_eq!(uri("https://h", false).as_deref(), Some("https://h/"));
        assert_eq!(
            uri("https://h/k8s/clusters/c-1?x#y", false).as_deref(),
            Some("https://h/k8s/clusters/c-1")
        );
        assert_eq!(uri("ftp://h", false), None);
        assert_eq!(uri("https://u:p@h", false), None);
        assert_eq!(uri("a b", false), None);
    }

    fn cluster() -> Option<Named<Cluster>> {
        Some(Named {
            name: "c".to_owned(),
            value: Cluster {
                server: Some("https://file".to_owned()),
                certificate_authority_data: Some("QQ==".to_owned()),
                certificate_authority: Some("/file/ca".to_owned()),
                tls_server_name: Some("name".to_owned()),
                proxy_url: Some("http://proxy".to_owned()),
                ..Cluster::default()
            },
        })
    }

    #[test]
    fn flags_have_the_side_effects_that_client_go_gives_them() {
        let plain = merged_cluster(&ConnectOptions::default(), cluster());
        assert_eq!(format!("{plain:?}"), format!("{:?}", cluster().unwrap()));

        let server = ConnectOptions {
            server: Some("https://flag".to_owned()),
            ..ConnectOptions::default()
        };
        let merged = merged_cluster(&server, cluster()).value;
        assert_eq!(merged.server.as_deref(), Some("https://flag"));
        assert_eq!(merged.tls_server_name, None);
        assert_eq!(merged.certificate_authority_data.as_deref(), Some("QQ=="));

        let both = ConnectOptions {
            tls_server_name: Some("other".to_owned()),
            ..server
        };
        let merged = merged_cluster(&both, cluster()).value;
        assert_eq!(merged.tls_server_name.as_deref(), Some("other"));

        let authority = ConnectOptions {
            certificate_authority: Some(PathBuf::from("/flag/ca")),
            ..ConnectOptions::default()
        };
        let mut insecure = cluster();
        if let Some(named) = &mut insecure {
            named.value.insecure_skip_tls_verify = Some(true);
        }
        let merged = merged_cluster(&authority, insecure).value;
        assert_eq!(merged.certificate_authority.as_deref(), Some("/flag/ca"));
        assert_eq!(merged.certificate_authority_data, None);
        assert_eq!(merged.insecure_skip_tls_verify, Some(false));

        let skip = ConnectOptions {
            insecure_skip_tls_verify: true,
            ..ConnectOptions::default()
        };
        let merged = merged_cluster(&skip, cluster()).value;
        assert_eq!(merged.certificate_authority, None);
        assert_eq!(merged.certificate_authority_data, None);
        assert_eq!(merged.insecure_skip_tls_verify, Some(true));
        assert_eq!(merged.proxy_url.as_deref(), Some("http://proxy"));
    }
}
