//! `rseal init`: prepares a repository.

use super::message::Failure;

/// Prepare a git repository: install the hook that runs check before each commit
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Install a hook: git, for git's own pre-commit hook
    #[arg(long, value_name = "KIND")]
    hook: Option<String>,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let _ = &arguments.hook;
    Err(Failure::new("not yet"))
}
