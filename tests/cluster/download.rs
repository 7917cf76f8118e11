//! Certificates from URLs.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rseal::connection::{BODY_LIMIT, Proxies, TIMEOUT};
use rseal::download::{self, Source};

use crate::fake_api::{CERTIFICATE, FakeApi, Reply, certificate, connect_proxy, text, tls};
use crate::{Folder, assert_failure, named, server, with_trust_in};

fn fetch(url: &str) -> Result<String, String> {
    download::certificate(url, &Proxies::default(), TIMEOUT)
        .map(|body| String::from_utf8(body).unwrap())
        .map_err(|error| error.to_string())
}

#[track_caller]
fn assert_error(api: &FakeApi, path: &str, message: &str) {
    let url = format!("{}{path}", api.url());
    let expected = message.replace("SERVER", &api.url());
    assert_eq!(fetch(&url).unwrap_err(), expected);
}

fn to(location: &str) -> Reply {
    Reply::Http(
        "302 Found",
        vec![("Location", location.to_owned())],
        Vec::new(),
    )
}

#[test]
fn a_certificate_from_a_url() {
    let api = FakeApi::http(|_| certificate());
    let url = format!("{}/v1/cert.pem?x=y#z", api.url());
    assert_eq!(fetch(&url).unwrap(), CERTIFICATE);
    assert_eq!(
        fetch(&url.replacen("http", "HTTP", 1)).unwrap(),
        CERTIFICATE
    );
    assert_eq!(fetch(&format!("{}/a b/ä", api.url())).unwrap(), CERTIFICATE);
    assert_eq!(
        api.paths(),
        ["/v1/cert.pem?x=y", "/v1/cert.pem?x=y", "/a%20b/%C3%A4"]
    );
    let asked = &api.asked()[0];
    assert_eq!(
        asked.header("user-agent"),
        [concat!("rseal/", env!("CARGO_PKG_VERSION"))]
    );
}

#[test]
fn redirects_are_followed_ten_times() {
    let api = FakeApi::http(
        |asked| match asked.path.trim_start_matches('/').parse::<u32>() {
            Ok(0) => certificate(),
            Ok(left) => to(&format!("/{}", left - 1)),
            Err(_) => to("10"),
        },
    );
    assert_eq!(fetch(&format!("{}/10", api.url())).unwrap(), CERTIFICATE);
    assert_error(
        &api,
        "/first",
        "cannot fetch \"SERVER/0\": more than 10 redirects",
    );
}

#[test]
fn redirects_that_lead_nowhere() {
    let api = FakeApi::http(|asked| match asked.path.as_str() {
        "/none" => text("302 Found", ""),
        "/file" => to("file:///etc/passwd"),
        _ => to("/gone?u=p@x"),
    });
    assert_error(
        &api,
        "/none",
        "cannot fetch \"SERVER/none\": 302 Found, but not where to",
    );
    assert_error(
        &api,
        "/file",
        "cannot fetch \"SERVER/file\": 302 Found, but not where to",
    );
}

#[test]
fn other_status_codes() {
    let api = FakeApi::http(|asked| match asked.path.as_str() {
        "/missing" => text("404 Not Found", "<html>"),
        "/moved" => to("/missing"),
        _ => text("204 No Content", ""),
    });
    assert_error(
        &api,
        "/missing",
        "cannot fetch \"SERVER/missing\": 404 Not Found",
    );
    assert_error(
        &api,
        "/moved",
        "cannot fetch \"SERVER/missing\": 404 Not Found",
    );
    assert_error(&api, "/", "cannot fetch \"SERVER/\": 204 No Content");
}

