//! Help, the version, and what to say to a line that is not understood.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::arguments::{Arguments, NOT_BUILT};
use super::message::Failure;
use super::output::Output;

/// The version of kubeseal whose flags, output and exit codes this face has.
const KUBESEAL_VERSION: &str = "v0.38.4";

/// Prints what was asked for, or says what is wrong with the line.
pub(super) fn answer(error: &clap::Error, arguments: &[OsString]) -> Result<(), Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Output::Stdout.write(|out| write!(out, "{error}"))
        }
        ErrorKind::DisplayVersion => {
            Output::Stdout.write(|out| out.write_all(version(arguments).as_bytes()))
        }
        kind => Err(Failure::usage(explanation(error, kind)).hint(hint(error))),
    }
}

/// What a person sees who types the program's name and nothing else.
pub(super) fn short_help() -> Result<(), Failure> {
    let help = Arguments::parser().render_help();
    let _ = std::io::stderr().write_all(help.to_string().as_bytes());
    Err(Failure::quiet(super::exit::Stop::Usage))
}

fn version(arguments: &[OsString]) -> String {
    let name = arguments.first().map(Path::new).and_then(Path::file_stem);
    let own = env!("CARGO_PKG_VERSION");
    if name == Some(OsStr::new("kubeseal")) {
        format!("kubeseal version: {KUBESEAL_VERSION} (rseal {own})\n")
    } else {
        format!("rseal {own} (flags and output of kubeseal {KUBESEAL_VERSION})\n")
    }
}

fn explanation(error: &clap::Error, kind: ErrorKind) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    // The argument is shown as `--flag <VALUE>`; only its name is of interest.
    let flag = argument.split([' ', '[']).next().unwrap_or_default();
    match kind {
        ErrorKind::UnknownArgument => format!("unknown flag: {flag}"),
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            format!("flag needs an argument: {flag}")
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let why = std::error::Error::source(error)
                .map(ToString::to_string)
                .unwrap_or_default();
            format!("invalid argument for \"{flag}\" flag: {why}")
        }
        ErrorKind::NoEquals => format!("flag needs an argument behind =: {flag}"),
        _ => format!("cannot understand {flag}"),
    }
}

fn hint(error: &clap::Error) -> String {
    if let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg)
        && let Some(flag) = flag.strip_prefix("--")
        && NOT_BUILT.contains(&flag.split(['=', ' ']).next().unwrap_or(flag))
    {
        return "rseal seals; for this, use kubeseal".to_owned();
    }
    match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(flag)) => {
            let flag = flag.split(' ').next().unwrap_or(flag);
            format!("did you mean {flag}? rseal --help lists all flags")
        }
        _ => "rseal --help lists all flags".to_owned(),
    }
}
