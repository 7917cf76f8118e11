//! One process tree, one network, one set of mounts for a whole run: this program runs itself again inside new
//! user, network, mount and process namespaces. When the first process in there ends, the kernel ends every
//! other one and takes mounts and addresses with them. Does not know what runs inside.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{self, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::command;

/// Runs this program again, inside, and gives its exit code.
pub(crate) fn enter(arguments: &[OsString]) -> Result<ExitCode> {
    let mut unshare = Command::new("unshare");
    unshare.args([
        "--map-root-user",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]);
    unshare.arg(env::current_exe()?).args(arguments);
    // Never written to. It is closed when this process ends, in whatever way: see `end_with_parent`.
    unshare.stdin(Stdio::piped());
    let mut child = command::spawn(&mut unshare)?;
    let lifeline = child.stdin.take();
    let status = child
        .wait()
        .context("waiting for the run inside its namespaces")?;
    drop(lifeline);
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Mounts memory as a file system of this size.
pub(crate) fn mount_memory(folder: &Path, size: &str) -> Result<()> {
    let mut mount = Command::new("mount");
    mount
        .args([
            "-t",
            "tmpfs",
            "-o",
            &format!("size={size},mode=755"),
            "none",
        ])
        .arg(folder);
    command::succeed(&mut mount, &[], Duration::from_secs(10)).map(drop)
}

/// Ends this process as soon as the one outside is gone. As the first process of its namespace it would not
/// notice an interrupt, and unshare holds them back too.
pub(crate) fn end_with_parent() {
    thread::spawn(|| {
        let mut nothing = [0];
        while matches!(io::stdin().read(&mut nothing), Ok(count) if count > 0) {}
        process::exit(130);
    });
}
