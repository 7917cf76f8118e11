//! The run's own network: loopback and one address that programs in it can reach, and the smallest HTTP client
//! that can ask a server whether it is up. (The API server refuses to proxy to a loopback address.)

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::command;

/// Where every part listens.
pub(crate) const ADDRESS: &str = "10.99.0.1";

const LIMIT: Duration = Duration::from_secs(10);

/// Brings up loopback and a pair of virtual devices, one of which has the address.
pub(crate) fn up() -> Result<()> {
    let network = format!("{ADDRESS}/24");
    let steps: [&[&str]; 5] = [
        &["link", "set", "lo", "up"],
        &[
            "link", "add", "parts0", "type", "veth", "peer", "name", "parts1",
        ],
        &["address", "add", &network, "dev", "parts0"],
        &["link", "set", "parts0", "up"],
        &["link", "set", "parts1", "up"],
    ];
    for words in steps {
        command::succeed(Command::new("ip").args(words), &[], LIMIT)?;
    }
    Ok(())
}

/// The body that a part answers to a GET, or to a POST of JSON. An answer other than 200 is an error.
pub(crate) fn ask(port: u16, path: &str, json: Option<&str>) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect((ADDRESS, port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    let method = if json.is_some() { "POST" } else { "GET" };
    let body = json.unwrap_or_default();
    // HTTP/1.0: the answer ends with the connection and comes in one piece.
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {ADDRESS}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .context("half an answer")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.lines().next().unwrap_or_default();
    anyhow::ensure!(status.split(' ').nth(1) == Some("200"), "{path}: {status}");
    Ok(answer.split_off(end + 4))
}
