//! Who we are to the API server.
//!
//! Owns the credentials: the flags over the kubeconfig's user, which ways there are and which
//! exclude each other, and impersonation. What leaves here is an [`AuthInfo`] that kube can use
//! as it is: it never has to run a program, refresh a token or read a token file. Programs are
//! run by [`super::plugin`].

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kube::Config;
use kube::config::{AuthInfo, AuthProviderConfig, Cluster};
use secrecy::{ExposeSecret, SecretString};

use super::ConnectOptions;
use super::error::ClusterError;
use super::kubeconfig::{Named, given};
use super::plugin::{self, Credential, PluginError};
use crate::connection::{Deadline, file_error, printable};

/// What is wrong with a user's credentials.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialProblem {
    /// A file cannot be read.
    Unreadable {
        /// What the file is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A `…-data` field is no base64.
    NotBase64 {
        /// The field.
        what: &'static str,
    },
    /// A client certificate or key is no PEM, or no such thing.
    NotPem {
        /// Which.
        what: &'static str,
    },
    /// Of a client certificate and its key only one is there.
    Incomplete {
        /// The one that is missing.
        lacks: &'static str,
    },
    /// The client key is another certificate's.
    Mismatch,
    /// A token and a password: the server could only look at one.
    TwoMethods,
    /// The token cannot be sent.
    Token,
    /// A name to act as cannot be sent.
    Impersonation,
    /// Groups or a UID to act as, but no user.
    ImpersonationWithoutUser,
    /// The id-token of an `oidc` provider is too old.
    IdTokenExpired,
    /// The `oidc` provider has no id-token.
    NoIdToken,
    /// An `auth-provider` that does not exist any more, or never did.
    Provider {
        /// Its name.
        name: String,
    },
    /// The credential plugin did not help.
    Plugin(PluginError),
}

impl fmt::Display for CredentialProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { what, path, source } => {
                write!(f, "{what}: open {}: {}", path.display(), file_error(source))
            }
            Self::NotBase64 { what } => write!(f, "{what} is not base64"),
            Self::NotPem { what } => write!(f, "no {what} in PEM that can be used"),
            Self::Incomplete { lacks } => write!(f, "no {lacks}"),
            Self::Mismatch => f.write_str("client-key is not the key of client-certificate"),
            Self::TwoMethods => {
                f.write_str("a token and a user name or password, only one of them is allowed")
            }
            Self::Token => f.write_str("the token holds characters that cannot be sent"),
            Self::Impersonation => {
                f.write_str("a name to act as holds characters that cannot be sent")
            }
            Self::ImpersonationWithoutUser => {
                f.write_str("a group or a UID to act as, but no user")
            }
            Self::IdTokenExpired => f.write_str("the id-token has expired"),
            Self::NoIdToken => f.write_str("the auth-provider oidc has no id-token"),
            Self::Provider { name } => write!(f, "the auth-provider \"{name}\" is not supported"),
            Self::Plugin(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CredentialProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            Self::Plugin(error) => error.source(),
            _ => None,
        }
    }
}

impl CredentialProblem {
    pub(super) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::ImpersonationWithoutUser => "add --as USER".to_owned(),
            Self::IdTokenExpired | Self::NoIdToken => {
                "\"kubectl get --raw /version\" gets a new one; rseal does not, because only who may write the kubeconfig can keep the refresh token"
                    .to_owned()
            }
            Self::Provider { name } if name == "gcp" => {
                "it was replaced by the plugin gke-gcloud-auth-plugin: \"gcloud container clusters get-credentials\" writes a kubeconfig with it"
                    .to_owned()
            }
            Self::Provider { name } if name == "azure" => {
                "it was replaced by the plugin kubelogin: \"kubelogin convert-kubeconfig\" changes the kubeconfig"
                    .to_owned()
            }
            Self::Plugin(error) => return error.hint(),
            _ => return None,
        })
    }
}

/// The user, as messages name it.
#[derive(Clone, Debug, Default)]
pub(super) struct Who {
    name: Option<String>,
    has_credentials: bool,
}

impl Who {
    /// The kubeconfig's name for the user; empty when flags alone describe it.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.has_credentials) {
            (Some(name), true) => write!(f, "the credentials of user \"{name}\""),
            (Some(name), false) => write!(f, "user \"{name}\", who has no credentials"),
            (None, true) => f.write_str("the given credentials"),
            (None, false) => f.write_str("a request without credentials"),
        }
    }
}

