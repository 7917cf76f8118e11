//! `--staged`: what the next commit will hold, and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use crate::repository::{FOUND, HARMLESS, Repository, SECRET};

#[test]
fn the_index_counts_and_not_the_file_of_the_same_name() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    repository.write("a.yaml", HARMLESS);
    repository.add("b.yaml", HARMLESS);
    repository.write("b.yaml", SECRET);
    repository.add("c.yaml", SECRET);
    fs::remove_file(repository.path.join("c.yaml")).unwrap();
    repository.check(&["--staged"]).finds(&["a.yaml", "c.yaml"]);
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let repository = Repository::new();
    repository.check(&["--staged"]).finds(&[]);
    repository.add("deep/in/a.yaml", SECRET);
    repository.check(&["--staged"]).finds(&["deep/in/a.yaml"]);
}

#[test]
fn what_was_committed_before_is_over() {
    let repository = Repository::new();
    repository.add("old.yaml", SECRET);
    repository.commit("old");
    repository.check(&["--staged"]).finds(&[]);
    repository.add("old.yaml", &format!("# changed\n{SECRET}"));
    let run = repository.check(&["--staged"]);
    assert!(run.stdout.starts_with("old.yaml:2:1: "), "{}", run.stdout);
    repository.git(&["rm", "--quiet", "--force", "old.yaml"]);
    repository.check(&["--staged"]).finds(&[]);
}

#[test]
fn a_file_that_was_renamed_or_changed_its_mode_is_read() {
    let repository = Repository::new();
    repository.add("old.yaml", SECRET);
    repository.add("mode.yaml", SECRET);
    repository.commit("both");
    repository.git(&["mv", "old.yaml", "new.yaml"]);
    repository.git(&["update-index", "--chmod=+x", "mode.yaml"]);
    repository.git(&["config", "diff.renames", "copies"]);
    repository
        .check(&["--staged"])
        .finds(&["mode.yaml", "new.yaml"]);
}

