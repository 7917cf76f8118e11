//! The document that the rows make.

use crate::rows::Section;

/// kubeseal's flags that rseal does not know yet.
pub(crate) const NOT_BUILT: [&str; 6] = [
    "--merge-into",
    "--re-encrypt",
    "--rotate",
    "--validate",
    "--recovery-unseal",
    "--recovery-private-key",
];

const HEAD: &str = "\
# Where rseal differs from kubeseal

rseal takes kubeseal's flags and variables, prints what kubeseal prints, and ends with kubeseal's exit
codes. JSON is the same byte for byte, but for the ciphertexts; YAML has the same keys in the same order.
Each row below is a case in which rseal does otherwise, on purpose: mostly because kubeseal goes on with
something else than what it was given, and says nothing. Whatever is not in these tables is meant to be
the same; if it is not, that is a bug.

Results go to standard output and messages to standard error, so a warning changes no result. An error
starts as kubeseal's does, `error: `, and often goes on with kubeseal's words; the file, the document,
the line and the key that it is about stand before them, and what to do about it in a second line,
`hint: `.

This file is made from `tests/differences/rows`, where every row has the inputs that show it.
`cargo test` runs rseal on them; `cargo xtask differences` runs the real kubeseal as well, in the
versions that `xtask/parts/versions` names.
";

const TAIL: &str = "
## Not built yet

kubeseal's other modes are not there yet. Their flags are unknown flags, exit code 2:
";

pub(crate) fn document(sections: &[Section]) -> String {
    let mut text = HEAD.to_owned();
    for section in sections {
        text.push_str(&format!(
            "\n## {}\n\n| | kubeseal | rseal | why |\n| --- | --- | --- | --- |\n",
            section.title
        ));
        for row in &section.rows {
            let cells = [row.what, row.kubeseal, row.rseal, row.why];
            for cell in cells {
                assert!(!cell.contains('|'), "a bar would end the cell: {cell}");
            }
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    text.push_str(TAIL);
    let flags: Vec<String> = NOT_BUILT.iter().map(|flag| format!("`{flag}`")).collect();
    text.push_str(&format!("{}.\n", flags.join(", ")));
    text
}
