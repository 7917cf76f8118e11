//! `rseal check` and `rseal init` in real git repositories, which each test makes for itself.

#![cfg(all(feature = "cli", unix))]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

mod fix;
mod hook;
mod index;
mod range;
mod repository;
mod tree;
