//! The program: arguments, files, terminals and exit codes around the library.
//!
//! Owns everything that touches the process: what was typed, the environment, standard streams,
//! the one place that makes a random number generator, and the text that a user reads. What is
//! sealed and how is decided in the other rooms.

mod arguments;
mod certificate;
mod check;
mod exit;
mod face;
mod git;
mod init;
mod input;
mod kubeseal;
mod message;
mod output;
mod sealing;
mod usage;
mod verbs;
mod walk;

use std::ffi::OsString;
use std::process::ExitCode;

use face::Face;

/// Runs the program with `arguments`, the first of which is the name it was called by.
pub fn run(arguments: &[OsString]) -> ExitCode {
    keep_freed_memory();
    let face = Face::of(arguments);
    let outcome = match face {
        Face::DropIn => kubeseal::run(arguments),
        Face::Native => verbs::run(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            message::failure(face, &failure);
            exit::code(face, failure.stop)
        }
    }
}

/// Has the allocator of the GNU library give freed memory to the next buffer instead of back to the
/// kernel, which it does once a large block was freed. A value of a megabyte passes through a few
/// buffers of its size, and the kernel's fresh pages are a sixth of the time that takes.
fn keep_freed_memory() {
    /// More than any Secret has; blocks of 32 MiB and more do not count. None of it is ever touched,
    /// so it costs no memory.
    const LARGEST: usize = 16 * 1024 * 1024;
    if cfg!(target_env = "gnu") {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST)));
    }
}
