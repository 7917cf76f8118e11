//! Asks the validator, the Go program under `xtask/parts/validator`, whether a report is what its schema says.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Parts;
use crate::command;

const LIMIT: Duration = Duration::from_secs(120);

impl Parts {
    /// An error when `json` is not valid by the schema in a file.
    pub(crate) fn validate(&self, schema: &Path, json: &[u8]) -> Result<()> {
        command::succeed(Command::new(&self.validator).arg(schema), json, LIMIT).map(drop)
    }

    /// The schema of SARIF 2.1.0, out of the Go source that holds it as a string.
    pub(crate) fn sarif_schema(&self) -> Result<String> {
        let source = fs::read_to_string(&self.sarif_schema)?;
        let (_, text) = source.split_once('`').context("no string in the source")?;
        let (schema, _) = text.rsplit_once('`').context("no end of the string")?;
        Ok(schema.to_owned())
    }
}