#[test]
fn a_merge_is_what_it_brings_to_the_branch() {
    let repository = Repository::new();
    repository.add("base.yaml", HARMLESS);
    repository.commit("base");
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    repository.add("side.yaml", SECRET);
    repository.commit("side");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.add("main.yaml", SECRET);
    repository.commit("main");
    repository.git(&["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    repository.check(&["--staged"]).finds(&["side.yaml"]);
}

#[test]
fn a_file_that_is_not_merged_yet_is_named() {
    let repository = Repository::new();
    repository.add("a.yaml", HARMLESS);
    repository.commit("base");
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    repository.add("a.yaml", SECRET);
    repository.commit("side");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.add("a.yaml", &format!("{HARMLESS}# main\n"));
    repository.commit("main");
    repository.try_git(&repository.path, &["merge", "--quiet", "side"]);
    let run = repository.check(&["--staged"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(
        run.stderr,
        "rseal: note: a.yaml: it has to be merged first: not read\n"
    );
}

#[test]
fn links_and_submodules_have_no_content() {
    let repository = Repository::new();
    let other = Repository::new();
    other.add("secret.yaml", SECRET);
    other.commit("secret");
    repository.git(&[
        "submodule",
        "--quiet",
        "add",
        other.path.to_str().unwrap(),
        "module",
    ]);
    repository.write("hidden/secret.yaml", SECRET);
    symlink("hidden/secret.yaml", repository.path.join("link.yaml")).unwrap();
    repository.git(&["add", "link.yaml"]);
    repository.check(&["--staged"]).finds(&[]);
    repository.commit("link");
    // A file in the place of a link has.
    fs::remove_file(repository.path.join("link.yaml")).unwrap();
    repository.add("link.yaml", SECRET);
    repository.check(&["--staged"]).finds(&["link.yaml"]);
    repository
        .check_in(&repository.path.join("module"), &["--staged"])
        .finds(&[]);
}

#[test]
fn a_worktree_has_an_index_of_its_own() {
    let repository = Repository::new();
    repository.add("a.yaml", HARMLESS);
    repository.commit("a");
    let worktree = repository.beside("worktree");
    repository.git(&["worktree", "add", "--quiet", worktree.to_str().unwrap()]);
    fs::write(worktree.join("b.yaml"), SECRET).unwrap();
    repository.git_in(&worktree, &["add", "b.yaml"]);
    repository
        .check_in(&worktree, &["--staged"])
        .finds(&["b.yaml"]);
    repository.check(&["--staged"]).finds(&[]);
}

#[test]
fn another_index_is_read_where_git_names_one() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    let mut rseal = repository.command(env!("CARGO_BIN_EXE_rseal"), &repository.path);
    rseal
        .args(["check", "--staged"])
        .env("GIT_INDEX_FILE", "other");
    assert_eq!(rseal.output().unwrap().status.code(), Some(0));
}

#[test]
fn a_file_that_is_only_announced_has_nothing_yet() {
    let repository = Repository::new();
    repository.write("a.yaml", SECRET);
    repository.git(&["add", "--intent-to-add", "a.yaml"]);
    repository.check(&["--staged"]).finds(&[]);
    repository.git(&["add", "a.yaml"]);
    repository.check(&["--staged"]).finds(&["a.yaml"]);
}

#[test]
fn names_are_bytes() {
    let repository = Repository::new();
    let odd = OsStr::from_bytes(b"not\xffutf-8.yaml");
    fs::write(repository.path.join(odd), SECRET).unwrap();
    for name in [
        "new\nline.yaml",
        "\"quotes\".yaml",
        "-dash.yaml",
        ":(top)x.yaml",
        "\u{1b}[31m.yaml",
    ] {
        repository.write(name, SECRET);
    }
    let expected = [
        "\"quotes\".yaml",
        "-dash.yaml",
        ":(top)x.yaml",
        "\\u{1b}[31m.yaml",
        "new\\nline.yaml",
        "not\u{fffd}utf-8.yaml",
    ];
    let sorted = |run: crate::repository::Run| {
        let mut lines: Vec<_> = run.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines, expected.map(|name| format!("{name}{FOUND}")));
    };
    sorted(repository.check(&[]));
    repository.git(&["add", "."]);
    sorted(repository.check(&["--staged"]));
    sorted(repository.check(&[]));
    repository.commit("odd names");
    let run = repository.check(&["--diff", "0000000000000000000000000000000000000000..HEAD"]);
    assert_eq!(run.stdout.lines().count(), expected.len());
    repository
        .check(&["--", "-dash.yaml"])
        .finds(&["-dash.yaml"]);
    repository.check(&[":(top)x.yaml"]).finds(&[":(top)x.yaml"]);
}

#[test]
fn paths_are_seen_from_the_current_folder_and_all_are_read() {
    let repository = Repository::new();
    repository.add("top.yaml", SECRET);
    repository.add("a/b/deep.yaml", SECRET);
    repository.add("a/c/side.yaml", SECRET);
    repository
        .check_in(&repository.path.join("a/b"), &["--staged"])
        .finds(&["../../top.yaml", "../c/side.yaml", "deep.yaml"]);
}

#[test]
fn many_files_are_reported_in_order_for_every_number_of_threads() {
    let repository = Repository::new();
    let names: Vec<String> = (0..200).map(|n| format!("{n:03}.yaml")).collect();
    for name in &names {
        repository.write(name, &format!("{SECRET}# {name}\n"));
    }
    repository.git(&["add", "."]);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for arguments in [&["--staged"][..], &[], &["."]] {
        for threads in ["1", "3"] {
            let mut rseal = repository.command(env!("CARGO_BIN_EXE_rseal"), &repository.path);
            rseal
                .arg("check")
                .args(arguments)
                .env("RAYON_NUM_THREADS", threads);
            let output = rseal.output().unwrap();
            let found = String::from_utf8(output.stdout).unwrap();
            let found: Vec<_> = found
                .lines()
                .filter_map(|line| line.strip_suffix(FOUND))
                .collect();
            assert_eq!(found, names);
        }
    }
}

#[test]
fn a_large_file_is_named_and_not_kept() {
    let repository = Repository::new();
    let large = SECRET.to_owned() + &"# x\n".repeat(1_500_000);
    repository.add("large.yaml", &large);
    repository.add("small.yaml", SECRET);
    let note = "rseal: note: large.yaml: larger than 5 MiB: not read\n";
    for arguments in [&["--staged"][..], &[], &["large.yaml", "small.yaml"]] {
        let run = repository.check(arguments);
        assert_eq!(run.stdout, format!("small.yaml{FOUND}\n"));
        assert!(run.stderr.starts_with(note), "{}", run.stderr);
    }
}

#[test]
fn without_a_repository_there_is_no_index() {
    let folder = Repository::without_git();
    folder.check(&["--staged"]).fails("not in a git repository");
}
