//! Help, the version, and what to say to a line that is not understood.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::arguments::{Arguments, NOT_BUILT};
use super::exit::Stop;
use super::message::Failure;
use super::output::Output;
use super::{face, verbs};

/// The version of kubeseal whose flags, output and exit codes the drop-in has.
const KUBESEAL_VERSION: &str = "v0.38.4";

/// Prints what was asked for, or says what is wrong with the line. `verb` is the one that was
/// called, if any.
pub(super) fn answer(
    error: &clap::Error,
    line: &[OsString],
    verb: Option<&str>,
) -> Result<(), Failure> {
    match (error.kind(), verb) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, None) => {
            help(line)
        }
        (ErrorKind::DisplayHelp, Some(_)) => Output::Stdout.write(|out| write!(out, "{error}")),
        (ErrorKind::DisplayVersion, _) => version(line),
        (kind, _) => {
            let list = match verb {
                None => "rseal --help lists all flags".to_owned(),
                Some("help") => "rseal help lists all verbs".to_owned(),
                Some(verb) => format!("rseal help {verb} lists all flags"),
            };
            Err(Failure::usage(explanation(error, kind)).hint(hint(error, &list)))
        }
    }
}

/// Prints all that the program can do; by the name of kubeseal, what kubeseal can.
pub(super) fn help(line: &[OsString]) -> Result<(), Failure> {
    let text = help_text(line);
    Output::Stdout.write(|out| out.write_all(text.as_bytes()))
}

/// What a person sees who types the program's name and nothing else.
pub(super) fn short_help(line: &[OsString]) -> Result<(), Failure> {
    let _ = std::io::stderr().write_all(help_text(line).as_bytes());
    Err(Failure::quiet(Stop::Usage))
}

fn help_text(line: &[OsString]) -> String {
    let mut command = Arguments::parser();
    if !face::is_kubeseal(line) {
        let usage = "rseal [FLAGS] < secret.yaml > sealed.yaml\n       rseal <VERB> …";
        let template = format!(
            "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{}\n{{all-args}}{{after-help}}",
            list_of_verbs()
        );
        command = command.override_usage(usage).help_template(template);
    }
    command.render_help().to_string()
}

fn list_of_verbs() -> String {
    let mut list = "Verbs (rseal help VERB says more):\n".to_owned();
    let all = verbs::described();
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, about) in all {
        let _ = writeln!(list, "  {name:width$}  {about}");
    }
    list
}

/// Prints which program this is.
pub(super) fn version(line: &[OsString]) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let text = if face::is_kubeseal(line) {
        format!("kubeseal version: {KUBESEAL_VERSION} (rseal {own})\n")
    } else {
        format!("rseal {own} (flags and output of kubeseal {KUBESEAL_VERSION})\n")
    };
    Output::Stdout.write(|out| out.write_all(text.as_bytes()))
}

fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

/// An argument is shown as `--flag <VALUE>` or `[PATH]...`; only its name is of interest.
fn flag(argument: &str) -> &str {
    let name = argument.strip_prefix('[').unwrap_or(argument);
    name.split([' ', '[', ']']).next().unwrap_or_default()
}

fn explanation(error: &clap::Error, kind: ErrorKind) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    let flag = flag(&argument);
    match kind {
        ErrorKind::UnknownArgument => format!("unknown flag: {flag}"),
        ErrorKind::InvalidValue if context(error, ContextKind::InvalidValue).is_empty() => {
            format!("flag needs an argument: {flag}")
        }
        ErrorKind::InvalidValue => {
            let value = context(error, ContextKind::InvalidValue);
            let known = context(error, ContextKind::ValidValue);
            // Where one of them was meant, the hint says which.
            let known = match error.get(ContextKind::SuggestedValue) {
                Some(_) => String::new(),
                None => format!(" (must be one of: {known})"),
            };
            format!("invalid argument for \"{flag}\" flag: {value}{known}")
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error)
                .map(ToString::to_string)
                .unwrap_or_default();
            format!("invalid argument for \"{flag}\" flag: {why}")
        }
        ErrorKind::NoEquals => format!("flag needs an argument behind =: {flag}"),
        ErrorKind::ArgumentConflict => {
            let other = context(error, ContextKind::PriorArg);
            match self::flag(&other) {
                other if other == flag => format!("given twice: {flag}"),
                other => format!("{flag} and {other} exclude each other"),
            }
        }
        ErrorKind::MissingRequiredArgument => format!("not given: {argument}"),
        ErrorKind::InvalidSubcommand => format!(
            "no such verb: {}",
            context(error, ContextKind::InvalidSubcommand)
        ),
        _ => format!("cannot understand {flag}"),
    }
}

/// What to do next; `list` says where all flags are.
fn hint(error: &clap::Error, list: &str) -> String {
    if let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg)
        && let Some(flag) = flag.strip_prefix("--")
        && NOT_BUILT.contains(&flag.split(['=', ' ']).next().unwrap_or(flag))
    {
        return "rseal seals; for this, use kubeseal".to_owned();
    }
    for kind in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
        ContextKind::SuggestedSubcommand,
    ] {
        let meant = context(error, kind);
        let meant = flag(meant.split(", ").next().unwrap_or_default());
        if !meant.is_empty() {
            return format!("did you mean {meant}? {list}");
        }
    }
    list.to_owned()
}
