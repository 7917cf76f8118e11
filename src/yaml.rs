//! Reading and writing YAML and JSON.

pub mod write;
