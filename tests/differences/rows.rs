//! The rows, a file per section. Owns what a row is.

mod certificate;
mod controller;
mod documents;
mod namespace;
mod objects;
mod output;
mod usage;
mod values;

use crate::case::Case;

/// Rows that belong together.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One deliberate deviation from kubeseal: the cells of its row, and the cases that show it.
pub(crate) struct Row {
    /// The input or the situation.
    pub(crate) what: &'static str,
    pub(crate) kubeseal: &'static str,
    pub(crate) rseal: &'static str,
    pub(crate) why: &'static str,
    pub(crate) cases: Vec<Case>,
}

/// All of them, in the order of the document.
pub(crate) fn sections() -> Vec<Section> {
    vec![
        documents::section(),
        objects::section(),
        values::section(),
        namespace::section(),
        certificate::section(),
        controller::section(),
        output::section(),
        usage::section(),
    ]
}
