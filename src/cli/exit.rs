//! Exit codes: the one table.

use std::process::ExitCode;

use super::face::Face;

/// How a run can end without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Something could not be done.
    Error,
    /// What was typed is not understood.
    Usage,
    /// It was done, and the answer is no.
    No,
    /// Nobody reads the output any more.
    BrokenPipe,
    /// A signal asked to stop.
    Signal(u8),
}

/// The code of a run that was stopped.
///
/// | code | as kubeseal | verbs |
/// | --- | --- | --- |
/// | 0 | done | done |
/// | 1 | every error at run time | the answer is no |
/// | 2 | usage | it could not be done, usage included |
/// | 141 | the reader of the output has gone | the same |
/// | 128 + N | signal N | the same |
pub(super) fn code(face: Face, stop: Stop) -> ExitCode {
    ExitCode::from(match (face, stop) {
        (Face::DropIn, Stop::Error | Stop::No) | (Face::Native, Stop::No) => 1,
        (Face::Native, Stop::Error) | (_, Stop::Usage) => 2,
        (_, Stop::BrokenPipe) => 141,
        (_, Stop::Signal(number)) => 128 + number,
    })
}
