//! The work tree, folders and files, with and without git.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;

use crate::repository::{FOUND, HARMLESS, Repository, SECRET};

#[test]
fn what_git_tracks_or_would_add_is_read() {
    let repository = Repository::new();
    repository.write(".gitignore", "ignored*\nbuild/\n");
    repository.add("ignored-but-tracked.yaml", SECRET);
    repository.add("tracked.yaml", SECRET);
    repository.write("untracked.yaml", SECRET);
    repository.write("ignored.yaml", SECRET);
    repository.write("build/out.yaml", SECRET);
    repository.write(".hidden/.file.yaml", SECRET);
    repository.write(".git/in-git.yaml", SECRET);
    let expected = [
        ".hidden/.file.yaml",
        "ignored-but-tracked.yaml",
        "tracked.yaml",
        "untracked.yaml",
    ];
    repository.check(&[]).finds(&expected);
    repository.check(&["."]).finds(&expected);
    repository
        .check(&[".hidden", "tracked.yaml", "./tracked.yaml"])
        .finds(&[".hidden/.file.yaml", "tracked.yaml"]);
}

#[test]
fn what_is_named_is_read_although_it_is_ignored() {
    let repository = Repository::new();
    repository.write(".gitignore", "ignored*\n/build/\n");
    repository.write("ignored.yaml", SECRET);
    repository.write("build/deep/out.yaml", SECRET);
    repository.add("build/tracked.yaml", SECRET);
    repository.check(&["ignored.yaml"]).finds(&["ignored.yaml"]);
    let build = ["build/deep/out.yaml", "build/tracked.yaml"];
    repository.check(&["build"]).finds(&build);
    repository.check(&["build/"]).finds(&build);
    repository
        .check(&["build/deep"])
        .finds(&["build/deep/out.yaml"]);
    let run = repository.check_in(&repository.path.join("build/deep"), &[]);
    assert_eq!(run.code, Some(0));
    assert_eq!(
        run.stderr,
        "rseal: note: no file to check in this folder, or git ignores them all\n"
    );
}

#[test]
fn only_what_lies_below_the_folder_is_read() {
    let repository = Repository::new();
    repository.add("top.yaml", SECRET);
    repository.add("a/in.yaml", SECRET);
    repository
        .check_in(&repository.path.join("a"), &[])
        .finds(&["in.yaml"]);
    repository
        .check_in(&repository.path.join("a"), &[".."])
        .finds(&["../a/in.yaml", "../top.yaml"]);
    let elsewhere = Repository::without_git();
    let path = repository.path.join("a");
    let path = path.to_str().unwrap();
    elsewhere
        .check(&[path])
        .finds(&[&format!("{path}/in.yaml")]);
}

#[test]
fn a_repository_that_a_variable_names_is_read_by_its_paths() {
    let repository = Repository::new();
    repository.write(".gitignore", "*.yaml\n");
    repository.add("a/in.yaml", SECRET);
    let mut rseal = repository.command(env!("CARGO_BIN_EXE_rseal"), &repository.path);
    rseal
        .args(["check", "a"])
        .env("GIT_DIR", repository.path.join(".git"));
    let output = rseal.output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(found, format!("a/in.yaml{FOUND}\n"));
}

#[test]
fn deleted_files_and_submodules_are_passed_over() {
    let repository = Repository::new();
    let other = Repository::new();
    other.add("secret.yaml", SECRET);
    other.commit("secret");
    let url = other.path.to_str().unwrap().to_owned();
    repository.git(&["submodule", "--quiet", "add", &url, "module"]);
    repository.git_in(&repository.path, &["clone", "--quiet", &url, "untracked"]);
    repository.add("deleted.yaml", SECRET);
    fs::remove_file(repository.path.join("deleted.yaml")).unwrap();
    repository.check(&[]).finds(&[]);
    // By its name it is read, with its own repository.
    repository.check(&["module"]).finds(&["module/secret.yaml"]);
    repository
        .check(&["untracked"])
        .finds(&["untracked/secret.yaml"]);
}

