//! Ranges of commits, and what they brought.
//!
//! Owns the case that a clone does not have all of one.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt::Display;

use super::super::message::Failure;
use super::batch::Batch;
use super::{
    entries, feed, git, is_no_repository, line, lines, no_repository, rev_parse, run, short,
    succeed,
};
use crate::git::{Ends, Entry};

/// What each commit between two brought, the earliest first.
pub(in crate::cli) fn changes(range: &Range) -> Result<(Vec<Entry>, Batch), Failure> {
    let cut = cut_commits()?;
    let batch = Batch::start()?;
    let mut list = git();
    list.args(["rev-list", "--topo-order", "--reverse", &range.last]);
    if let Some(first) = &range.first {
        list.arg(format!("^{first}"));
    }
    let commits = succeed(&mut list)?.ok_or_else(no_repository)?;
    if let Some(cut) = lines(&commits).find(|commit| cut.contains(commit)) {
        return Err(Failure::new(format!(
            "the history of this shallow clone ends at {}, in the middle of the range",
            short(&cut)
        ))
        .hint(FETCH_MORE.to_owned()));
    }
    let mut diff = git();
    // Of a merge, only what no parent has: the rest came with the commits of one of them.
    diff.args(["diff-tree", "--stdin", "-r", "--root", "-c"]);
    diff.args(["--raw", "-z", "--no-renames"]);
    let answer = feed(&mut diff, commits)?;
    Ok((entries(&answer)?, batch))
}

const FETCH_MORE: &str = "git fetch --unshallow brings the rest (fetch-depth: 0 for the checkout \
                          action of GitHub, GIT_DEPTH: 0 for GitLab)";

/// Two ends of a history, which exist.
pub(in crate::cli) struct Range {
    /// Everything that it has is left out.
    first: Option<String>,
    pub(in crate::cli) last: String,
}

impl Range {
    /// The commits that `text` names, as `A..B`; none where `B` is gone.
    pub(in crate::cli) fn resolve(text: &OsStr) -> Result<Option<Self>, Failure> {
        let wrong = |why: &dyn Display| {
            Failure::usage(format!("--diff {}: {why}", text.to_string_lossy())).hint(
                "--diff A..B reads what every commit of B brought that A does not have".to_owned(),
            )
        };
        let name = text.to_str().ok_or_else(|| wrong(&"not valid UTF-8"))?;
        let ends = Ends::parse(name).map_err(|error| wrong(&error))?;
        let Some(last) = ends.last else {
            return Ok(None);
        };
        Ok(Some(Self {
            first: ends.first.map(commit).transpose()?,
            last: commit(last)?,
        }))
    }
}

/// The commits whose parents a shallow clone lacks.
fn cut_commits() -> Result<HashSet<String>, Failure> {
    let file = rev_parse(&["--git-path", "shallow"])?.ok_or_else(no_repository)?;
    // No such file: the clone is whole.
    let list = std::fs::read(file).unwrap_or_default();
    Ok(lines(&list).collect())
}

/// The commit that a name stands for.
fn commit(name: &str) -> Result<String, Failure> {
    let mut git = git();
    git.args(["rev-parse", "--verify", "--quiet"]);
    git.arg(format!("{name}^{{commit}}"));
    let output = run(&mut git)?;
    if is_no_repository(&output) {
        return Err(no_repository());
    }
    let answer = output.status.success().then_some(output.stdout);
    match answer {
        Some(answer) => Ok(String::from_utf8_lossy(line(&answer)).into_owned()),
        None => Err(
            Failure::new(format!("no such commit here: {name}")).hint(if is_shallow() {
                format!("this clone is shallow: {FETCH_MORE}")
            } else {
                "git fetch brings what the remote has".to_owned()
            }),
        ),
    }
}

fn is_shallow() -> bool {
    let mut git = git();
    git.args(["rev-parse", "--is-shallow-repository"]);
    run(&mut git).is_ok_and(|output| line(&output.stdout) == b"true")
}
