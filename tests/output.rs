//! What becomes of the file that `-w` names, and what happens when nobody takes the result.

#![cfg(all(feature = "cli", unix))]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const CERTIFICATE: &[u8] = include_bytes!("../testdata/certificates/sealing-2048.pem");
const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: staging
stringData:
  password: canary-5ea1
";
/// A Secret that cannot be sealed.
const EMPTY: &str = "{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: staging}}";

/// A folder with a certificate in it, gone after the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("cert.pem"), CERTIFICATE).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A program in this folder, with nothing of our environment.
    fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/nonexistent")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn rseal(&self, line: &str) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_rseal"));
        command.args(["--cert", "cert.pem"]).args(line.split(' '));
        command
    }

    /// Everything in it but the certificate.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name != "cert.pem")
            .collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }
}

fn feed(child: &mut Child, input: &str) {
    // A program may end without reading all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
}

fn run(mut command: Command, input: &str) -> Output {
    let mut child = command.spawn().unwrap();
    feed(&mut child, input);
    child.wait_with_output().unwrap()
}

#[track_caller]
fn assert_sealed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[track_caller]
fn assert_failed(output: &Output, said: &str) {
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn a_file_keeps_its_mode() {
    for mode in [0o600, 0o644, 0o640, 0o755] {
        let folder = Folder::new();
        fs::write(folder.path("sealed.yaml"), "old").unwrap();
        fs::set_permissions(folder.path("sealed.yaml"), Permissions::from_mode(mode)).unwrap();
        assert_sealed(&run(folder.rseal("-w sealed.yaml"), SECRET));
        assert!(folder.read("sealed.yaml").starts_with("---\n"));
        assert_eq!(folder.mode("sealed.yaml"), mode);
        assert_eq!(folder.names(), ["sealed.yaml"]);
    }
}

#[test]
fn a_new_file_has_its_mode_from_the_umask() {
    for (umask, mode) in [("022", 0o644), ("027", 0o640), ("077", 0o600)] {
        let folder = Folder::new();
        let mut shell = folder.program("sh");
        shell.arg("-c").arg(format!(
            "umask {umask}; exec {} --cert cert.pem -w sealed.yaml",
            env!("CARGO_BIN_EXE_rseal")
        ));
        assert_sealed(&run(shell, SECRET));
        assert_eq!(folder.mode("sealed.yaml"), mode);
    }
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = Folder::new();
    fs::write(folder.path("sealed.yaml"), "old").unwrap();
    // Who has the old file open goes on reading the old file.
    let mut old = File::open(folder.path("sealed.yaml")).unwrap();
    assert_sealed(&run(folder.rseal("-w sealed.yaml"), SECRET));
    let mut text = String::new();
    old.read_to_string(&mut text).unwrap();
    assert_eq!(text, "old");
}

#[test]
fn links_are_followed_to_the_file_that_they_lead_to() {
    let folder = Folder::new();
    fs::create_dir(folder.path("real")).unwrap();
    fs::write(folder.path("real/sealed.yaml"), "old").unwrap();
    symlink("real/sealed.yaml", folder.path("first")).unwrap();
    symlink("first", folder.path("sealed.yaml")).unwrap();
    assert_sealed(&run(folder.rseal("-w sealed.yaml"), SECRET));
    assert!(folder.path("sealed.yaml").is_symlink());
    assert!(folder.path("first").is_symlink());
    assert!(folder.read("real/sealed.yaml").starts_with("---\n"));
    assert_eq!(folder.names(), ["first", "real", "sealed.yaml"]);
}

#[test]
fn a_link_to_a_file_that_is_not_there_yet_makes_it() {
    let folder = Folder::new();
    symlink("real.yaml", folder.path("sealed.yaml")).unwrap();
    assert_sealed(&run(folder.rseal("-w sealed.yaml"), SECRET));
    assert!(folder.path("sealed.yaml").is_symlink());
    assert!(folder.read("real.yaml").starts_with("---\n"));
}

#[test]
fn links_in_a_circle_are_an_error() {
    let folder = Folder::new();
    symlink("b", folder.path("a")).unwrap();
    symlink("a", folder.path("b")).unwrap();
    assert_failed(
        &run(folder.rseal("-w a"), SECRET),
        "error: open a: too many levels of symbolic links\n",
    );
    assert_eq!(folder.names(), ["a", "b"]);
    assert!(folder.path("a").is_symlink() && folder.path("b").is_symlink());
}

#[test]
fn a_failure_leaves_everything_as_it_was() {
    let folder = Folder::new();
    fs::write(folder.path("sealed.yaml"), "old").unwrap();
    let before = fs::metadata(folder.path("sealed.yaml")).unwrap();
    let output = run(folder.rseal("-w sealed.yaml"), EMPTY);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(folder.read("sealed.yaml"), "old");
    assert_eq!(folder.names(), ["sealed.yaml"]);
    let after = fs::metadata(folder.path("sealed.yaml")).unwrap();
    assert_eq!((after.ino(), after.mtime()), (before.ino(), before.mtime()));
}

#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    let folder = Folder::new();
    let made = Command::new("mkfifo").arg(folder.path("pipe")).status();
    assert!(made.unwrap().success());
    let pipe = folder.path("pipe");
    let reader = thread::spawn(move || fs::read_to_string(pipe).unwrap());
    assert_sealed(&run(folder.rseal("-w pipe -o yaml"), SECRET));
    assert!(reader.join().unwrap().starts_with("---\n"));
    let kind = fs::metadata(folder.path("pipe")).unwrap().file_type();
    assert!(kind.is_fifo());
}

