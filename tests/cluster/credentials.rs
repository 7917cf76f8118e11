//! Who we are to the server: every way that a kubeconfig and the flags know.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rseal::cluster::ConnectOptions;

use crate::fake_api::{Asked, CERTIFICATE, FakeApi, certificate, status, tls};
use crate::trust::working;
use crate::{Folder, assert_failure, failure, fetch, kubeconfig, named, using};

/// A kubeconfig for `api` with this user.
fn config(folder: &Folder, api: &FakeApi, user: &[&str]) -> ConnectOptions {
    let cluster = [
        format!("server: {}", api.url()),
        format!("certificate-authority: {}", tls("ca.pem").display()),
    ];
    let cluster: Vec<&str> = cluster.iter().map(String::as_str).collect();
    using(folder.write("config", &kubeconfig(&cluster, user)))
}

/// Fetches, and returns the headers of this name of the last request.
#[track_caller]
fn sent(api: &FakeApi, options: &ConnectOptions, header: &str) -> Vec<String> {
    assert_eq!(fetch(options, &named("s")).unwrap(), CERTIFICATE);
    let last: Asked = api.asked().pop().unwrap();
    last.header(header)
        .iter()
        .map(|v| (*v).to_owned())
        .collect()
}

#[test]
fn tokens_from_the_kubeconfig_from_a_file_and_from_the_flag() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let token = config(&folder, &api, &["token: abc"]);
    assert_eq!(sent(&api, &token, "authorization"), ["Bearer abc"]);

    folder.write("token", "from-file\n");
    let file = config(&folder, &api, &["tokenFile: token"]);
    assert_eq!(sent(&api, &file, "authorization"), ["Bearer from-file"]);

    let flag = ConnectOptions {
        token: Some("flag".to_owned().into()),
        ..file
    };
    assert_eq!(sent(&api, &flag, "authorization"), ["Bearer flag"]);
    assert!(!format!("{flag:?}").contains("\"flag\""));

    let block = config(&folder, &api, &["token: |", "  block"]);
    assert_eq!(sent(&api, &block, "authorization"), ["Bearer block"]);
}

#[test]
fn user_name_and_password() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let options = config(&folder, &api, &["username: me", "password: secret"]);
    assert_eq!(
        sent(&api, &options, "authorization"),
        ["Basic bWU6c2VjcmV0"]
    );
    let flags = ConnectOptions {
        username: Some("me".to_owned()),
        password: Some("pass".to_owned().into()),
        ..config(&folder, &api, &[])
    };
    assert_eq!(sent(&api, &flags, "authorization"), ["Basic bWU6cGFzcw=="]);
}

#[test]
fn client_certificates_as_files_as_data_and_from_flags() {
    let api = FakeApi::https_for_clients(working);
    let folder = Folder::new();
    let files = config(
        &folder,
        &api,
        &[
            &format!("client-certificate: {}", tls("client.pem").display()),
            &format!("client-key: {}", tls("client.key").display()),
        ],
    );
    assert_eq!(fetch(&files, &named("s")).unwrap(), CERTIFICATE);

    let data = |name| STANDARD.encode(std::fs::read(tls(name)).unwrap());
    let data = config(
        &folder,
        &api,
        &[
            &format!("client-certificate-data: {}", data("client.pem")),
            &format!("client-key-data: {}", data("client.key")),
        ],
    );
    assert_eq!(fetch(&data, &named("s")).unwrap(), CERTIFICATE);

    let flags = ConnectOptions {
        client_certificate: Some(tls("client.pem")),
        client_key: Some(tls("client.key")),
        ..config(
            &folder,
            &api,
            &["client-certificate: gone", "client-key: gone"],
        )
    };
    assert_eq!(fetch(&flags, &named("s")).unwrap(), CERTIFICATE);

    let stranger = ConnectOptions {
        client_certificate: Some(tls("stranger.pem")),
        client_key: Some(tls("stranger.key")),
        ..flags
    };
    assert_failure(
        &api,
        &stranger,
        &named("s"),
        "cannot connect to SERVER: it does not accept our client certificate",
        "get a new client certificate for the kubeconfig's user",
    );
}

