//! What the program says when the API server, or what stands before it, does not help: one
//! transcript, `tests/network.txt`, with the addresses of the test left out.
//!
//! `TRYCMD=overwrite` writes it anew.

#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

#[path = "fake_api/mod.rs"]
#[expect(dead_code, reason = "the transcript needs a part of it")]
mod fake_api;

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use fake_api::{FakeApi, Reply, forbidden, json, not_found, service, status, text};

const TRANSCRIPT: &str = include_str!("network.txt");
/// What everything together may take when nobody says otherwise.
const LIMIT: Duration = Duration::from_secs(10);

/// A server that has the Service, and this behind it.
fn behind_the_service(reply: Reply) -> FakeApi {
    FakeApi::http(move |asked| {
        if asked.path.contains("/proxy/") {
            reply.clone()
        } else {
            json("200 OK", &service("sealed-secrets", &["http"]))
        }
    })
}

/// An address that takes no more connections: whoever tries waits for an answer that never comes.
fn unreachable() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
    }
    (listener, waiting)
}

fn fetch(server: &str, flags: &[&str]) -> (Output, Duration) {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_rseal"))
        .args(["--fetch-cert", "--server", server])
        .args(flags)
        .env_clear()
        .output()
        .unwrap();
    (output, start.elapsed())
}

/// Runs it, and writes down what a user sees.
fn entry(what: &str, address: SocketAddr, flags: &[&str], limit: Option<Duration>) -> String {
    let (output, elapsed) = fetch(&format!("http://{address}"), flags);
    assert!(output.stdout.is_empty(), "{what}: something was written");
    if let Some(limit) = limit {
        assert!(
            elapsed >= limit && elapsed < limit + Duration::from_secs(3),
            "{what}: {elapsed:?}"
        );
    }
    let mut entry = format!("{what}:\n$ rseal --fetch-cert --server http://ADDRESS");
    for flag in flags {
        let _ = write!(entry, " {flag}");
    }
    let said = String::from_utf8_lossy(&output.stderr).replace(&address.to_string(), "ADDRESS");
    let code = output.status.code();
    let _ = write!(entry, "\n? {}\n{said}\n", code.unwrap_or(-1));
    entry
}

#[test]
fn what_is_said() {
    const NAMED: &[&str] = &["--controller-name", "sealed-secrets"];
    let html = text("200 OK", "<!DOCTYPE html><title>Log in</title>");
    let servers = [
        (
            "the Service is not there",
            FakeApi::http(|_| not_found("sealed-secrets")),
        ),
        (
            "nothing may be asked",
            FakeApi::http(|_| forbidden("services", "sealed-secrets")),
        ),
        (
            "the controller may not be asked",
            behind_the_service(forbidden("services/proxy", "http:sealed-secrets:http")),
        ),
        (
            "the controller does not run",
            behind_the_service(status(
                "503 Service Unavailable",
                "no endpoints available for service \"http:sealed-secrets:http\"",
            )),
        ),
        (
            "something else runs there",
            behind_the_service(not_found("x")),
        ),
        (
            "a web page instead of a certificate",
            behind_the_service(html.clone()),
        ),
        (
            "a web page instead of an API server",
            FakeApi::http(move |_| html.clone()),
        ),
    ];
    let nowhere = FakeApi::http(|asked| {
        if asked.path.contains("labelSelector") {
            json(
                "200 OK",
                r#"{"kind":"ServiceList","apiVersion":"v1","items":[]}"#,
            )
        } else {
            not_found("it")
        }
    });
    let refused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = FakeApi::http(|_| Reply::Silence);
    let (unreachable, waiting) = unreachable();
    let unreachable_at = unreachable.local_addr().unwrap();

    let mut transcript = String::new();
    thread::scope(|scope| {
        // Both wait for the whole limit; they do it at the same time.
        let slow = [
            (
                "a server that takes no connection, for ten seconds",
                unreachable_at,
            ),
            (
                "a server that accepts and never answers, for ten seconds",
                silent.address,
            ),
        ]
        .map(|(what, at)| scope.spawn(move || entry(what, at, NAMED, Some(LIMIT))));
        for (what, server) in &servers {
            transcript += &entry(what, server.address, NAMED, None);
        }
        transcript += &entry(
            "the Service is not named, and nowhere",
            nowhere.address,
            &[],
            None,
        );
        transcript += &entry("nobody listens", refused, NAMED, None);
        let soon = Some(Duration::from_secs(1));
        let flags = [NAMED, &["--request-timeout", "1s"]].concat();
        transcript += &entry(
            "a server that never answers, and a limit",
            silent.address,
            &flags,
            soon,
        );
        for slow in slow {
            transcript += &slow.join().unwrap();
        }
    });
    drop(waiting);

    if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
        std::fs::write("tests/network.txt", &transcript).unwrap();
    } else {
        assert_eq!(transcript, TRANSCRIPT);
    }
}
