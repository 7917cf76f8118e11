//! Servers that do not do what they should.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rseal::cluster::{ConnectOptions, Controller, Environment, fetch_certificate};
use rseal::connection::{Proxies, TIMEOUT};

use crate::fake_api::{
    CERTIFICATE, FakeApi, Reply, certificate, connect_proxy, forbidden, json, service, status,
    text, tls,
};
use crate::{Folder, assert_failure, failure, fetch, kubeconfig, named, server, using};

/// A server with the Service `s`, and this for its certificate.
fn answering(reply: Reply) -> FakeApi {
    FakeApi::http(move |asked| {
        if asked.path.contains("/proxy/") {
            reply.clone()
        } else {
            json("200 OK", &service("s", &["http"]))
        }
    })
}

#[track_caller]
fn assert_answer(reply: Reply, message: &str, hint: &str) {
    let api = answering(reply);
    assert_failure(&api, &server(&api), &named("s"), message, hint);
}

const FROM: &str = "cannot fetch certificate: service \"http:s:http\" in namespace \"kube-system\"";
const OTHER: &str = "is it the sealed-secrets controller? --controller-name and --controller-namespace name another one";
const LOG: &str = "is it the sealed-secrets controller? its log says more: \"kubectl logs --namespace kube-system service/s\"";

#[test]
fn ten_seconds_are_enough_for_everything() {
    assert_eq!(TIMEOUT, Duration::from_secs(10));
}

#[test]
fn something_else_than_a_certificate() {
    let page = "<!DOCTYPE html><title>Log in</title>";
    assert_answer(
        text("200 OK", page),
        &format!("{FROM} answers with a web page, not with a certificate"),
        OTHER,
    );
    assert_answer(
        text("200 OK", " \n"),
        &format!("{FROM} answers with nothing"),
        OTHER,
    );
    assert_answer(
        text("200 OK", "hello"),
        &format!("{FROM} answers with something else than a certificate"),
        OTHER,
    );
    assert_answer(
        text("200 OK", &"x".repeat(1024 * 1024 + 1)),
        &format!("{FROM} answers with more than 1 MiB"),
        OTHER,
    );
}

#[test]
fn other_status_codes() {
    assert_answer(
        text("404 Not Found", "404 page not found\n"),
        &format!("{FROM} answers 404 Not Found: 404 page not found"),
        LOG,
    );
    assert_answer(
        text("500 Internal Server Error", "cannot get certificate\n"),
        &format!("{FROM} answers 500 Internal Server Error: cannot get certificate"),
        LOG,
    );
    assert_answer(
        text("502 Bad Gateway", "<html>\n"),
        &format!("{FROM} answers 502 Bad Gateway"),
        LOG,
    );
    assert_answer(
        text("302 Found", ""),
        &format!("{FROM} answers 302 Found"),
        LOG,
    );
    assert_answer(
        text("429 Too Many Requests", "limit exceeded"),
        &format!("{FROM} is busy (429 Too Many Requests)"),
        "try again in a few seconds",
    );
}

#[test]
fn what_the_api_server_says_about_the_way_to_the_controller() {
    assert_answer(
        forbidden("services/proxy", "http:s:http"),
        "cannot fetch certificate: services \"http:s:http\" is forbidden: User \"jane\" cannot get resource \"services/proxy\" in API group \"\" in the namespace \"kube-system\"",
        "the right to get services/proxy \"http:s:http\" is missing (the chart's role …-service-proxier grants it); without it, seal offline with --cert",
    );
    assert_answer(
        status(
            "503 Service Unavailable",
            "no endpoints available for service \"http:s:http\"",
        ),
        "cannot fetch certificate: no endpoints available for service \"http:s:http\"",
        "is the controller running? \"kubectl get pods --namespace kube-system\"",
    );
    assert_answer(
        status(
            "503 Service Unavailable",
            "error trying to reach service: dial tcp 10.0.0.7:8080: i/o timeout",
        ),
        "cannot fetch certificate: error trying to reach service: dial tcp 10.0.0.7:8080: i/o timeout",
        "the API server cannot reach the controller's pod: on a private cluster, let the control plane reach port 8080; or fetch /v1/cert.pem through \"kubectl port-forward\" and seal offline with --cert",
    );
    assert_answer(
        status("503 Service Unavailable", "over\u{1b}load\ned"),
        &format!("{FROM} answers 503 Service Unavailable: over?load ed"),
        LOG,
    );
}