#[test]
fn the_names_of_standard_output_are_standard_output() {
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        if name.starts_with("/proc") && !Path::new("/proc/self/fd").exists() {
            continue;
        }
        // A pipe.
        let folder = Folder::new();
        symlink("/dev/stdout", folder.path("link")).unwrap();
        let output = run(folder.rseal(&format!("-w {name}")), SECRET);
        assert!(output.stdout.starts_with(b"{\n"), "{name}");
        // A file that is being appended to.
        let log = File::options()
            .append(true)
            .create(true)
            .open(folder.path("log"))
            .unwrap();
        let mut rseal = folder.rseal(&format!("-w {name}"));
        rseal.stdout(log.try_clone().unwrap());
        (&log).write_all(b"before\n").unwrap();
        assert_sealed(&run(rseal, SECRET));
        assert!(folder.read("log").starts_with("before\n{\n"), "{name}");
        assert_eq!(folder.names(), ["link", "log"], "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_room_for_the_result_is_an_error() {
    let folder = Folder::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for line in [
        "-o yaml",
        "--fetch-cert",
        "--raw -n staging --name db",
        "-w /dev/stdout",
    ] {
        let mut rseal = folder.rseal(line);
        rseal.stdout(full());
        assert_failed(
            &run(rseal, SECRET),
            "error: write standard output: no space left on device\n",
        );
    }
    assert_failed(
        &run(folder.rseal("-w /dev/full"), SECRET),
        "error: write /dev/full: no space left on device\n",
    );
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_reader_that_has_gone_ends_it_quietly() {
    let folder = Folder::new();
    let mut child = folder.rseal("-o yaml").spawn().unwrap();
    drop(child.stdout.take());
    feed(&mut child, SECRET);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_signal_leaves_nothing_behind() {
    use std::os::unix::process::ExitStatusExt as _;
    for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        // A shell that starts the tests in the background ignores some, and so does the program then.
        if is_ignored(number) {
            continue;
        }
        let folder = Folder::new();
        fs::write(folder.path("sealed.yaml"), "old").unwrap();
        let mut child = folder.rseal("-w sealed.yaml").spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The document is not complete, so that it waits for the rest.
        stdin.write_all(SECRET.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(100));
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        let status = child.wait().unwrap();
        drop(stdin);
        let ended = status.code() == Some(128 + number) || status.signal() == Some(number);
        assert!(ended, "{signal}: {status}");
        assert_eq!(folder.read("sealed.yaml"), "old");
        assert_eq!(folder.names(), ["sealed.yaml"]);
    }
}

/// Whether this process ignores a signal, as far as the system tells.
fn is_ignored(number: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    mask >> (number - 1) & 1 == 1
}

#[test]
fn a_signal_at_any_moment_leaves_the_old_file_or_the_new_one() {
    let folder = Folder::new();
    // Enough work that the signals come before, in and after the writing.
    let value = "canary-5ea1 ".repeat(40_000);
    let secret = format!("{SECRET}  more: \"{value}\"\n");
    let start = Instant::now();
    let mut rseal = folder.rseal("-f secret.yaml -w sealed.yaml");
    fs::write(folder.path("secret.yaml"), &secret).unwrap();
    rseal.stderr(Stdio::null());
    assert!(rseal.status().unwrap().success());
    let whole = start.elapsed();
    for step in 0..20 {
        fs::write(folder.path("sealed.yaml"), "old").unwrap();
        let mut child = rseal.spawn().unwrap();
        thread::sleep(whole * step / 18);
        // It may have ended already.
        let _ = Command::new("kill")
            .arg(child.id().to_string())
            .stderr(Stdio::null())
            .status();
        child.wait().unwrap();
        assert_eq!(
            folder.names(),
            ["sealed.yaml", "secret.yaml"],
            "step {step}"
        );
        let text = folder.read("sealed.yaml");
        let new = text.starts_with("---\n") && text.ends_with("namespace: staging\n");
        assert!(text == "old" || new, "step {step}: {} bytes", text.len());
    }
}
