//! Talks to the oracle, the Go program under `xtask/parts/oracle`: one question, one answer.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Parts;
use crate::command;

const LIMIT: Duration = Duration::from_secs(60);

/// An RSA key and a self-signed certificate for it, both PEM, made by Go.
pub(crate) struct KeyPair {
    pub(crate) key: String,
    pub(crate) certificate: String,
}

impl Parts {
    pub(crate) fn key_pair(&self, bits: u32) -> Result<KeyPair> {
        let question = json!({"mode": "key-pair", "text": STANDARD.encode(bits.to_string())});
        let answer = command::succeed(
            &mut Command::new(&self.oracle),
            format!("{question}\n").as_bytes(),
            LIMIT,
        )?;
        let answer: Value = serde_json::from_slice(&answer.stdout)?;
        let part = |name: &str| {
            let text = answer["value"][name].as_str();
            text.map(str::to_owned)
                .with_context(|| format!("the oracle answered {answer}"))
        };
        Ok(KeyPair {
            key: part("key")?,
            certificate: part("certificate")?,
        })
    }
}
