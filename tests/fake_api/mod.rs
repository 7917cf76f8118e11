//! An API server for tests: what a real one does not do on demand, it does.
//!
//! HTTP/1.1 by hand on std threads, over TCP or TLS. It knows nothing of Kubernetes but the shape
//! of a few answers; what it says to which request is the test's closure.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// Looks like a certificate to whom only looks for one.
pub(crate) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// A file of the throw-away certificates beside this one.
pub(crate) fn tls(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fake_api/tls")
        .join(name)
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Asked {
    /// All values of a header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// An ordinary answer: status line after the version, more headers, body.
    Http(&'static str, Vec<(&'static str, String)>, Vec<u8>),
    /// Bytes as they are, then the end.
    Raw(Vec<u8>),
    /// Nothing, for as long as somebody waits.
    Silence,
    /// The end at once.
    Close,
    /// A body of which one byte comes every so often, for ever.
    Drip(Duration),
}

pub(crate) fn json(status: &'static str, body: &str) -> Reply {
    let kind = ("Content-Type", "application/json".to_owned());
    Reply::Http(status, vec![kind], body.as_bytes().to_vec())
}

pub(crate) fn text(status: &'static str, body: &str) -> Reply {
    let kind = ("Content-Type", "text/plain".to_owned());
    Reply::Http(status, vec![kind], body.as_bytes().to_vec())
}

/// The certificate, as the controller answers.
pub(crate) fn certificate() -> Reply {
    let kind = ("Content-Type", "application/x-pem-file".to_owned());
    Reply::Http("200 OK", vec![kind], CERTIFICATE.as_bytes().to_vec())
}

/// A Kubernetes Status, as the API server itself answers.
pub(crate) fn status(status: &'static str, message: &str) -> Reply {
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
    });
    json(status, &body.to_string())
}

pub(crate) fn not_found(service: &str) -> Reply {
    status(
        "404 Not Found",
        &format!("services \"{service}\" not found"),
    )
}

pub(crate) fn forbidden(what: &str, name: &str) -> Reply {
    status(
        "403 Forbidden",
        &format!(
            "services \"{name}\" is forbidden: User \"jane\" cannot get resource \"{what}\" in API group \"\" in the namespace \"kube-system\""
        ),
    )
}

/// A Service object with ports of these names; an empty name is none.
pub(crate) fn service(name: &str, ports: &[&str]) -> String {
    let ports: Vec<String> = ports
        .iter()
        .map(|port| match *port {
            "" => r#"{"port":8080,"protocol":"TCP"}"#.to_owned(),
            port => format!(r#"{{"name":"{port}","port":8080,"protocol":"TCP"}}"#),
        })
        .collect();
    format!(
        r#"{{"kind":"Service","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"kube-system"}},"spec":{{"ports":[{}]}}}}"#,
        ports.join(",")
    )
}

type Answerer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A running server. It ends with the process.
pub(crate) struct FakeApi {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
}

impl FakeApi {
    /// Over plain HTTP.
    pub(crate) fn http(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(answer))
    }

    /// Over TLS, with the certificate for 127.0.0.1 that the throw-away CA signed.
    pub(crate) fn https(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(tls_config("server.pem", false)), Arc::new(answer))
    }

    /// Over TLS, for clients with a certificate of the throw-away CA only.
    pub(crate) fn https_for_clients(
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(tls_config("server.pem", true)), Arc::new(answer))
    }

    /// Over TLS, with a certificate that has expired.
    pub(crate) fn https_expired() -> Self {
        Self::start(
            Some(tls_config("expired.pem", false)),
            Arc::new(|_: &Asked| Reply::Close),
        )
    }

    fn start(tls: Option<Arc<ServerConfig>>, answer: Arc<Answerer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            scheme: if tls.is_some() { "https" } else { "http" },
            asked: Arc::default(),
            connections: Arc::default(),
        };
        let (asked, connections) = (server.asked.clone(), server.connections.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                connections.fetch_add(1, Ordering::SeqCst);
                let (tls, answer, asked) = (tls.clone(), answer.clone(), asked.clone());
                thread::spawn(move || match tls {
                    None => serve(stream, &*answer, &asked),
                    Some(config) => {
                        let tls = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(tls, stream), &*answer, &asked);
                    }
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Their paths.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn tls_config(certificate: &str, clients: bool) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_file(tls(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(tls("server.key")).unwrap();
    let builder = ServerConfig::builder();
    let builder = if clients {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(tls("ca.pem")).unwrap())
            .unwrap();
        let verifier = WebPkiClientVerifier::builder(roots.into()).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

/// Answers the requests of one connection until one side has enough.
fn serve(stream: impl Read + Write, answer: &Answerer, log: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = request(&mut stream) {
        log.lock().unwrap().push(asked.clone());
        let out = stream.get_mut();
        let done = match answer(&asked) {
            Reply::Http(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                let all = [head.as_bytes(), b"\r\n", &body].concat();
                out.write_all(&all).and_then(|()| out.flush())
            }
            Reply::Raw(bytes) => {
                // The other side may have gone, which is its business.
                let _ = out.write_all(&bytes).and_then(|()| out.flush());
                return;
            }
            Reply::Silence => {
                let _ = stream.read(&mut [0]);
                return;
            }
            Reply::Close => return,
            Reply::Drip(pause) => drip(out, pause),
        };
        if done.is_err() {
            return;
        }
    }
}

fn drip(out: &mut impl Write, pause: Duration) -> std::io::Result<()> {
    out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")?;
    loop {
        out.write_all(b"-")?;
        out.flush()?;
        thread::sleep(pause);
    }
}

fn request(stream: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    Some(Asked {
        method,
        path,
        headers,
    })
}

/// A CONNECT proxy. Returns its address and the lines that it was asked with.
pub(crate) fn connect_proxy(accept: bool) -> (SocketAddr, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let log = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let log = log.clone();
            thread::spawn(move || tunnel(stream, accept, &log));
        }
    });
    (address, asked)
}

fn tunnel(mut client: TcpStream, accept: bool, log: &Mutex<Vec<Asked>>) -> Option<()> {
    let asked = request(&mut BufReader::new(client.try_clone().ok()?))?;
    log.lock().unwrap().push(asked.clone());
    if !accept {
        client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").ok()?;
        return None;
    }
    let mut server = TcpStream::connect(asked.path).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut from, mut to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    std::io::copy(&mut server, &mut client).ok()?;
    Some(())
}