#[test]
fn links_are_followed_only_by_name_and_within_the_tree() {
    let repository = Repository::new();
    let outside = repository.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.yaml"), SECRET).unwrap();
    repository.write("in/secret.txt", SECRET);
    for (target, link) in [
        (outside.join("secret.yaml"), "out.yaml"),
        (outside.clone(), "out"),
        ("in/secret.txt".into(), "in.yaml"),
        ("in".into(), "in-folder"),
        (".".into(), "loop"),
    ] {
        symlink(target, repository.path.join(link)).unwrap();
    }
    repository.check(&[]).finds(&[]);
    repository.check(&["in.yaml"]).finds(&["in.yaml"]);
    repository.write("in/secret.yaml", SECRET);
    repository
        .check(&["in-folder/"])
        .finds(&["in-folder/secret.yaml"]);
    for link in ["out.yaml", "out", "out/"] {
        let run = repository.check(&[link]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
        let name = link.trim_end_matches('/');
        assert_eq!(
            run.stderr,
            format!("rseal: note: {name}: a link out of the tree: not followed\n")
        );
    }
}

#[test]
fn without_git_a_folder_is_walked() {
    let folder = Repository::without_git();
    folder.write(".gitignore", "ignored.yaml\n");
    folder.write(".ignore", "a.yaml\n");
    folder.write("ignored.yaml", SECRET);
    folder.write("a.yaml", SECRET);
    folder.write(".hidden/b.yaml", SECRET);
    symlink(".", folder.path.join("loop")).unwrap();
    folder.check(&[]).finds(&[".hidden/b.yaml", "a.yaml"]);
    folder
        .check(&[".hidden", "ignored.yaml"])
        .finds(&[".hidden/b.yaml", "ignored.yaml"]);
}

#[test]
fn without_the_command_a_repository_is_not_taken_for_a_folder() {
    let repository = Repository::new();
    let folder = Repository::without_git();
    folder.write("a.yaml", SECRET);
    for (path, code) in [(&repository.path, 2), (&folder.path, 1)] {
        let mut rseal = repository.command(env!("CARGO_BIN_EXE_rseal"), path);
        let output = rseal
            .arg("check")
            .env("PATH", "/nonexistent")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", path.display());
    }
}

#[test]
fn a_folder_that_cannot_be_read_is_an_error() {
    let repository = Repository::new();
    let folder = Repository::without_git();
    for place in [&repository, &folder] {
        place.write("closed/a.yaml", SECRET);
        place.write("b.yaml", HARMLESS);
        let closed = place.path.join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read_dir(&closed).is_err() {
            place.check(&[]).fails("ermission denied");
        }
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn what_does_not_exist_is_an_error() {
    let repository = Repository::new();
    repository.write("a.yaml", SECRET);
    repository
        .check(&["a.yaml", "b.yaml"])
        .fails("b.yaml: no such file or directory");
    repository
        .check(&["a.yaml/b"])
        .fails("a.yaml/b: not a directory");
    repository.check(&[""]).fails("no such file or directory");
    let git = repository.path.join(".git");
    repository
        .check_in(&git, &[])
        .fails("must be run in a work tree");
}

#[test]
fn standard_input_is_read_under_a_name() {
    let folder = Repository::without_git();
    folder.write("a.yaml", SECRET);
    for (arguments, expected) in [
        (&["-"][..], vec!["stdin.yaml"]),
        (
            &["--stdin-name", "x/y.yaml", "-", "a.yaml"],
            vec!["a.yaml", "x/y.yaml"],
        ),
        (&["--stdin-name", "notes.txt", "-"], vec![]),
    ] {
        let mut rseal = folder.command(env!("CARGO_BIN_EXE_rseal"), &folder.path);
        rseal.arg("check").args(arguments).stdin(Stdio::piped());
        rseal.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = rseal.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(SECRET.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        let found: Vec<_> = found.lines().collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|path| format!("{path}{FOUND}"))
            .collect();
        assert_eq!(found, expected);
    }
    folder.check(&["-", "-"]).fails("only once");
    folder
        .check(&["--stdin-name", "x", "a.yaml"])
        .fails("--stdin-name is for standard input");
}

#[test]
fn a_pipe_is_read_by_its_name() {
    let folder = Repository::without_git();
    let mut shell = folder.command("bash", &folder.path);
    shell.args([
        "-c",
        "rseal check <(printf AGE-SECRET-KEY-1; printf 'QPZRY9X8GF%.0s' 1 2 3 4 5; echo QPZRY9X8)",
    ]);
    let output = shell.output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(found.contains(": private-key: "), "{found}");
}