#[test]
fn impersonation() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let file = config(
        &folder,
        &api,
        &[
            "token: abc",
            "as: jane",
            "as-groups: [dev, ops]",
            "as-user-extra: {team: [a]}",
        ],
    );
    assert_eq!(sent(&api, &file, "impersonate-user"), ["jane"]);
    assert_eq!(sent(&api, &file, "impersonate-group"), ["dev", "ops"]);
    assert_eq!(sent(&api, &file, "impersonate-extra-team"), ["a"]);
    let flags = ConnectOptions {
        as_user: Some("joe".to_owned()),
        as_groups: vec!["one, two".to_owned()],
        as_uid: Some("7".to_owned()),
        ..file
    };
    assert_eq!(sent(&api, &flags, "impersonate-user"), ["joe"]);
    assert_eq!(sent(&api, &flags, "impersonate-group"), ["one, two"]);
    assert_eq!(sent(&api, &flags, "impersonate-uid"), ["7"]);

    let nobody = ConnectOptions {
        as_groups: vec!["one".to_owned()],
        ..config(&folder, &api, &[])
    };
    assert_eq!(
        failure(&nobody, &named("s")),
        (
            "user \"u\": a group or a UID to act as, but no user".to_owned(),
            "add --as USER".to_owned()
        )
    );
    let unsendable = ConnectOptions {
        as_user: Some("j\u{fc}rgen".to_owned()),
        ..config(&folder, &api, &[])
    };
    assert_eq!(
        failure(&unsendable, &named("s")).0,
        "user \"u\": a name to act as holds characters that cannot be sent"
    );
}

#[test]
fn no_secret_is_sent_over_plain_http_but_impersonation_is() {
    let api = FakeApi::http(working);
    let folder = Folder::new();
    let options = config(&folder, &api, &["token: abc", "as: jane"]);
    assert!(sent(&api, &options, "authorization").is_empty());
    assert_eq!(sent(&api, &options, "impersonate-user"), ["jane"]);
}

#[test]
fn a_server_that_does_not_know_us() {
    let api = FakeApi::https(|_| status("401 Unauthorized", "Unauthorized"));
    let folder = Folder::new();
    const HINT: &str = "log in again until \"kubectl get --raw /version\" works; without the cluster, seal offline with --cert";
    assert_failure(
        &api,
        &config(&folder, &api, &["token: abc"]),
        &named("s"),
        "SERVER does not accept the credentials of user \"u\" (401 Unauthorized)",
        HINT,
    );
    assert_failure(
        &api,
        &config(&folder, &api, &[]),
        &named("s"),
        "SERVER does not accept user \"u\", who has no credentials (401 Unauthorized)",
        HINT,
    );
    let flags = ConnectOptions {
        server: Some(api.url()),
        token: Some("abc".to_owned().into()),
        certificate_authority: Some(tls("ca.pem")),
        ..ConnectOptions::default()
    };
    assert_failure(
        &api,
        &flags,
        &named("s"),
        "SERVER does not accept the given credentials (401 Unauthorized)",
        HINT,
    );
}

#[test]
fn what_is_said_about_the_user_and_cannot_be_used() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let said = |lines: &[&str]| failure(&config(&folder, &api, lines), &named("s")).0;
    assert_eq!(
        said(&["token: abc", "username: me"]),
        "user \"u\": a token and a user name or password, only one of them is allowed"
    );
    assert_eq!(
        said(&["token: 'a b'"]),
        "user \"u\": the token holds characters that cannot be sent"
    );
    assert_eq!(
        said(&["tokenFile: gone"]),
        format!(
            "user \"u\": tokenFile: open {}: no such file or directory",
            folder.path("gone").display()
        )
    );
    let certificate = format!("client-certificate: {}", tls("client.pem").display());
    assert_eq!(
        said(&[&certificate]),
        "user \"u\": no client-key for client-certificate"
    );
    assert_eq!(
        said(&[&certificate, "client-key: gone"]),
        format!(
            "user \"u\": client-key: open {}: no such file or directory",
            folder.path("gone").display()
        )
    );
    assert_eq!(
        said(&[&certificate, "client-key-data: '%%%'"]),
        "user \"u\": client-key is not base64"
    );
    let other = format!("client-key: {}", tls("stranger.key").display());
    assert_eq!(
        said(&[&certificate, &other]),
        "user \"u\": client-key is not the key of client-certificate"
    );
    let swapped = format!("client-key: {}", tls("client.pem").display());
    assert_eq!(
        said(&[&certificate, &swapped]),
        "user \"u\": no client-key in PEM that can be used"
    );
    assert!(api.asked().is_empty());
}