/// Everything kube has to know about the user.
///
/// Over plain http nobody is told a secret: client-go sends credentials over TLS alone.
pub(super) fn resolve(
    options: &ConnectOptions,
    user: Option<Named<AuthInfo>>,
    config: &Config,
    cluster: &Cluster,
    deadline: Deadline,
) -> Result<(AuthInfo, Who), ClusterError> {
    let (name, user) = user.map_or((None, AuthInfo::default()), |u| (Some(u.name), u.value));
    let label = name.clone().unwrap_or_default();
    let bad = |problem| ClusterError::Credential {
        user: printable(&label),
        problem,
    };
    let mut auth = impersonation(options, &user).map_err(bad)?;
    if config.cluster_url.scheme_str() == Some("https") {
        credentials(options, &user, cluster, deadline, &mut auth).map_err(bad)?;
    }
    let has_credentials = auth.token.is_some()
        || auth.username.is_some()
        || auth.client_certificate.is_some()
        || auth.client_certificate_data.is_some();
    let who = Who {
        name: name.as_deref().map(printable),
        has_credentials,
    };
    Ok((auth, who))
}

fn credentials(
    options: &ConnectOptions,
    user: &AuthInfo,
    cluster: &Cluster,
    deadline: Deadline,
    auth: &mut AuthInfo,
) -> Result<(), CredentialProblem> {
    client_certificate(options, user, auth)?;
    let text = |flag: &Option<String>, file: &Option<String>| {
        given(flag.as_ref(), String::is_empty)
            .or(given(file.as_ref(), String::is_empty))
            .cloned()
    };
    let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
    auth.username = text(&options.username, &user.username);
    auth.password = given(options.password.as_ref(), is_empty)
        .or(given(user.password.as_ref(), is_empty))
        .cloned();
    auth.token = token(options, user)?;
    if auth.username.is_some() || auth.password.is_some() {
        if auth.token.is_some() {
            return Err(CredentialProblem::TwoMethods);
        }
        auth.username.get_or_insert_default();
        auth.password.get_or_insert_with(|| String::new().into());
    } else if auth.token.is_none() {
        if let Some(provider) = &user.auth_provider {
            auth.token = Some(provider_token(provider)?);
        } else if let Some(exec) = &user.exec {
            let credential =
                plugin::run(exec, cluster, deadline).map_err(CredentialProblem::Plugin)?;
            take(credential, auth);
        }
    }
    match &mut auth.token {
        None => Ok(()),
        // A line end comes with files and block scalars and is no part of a token.
        Some(token) => {
            let trimmed = token.expose_secret().trim();
            if trimmed.bytes().all(|b| b.is_ascii_graphic()) && !trimmed.is_empty() {
                *token = trimmed.to_owned().into();
                Ok(())
            } else {
                Err(CredentialProblem::Token)
            }
        }
    }
}

fn token(
    options: &ConnectOptions,
    user: &AuthInfo,
) -> Result<Option<SecretString>, CredentialProblem> {
    let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
    if let Some(token) = given(options.token.as_ref(), is_empty) {
        return Ok(Some(token.clone()));
    }
    if let Some(token) = given(user.token.as_ref(), is_empty) {
        return Ok(Some(token.clone()));
    }
    let Some(file) = given(user.token_file.as_ref(), String::is_empty) else {
        return Ok(None);
    };
    match std::fs::read_to_string(file) {
        Ok(token) => Ok(Some(token.into())),
        Err(source) => Err(CredentialProblem::Unreadable {
            what: "tokenFile",
            path: file.into(),
            source,
        }),
    }
}

