//! The program: arguments, files, terminals and exit codes around the library.
//!
//! Owns everything that touches the process: what was typed, the environment, standard streams,
//! the one place that makes a random number generator, and the text that a user reads. What is
//! sealed and how is decided in the other rooms.

mod arguments;
mod certificate;
mod exit;
mod input;
mod kubeseal;
mod message;
mod output;
mod sealing;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with `arguments`, the first of which is the name it was called by.
pub fn run(arguments: &[OsString]) -> ExitCode {
    match kubeseal::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            message::failure(&failure);
            exit::code(failure.stop)
        }
    }
}
