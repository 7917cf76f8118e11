//! Examples and tests: one has nothing to do with the next, although their authors choose from the same
//! few names.

use std::path::Path;

/// Folders that hold them.
const FOLDERS: [&str; 11] = [
    "test", "tests", "testdata", "testing", "e2e", "fixtures", "example", "examples", "samples",
    "docs", "demo",
];
/// How names begin that stand for any other.
const BEGINNINGS: [&str; 8] = [
    "your", "some", "test", "example", "sample", "demo", "foo", "secret",
];

/// Whether a name in a file is that of an example.
pub(super) fn is_one(path: &Path, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let rest_of_my = name.strip_prefix("my");
    BEGINNINGS.iter().any(|word| name.starts_with(word))
        || rest_of_my.is_some_and(|rest| !rest.starts_with("sql"))
        || path
            .iter()
            .any(|step| FOLDERS.iter().any(|name| step == *name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_one;

    #[test]
    fn examples_are_told_by_their_folders_and_names() {
        for (path, name) in [
            ("docs/a.yaml", "app-login"),
            ("x/test/e2e/a.yaml", "app-login"),
            ("a.yaml", "my-login"),
            ("a.yaml", "mysecret"),
            ("a.yaml", "TestSecret"),
        ] {
            assert!(is_one(Path::new(path), name), "{path} {name}");
        }
        for (path, name) in [("latest/a.yaml", "app-login"), ("a.yaml", "mysql-login")] {
            assert!(!is_one(Path::new(path), name), "{path} {name}");
        }
    }
}
