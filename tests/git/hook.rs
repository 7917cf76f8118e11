//! `rseal init --hook git`: the hook itself, run by git.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::repository::{FOUND, HARMLESS, Repository, SECRET};

/// Installs the hook and gives what was said.
fn install(repository: &Repository) -> String {
    let run = repository.rseal(&repository.path, ["init", "--hook", "git"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    run.stderr
}

fn write_hook(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Commits with hooks, and gives the exit code and everything that was said.
fn commit(repository: &Repository, folder: &Path, arguments: &[&str]) -> (bool, String) {
    let arguments = [&["commit", "--quiet", "-m", "message"], arguments].concat();
    let output = repository.try_git(folder, &arguments);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn a_secret_is_not_committed_and_anything_else_is() {
    let repository = Repository::new();
    assert_eq!(
        install(&repository),
        "rseal: note: .git/hooks/pre-commit runs rseal check --staged before each commit\n"
    );
    repository.add("a.yaml", HARMLESS);
    assert_eq!(
        commit(&repository, &repository.path, &[]),
        (true, String::new())
    );
    repository.add("b.yaml", SECRET);
    let (done, said) = commit(&repository, &repository.path, &[]);
    assert!(!done);
    assert!(
        said.starts_with(&format!("b.yaml{FOUND}\nrseal: hint: ")),
        "{said}"
    );
    // From a folder below, the hook runs at the top all the same.
    repository.write("deep/c.yaml", HARMLESS);
    let (done, said) = commit(&repository, &repository.path.join("deep"), &[]);
    assert!(!done && said.starts_with("b.yaml:"), "{said}");
}

#[test]
fn a_commit_of_one_file_is_what_that_file_has() {
    let repository = Repository::new();
    install(&repository);
    repository.add("a.yaml", HARMLESS);
    repository.add("b.yaml", HARMLESS);
    repository.commit("both");
    // Only `git commit FILE` has this index: another one is staged, and neither is it.
    repository.add("a.yaml", SECRET);
    repository.write("b.yaml", &format!("{HARMLESS}# changed\n"));
    let (done, said) = commit(&repository, &repository.path, &["b.yaml"]);
    assert!(done, "{said}");
    let (done, said) = commit(&repository, &repository.path, &["a.yaml"]);
    assert!(!done && said.starts_with("a.yaml:"), "{said}");
    let (done, said) = commit(&repository, &repository.path, &["--all"]);
    assert!(!done && said.starts_with("a.yaml:"), "{said}");
}

#[test]
fn twice_is_as_good_as_once() {
    let repository = Repository::new();
    install(&repository);
    let hook = repository.path.join(".git/hooks/pre-commit");
    let before = fs::read(&hook).unwrap();
    assert_eq!(
        install(&repository),
        "rseal: note: .git/hooks/pre-commit runs rseal check already: nothing changed\n"
    );
    assert_eq!(fs::read(&hook).unwrap(), before);
    let names: Vec<_> = fs::read_dir(hook.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains(".sample"))
        .collect();
    assert_eq!(names, ["pre-commit"]);
    // A hook that somebody wrote is as good.
    write_hook(&hook, "#!/bin/sh\nmake lint && rseal check --staged\n");
    assert!(install(&repository).contains("nothing changed"));
}

#[test]
fn the_hook_that_was_there_runs_first_and_its_word_counts() {
    let repository = Repository::new();
    let hook = repository.path.join(".git/hooks/pre-commit");
    let old = "#!/bin/sh\n# like rseal check\ntest -e refused || { echo old \"$#\" \"$(basename \"$0\")\" >> log; exit 0; }\nexit 3\n";
    write_hook(&hook, old);
    let said = install(&repository);
    assert!(said.ends_with(
        "rseal: note: the hook that was there is kept as .git/hooks/pre-commit.before-rseal and runs \
         first\n"
    ));
    let kept = repository.path.join(".git/hooks/pre-commit.before-rseal");
    assert_eq!(fs::read_to_string(&kept).unwrap(), old);
    repository.add("a.yaml", HARMLESS);
    assert!(commit(&repository, &repository.path, &[]).0);
    assert_eq!(
        fs::read_to_string(repository.path.join("log")).unwrap(),
        "old 0 pre-commit.before-rseal\n"
    );
    repository.write("refused", "");
    repository.add("b.yaml", HARMLESS);
    assert!(!commit(&repository, &repository.path, &[]).0);
    fs::remove_file(repository.path.join("refused")).unwrap();
    repository.add("b.yaml", SECRET);
    assert!(!commit(&repository, &repository.path, &[]).0);
    assert!(install(&repository).contains("nothing changed"));
    // Another program has put its own hook in the place of ours.
    write_hook(&hook, "#!/bin/sh\n");
    let run = repository.rseal(&repository.path, ["init", "--hook", "git"]);
    run.fails("is there from an earlier time");
    assert_eq!(fs::read_to_string(&kept).unwrap(), old);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\n");
}

#[test]
fn a_hook_that_is_a_link_or_may_not_run_stays_what_it_is() {
    let repository = Repository::new();
    let hook = repository.path.join(".git/hooks/pre-commit");
    repository.write("scripts/hook", "#!/bin/sh\nexit 7\n");
    symlink("../../scripts/hook", &hook).unwrap();
    install(&repository);
    repository.add("a.yaml", HARMLESS);
    // Not executable: git would not have run it either.
    assert!(commit(&repository, &repository.path, &[]).0);
    let script = repository.path.join("scripts/hook");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    repository.add("a.yaml", "{}\n");
    assert!(!commit(&repository, &repository.path, &[]).0);
}

#[test]
fn the_hooks_folder_of_the_repository_counts() {
    let repository = Repository::new();
    repository.git(&["config", "core.hooksPath", ".git hooks/of ours"]);
    let said = install(&repository);
    assert!(
        said.contains("note: .git hooks/of ours/pre-commit runs"),
        "{said}"
    );
    repository.add("a.yaml", SECRET);
    let (done, said) = commit(&repository, &repository.path, &[]);
    assert!(!done && said.starts_with("a.yaml:"), "{said}");
    let run = repository.rseal(
        &repository.path.join(".git hooks"),
        ["init", "--hook", "git"],
    );
    assert!(
        run.stderr
            .contains("of ours/pre-commit runs rseal check already"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_folder_that_others_share_is_left_alone() {
    let repository = Repository::new();
    let shared = repository.beside("shared");
    for exists in [false, true] {
        if exists {
            fs::create_dir(&shared).unwrap();
        }
        repository.git(&["config", "core.hooksPath", shared.to_str().unwrap()]);
        let run = repository.rseal(&repository.path, ["init", "--hook", "git"]);
        run.fails("which is not in this repository and may serve others");
        assert!(!shared.join("pre-commit").exists());
    }
    // What the hint says works.
    let run = "git config core.hooksPath \"$(git rev-parse --git-common-dir)/hooks\"";
    let mut shell = repository.command("sh", &repository.path);
    assert!(shell.args(["-c", run]).status().unwrap().success());
    install(&repository);
}

#[test]
fn the_files_of_husky_are_left_alone() {
    let repository = Repository::new();
    repository.write(".husky/_/h", "");
    repository.git(&["config", "core.hooksPath", ".husky/_"]);
    let run = repository.rseal(&repository.path, ["init", "--hook", "git"]);
    run.fails("are written by husky");
}

#[test]
fn a_hook_that_a_program_writes_anew_is_left_alone() {
    for (text, program) in [
        ("#!/bin/sh\ncall_lefthook run pre-commit\n", "lefthook"),
        ("#!/bin/sh\n# File generated by pre-commit\n", "pre-commit"),
    ] {
        let repository = Repository::new();
        repository.write(".git/hooks/pre-commit", text);
        let run = repository.rseal(&repository.path, ["init", "--hook", "git"]);
        run.fails(&format!("is written by {program}"));
        let hook = repository.path.join(".git/hooks/pre-commit");
        assert_eq!(fs::read_to_string(hook).unwrap(), text);
    }
}

#[test]
fn worktrees_share_the_hook_and_have_indexes_of_their_own() {
    let repository = Repository::new();
    repository.add("a.yaml", HARMLESS);
    repository.commit("a");
    let worktree = repository.beside("work tree");
    repository.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "side",
        worktree.to_str().unwrap(),
    ]);
    let run = repository.rseal(&worktree, ["init", "--hook", "git"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(repository.path.join(".git/hooks/pre-commit").exists());
    fs::write(worktree.join("b.yaml"), SECRET).unwrap();
    repository.git_in(&worktree, &["add", "b.yaml"]);
    let (done, said) = commit(&repository, &worktree, &[]);
    assert!(!done && said.starts_with("b.yaml:"), "{said}");
    repository.add("c.yaml", HARMLESS);
    assert!(commit(&repository, &repository.path, &[]).0);
}

#[test]
fn without_the_program_nothing_is_committed() {
    let repository = Repository::new();
    install(&repository);
    repository.add("a.yaml", HARMLESS);
    let mut git = repository.command("git", &repository.path);
    git.args(["commit", "--quiet", "-m", "message"])
        .env("PATH", "/usr/bin:/bin");
    let output = git.output().unwrap();
    assert!(!output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "rseal: error: rseal is not on the PATH, so nothing has looked for plaintext Secrets in this \
         commit\nrseal: hint: install it; git commit --no-verify commits without any hook\n"
    );
}

#[test]
fn the_hook_is_plain_sh() {
    let repository = Repository::new();
    install(&repository);
    let hook = repository.path.join(".git/hooks/pre-commit");
    assert_eq!(
        fs::metadata(&hook).unwrap().permissions().mode() & 0o111,
        0o111
    );
    for shell in ["sh", "dash", "bash"] {
        let mut shell = repository.command(shell, &repository.path);
        // A shell that is not installed has nothing to say.
        if let Ok(status) = shell.arg("-n").arg(&hook).status() {
            assert!(status.success());
        }
    }
}

#[test]
fn where_there_is_no_repository_there_is_no_hook() {
    let folder = Repository::without_git();
    let run = folder.rseal(&folder.path, ["init", "--hook", "git"]);
    run.fails("not in a git repository");
    let run = folder.rseal(&folder.path, ["init"]);
    run.fails("nothing to do");
}
