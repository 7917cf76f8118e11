//! Certificates from files and URLs.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Row, Section};
use crate::case::{Case, ends, fails, hangs, seals, seals_value, secret};
use crate::fake_api::{Reply, text};

const GOOD: &str = include_str!("../../../testdata/certificates/sealing-2048.pem");
const OTHER: &str = include_str!("../../../testdata/certificates/sealing-other-2048.pem");
const KEY: &str = include_str!("../../../testdata/keys/2048.key.pem");
const NONE: &str = "data does not contain any valid RSA or ECDSA certificates";

macro_rules! certificate {
    ($name:literal) => {
        Case::certificate(
            $name,
            &include_bytes!(concat!("../../../testdata/certificates/", $name))[..],
        )
    };
}

pub(crate) fn section() -> Section {
    Section {
        title: "Certificate",
        rows: vec![
            Row {
                what: "`--cert` with a file whose name has a `%` or a `:`",
                kubeseal: "takes it for a URL and fails",
                rseal: "opens it",
                why: "it is there",
                cases: vec![
                    Case::certificate("100%.pem", GOOD)
                        .kubeseal(fails("parse \"100%.pem\": invalid URL escape"))
                        .rseal(seals_value("v")),
                    Case::certificate("my:cert.pem", GOOD)
                        .kubeseal(fails("Get \"my:cert.pem\": unsupported protocol scheme"))
                        .rseal(seals_value("v")),
                    Case::certificate("1:cert.pem", GOOD)
                        .kubeseal(fails("parse \"1:cert.pem\": first path segment in URL cannot contain colon"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "A certificate in UTF-16, with a byte-order mark, indented, with `\\n` for its line ends, or glued to another",
                kubeseal: "finds none",
                rseal: "reads it",
                why: "editors, shells and variables do that to it",
                cases: vec![
                    certificate!("sealing-2048.utf16.pem").kubeseal(fails(NONE)).rseal(seals_value("v")),
                    Case::certificate("c.pem", format!("\u{feff}{GOOD}")).kubeseal(fails(NONE)).rseal(seals_value("v")),
                    Case::certificate("c.pem", GOOD.replace("\n", "\n  ")).kubeseal(fails(NONE)).rseal(seals_value("v")),
                    Case::certificate("c.pem", GOOD.replace('\n', "\\n")).kubeseal(fails(NONE)).rseal(seals_value("v")),
                    Case::certificate("c.pem", format!("{}{GOOD}", GOOD.trim_end()))
                        .kubeseal(fails(NONE))
                        .rseal(seals_value("v").warns("c.pem: the second certificate of the file is not used")),
                ],
            },
            Row {
                what: "Something else: DER, PKCS#7, a public key, a private key, a Secret, a web page",
                kubeseal: "`data does not contain any valid RSA or ECDSA certificates`",
                rseal: "adds what it is, and the command that makes a certificate of it",
                why: "the next step is known",
                cases: vec![
                    certificate!("sealing-2048.der").kubeseal(fails(NONE)).rseal(
                        fails(&format!("sealing-2048.der: {NONE}: it is a certificate in DER form, not in PEM form"))
                            .stderr("hint: openssl x509 -inform der -in sealing-2048.der -out cert.pem"),
                    ),
                    certificate!("sealing-2048.p7b").kubeseal(fails(NONE)).rseal(
                        fails(&format!("sealing-2048.p7b: {NONE}: it is a PKCS#7 bundle"))
                            .stderr("hint: openssl pkcs7 -in sealing-2048.p7b -print_certs -out cert.pem"),
                    ),
                    certificate!("public-key.pem")
                        .kubeseal(fails(NONE))
                        .rseal(fails(&format!("public-key.pem: {NONE}: it is a public key"))),
                    Case::certificate("c.pem", KEY)
                        .kubeseal(fails(NONE))
                        .rseal(fails(&format!("c.pem: {NONE}: it is a PRIVATE KEY"))),
                    Case::certificate("c.pem", secret("a").replace("k: v", "tls.crt: v"))
                        .kubeseal(fails(NONE))
                        .rseal(fails(&format!("c.pem: {NONE}: it is the manifest of a Secret"))),
                    Case::certificate("c.pem", "<html>login</html>")
                        .kubeseal(fails(NONE))
                        .rseal(fails(&format!("c.pem: {NONE}: it is an HTML or XML page"))),
                ],
            },
            Row {
                what: "A certificate whose key is not RSA",
                kubeseal: "prints the key as Go has it in memory: `found &{0x2723f10 8113…`",
                rseal: "names its kind: `found ECDSA P-256`",
                why: "nobody can read the other",
                cases: vec![
                    certificate!("ec-p256.pem")
                        .kubeseal(fails("expected RSA public key but found &{0x"))
                        .rseal(fails("ec-p256.pem: expected RSA public key but found ECDSA P-256")),
                    certificate!("ed25519.pem")
                        .kubeseal(fails("expected RSA public key but found [50 144"))
                        .rseal(fails("ed25519.pem: expected RSA public key but found Ed25519")),
                    certificate!("rsa-pss.pem")
                        .kubeseal(fails("expected RSA public key but found <nil>"))
                        .rseal(fails("rsa-pss.pem: expected RSA public key but found RSASSA-PSS")),
                ],
            },
            Row {
                what: "A broken block in front of a good certificate",
                kubeseal: "skips it when it is not base64, and seals with the next one",
                rseal: "names its line",
                why: "the first certificate of a file is the one to seal with",
                cases: vec![
                    Case::certificate(
                        "c.pem",
                        format!("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n{GOOD}"),
                    )
                    .kubeseal(seals_value("v"))
                    .rseal(fails("c.pem: certificate 1 (line 1) cannot be read: line 2 is not base64")),
                ],
            },
            Row {
                what: "A certificate with a negative serial number",
                kubeseal: "fails: `x509: negative serial number`",
                rseal: "takes it",
                why: "only its key and its dates count",
                cases: vec![
                    certificate!("serial-negative.pem")
                        .kubeseal(fails("x509: negative serial number"))
                        .rseal(seals_value("v")),
                ],
            },
            Row {
                what: "A key of less than 2048 bits (less than 1024 is an error, as for kubeseal)",
                kubeseal: "takes it",
                rseal: "the same, with a warning",
                why: "it can be broken",
                cases: vec![
                    certificate!("sealing-1024.pem")
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(seals(&["ns/a"]).warns("sealing-1024.pem: the key of 1024 bits is weak, use 4096")),
                ],
            },
            Row {
                what: "A certificate that expires within 30 days, or is not valid yet",
                kubeseal: "takes it",
                rseal: "the same, with a warning",
                why: "after that day nothing can be sealed with it",
                cases: vec![
                    Case::certificate("c.pem", expiring())
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("c.pem: the certificate expires on ")),
                    Case::certificate("c.pem", not_yet_valid())
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("c.pem: the certificate is valid from January 1, 2049 only")),
                ],
            },
            Row {
                what: "More in the file: a second certificate, a private key",
                kubeseal: "says nothing",
                rseal: "the same result, with a warning",
                why: "only the first certificate is used; a private key must not lie about",
                cases: vec![
                    Case::certificate("c.pem", format!("{GOOD}{OTHER}"))
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("c.pem: the second certificate of the file is not used")),
                    Case::certificate("c.pem", format!("{GOOD}{KEY}"))
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("c.pem: there is a PRIVATE KEY in the certificate file")),
                ],
            },
            Row {
                what: "`--fetch-cert`, and what came over the network is no certificate",
                kubeseal: "prints it, exit code 0",
                rseal: "says what it is; prints nothing. A file is copied as it is",
                why: "a login page would be committed as a certificate",
                cases: vec![
                    Case::of("--fetch-cert --cert {server}/cert.pem")
                        .server(|_| text("200 OK", "<html>login</html>"))
                        .kubeseal(ends(0).stdout("<html>login</html>"))
                        .rseal(fails("http://").stderr(": it is an HTML or XML page")),
                ],
            },
            Row {
                what: "`--cert` with a URL whose server does not answer",
                kubeseal: "waits for ever",
                rseal: "gives up after 10 s",
                why: "a pipeline would wait for its time limit",
                cases: vec![
                    Case::of("--cert {server}/cert.pem")
                        .input(secret("a"))
                        .server(|_| Reply::Silence)
                        .kubeseal(hangs())
                        .rseal(fails("cannot fetch \"http://").stderr("no answer within 10 s"))
                        .slow(),
                ],
            },
            Row {
                what: "A redirect from https to http",
                kubeseal: "follows it",
                rseal: "refuses it",
                why: "on the way anybody could put a certificate of their own in its place",
                cases: vec![
                    Case::of("--cert {server}/cert.pem")
                        .input(secret("a"))
                        .tls_server(|_| {
                            let to = ("Location", "http://127.0.0.1:1/cert.pem".to_owned());
                            Reply::Http("302 Found", vec![to], Vec::new())
                        })
                        .kubeseal(fails("Get \"http://127.0.0.1:1/cert.pem\": dial tcp 127.0.0.1:1: connect: connection refused"))
                        .rseal(fails("cannot fetch \"https://").stderr("it leads from https to http")),
                ],
            },
            Row {
                what: "A `file:` URL that cannot be read",
                kubeseal: "answers as a web server: `404 Not Found`; reads a folder as a web page",
                rseal: "names the file and the cause",
                why: "it is a file",
                cases: vec![
                    Case::of("--cert file:///nonexistent/cert.pem")
                        .kubeseal(fails("cannot fetch \"file:///nonexistent/cert.pem\": 404 Not Found"))
                        .rseal(fails(
                            "cannot fetch \"file:///nonexistent/cert.pem\": open /nonexistent/cert.pem: no such file or directory\n",
                        )),
                    Case::of("--cert file:///dev")
                        .kubeseal(fails(NONE))
                        .rseal(fails("cannot fetch \"file:///dev\": open /dev: is a directory\n")),
                ],
            },
        ],
    }
}

/// The good certificate, but that its last second is three days from now. Nobody looks at its
/// signature.
fn expiring() -> String {
    let soon = SystemTime::now() + Duration::from_secs(3 * 24 * 60 * 60);
    changed(b"21200101000000Z", date(soon).as_bytes())
}

/// The good certificate, but that its first second is in 2049.
fn not_yet_valid() -> String {
    changed(b"200101000000Z\x18", b"490101000000Z\x18")
}

fn changed(from: &[u8], to: &[u8]) -> String {
    let text: String = GOOD.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = STANDARD.decode(text).unwrap();
    let at = der
        .windows(from.len())
        .position(|bytes| bytes == from)
        .unwrap();
    der[at..at + to.len()].copy_from_slice(to);
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// As a certificate has it: `20261124093000Z`. The days are counted as Howard Hinnant does.
fn date(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let days = seconds / 86400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let of_day = seconds % 86400;
    format!(
        "{:04}{month:02}{day_of_month:02}{:02}{:02}{:02}Z",
        era * 400 + year + next,
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}