#[test]
fn a_service_that_the_api_server_cannot_tell_about() {
    let api = FakeApi::http(|_| status("500 Internal Server Error", "etcd is down"));
    assert_failure(
        &api,
        &server(&api),
        &named("s"),
        "cannot get sealed secret service: etcd is down",
        "without the cluster, seal offline with --cert",
    );
}

#[test]
fn a_server_that_is_no_api_server() {
    for (reply, answer) in [
        (text("200 OK", "<html>Log in</html>"), "200 OK"),
        (text("404 Not Found", "404 page not found"), "404 Not Found"),
        (text("301 Moved Permanently", ""), "301 Moved Permanently"),
    ] {
        let api = FakeApi::http(move |_| reply.clone());
        assert_failure(
            &api,
            &server(&api),
            &named("s"),
            &format!("SERVER does not answer like a Kubernetes API server: {answer}"),
            "is --server, or the kubeconfig's server, the right address?",
        );
    }
}

#[test]
fn a_server_that_asks_to_come_back_is_asked_again() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let api = FakeApi::http(move |asked| {
        if !asked.path.contains("/proxy/") {
            return json("200 OK", &service("s", &["http"]));
        }
        match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply::Http(
                "429 Too Many Requests",
                vec![("Retry-After", "0".to_owned())],
                Vec::new(),
            ),
            _ => certificate(),
        }
    });
    assert_eq!(fetch(&server(&api), &named("s")).unwrap(), CERTIFICATE);
    assert_eq!(api.asked().len(), 3);
}

