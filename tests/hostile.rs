//! Input that wants `check` to take all the time and memory there is: it gets neither, and is told of.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The address space that the program may have, in KiB. What it needs is a small part of it.
const MEMORY: u32 = 1024 * 1024;
/// For each input, with an unoptimised program on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);
/// What is read of a file at most.
const LARGEST: usize = 5 * 1024 * 1024;

fn check(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let script = format!("ulimit -v {MEMORY}; exec \"$@\"");
    let start = Instant::now();
    let output = Command::new("sh")
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_rseal"), "check"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("SEALED_SECRETS_CERT")
        .output()
        .unwrap();
    assert!(start.elapsed() < LIMIT, "{arguments:?} took too long");
    said(&output)
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("no signal");
    (code, text(&output.stdout), text(&output.stderr))
}

/// What is said of one file with this content, the end of which is cut off where it is too long.
fn said_of(name: &str, content: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let content = &content.as_bytes()[..content.len().min(LARGEST)];
    fs::write(folder.path().join(name), content).unwrap();
    let (code, stdout, stderr) = check(folder.path(), &[]);
    assert!(matches!(code, 0 | 1), "{code}: {stderr}");
    let said: String = (stdout + &stderr).chars().take(2000).collect();
    said
}

#[test]
fn a_file_of_a_hundred_megabytes_is_told_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("large.yaml")).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let (code, stdout, stderr) = check(folder.path(), &[]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(
        stderr.contains("large.yaml: larger than 5 MiB: not read"),
        "{stderr}"
    );
}

#[test]
fn nesting_without_end_is_a_finding() {
    let deep = 10_000;
    let flow = format!(
        "kind: Secret\nx: {}{}\n",
        "[".repeat(deep),
        "]".repeat(deep)
    );
    assert!(said_of("a.yaml", &flow).contains("unreadable"));
    let json = format!(
        "{{\"kind\": \"Secret\",\n\"x\": {}{}}}",
        "[".repeat(deep),
        "]".repeat(deep)
    );
    assert!(said_of("a.json", &json).contains("unreadable"));
    let mut block = "kind: Secret\n".to_owned();
    for depth in 0..2000 {
        block.push_str(&format!("{}a:\n", " ".repeat(depth)));
    }
    assert!(said_of("b.yaml", &block).contains("unreadable"));
    // What names no Secret is no finding, but it is said that nobody looked into it.
    let other = format!(
        "kind: List # of a Secret\nx: \"Secret\"\ny: {}{}\n",
        "[".repeat(deep),
        "]".repeat(deep)
    );
    assert!(said_of("c.yaml", &other).contains("nested too deeply"));
}

#[test]
fn aliases_do_not_multiply() {
    let mut lists = "apiVersion: v1\nkind: Secret\na0: &a0 [x]\n".to_owned();
    let mut maps = "apiVersion: v1\nkind: Secret\na0: &a0 {x: hunter2}\n".to_owned();
    let mut merges = maps.clone();
    for n in 1..30 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        lists.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
        merges.push_str(&format!("a{n}: &a{n} {{<<: [{aliases}]}}\n"));
        let entries: Vec<_> = (0..10).map(|key| format!("k{key}: *a{}", n - 1)).collect();
        maps.push_str(&format!("a{n}: &a{n} {{{}}}\n", entries.join(", ")));
    }
    said_of("a.yaml", &format!("{lists}data: *a29\n"));
    said_of("b.yaml", &format!("{maps}data: *a29\n"));
    assert!(said_of("c.yaml", &format!("{merges}data: *a29\n")).contains("unreadable"));
    assert!(said_of("d.yaml", "kind: Secret\na: &a\n  <<: *a\n").contains("unreadable"));
}

#[test]
fn marks_without_end_take_no_longer() {
    for mark in [
        "{{",
        "{{ \" }} ",
        "{{/* }} ",
        "${",
        "$(",
        "<path:",
        "(@",
        "-----BEGIN PRIVATE KEY-----\n",
    ] {
        let value = mark.repeat(LARGEST / 16 / mark.len());
        said_of(
            "a.yaml",
            &format!("kind: Secret\nstringData:\n  a: '{value}'\n"),
        );
        said_of("a.txt", &value);
    }
    let block = "  kind: Secret\n  x: [\n".repeat(LARGEST / 400);
    said_of("b.yaml", &format!("a: |\n{block}"));
    let blocks = "- |\n  kind: Secret\n  x: [\n".repeat(LARGEST / 500);
    said_of("c.yaml", &format!("a:\n{blocks}"));
}

#[test]
fn many_findings_are_all_told() {
    let one = "---\nkind: Secret\nstringData: {a: hunter2}\n";
    let count = 20_000;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), one.repeat(count)).unwrap();
    let (code, stdout, _) = check(folder.path(), &[]);
    assert_eq!((code, stdout.lines().count()), (1, count));
}

#[test]
fn a_folder_that_leads_into_itself_is_walked_once() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a");
    fs::create_dir(&inner).unwrap();
    symlink("..", inner.join("up")).unwrap();
    symlink(".", inner.join("here")).unwrap();
    fs::write(
        inner.join("s.yaml"),
        "kind: Secret\nstringData: {a: hunter2}\n",
    )
    .unwrap();
    for arguments in [&[][..], &["a"], &["a/up"]] {
        let (code, stdout, stderr) = check(folder.path(), arguments);
        assert_eq!(
            (code, stdout.lines().count()),
            (1, 1),
            "{arguments:?} {stderr}"
        );
    }
}

#[test]
fn a_file_may_change_while_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let long = "# a comment\n".repeat(300_000) + "kind: Secret\nstringData: {a: hunter2}\n";
    for _ in 0..5 {
        fs::write(&path, &long).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_rseal"))
            .arg("check")
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        for length in (0..10).rev() {
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(length * 1000).unwrap();
        }
        let _ = fs::remove_file(&path);
        let (code, _, stderr) = said(&child.wait_with_output().unwrap());
        assert!(matches!(code, 0 | 1), "{code}: {stderr}");
    }
}

#[test]
fn standard_input_is_not_read_without_end() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rseal"))
        .args(["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let chunk = vec![b'#'; 1024 * 1024];
    for _ in 0..100 {
        // It stops reading, and nobody has to listen to the rest.
        if stdin.write_all(&chunk).is_err() {
            break;
        }
    }
    drop(stdin);
    let (code, _, stderr) = said(&child.wait_with_output().unwrap());
    assert_eq!(code, 0);
    assert!(stderr.contains("larger than 5 MiB"), "{stderr}");
}