#[test]
fn auth_providers() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let web_token = |claims: &str| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
    let oidc = |token: &str| {
        let id_token = format!("    id-token: {token}");
        config(
            &folder,
            &api,
            &["auth-provider:", "  name: oidc", "  config:", &id_token],
        )
    };
    let fresh = web_token(r#"{"exp":4102444800}"#);
    assert_eq!(
        sent(&api, &oidc(&fresh), "authorization"),
        [format!("Bearer {fresh}")]
    );
    assert_eq!(
        failure(&oidc(&web_token(r#"{"exp":1}"#)), &named("s")),
        (
            "user \"u\": the id-token has expired".to_owned(),
            "\"kubectl get --raw /version\" gets a new one; rseal does not, because only who may write the kubeconfig can keep the refresh token".to_owned()
        )
    );
    let gone = |name: &str| {
        let name = format!("  name: {name}");
        failure(
            &config(&folder, &api, &["auth-provider:", &name]),
            &named("s"),
        )
    };
    assert_eq!(
        gone("gcp"),
        (
            "user \"u\": the auth-provider \"gcp\" is not supported".to_owned(),
            "it was replaced by the plugin gke-gcloud-auth-plugin: \"gcloud container clusters get-credentials\" writes a kubeconfig with it".to_owned()
        )
    );
    assert_eq!(
        gone("azure").1,
        "it was replaced by the plugin kubelogin: \"kubelogin convert-kubeconfig\" changes the kubeconfig"
    );
}

/// A kubeconfig whose user is a plugin: `sh` with a script, so that nothing has to be executable.
#[cfg(unix)]
fn plugin(folder: &Folder, api: &FakeApi, script: &str, more: &[&str]) -> ConnectOptions {
    folder.write("plugin.sh", script);
    let argument = format!("  args: [{}, one]", folder.path("plugin.sh").display());
    let lines = [
        &[
            "exec:",
            "  apiVersion: client.authentication.k8s.io/v1beta1",
            "  command: sh",
            &argument,
        ],
        more,
    ]
    .concat();
    config(folder, api, &lines)
}

#[cfg(unix)]
#[test]
fn a_plugin_gives_a_token_and_is_told_what_it_may_know() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let script = format!(
        "echo once >> {0}/runs\nprintf '%s' \"$KUBERNETES_EXEC_INFO\" > {0}/info\necho \"$1 $EXTRA\" > {0}/said\nread line && echo \"$line\" >> {0}/said\n\
         echo '{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{{\"token\":\"plugged\"}}}}'\n",
        folder.path("").display()
    );
    let more = [
        "  env: [{name: EXTRA, value: two}]",
        "  interactiveMode: IfAvailable",
        "  provideClusterInfo: true",
    ];
    let options = plugin(&folder, &api, &script, &more);
    assert_eq!(sent(&api, &options, "authorization"), ["Bearer plugged"]);
    let read = |name| std::fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("runs"), "once\n");
    // Its input is empty, so nothing was read there.
    assert_eq!(read("said"), "one two\n");
    let info: serde_json::Value = serde_json::from_str(&read("info")).unwrap();
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1beta1");
    assert_eq!(info["kind"], "ExecCredential");
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["spec"]["cluster"]["server"], api.url());
    assert!(info["spec"]["cluster"]["certificate-authority-data"].is_string());
}

