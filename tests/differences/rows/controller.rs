//! The certificate of the controller, and the way to it.

use std::path::Path;

use super::{Row, Section};
use crate::case::{Case, crashes, ends, fails, hangs, seals_value, secret};
use crate::fake_api::{Asked, Reply, forbidden, json, not_found, service, text, tls};

const CERTIFICATE: &str = include_str!("../../../testdata/certificates/sealing-2048.pem");
const SERVICES: &str = "/api/v1/namespaces/kube-system/services/";
const NAME: &str = "sealed-secrets-controller";
/// Signed by nobody; one expired in 1970, the other will in 2100.
const OLD_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln";
const NEW_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln";
const OIDC: &str = "\
apiVersion: v1
kind: Config
current-context: here
contexts:
- name: here
  context: {cluster: c, user: u}
clusters:
- name: c
  cluster: {server: \"{server}\", certificate-authority: \"{ca}\"}
users:
- name: u
  user:
    auth-provider:
      name: oidc
      config:
        client-id: id
        idp-issuer-url: \"{server}\"
        idp-certificate-authority: \"{ca}\"
        id-token: eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln
        refresh-token: x
";

pub(crate) fn section() -> Section {
    Section {
        title: "Controller",
        rows: vec![
            Row {
                what: "No `--controller-name`, and the controller was installed by the Helm chart",
                kubeseal: "looks for `sealed-secrets-controller` only",
                rseal: "then for `sealed-secrets`, then for the chart's label, always in the controller's namespace",
                why: "the chart gives it the other name",
                cases: vec![
                    case()
                        .server(|asked| answer(asked, "sealed-secrets", &["http"], "http:sealed-secrets:http"))
                        .kubeseal(fails("cannot get sealed secret service: services \"x\" not found"))
                        .rseal(seals_value("v")),
                    case()
                        .server(labelled)
                        .kubeseal(fails("cannot get sealed secret service: services \"x\" not found"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "A Service with several ports",
                kubeseal: "takes the first, even one for metrics",
                rseal: "takes `http`, else one without a name, else the first that is not for metrics",
                why: "behind the other one there is no certificate",
                cases: vec![
                    case()
                        .server(|asked| answer(asked, NAME, &["metrics", "http"], "http:sealed-secrets-controller:http"))
                        .kubeseal(fails("cannot fetch certificate: services \"x\" not found"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "A Service without ports",
                kubeseal: "crashes",
                rseal: "says so",
                why: "a crash says nothing",
                cases: vec![
                    case()
                        .server(|asked| answer(asked, NAME, &[], ""))
                        .kubeseal(crashes("runtime error: index out of range"))
                        .rseal(fails("cannot get sealed secret service: service \"sealed-secrets-controller\" in namespace \"kube-system\" has no port for requests")),
                ],
            },
            Row {
                what: "A user who may use the controller's proxy but not look at its Service",
                kubeseal: "fails",
                rseal: "asks through the proxy names that the controller's role allows",
                why: "the role allows that much to everybody",
                cases: vec![
                    case()
                        .server(|asked| match asked.path.strip_prefix(SERVICES) {
                            Some(NAME) => forbidden("services", NAME),
                            Some("http:sealed-secrets-controller:/proxy/v1/cert.pem") => text("200 OK", CERTIFICATE),
                            _ => not_found("x"),
                        })
                        .kubeseal(fails("cannot get sealed secret service: services \"sealed-secrets-controller\" is forbidden"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "`--fetch-cert`, and what answers behind the Service is no controller",
                kubeseal: "prints the answer, exit code 0",
                rseal: "says so; prints nothing",
                why: "a login page would be committed as a certificate",
                cases: vec![
                    case()
                        .with("--fetch-cert")
                        .server(|asked| match asked.path.strip_prefix(SERVICES) {
                            Some(NAME) => json("200 OK", &service(NAME, &[""])),
                            _ => text("200 OK", "<html>login</html>"),
                        })
                        .kubeseal(ends(0).stdout("<html>login</html>"))
                        .rseal(fails("cannot fetch certificate: service \"http:sealed-secrets-controller:\" in namespace \"kube-system\" answers with a web page")),
                ],
            },
            Row {
                what: "An API server that does not answer",
                kubeseal: "waits for ever, unless there is `--request-timeout`",
                rseal: "gives up after 10 s, or what `--request-timeout` says, for everything together",
                why: "a pipeline would wait for its time limit",
                cases: vec![
                    case()
                        .server(|_| Reply::Silence)
                        .kubeseal(hangs())
                        .rseal(fails("no answer from http://").stderr("within 10 s"))
                        .slow(),
                ],
            },
            Row {
                what: "A user without credentials, or no user at all",
                kubeseal: "asks for a user name: the question goes into the result, the answer is read from standard output",
                rseal: "asks nobody; the API server decides",
                why: "a program in a pipe cannot be answered",
                cases: vec![
                    Case::of("--server https://127.0.0.1:1")
                        .input(secret("a"))
                        .kubeseal(fails("read /dev/stdout: bad file descriptor").stdout("Please enter Username: "))
                        .rseal(fails("cannot connect to https://127.0.0.1:1: connection refused")),
                ],
            },
            Row {
                what: "Neither `--cert` nor a kubeconfig",
                kubeseal: "advises to set `KUBERNETES_MASTER`, which it does not read",
                rseal: "names the flags that help",
                why: "that is what helps",
                cases: vec![
                    Case::of("--fetch-cert")
                        .kubeseal(fails("invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER"))
                        .rseal(
                            fails("invalid configuration: no configuration has been provided: no cluster in /nonexistent/.kube/config")
                                .stderr("hint: name a kubeconfig with --kubeconfig or KUBECONFIG, or seal offline with --cert"),
                        ),
                ],
            },
            Row {
                what: "An OIDC token that has expired",
                kubeseal: "gets a new one and writes it into the kubeconfig",
                rseal: "fails, and names the kubectl command that does it",
                why: "it never writes a kubeconfig, and a refresh token that was used and not kept logs its owner out",
                cases: vec![
                    Case::of("--kubeconfig config")
                        .input(secret("a"))
                        .file("config", OIDC.replace("{ca}", &tls("ca.pem").to_string_lossy()))
                        .tls_server(issuer)
                        .kubeseal(seals_value("v").folder("the kubeconfig is another one", |path| config(path).contains(NEW_TOKEN)))
                        .rseal(
                            fails("user \"u\": the id-token has expired")
                                .stderr("hint: \"kubectl get --raw /version\" gets a new one")
                                .folder("the kubeconfig is as it was", |path| config(path).contains(OLD_TOKEN)),
                        ),
                ],
            },
            Row {
                what: "`-v 8` and the other flags for logging",
                kubeseal: "logs requests and more on standard error",
                rseal: "takes the flags; there is no log",
                why: "errors say what was tried",
                cases: vec![
                    case()
                        .with("-v 8")
                        .server(|asked| answer(asked, NAME, &[""], "http:sealed-secrets-controller:"))
                        .kubeseal(seals_value("v").stderr("proxy/v1/cert.pem"))
                        .rseal(seals_value("v")),
                ],
            },
        ],
    }
}

/// An issuer of tokens, and an API server.
fn issuer(asked: &Asked) -> Reply {
    let host = asked.header("host").join("");
    match asked.path.as_str() {
        "/.well-known/openid-configuration" => json(
            "200 OK",
            &format!(r#"{{"issuer":"https://{host}","token_endpoint":"https://{host}/token"}}"#),
        ),
        "/token" => json(
            "200 OK",
            &format!(r#"{{"id_token":"{NEW_TOKEN}","access_token":"x","token_type":"Bearer"}}"#),
        ),
        _ => answer(asked, NAME, &[""], "http:sealed-secrets-controller:"),
    }
}

fn config(path: &Path) -> String {
    std::fs::read_to_string(path.join("config")).unwrap()
}

/// A good Secret, and an API server to ask for the certificate.
fn case() -> Case {
    Case::of("--server {server}").input(secret("a"))
}

/// Answers for one Service, and with the certificate behind one proxy name.
fn answer(asked: &Asked, name: &str, ports: &[&str], proxy: &str) -> Reply {
    let Some(path) = asked.path.strip_prefix(SERVICES) else {
        return json("200 OK", r#"{"items":[]}"#);
    };
    if path == name {
        json("200 OK", &service(name, ports))
    } else if path == format!("{proxy}/proxy/v1/cert.pem") {
        text("200 OK", CERTIFICATE)
    } else {
        not_found("x")
    }
}

/// Answers for a Service that has the chart's label.
fn labelled(asked: &Asked) -> Reply {
    if asked
        .path
        .ends_with("?labelSelector=app.kubernetes.io%2Fname%3Dsealed-secrets")
    {
        json(
            "200 OK",
            &format!(r#"{{"items":[{}]}}"#, service("seals", &["http"])),
        )
    } else {
        answer(asked, "seals", &["http"], "http:seals:http")
    }
}