#[test]
fn a_server_that_wants_more_time_than_there_is_gets_none() {
    let later = Reply::Http(
        "429 Too Many Requests",
        vec![("Retry-After", "60".to_owned())],
        Vec::new(),
    );
    let start = Instant::now();
    assert_answer(
        later,
        &format!("{FROM} is busy (429 Too Many Requests)"),
        "try again in a few seconds",
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_that_never_answers() {
    const HINT: &str = "is the network (VPN) up? --request-timeout 60s allows more time; without the cluster, seal offline with --cert";
    for api in [
        FakeApi::http(|_| Reply::Silence),
        answering(Reply::Silence),
        answering(Reply::Drip(Duration::from_millis(20))),
    ] {
        let options = ConnectOptions {
            request_timeout: Some("200ms".to_owned()),
            ..server(&api)
        };
        let start = Instant::now();
        assert_failure(
            &api,
            &options,
            &named("s"),
            "no answer from SERVER within 200 ms",
            HINT,
        );
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_server_that_accepts_and_says_nothing_at_all_not_even_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let options = ConnectOptions {
        server: Some(format!("https://{address}")),
        insecure_skip_tls_verify: true,
        request_timeout: Some("0.2s".to_owned()),
        ..ConnectOptions::default()
    };
    let (message, _) = failure(&options, &named("s"));
    assert_eq!(
        message,
        format!("no answer from https://{address} within 200 ms")
    );
}

#[test]
fn an_answer_that_breaks_off() {
    for reply in [
        Reply::Close,
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n-----BEGIN".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n---".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 O".to_vec()),
    ] {
        assert_answer(
            reply,
            "the answer of SERVER is not complete: it closed the connection",
            "try again, or seal offline with --cert",
        );
    }
    assert_answer(
        Reply::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        "the answer of SERVER is not complete: its answer is not HTTP",
        "try again, or seal offline with --cert",
    );
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn nobody_listens() {
    let address = nobody();
    let options = ConnectOptions {
        server: Some(address.clone()),
        ..ConnectOptions::default()
    };
    assert_eq!(
        failure(&options, &named("s")),
        (
            format!("cannot connect to http://{address}: connection refused"),
            "does \"kubectl get --raw /version\" work? without the cluster, seal offline with --cert"
                .to_owned()
        )
    );
}

#[test]
fn a_name_without_an_address() {
    // Longer than a label may be, so that no resolver has to be asked.
    let host = format!("{}.invalid", "x".repeat(70));
    let options = ConnectOptions {
        server: Some(format!("http://{host}:6443")),
        ..ConnectOptions::default()
    };
    let (message, _) = failure(&options, &named("s"));
    assert_eq!(
        message,
        format!("cannot connect to http://{host}:6443: no such host")
    );
}

#[test]
fn a_time_limit_that_is_none() {
    let options = ConnectOptions {
        request_timeout: Some("5x".to_owned()),
        ..ConnectOptions::default()
    };
    assert_eq!(
        failure(&options, &named("s")).0,
        "invalid timeout value \"5x\": a number of seconds is wanted, or a number with a unit (1s, 2m, 3h)"
    );
}

/// A kubeconfig for a TLS server behind a proxy.
fn behind(folder: &Folder, server: &str, proxy: &str) -> ConnectOptions {
    using(folder.write(
        "config",
        &kubeconfig(
            &[
                &format!("server: {server}"),
                &format!("certificate-authority: {}", tls("ca.pem").display()),
                &format!("proxy-url: {proxy}"),
            ],
            &[],
        ),
    ))
}

#[test]
fn the_kubeconfig_s_proxy_is_used() {
    let api = FakeApi::https(|asked| {
        if asked.path.contains("/proxy/") {
            certificate()
        } else {
            json("200 OK", &service("s", &[""]))
        }
    });
    let (proxy, asked) = connect_proxy(true);
    let folder = Folder::new();
    let options = behind(
        &folder,
        &api.url(),
        &format!("http://me:pass%20word@{proxy}"),
    );
    assert_eq!(fetch(&options, &named("s")).unwrap(), CERTIFICATE);
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].method, "CONNECT");
    assert_eq!(asked[0].path, api.address.to_string());
    assert_eq!(
        asked[0].header("proxy-authorization"),
        ["Basic bWU6cGFzcyB3b3Jk"]
    );
}

#[test]
fn a_proxy_that_refuses_or_is_not_there() {
    const HINT: &str = "the proxy comes from proxy-url, --proxy-url, HTTPS_PROXY or HTTP_PROXY; NO_PROXY names what needs none";
    let folder = Folder::new();
    let (proxy, _) = connect_proxy(false);
    let options = behind(
        &folder,
        "https://kube.test:6443",
        &format!("http://me:secret@{proxy}"),
    );
    assert_eq!(
        failure(&options, &named("s")),
        (
            format!(
                "cannot connect to https://kube.test:6443 through the proxy http://{proxy}: the proxy does not pass the connection on"
            ),
            HINT.to_owned()
        )
    );
    let proxy = nobody();
    let options = behind(&folder, "https://kube.test:6443", &proxy);
    assert_eq!(
        failure(&options, &named("s")).0,
        format!(
            "cannot connect to https://kube.test:6443 through the proxy http://{proxy}: connection refused"
        )
    );
    let options = behind(&folder, "https://kube.test:6443", "ftp://me:secret@proxy");
    assert_eq!(
        failure(&options, &named("s")).0,
        "cluster \"c\": proxy-url: \"ftp://proxy\" is no proxy: http, https or socks5, a host and a port are wanted"
    );
}

#[test]
fn the_proxy_variables_are_used_where_the_kubeconfig_names_none() {
    let (proxy, asked) = connect_proxy(false);
    let options = ConnectOptions {
        server: Some("https://kube.test:6443".to_owned()),
        insecure_skip_tls_verify: true,
        request_timeout: Some("5s".to_owned()),
        ..ConnectOptions::default()
    };
    let mut environment = Environment {
        proxies: Proxies {
            https: Some(proxy.to_string()),
            ..Proxies::default()
        },
        ..Environment::default()
    };
    let fetch = |environment: &Environment| {
        let controller: Controller = named("s");
        fetch_certificate(&options, environment, &controller)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        fetch(&environment),
        format!(
            "cannot connect to https://kube.test:6443 through the proxy http://{proxy}: the proxy does not pass the connection on"
        )
    );
    assert_eq!(asked.lock().unwrap().len(), 1);

    environment.proxies.https = Some("not a proxy".to_owned());
    assert_eq!(
        fetch(&environment),
        "\"not a proxy\" is no proxy: http, https or socks5, a host and a port are wanted"
    );
}
