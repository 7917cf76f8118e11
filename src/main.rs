//! The `rseal` program. All of it is in the library, where tests can call it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    rseal::cli::run(&arguments)
}
