//! Running other programs: input, captured output, a time limit, and errors that say what was run, what it
//! answered and, when it is absent, which Debian package has it. Does not know what the programs are for.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// Where a program that may be absent comes from.
const DEBIAN_PACKAGES: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("cargo", "cargo"),
    ("git", "git"),
    ("go", "golang"),
    ("grep", "grep"),
    ("ip", "iproute2"),
    ("mount", "mount"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3-venv"),
    ("strace", "strace"),
    ("unshare", "util-linux"),
];

/// What a program that ran to its end left behind.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Runs a program to its end, whatever its exit code. At the limit it is killed and that is an error.
pub(crate) fn finish(command: &mut Command, input: &[u8], limit: Duration) -> Result<Finished> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = spawn(command)?;
    let writer = child.stdin.take().map(|mut pipe| {
        let input = input.to_vec();
        // A program that does not read its input is no error of ours.
        thread::spawn(move || drop(pipe.write_all(&input)))
    });
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let status = wait(&mut child, limit).with_context(|| describe(command))?;
    let stdout = collect(stdout)?;
    let stderr = String::from_utf8_lossy(&collect(stderr)?).into_owned();
    if let Some(writer) = writer {
        drop(writer.join());
    }
    Ok(Finished {
        status,
        stdout,
        stderr,
    })
}

/// As `finish`, and an exit code other than 0 is an error that quotes what the program said.
pub(crate) fn succeed(command: &mut Command, input: &[u8], limit: Duration) -> Result<Finished> {
    let finished = finish(command, input, limit)?;
    if !finished.status.success() {
        bail!(
            "{} ended with {}\n{}{}",
            describe(command),
            finished.status,
            tail(&finished.text(), 20),
            tail(&finished.stderr, 40)
        );
    }
    Ok(finished)
}

/// Starts a program; its absence is an error that names the package.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        let package = DEBIAN_PACKAGES.iter().find(|(name, _)| *name == program);
        match package {
            Some((_, package)) if error.kind() == std::io::ErrorKind::NotFound => {
                anyhow!("`{program}` is not installed: it is in the Debian package {package}")
            }
            _ => anyhow!(error).context(describe(command)),
        }
    })
}

/// The last lines of a text, each with its newline.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    let mut last = String::new();
    for line in all.iter().skip(all.len().saturating_sub(lines)) {
        last.push_str(line);
        last.push('\n');
    }
    last
}

fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    format!("`{}`", words.join(" "))
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<std::io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

fn collect(reader: Option<JoinHandle<std::io::Result<Vec<u8>>>>) -> Result<Vec<u8>> {
    let Some(reader) = reader else {
        return Ok(Vec::new());
    };
    let bytes = reader
        .join()
        .map_err(|_| anyhow!("the thread that read an output ended early"))?;
    Ok(bytes?)
}

fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("not finished after {} s, stopped", limit.as_secs());
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{finish, spawn, succeed};

    #[test]
    fn an_absent_program_is_named_with_its_package() {
        let mut strace = Command::new("strace");
        let error = spawn(strace.env("PATH", "/nonexistent")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`strace` is not installed: it is in the Debian package strace"
        );
    }

    #[test]
    fn a_failure_is_told_with_what_the_program_said() {
        let mut sh = Command::new("sh");
        sh.args(["-c", "echo out; echo why >&2; exit 3"]);
        let error = succeed(&mut sh, &[], Duration::from_secs(10))
            .err()
            .unwrap();
        let text = error.to_string();
        assert!(
            text.contains("exit status: 3") && text.contains("out\nwhy\n"),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_takes_too_long_is_stopped() {
        let mut sleep = Command::new("sleep");
        let error = finish(sleep.arg("60"), &[], Duration::from_millis(50))
            .err()
            .unwrap();
        assert!(format!("{error:#}").contains("stopped"), "{error:#}");
    }
}
