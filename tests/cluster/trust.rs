//! TLS: whom we trust, and what is said when we do not.

use std::io::{Read, Write};
use std::net::TcpListener;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rseal::cluster::ConnectOptions;

use crate::fake_api::{Asked, CERTIFICATE, FakeApi, Reply, certificate, json, service, tls};
use crate::{Folder, assert_failure, failure, fetch, kubeconfig, named, using};

pub(crate) fn working(asked: &Asked) -> Reply {
    if asked.path.contains("/proxy/") {
        certificate()
    } else {
        json("200 OK", &service("s", &[""]))
    }
}

fn config(folder: &Folder, server: &str, more: &[&str]) -> ConnectOptions {
    let server = format!("server: {server}");
    let lines = [&[server.as_str()], more].concat();
    using(folder.write("config", &kubeconfig(&lines, &[])))
}

fn ca() -> String {
    format!("certificate-authority: {}", tls("ca.pem").display())
}

#[test]
fn the_kubeconfig_s_ca_as_file_and_as_data() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let data = STANDARD.encode(std::fs::read(tls("ca.pem")).unwrap());
    for ca in [ca(), format!("certificate-authority-data: {data}")] {
        let options = config(&folder, &api.url(), &[&ca]);
        assert_eq!(fetch(&options, &named("s")).unwrap(), CERTIFICATE);
    }
    assert_eq!(api.connections(), 2);
}

#[test]
fn a_relative_ca_belongs_to_the_folder_of_its_kubeconfig() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let pem = std::fs::read_to_string(tls("ca.pem")).unwrap();
    folder.write("certs/ca.pem", &pem);
    let options = config(
        &folder,
        &api.url(),
        &["certificate-authority: certs/ca.pem"],
    );
    assert_eq!(fetch(&options, &named("s")).unwrap(), CERTIFICATE);
}

#[test]
fn flags_for_trust() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let other = format!("certificate-authority: {}", tls("other-ca.pem").display());
    let wrong = config(&folder, &api.url(), &[&other]);
    let right = ConnectOptions {
        certificate_authority: Some(tls("ca.pem")),
        ..wrong.clone()
    };
    assert_eq!(fetch(&right, &named("s")).unwrap(), CERTIFICATE);
    let skip = ConnectOptions {
        insecure_skip_tls_verify: true,
        ..wrong.clone()
    };
    assert_eq!(fetch(&skip, &named("s")).unwrap(), CERTIFICATE);
    assert_failure(
        &api,
        &wrong,
        &named("s"),
        "cannot connect to SERVER: its certificate is signed by an unknown authority",
        "name the cluster's CA with --certificate-authority, or is this another server than the kubeconfig's?",
    );
    // A bare address is https where there is a CA to verify with.
    let bare = ConnectOptions {
        server: Some(api.address.to_string()),
        ..right
    };
    assert_eq!(fetch(&bare, &named("s")).unwrap(), CERTIFICATE);
}

#[test]
fn a_certificate_for_another_name() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let wrong = config(&folder, &api.url(), &[&ca(), "tls-server-name: other.test"]);
    assert_failure(
        &api,
        &wrong,
        &named("s"),
        "cannot connect to SERVER: its certificate is for another name",
        "name the certificate's host with --tls-server-name",
    );
    let right = ConnectOptions {
        tls_server_name: Some("kube.test".to_owned()),
        ..wrong.clone()
    };
    assert_eq!(fetch(&right, &named("s")).unwrap(), CERTIFICATE);
    // A server of its own has a name of its own.
    let server = ConnectOptions {
        server: Some(api.url()),
        ..wrong
    };
    assert_eq!(fetch(&server, &named("s")).unwrap(), CERTIFICATE);
}

#[test]
fn a_certificate_that_has_expired() {
    let api = FakeApi::https_expired();
    let folder = Folder::new();
    assert_failure(
        &api,
        &config(&folder, &api.url(), &[&ca()]),
        &named("s"),
        "cannot connect to SERVER: its certificate has expired",
        "compare the clock of this machine with the certificate's dates",
    );
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        // Until the other side has read it.
        let _ = stream.read(&mut [0; 4096]);
    });
    let folder = Folder::new();
    let (message, hint) = failure(&config(&folder, &server, &[&ca()]), &named("s"));
    assert_eq!(
        message,
        format!("cannot connect to {server}: it does not speak TLS")
    );
    assert_eq!(hint, "is it an http:// address?");
}

#[test]
fn a_server_that_hangs_up_before_tls_is_there() {
    let api = FakeApi::http(|_| Reply::Close);
    let folder = Folder::new();
    let server = format!("https://{}", api.address);
    let (message, _) = failure(&config(&folder, &server, &[&ca()]), &named("s"));
    assert_eq!(
        message,
        format!("cannot connect to {server}: it closed the connection")
    );
}

#[test]
fn what_is_said_about_the_cluster_and_cannot_be_used() {
    let folder = Folder::new();
    let said =
        |lines: &[&str]| failure(&config(&folder, "https://127.0.0.1:1", lines), &named("s")).0;
    assert_eq!(
        said(&["certificate-authority: gone.pem"]),
        format!(
            "cluster \"c\": certificate-authority: open {}: no such file or directory",
            folder.path("gone.pem").display()
        )
    );
    folder.write("empty.pem", "nothing here\n");
    assert_eq!(
        said(&["certificate-authority: empty.pem"]),
        "cluster \"c\": certificate-authority holds no PEM certificate"
    );
    assert_eq!(
        said(&["certificate-authority-data: '%%%'"]),
        "cluster \"c\": certificate-authority-data is not base64"
    );
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    folder.write("broken.pem", broken);
    assert_eq!(
        said(&["certificate-authority: broken.pem"]),
        "cluster \"c\": certificate-authority holds a certificate that cannot be used"
    );
    assert_eq!(
        said(&[&ca(), "insecure-skip-tls-verify: true"]),
        "cluster \"c\": both certificate-authority and insecure-skip-tls-verify"
    );
    assert_eq!(
        said(&[&ca(), "tls-server-name: 'a b'"]),
        "cluster \"c\": tls-server-name is no host name"
    );
    let url = config(&folder, "https://me:secret@127.0.0.1:1", &[]);
    assert_eq!(
        failure(&url, &named("s")).0,
        "cluster \"c\": the server \"https://127.0.0.1:1\" is no http or https URL without a user name"
    );
}
