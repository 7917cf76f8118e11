//! Talks to the oracle, the Go program under `xtask/parts/oracle`: what it is asked and what it answers.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Parts;
use crate::command;

const LIMIT: Duration = Duration::from_secs(120);

/// What the Go libraries make of a text, or why they refuse it.
pub(crate) type Opinion = Result<Value, String>;

impl Parts {
    /// The Secret that a strict API server would store for each manifest.
    pub(crate) fn strict_secrets(&self, manifests: &[String]) -> Result<Vec<Opinion>> {
        self.ask_oracle("strict-secret", manifests)
    }

    /// What each YAML document means to kubectl, duplicate keys refused.
    pub(crate) fn yaml_to_json(&self, documents: &[String]) -> Result<Vec<Opinion>> {
        self.ask_oracle("yaml-to-json-strict", documents)
    }

    fn ask_oracle(&self, mode: &str, texts: &[String]) -> Result<Vec<Opinion>> {
        let question =
            |text: &String| format!("{}\n", json!({"mode": mode, "text": STANDARD.encode(text)}));
        let questions: String = texts.iter().map(question).collect();
        let answers =
            command::succeed(&mut Command::new(&self.oracle), questions.as_bytes(), LIMIT)?.text();
        let opinions = answers.lines().map(opinion).collect::<Result<Vec<_>>>()?;
        ensure!(
            opinions.len() == texts.len(),
            "{} answers to {} questions",
            opinions.len(),
            texts.len()
        );
        Ok(opinions)
    }
}

fn opinion(line: &str) -> Result<Opinion> {
    let mut answer: Value =
        serde_json::from_str(line).with_context(|| format!("the oracle answered {line}"))?;
    Ok(match answer["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["value"].take()),
    })
}