/// Certificate and key, each from its flag, else from the kubeconfig's data, else from its file.
fn client_certificate(
    options: &ConnectOptions,
    user: &AuthInfo,
    auth: &mut AuthInfo,
) -> Result<(), CredentialProblem> {
    let is_empty = |path: &PathBuf| path.as_os_str().is_empty();
    let (certificate, certificate_file) = match given(options.client_certificate.as_ref(), is_empty)
    {
        Some(path) => (None, Some(path.to_string_lossy().into_owned())),
        None => (
            user.client_certificate_data.clone(),
            user.client_certificate.clone(),
        ),
    };
    let (key, key_file) = match given(options.client_key.as_ref(), is_empty) {
        Some(path) => (None, Some(path.to_string_lossy().into_owned())),
        None => (user.client_key_data.clone(), user.client_key.clone()),
    };
    auth.client_certificate_data = certificate.filter(|data| !data.is_empty());
    auth.client_certificate = certificate_file.filter(|path| !path.is_empty());
    auth.client_key_data = key.filter(|data| !data.expose_secret().is_empty());
    auth.client_key = key_file.filter(|path| !path.is_empty());
    let has_certificate =
        auth.client_certificate_data.is_some() || auth.client_certificate.is_some();
    let has_key = auth.client_key_data.is_some() || auth.client_key.is_some();
    match (has_certificate, has_key) {
        (true, false) => Err(CredentialProblem::Incomplete {
            lacks: "client-key for client-certificate",
        }),
        // A key alone is of no use, and client-go does not look at it either.
        (false, true) => {
            auth.client_key_data = None;
            auth.client_key = None;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a plugin answered, in the fields that kube reads.
fn take(credential: Credential, auth: &mut AuthInfo) {
    if let Some((certificate, key)) = credential.identity {
        auth.client_certificate = None;
        auth.client_key = None;
        auth.client_certificate_data = Some(STANDARD.encode(certificate));
        auth.client_key_data = Some(STANDARD.encode(key.expose_secret()).into());
    }
    auth.token = credential.token;
}

/// The token of a kubeconfig's `auth-provider`. Only `oidc` is left of them.
fn provider_token(provider: &AuthProviderConfig) -> Result<SecretString, CredentialProblem> {
    if provider.name != "oidc" {
        return Err(CredentialProblem::Provider {
            name: printable(&provider.name),
        });
    }
    let token = provider.config.get("id-token").map(|token| token.trim());
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Err(CredentialProblem::NoIdToken);
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    match expiry(token) {
        Some(expiry) if expiry <= now => Err(CredentialProblem::IdTokenExpired),
        _ => Ok(token.to_owned().into()),
    }
}

/// When a JSON Web Token expires, in seconds since 1970; None when it does not say, which is then
/// for the server to judge.
fn expiry(token: &str) -> Option<u64> {
    let claims = token.split('.').nth(1)?.trim_end_matches('=');
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    let expiry = claims.get("exp")?;
    expiry.as_u64().or_else(|| {
        // Some issuers write it as a float.
        let seconds = std::time::Duration::try_from_secs_f64(expiry.as_f64()?).ok()?;
        Some(seconds.as_secs())
    })
}

fn impersonation(options: &ConnectOptions, user: &AuthInfo) -> Result<AuthInfo, CredentialProblem> {
    let text = |flag: &Option<String>, file: &Option<String>| {
        given(flag.as_ref(), String::is_empty)
            .or(given(file.as_ref(), String::is_empty))
            .cloned()
    };
    let auth = AuthInfo {
        impersonate: text(&options.as_user, &user.impersonate),
        impersonate_uid: text(&options.as_uid, &user.impersonate_uid),
        impersonate_groups: if options.as_groups.is_empty() {
            user.impersonate_groups.clone()
        } else {
            Some(options.as_groups.clone())
        },
        impersonate_user_extra: user.impersonate_user_extra.clone(),
        ..AuthInfo::default()
    };
    let groups = auth.impersonate_groups.iter().flatten();
    let extra = auth.impersonate_user_extra.iter().flatten();
    let more = auth.impersonate_uid.is_some()
        || groups.clone().next().is_some()
        || extra.clone().next().is_some();
    if more && auth.impersonate.is_none() {
        return Err(CredentialProblem::ImpersonationWithoutUser);
    }
    let sendable = |text: &String| text.bytes().all(|b| (0x20..0x7f).contains(&b));
    let all = groups
        .chain(&auth.impersonate)
        .chain(&auth.impersonate_uid)
        .chain(extra.flat_map(|(_, values)| values));
    if all.into_iter().all(sendable) {
        Ok(auth)
    } else {
        Err(CredentialProblem::Impersonation)
    }
}

#[cfg(test)]
mod tests {
    use super::expiry;

    #[test]
    fn the_expiry_of_a_web_token() {
        // {"exp":1700000000}, {"exp":1.7e9}, {}
        assert_eq!(
            expiry("e30.eyJleHAiOjE3MDAwMDAwMDB9.x"),
            Some(1_700_000_000)
        );
        assert_eq!(expiry("e30.eyJleHAiOjEuN2U5fQ.x"), Some(1_700_000_000));
        assert_eq!(expiry("e30.e30.x"), None);
        assert_eq!(expiry("opaque"), None);
        assert_eq!(expiry("a.!.c"), None);
    }
}