#[test]
fn answers_that_are_late_short_or_long() {
    let limit = Duration::from_millis(200);
    for reply in [Reply::Silence, Reply::Drip(Duration::from_millis(20))] {
        let api = FakeApi::http(move |_| reply.clone());
        let start = Instant::now();
        let url = format!("{}/x", api.url());
        let error = download::certificate(&url, &Proxies::default(), limit).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot fetch \"{url}\": no answer within 200 ms")
        );
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    let api = FakeApi::http(|asked| match asked.path.as_str() {
        "/short" => Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n---".to_vec()),
        "/close" => Reply::Close,
        "/ssh" => Reply::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        "/limit" => text("200 OK", &"x".repeat(BODY_LIMIT)),
        _ => text("200 OK", &"x".repeat(BODY_LIMIT + 1)),
    });
    assert_error(
        &api,
        "/short",
        "cannot fetch \"SERVER/short\": the answer is not complete",
    );
    assert_error(
        &api,
        "/close",
        "cannot fetch \"SERVER/close\": it closed the connection",
    );
    assert_error(
        &api,
        "/ssh",
        "cannot fetch \"SERVER/ssh\": its answer is not HTTP",
    );
    assert_error(
        &api,
        "/long",
        "cannot fetch \"SERVER/long\": larger than 1 MiB",
    );
    assert!(fetch(&format!("{}/limit", api.url())).is_ok());
}

#[test]
fn nobody_listens_or_has_the_name() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(
        fetch(&format!("http://me:secret@{address}/c.pem")).unwrap_err(),
        format!("cannot fetch \"http://{address}/c.pem\": connection refused")
    );
    let host = format!("{}.invalid", "x".repeat(70));
    assert_eq!(
        fetch(&format!("http://{host}/")).unwrap_err(),
        format!("cannot fetch \"http://{host}/\": no such host")
    );
}

#[test]
fn what_cannot_be_fetched() {
    let error = download::certificate("my:cert.pem", &Proxies::default(), TIMEOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot fetch \"my:cert.pem\": unsupported protocol scheme \"my\""
    );
    assert_eq!(
        error.hint().unwrap(),
        "http, https and file are known, and there is no file of this name"
    );
    assert_eq!(
        fetch("http://").unwrap_err(),
        "cannot fetch \"http://\": this is no URL"
    );
    assert_eq!(
        fetch("https:host/x").unwrap_err(),
        "cannot fetch \"https:host/x\": this is no URL"
    );
}

#[test]
fn an_existing_file_wins_over_an_unknown_scheme() {
    let folder = Folder::new();
    let file = folder.write("my:cert.pem", "x");
    assert_eq!(
        download::source(file.as_os_str()),
        Source::File(file.clone())
    );
    assert_eq!(
        download::source(OsStr::new("my:cert.pem")),
        Source::Url("my:cert.pem".to_owned())
    );
}

#[test]
fn file_urls() {
    let folder = Folder::new();
    let path = folder.write("a b%c.pem", CERTIFICATE);
    let folder_path = path.parent().unwrap().display().to_string();
    for url in [
        format!("file://{folder_path}/a%20b%c.pem"),
        format!("file://{folder_path}/a b%25c.pem"),
        format!("FILE://host{folder_path}/a%20b%25c.pem?x#y"),
        format!("file:{folder_path}/a%20b%25c.pem"),
    ] {
        assert_eq!(fetch(&url).unwrap(), CERTIFICATE, "{url}");
    }
    assert_eq!(
        fetch("file:///nowhere/x.pem").unwrap_err(),
        "cannot fetch \"file:///nowhere/x.pem\": open /nowhere/x.pem: no such file or directory"
    );
    assert_eq!(
        fetch(&format!("file://{folder_path}")).unwrap_err(),
        format!("cannot fetch \"file://{folder_path}\": open {folder_path}: is a directory")
    );
    for url in ["file://name", "file:name", "file:"] {
        let error = download::certificate(url, &Proxies::default(), TIMEOUT).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot fetch \"{url}\": it names no file")
        );
        assert_eq!(
            error.hint().unwrap(),
            "write it as file:///path/to/cert.pem"
        );
    }
    folder.write("big", &"x".repeat(BODY_LIMIT + 1));
    assert_eq!(
        fetch(&format!("file://{folder_path}/big")).unwrap_err(),
        format!("cannot fetch \"file://{folder_path}/big\": larger than 1 MiB")
    );
}

