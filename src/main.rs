//! The `rseal` program.

fn main() {}