#[cfg(unix)]
#[test]
fn a_plugin_gives_a_certificate() {
    let api = FakeApi::https_for_clients(working);
    let folder = Folder::new();
    let pem = |name| std::fs::read_to_string(tls(name)).unwrap();
    let answer = serde_json::json!({
        "kind": "ExecCredential",
        "status": {"clientCertificateData": pem("client.pem"), "clientKeyData": pem("client.key")},
    });
    folder.write("answer", &answer.to_string());
    let script = format!("cat {}", folder.path("answer").display());
    let options = plugin(&folder, &api, &script, &[]);
    assert_eq!(fetch(&options, &named("s")).unwrap(), CERTIFICATE);
}

#[cfg(unix)]
#[test]
fn a_token_that_was_given_spares_the_plugin() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let options = ConnectOptions {
        token: Some("given".to_owned().into()),
        ..plugin(&folder, &api, "exit 1", &[])
    };
    assert_eq!(sent(&api, &options, "authorization"), ["Bearer given"]);
}

#[cfg(unix)]
#[test]
fn a_plugin_that_fails_is_quoted() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let script =
        "echo 'Error loading SSO Token:' >&2; echo 'Token for x does not exist' >&2; exit 255";
    assert_eq!(
        failure(&plugin(&folder, &api, script, &[]), &named("s")),
        (
            "user \"u\": the credential plugin \"sh\" failed (exit status: 255): Error loading SSO Token: Token for x does not exist".to_owned(),
            "\"kubectl get --raw /version\" must work with the same kubeconfig; or seal offline with --cert".to_owned()
        )
    );
    let said = |script, more: &[&str]| failure(&plugin(&folder, &api, script, more), &named("s")).0;
    assert_eq!(
        said("echo hello", &[]),
        "user \"u\": the credential plugin \"sh\" did not print an ExecCredential with a token or a certificate"
    );
    assert_eq!(
        said("exit 0", &["  interactiveMode: Always"]),
        "user \"u\": the credential plugin \"sh\" wants to ask questions (interactiveMode: Always)"
    );
    assert!(api.asked().is_empty());
}

#[test]
fn a_plugin_that_is_not_installed() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let options = config(
        &folder,
        &api,
        &[
            "exec:",
            "  apiVersion: client.authentication.k8s.io/v1",
            "  command: rseal-test-no-such-plugin",
            "  installHint: Install it from example.com",
        ],
    );
    assert_eq!(
        failure(&options, &named("s")),
        (
            "user \"u\": the credential plugin \"rseal-test-no-such-plugin\" is not installed"
                .to_owned(),
            "Install it from example.com".to_owned()
        )
    );
}

#[cfg(unix)]
#[test]
fn a_plugin_that_hangs_is_killed() {
    let api = FakeApi::https(|_| certificate());
    let folder = Folder::new();
    let script = format!(
        "echo $$ > {}\necho 'To sign in, open https://login.example' >&2\nexec sleep 100",
        folder.path("pid").display()
    );
    let options = ConnectOptions {
        request_timeout: Some("1s".to_owned()),
        ..plugin(&folder, &api, &script, &[])
    };
    let start = Instant::now();
    assert_eq!(
        failure(&options, &named("s")),
        (
            "user \"u\": the credential plugin \"sh\" did not answer within 1 s: To sign in, open https://login.example".to_owned(),
            "if it waits for a login, log in first (\"kubectl get --raw /version\" must work); --request-timeout 60s allows more time".to_owned()
        )
    );
    assert!(start.elapsed() < Duration::from_secs(5));
    let pid = std::fs::read_to_string(folder.path("pid")).unwrap();
    let process = std::path::Path::new("/proc").join(pid.trim());
    assert!(!process.exists(), "the plugin still runs");
}

#[cfg(unix)]
#[test]
fn a_plugin_that_leaves_something_running_is_not_waited_for() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let script = "sleep 20 &\necho '{\"status\":{\"token\":\"plugged\"}}'";
    let start = Instant::now();
    let options = plugin(&folder, &api, script, &[]);
    assert_eq!(sent(&api, &options, "authorization"), ["Bearer plugged"]);
    assert!(start.elapsed() < Duration::from_secs(10));
}
