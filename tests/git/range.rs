//! `--diff A..B`: what each commit brought.

use std::fs;

use crate::repository::{FOUND, HARMLESS, Repository, SECRET};

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// The line for the Secret in a file of a commit.
fn found(path: &str, commit: &str) -> String {
    format!("{path}{FOUND} (commit {})\n", &commit[..12])
}

#[test]
fn a_secret_that_is_added_and_removed_again_is_found_with_its_commit() {
    let repository = Repository::new();
    repository.add("a.yaml", HARMLESS);
    let first = repository.commit("first");
    repository.add("b.yaml", SECRET);
    let adding = repository.commit("add");
    repository.git(&["rm", "--quiet", "b.yaml"]);
    repository.commit("remove");
    let run = repository.check(&["--diff", &format!("{first}..HEAD")]);
    assert_eq!(run.stdout, found("b.yaml", &adding));
    assert_eq!(run.code, Some(1));
    let run = repository.check(&["--diff", &format!("{first}..HEAD"), "--format", "json"]);
    assert!(run.stdout.contains(&format!("\"commit\": \"{adding}\"")));
    repository
        .check(&["--diff", &format!("{adding}..")])
        .finds(&[]);
    repository.check(&["--diff", "HEAD..HEAD"]).finds(&[]);
}

#[test]
fn one_content_at_one_path_is_told_once_with_the_first_commit() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    let first = repository.commit("add");
    repository.add("a.yaml", HARMLESS);
    repository.commit("change");
    repository.add("a.yaml", SECRET);
    repository.add("copy.yaml", SECRET);
    let third = repository.commit("again, and a copy");
    let run = repository.check(&["--diff", &format!("{ZEROS}..main")]);
    assert_eq!(
        run.stdout,
        found("a.yaml", &first) + &found("copy.yaml", &third)
    );
}

#[test]
fn zeros_are_the_beginning_or_the_end() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    let first = repository.commit("add");
    let run = repository.check(&["--diff", &format!("{ZEROS}..HEAD")]);
    assert_eq!(run.stdout, found("a.yaml", &first));
    let run = repository.check(&["--diff", &format!("HEAD..{ZEROS}")]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert_eq!(
        run.stderr,
        "rseal: note: a branch that is deleted brings nothing\n"
    );
}

#[test]
fn a_merge_counts_by_what_no_parent_has() {
    let repository = Repository::new();
    repository.add("base.yaml", HARMLESS);
    let base = repository.commit("base");
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    repository.add("side.yaml", SECRET);
    let side = repository.commit("side");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.add("other.yaml", HARMLESS);
    let main = repository.commit("main");
    repository.git(&["merge", "--quiet", "--no-commit", "side"]);
    repository.add("evil.yaml", SECRET);
    let merge = repository.commit("merge");
    let run = repository.check(&["--diff", &format!("{base}..HEAD")]);
    assert_eq!(
        run.stdout,
        found("evil.yaml", &merge) + &found("side.yaml", &side)
    );
    // What the other parent brings is in the range as well.
    let run = repository.check(&["--diff", &format!("{main}..HEAD")]);
    assert_eq!(run.stdout.lines().count(), 2);
}

#[test]
fn configuration_does_not_hide_anything() {
    let repository = Repository::new();
    for (name, value) in [
        ("log.showRoot", "false"),
        ("diff.renames", "copies"),
        ("diff.ignoreSubmodules", "all"),
        ("core.quotePath", "true"),
        ("diff.relative", "true"),
        ("diff.external", "false"),
        ("color.ui", "always"),
        ("core.pager", "false"),
    ] {
        repository.git(&["config", name, value]);
    }
    repository.write(".gitattributes", "*.yaml binary -diff\n");
    repository.add("sub/a.yaml", SECRET);
    repository.add("b.yaml", SECRET);
    let sub = repository.path.join("sub");
    repository
        .check_in(&sub, &["--staged"])
        .finds(&["../b.yaml", "a.yaml"]);
    let commit = repository.commit("both");
    let run = repository.check_in(&sub, &["--diff", &format!("{ZEROS}..HEAD")]);
    assert_eq!(
        run.stdout,
        found("../b.yaml", &commit) + &found("a.yaml", &commit)
    );
}

#[test]
fn a_shallow_clone_that_lacks_the_beginning_is_an_error() {
    let repository = Repository::new();
    let mut commits = Vec::new();
    for n in 0..4 {
        repository.add("a.yaml", &format!("{HARMLESS}# {n}\n"));
        commits.push(repository.commit("more"));
    }
    let clone = repository.beside("clone");
    let url = format!("file://{}", repository.path.display());
    repository.git(&[
        "clone",
        "--quiet",
        "--depth",
        "2",
        &url,
        clone.to_str().unwrap(),
    ]);
    let run = repository.check_in(&clone, &["--diff", &format!("{}..HEAD", commits[0])]);
    run.fails("no such commit here");
    assert!(
        run.stderr.contains("rseal: hint: this clone is shallow"),
        "{}",
        run.stderr
    );
    // The end is there, and what is before it is not.
    repository
        .check_in(&clone, &["--diff", &format!("{ZEROS}..HEAD")])
        .fails("shallow clone ends");
    let range = format!("{}..HEAD", commits[2]);
    repository.check_in(&clone, &["--diff", &range]).finds(&[]);
}

#[test]
fn what_is_no_range_is_refused_and_never_a_flag() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    repository.commit("a");
    for (range, text) in [
        ("HEAD", "two commits are needed"),
        ("HEAD...HEAD", "three dots"),
        ("nope..HEAD", "no such commit here: nope"),
        ("HEAD..nope", "no such commit here: nope"),
        ("HEAD..HEAD:a.yaml", "no such commit here"),
    ] {
        repository.check(&["--diff", range]).fails(text);
    }
    let target = repository.path.join("written");
    for range in [
        "--output=written..HEAD",
        "HEAD..--output=written",
        "--all..HEAD",
        "HEAD..--all",
    ] {
        let run = repository.check(&[&format!("--diff={range}")]);
        run.fails("no commit can have the name --");
        assert!(!target.exists());
    }
    fs::remove_dir_all(repository.path.join(".git")).unwrap();
    repository
        .check(&["--diff", "a..b"])
        .fails("not in a git repository");
}

#[test]
fn a_bare_repository_has_commits() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    let commit = repository.commit("a");
    let bare = repository.beside("bare");
    let url = repository.path.to_str().unwrap();
    repository.git(&["clone", "--quiet", "--bare", url, bare.to_str().unwrap()]);
    let run = repository.check_in(&bare, &["--diff", &format!("{ZEROS}..main")]);
    assert_eq!(run.stdout, found("a.yaml", &commit));
}

#[test]
fn nothing_in_front_of_the_dots_is_told() {
    let repository = Repository::new();
    repository.add("a.yaml", SECRET);
    repository.commit("it");
    repository
        .check(&["--diff", "..HEAD"])
        .fails("nothing in front of the dots");
}
