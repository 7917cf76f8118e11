//! A part that keeps running: its log in a file, a wait for it to be up whose error shows the end of that log,
//! and its end when it is dropped.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::command;

/// A running part.
pub(crate) struct Server {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Server {
    pub(crate) fn start(name: &str, command: &mut Command, log: PathBuf) -> Result<Self> {
        let out = File::create(&log)?;
        command
            .stdin(Stdio::null())
            .stderr(out.try_clone()?)
            .stdout(out);
        let child = command::spawn(command)?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// Asks again and again until the answer is yes. The last refusal and the log's end are in the error.
    pub(crate) fn wait(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let start = Instant::now();
        loop {
            let refusal = match ready() {
                Ok(()) => return Ok(()),
                Err(refusal) => refusal,
            };
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} ended with {status}; its last words:\n{}",
                    self.name,
                    self.last_words()
                );
            }
            if start.elapsed() > limit {
                bail!(
                    "{} is not ready after {} s: {refusal:#}; its last words:\n{}",
                    self.name,
                    limit.as_secs(),
                    self.last_words()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn last_words(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        command::tail(&String::from_utf8_lossy(&log), 30)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
