//! The place in `docs/check.md` for what was measured: between two comments, written anew when it is asked for.
//! A run on another machine gives other figures, so nothing compares them.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const DOCUMENT: &str = "docs/check.md";
const BEGIN: &str = "<!-- Written by BENCH=overwrite cargo xtask bench check; do not edit. -->";
const END: &str = "<!-- The end of what was written. -->";

/// Puts the text into the document, with `BENCH=overwrite`.
pub(super) fn put(text: &str) -> Result<()> {
    if env::var_os("BENCH").is_none_or(|word| word != "overwrite") {
        return Ok(());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(DOCUMENT);
    let old = fs::read_to_string(&path).with_context(|| DOCUMENT.to_owned())?;
    let new = replaced(&old, text)
        .with_context(|| format!("{DOCUMENT} lacks the lines {BEGIN} and {END}"))?;
    fs::write(&path, new).with_context(|| DOCUMENT.to_owned())
}

fn replaced(document: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        text.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replaced};

    #[test]
    fn only_what_is_between_the_comments_is_written() {
        let document = format!("# Check\n\n{BEGIN}\nold\n{END}\n\nmore\n");
        let new = replaced(&document, "new\n").unwrap();
        assert_eq!(new, format!("# Check\n\n{BEGIN}\n\nnew\n\n{END}\n\nmore\n"));
        assert_eq!(replaced(&new, "new").unwrap(), new);
        assert_eq!(replaced("# Check\n", "new"), None);
    }
}
