//! Developer tasks of rseal: `cargo xtask TASK`.

fn main() {}
