//! A kubeconfig to the namespace that it stands for, which is all that is read without a connection.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rseal::cluster::{ConnectOptions, Environment, KubeconfigError, namespace};
use tempfile::NamedTempFile;

static FILE: LazyLock<NamedTempFile> =
    LazyLock::new(|| NamedTempFile::new().expect("a file to write to"));

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(FILE.path(), bytes).expect("the file can be written");
    let options = ConnectOptions {
        kubeconfig: Some(FILE.path().to_owned()),
        ..ConnectOptions::default()
    };
    // Empty: no variable and no pod of the machine that this runs on has a say.
    if let Err(error) = namespace(&options, &Environment::default()) {
        assert!(!error.to_string().is_empty());
        assert!(error.hint() != Some(String::new()));
        if let KubeconfigError::Parse {
            line: Some(line), ..
        } = error
        {
            let breaks = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
            assert!(line <= breaks.count() as u64 + 1, "line {line}");
        }
    }
});
