//! Exit codes: the one table.

use std::process::ExitCode;

/// How a run can end without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Something could not be done.
    Error,
    /// What was typed is not understood.
    Usage,
    /// Nobody reads the output any more.
    BrokenPipe,
    /// A signal asked to stop.
    Signal(u8),
}

/// The code of a run that was stopped.
///
/// | code | meaning |
/// | --- | --- |
/// | 0 | done |
/// | 1 | every error at run time, as kubeseal |
/// | 2 | usage |
/// | 141 | the reader of the output has gone |
/// | 128 + N | signal N |
pub(super) fn code(stop: Stop) -> ExitCode {
    ExitCode::from(match stop {
        Stop::Error => 1,
        Stop::Usage => 2,
        Stop::BrokenPipe => 141,
        Stop::Signal(number) => 128 + number,
    })
}
