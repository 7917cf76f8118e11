//! The native face: verbs with flags of their own.
//!
//! Owns which verbs there are. What one does is in the file of its name.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand};

use super::message::Failure;
use super::{check, face, init, usage};

#[derive(Debug, Parser)]
#[command(name = "rseal", max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Arguments),
    Init(init::Arguments),
}

/// Runs the verb that was typed.
pub(super) fn run(line: &[OsString]) -> Result<(), Failure> {
    let word = line.get(1).and_then(|word| word.to_str());
    let word = word.unwrap_or_default();
    match word {
        "-V" | "--version" => return usage::version(line),
        "-h" | "--help" => return usage::help(line),
        "help" if line.len() == 2 => return usage::help(line),
        _ if !face::VERBS.contains(&word) => return Err(mistyped(word)),
        _ => {}
    }
    match Line::try_parse_from(line) {
        Ok(Line {
            verb: Verb::Check(arguments),
        }) => check::run(&arguments),
        Ok(Line {
            verb: Verb::Init(arguments),
        }) => init::run(&arguments),
        Err(error) => usage::answer(&error, line, Some(word)),
    }
}

/// The verbs, and what each is for in a line.
pub(super) fn described() -> Vec<(String, String)> {
    Line::command()
        .get_subcommands()
        .map(|verb| {
            let about = verb.get_about().map(ToString::to_string);
            (verb.get_name().to_owned(), about.unwrap_or_default())
        })
        .collect()
}

fn mistyped(word: &str) -> Failure {
    let failure = Failure::usage(format!("no such verb: {word}"));
    match face::meant(word) {
        Some(verb) => failure.hint(format!("did you mean rseal {verb}?")),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::face;
    use super::{Line, described};

    #[test]
    fn the_command_is_consistent() {
        Line::command().debug_assert();
    }

    #[test]
    fn the_face_knows_every_verb() {
        let described = described();
        let mut names: Vec<_> = described.iter().map(|(name, _)| name.as_str()).collect();
        names.push("help");
        assert_eq!(names, face::VERBS);
    }
}
