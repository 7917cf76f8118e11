//! Many small files in one text, so that they can be read as what they are: `-- NAME --` begins a file, `<name>`
//! stands for a value, and a line that ends in ` #?FLAG` is there only where the flag is set. Does not know what
//! the files are for.

use std::collections::BTreeMap;

/// What stands for a value that is noise, different in each file.
const NOISE: &str = "<noise>";

/// What is filled in.
#[derive(Clone)]
pub(super) struct Values {
    values: Vec<(String, String)>,
    flags: Vec<String>,
}

impl Values {
    pub(super) fn new() -> Self {
        Self {
            values: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// With another value for this name, if it had one.
    pub(super) fn with(mut self, name: &str, value: String) -> Self {
        self.values.insert(0, (format!("<{name}>"), value));
        self
    }

    pub(super) fn with_flags(mut self, flags: &[&str]) -> Self {
        self.flags = flags.iter().copied().map(str::to_owned).collect();
        self
    }

    fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.values {
            filled = filled.replace(name, value.trim_end_matches('\n'));
        }
        filled
    }
}

/// The files of an archive by their names; `noise` makes noise from a file's name.
pub(super) fn files(
    archive: &str,
    values: &Values,
    noise: impl Fn(&str) -> String,
) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in archive.lines() {
        if let Some(inside) = line.strip_prefix("-- ") {
            name = values.fill(inside.trim_end_matches(" --"));
            continue;
        }
        let line = match line.rsplit_once(" #?") {
            Some((line, flag)) if values.flags.iter().any(|set| set == flag) => line,
            Some(_) => continue,
            None => line,
        };
        let text = files.entry(name.clone()).or_default();
        let line = values.fill(line);
        if line.contains(NOISE) {
            text.push_str(&line.replace(NOISE, &noise(&name)));
        } else {
            text.push_str(&line);
        }
        text.push('\n');
    }
    files
}

#[cfg(test)]
mod tests {
    use super::{Values, files};

    #[test]
    fn files_are_filled_in() {
        let archive =
            "-- <name>/a --\nx: <name> #?set\ny: 1 #?not-set\nz: <noise>\n---\n-- b --\n1\n";
        let values = Values::new()
            .with("name", "first".to_owned())
            .with("name", "second".to_owned())
            .with_flags(&["set"]);
        let files = files(archive, &values, |name| format!("noise of {name}"));
        assert_eq!(files["second/a"], "x: second\nz: noise of second/a\n---\n");
        assert_eq!(files["b"], "1\n");
        assert_eq!(files.len(), 2);
    }
}