#[test]
fn a_password_in_a_url_is_sent_but_not_said() {
    let api = FakeApi::http(|asked| match asked.path.as_str() {
        "/c.pem" => certificate(),
        _ => text("403 Forbidden", ""),
    });
    let url = |path| format!("http://me:secret@{}{path}", api.address);
    assert_eq!(fetch(&url("/c.pem")).unwrap(), CERTIFICATE);
    assert_eq!(
        api.asked()[0].header("authorization"),
        ["Basic bWU6c2VjcmV0"]
    );
    let error = download::certificate(&url("/x"), &Proxies::default(), TIMEOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot fetch \"{}/x\": 403 Forbidden", api.url())
    );
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn proxies_are_used_and_left_out() {
    let (proxy, asked) = connect_proxy(false);
    let proxies = |no_proxy: &str| Proxies {
        http: Some(format!("http://me:secret@{proxy}")),
        https: Some(format!("http://me:secret@{proxy}")),
        no_proxy: Some(no_proxy.to_owned()),
    };
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://cert.invalid/c.pem");
        let error = download::certificate(&url, &proxies(""), TIMEOUT).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot fetch \"{url}\": through the proxy http://{proxy}: the proxy does not pass the connection on"
            )
        );
    }
    assert_eq!(asked.lock().unwrap().len(), 2);

    // The own machine is asked directly, whatever the variables say.
    let api = FakeApi::http(|_| certificate());
    let url = format!("{}/c.pem", api.url());
    assert!(download::certificate(&url, &proxies(""), TIMEOUT).is_ok());
    let host = format!("{}.invalid", "x".repeat(70));
    let url = format!("http://{host}/");
    let error = download::certificate(&url, &proxies(".invalid"), TIMEOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot fetch \"{url}\": no such host")
    );
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let this = "download::a_server_that_nobody_vouches_for";
    if !with_trust_in(&tls("other-ca.pem"), this) {
        return;
    }
    let api = FakeApi::https(|_| certificate());
    let url = format!("{}/c.pem", api.url());
    let error = download::certificate(&url, &Proxies::default(), TIMEOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot fetch \"{url}\": its certificate is signed by an unknown authority")
    );
    assert_eq!(
        error.hint().unwrap(),
        "name a file with the CA's certificate with SSL_CERT_FILE, or save the sealing certificate and give its file"
    );
}

#[test]
fn a_machine_that_trusts_nobody() {
    let folder = Folder::new();
    let empty = folder.write("empty.pem", "");
    if !with_trust_in(&empty, "download::a_machine_that_trusts_nobody") {
        return;
    }
    let error = download::certificate("https://127.0.0.1:1/c", &Proxies::default(), TIMEOUT);
    assert_eq!(
        error.unwrap_err().to_string(),
        "cannot fetch \"https://127.0.0.1:1/c\": connection refused"
    );
    let api = FakeApi::https(|_| certificate());
    let url = format!("{}/c.pem", api.url());
    let error = download::certificate(&url, &Proxies::default(), TIMEOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot fetch \"{url}\": this machine has no CA certificates")
    );
    const HINT: &str = "install the CA certificates of your system (package ca-certificates), or name a file with SSL_CERT_FILE";
    assert_eq!(error.hint().unwrap(), HINT);
    assert_failure(
        &api,
        &server(&api),
        &named("s"),
        "cluster: no certificate-authority, and this machine has no CA certificates either",
        HINT,
    );
}

#[test]
fn the_system_s_trust_can_be_named_and_https_stays_https() {
    let this = "download::the_system_s_trust_can_be_named_and_https_stays_https";
    if !with_trust_in(&tls("ca.pem"), this) {
        return;
    }
    let plain = FakeApi::http(|_| certificate());
    let plain_url = plain.url();
    let api = FakeApi::https(move |asked| match asked.path.as_str() {
        "/c.pem" => certificate(),
        "/near" => to("c.pem"),
        _ => to(&plain_url),
    });
    assert_eq!(fetch(&format!("{}/c.pem", api.url())).unwrap(), CERTIFICATE);
    assert_eq!(fetch(&format!("{}/near", api.url())).unwrap(), CERTIFICATE);
    assert_error(
        &api,
        "/plain",
        "cannot fetch \"SERVER/plain\": it leads from https to http, where the certificate could be changed on the way",
    );
    assert!(plain.asked().is_empty());
}
