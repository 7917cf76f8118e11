//! What a user reads on standard error.
//!
//! Owns the form of messages: `error: …` as kubeseal prints it, `rseal: error: …` of the verbs, then
//! what to do next. Control characters that came with the input are escaped, so that no file can
//! drive the terminal.

use std::fmt::Write as _;
use std::io::Write as _;

use super::exit::Stop;
use super::face::Face;

/// Why a run ends, and what its user can do.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stop: Stop,
    /// What happened; nothing is printed when it is empty.
    pub(super) text: String,
    /// The next step.
    pub(super) hint: Option<String>,
}

impl Failure {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            stop: Stop::Error,
            text: text.into(),
            hint: None,
        }
    }

    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self {
            stop: Stop::Usage,
            ..Self::new(text)
        }
    }

    pub(super) fn quiet(stop: Stop) -> Self {
        Self {
            stop,
            ..Self::new("")
        }
    }

    /// An error with its causes, in one line.
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(error) = next {
            // The system's own words are in the text of the error that stands before it.
            if error.is::<std::io::Error>() {
                break;
            }
            let _ = write!(text, ": {error}");
            next = error.source();
        }
        Self::new(text)
    }

    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Prints why the run ends.
pub(super) fn failure(face: Face, failure: &Failure) {
    if !failure.text.is_empty() {
        line(face, "error", &failure.text);
    }
    if let Some(text) = &failure.hint {
        hint(face, text);
    }
}

/// Prints what to do next.
pub(super) fn hint(face: Face, text: &str) {
    line(face, "hint", text);
}

/// Prints what the user should know, although the run goes on.
pub(super) fn warning(face: Face, text: &str) {
    line(face, "warning", text);
}

/// Prints what was decided without being asked.
pub(super) fn note(face: Face, text: &str) {
    line(face, "note", text);
}

/// Prints a line as it is.
pub(super) fn plain(text: &str) {
    print(text);
}

fn line(face: Face, kind: &str, text: &str) {
    print(&match face {
        Face::DropIn => format!("{kind}: {text}"),
        Face::Native => format!("rseal: {kind}: {text}"),
    });
}

fn print(text: &str) {
    let mut shown = escaped(text, |c| c != '\n');
    shown.push('\n');
    // There is nobody to tell when standard error is gone.
    let _ = std::io::stderr().write_all(shown.as_bytes());
}

/// The text with those of its control characters written out that `hurts` names.
pub(super) fn escaped(text: &str, hurts: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c.is_control() && hurts(c) {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The text of an operating system error, as Go has it: `no such file or directory`.
pub(super) fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
