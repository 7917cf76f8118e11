//! No plaintext Secret in git, and no broken seal: what files say, without key, certificate or network.
//!
//! Owns the rules, and what counts as a value that somebody should have sealed. [`inspect`] reads one
//! file; [`conclude`] joins what the files say about each other and leaves out what is allowed.
//! Which files are read, and how findings are printed, is for the caller. `docs/check.md` in the
//! repository says what each rule finds and what it lets pass.

mod action;
mod allow;
mod annotation;
mod baseline;
mod built;
mod ciphertext;
mod conclude;
mod copied;
mod facts;
mod file;
mod finding;
mod generator;
mod key;
mod kustomize;
mod label;
mod mention;
mod object;
mod patch;
mod place;
mod reference;
mod rule;
mod sealed;
mod secret;
mod source;
mod trigger;
mod value;
mod walk;
mod within;

pub use baseline::{Applied, Baseline, BaselineError};
pub use conclude::{Report, Surroundings, conclude};
pub use file::{Inspection, LARGEST_FILE, Options, inspect};
pub use finding::{Finding, Note, Object, Span};
pub use rule::{Rule, Severity, UnknownRule};
pub use trigger::TRIGGERS;
