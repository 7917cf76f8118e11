//! Fields of an object as the API server decodes them, without coercion.

use crate::yaml::resolve::{Plain, plain};
use crate::yaml::{Entry, Node, Scalar};

use super::problem::{Place, Problem, ProblemKind, Warning, WarningKind};

/// Text from a field, and whether it was null.
pub(super) struct Text<'t> {
    pub(super) text: &'t str,
    pub(super) null: bool,
    /// Whether it is a number or a boolean to every reader, though its text is kept.
    pub(super) typed: bool,
}

/// A node with the name of its field, for messages.
#[derive(Clone, Copy)]
pub(super) struct Field<'t> {
    pub(super) node: Node<'t>,
    /// The names of the parents, with a dot at the end where there are any.
    parent: &'t str,
    name: &'t str,
    /// Where its key stands, or the node if it has none.
    line: usize,
}

impl<'t> Field<'t> {
    pub(super) fn new(node: Node<'t>, parent: &'t str, name: &'t str) -> Self {
        Self {
            node,
            parent,
            name,
            line: node.line(),
        }
    }

    /// The value of an entry in the field `parent`, which ends with a dot unless it is empty.
    pub(super) fn of(entry: &Entry<'t>, parent: &'t str) -> Self {
        Self {
            line: entry.key_node.line(),
            ..Self::new(entry.value, parent, entry.key.text)
        }
    }

    pub(super) fn place(self) -> Place {
        let field = format!("{}{}", self.parent, self.name);
        Place {
            document: self.node.document(),
            line: self.line,
            field: (!field.is_empty()).then_some(field),
        }
    }

    pub(super) fn problem(self, kind: ProblemKind) -> Problem {
        Problem {
            place: Some(self.place()),
            kind,
        }
    }

    pub(super) fn warning(self, kind: WarningKind) -> Warning {
        Warning {
            place: self.place(),
            kind,
        }
    }

    pub(super) fn is_null(self) -> bool {
        self.node
            .scalar()
            .is_some_and(|scalar| scalar.plain && plain(scalar.text) == Plain::Null)
    }

    /// The text of a scalar, if nothing on the way to the API server would change it.
    pub(super) fn text(self) -> Result<Text<'t>, Problem> {
        let Some(scalar) = self.node.scalar() else {
            return Err(self.problem(ProblemKind::Expected("text")));
        };
        self.check_properties(scalar)?;
        if !scalar.plain {
            return Ok(Text {
                text: scalar.text,
                null: false,
                typed: false,
            });
        }
        match plain(scalar.text) {
            Plain::Null => Ok(Text {
                text: "",
                null: true,
                typed: false,
            }),
            Plain::Kept => Ok(Text {
                text: scalar.text,
                null: false,
                typed: is_typed(scalar.text),
            }),
            Plain::Changed(meaning) => Err(self.problem(ProblemKind::Unquoted(meaning))),
        }
    }

    fn check_properties(self, scalar: Scalar<'t>) -> Result<(), Problem> {
        if scalar.tag.is_some_and(|tag| tag != "tag:yaml.org,2002:str") {
            return Err(self.problem(ProblemKind::Tag));
        }
        Ok(())
    }

    pub(super) fn boolean(self) -> Result<bool, Problem> {
        match self.node.scalar() {
            Some(scalar) if scalar.plain && scalar.text == "true" => Ok(true),
            Some(scalar) if scalar.plain && scalar.text == "false" => Ok(false),
            _ => Err(self.problem(ProblemKind::Expected("true or false"))),
        }
    }

    /// The entries of a mapping, none for null, each key's text checked.
    pub(super) fn entries(self, expected: &'static str) -> Result<Vec<Entry<'t>>, Problem> {
        if self.is_null() {
            return Ok(Vec::new());
        }
        let Some(entries) = self.node.entries()? else {
            return Err(self.problem(ProblemKind::Expected(expected)));
        };
        for entry in &entries {
            check_key(self, entry)?;
        }
        Ok(entries)
    }

    /// The elements of a list, none for null.
    pub(super) fn elements(self) -> Result<Vec<Node<'t>>, Problem> {
        if self.is_null() {
            return Ok(Vec::new());
        }
        self.node
            .elements()
            .ok_or_else(|| self.problem(ProblemKind::Expected("a list")))
    }
}

/// Whether a plain scalar whose text is kept is a number or a boolean.
fn is_typed(text: &str) -> bool {
    // What is kept has one notation only, so that any reader of numbers will do.
    matches!(text, "true" | "false") || text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn check_key<'t>(parent: Field<'t>, entry: &Entry<'t>) -> Result<(), Problem> {
    let prefix = format!("{}{}", parent.parent, parent.name);
    let place = |kind| Problem {
        place: Some(Place {
            document: entry.key_node.document(),
            line: entry.key_node.line(),
            field: Some(if prefix.is_empty() {
                entry.key.text.to_owned()
            } else {
                format!("{prefix}.{}", entry.key.text)
            }),
        }),
        kind,
    };
    if entry.key.tag.is_some() {
        return Err(place(ProblemKind::Tag));
    }
    match entry.key.plain.then(|| plain(entry.key.text)) {
        Some(Plain::Changed(meaning)) => Err(place(ProblemKind::UnquotedKey(meaning))),
        Some(Plain::Null) => Err(place(ProblemKind::Expected("a key"))),
        Some(Plain::Kept) | None => Ok(()),
    }
}

/// The field that was meant by `name`, if one of `known` differs by case, `_`, `-` or one letter.
pub(super) fn meant(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let folded = |text: &str| -> String {
        text.chars()
            .filter(|c| !matches!(c, '_' | '-' | '.'))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = folded(name);
    known
        .iter()
        .find(|field| folded(field) == wanted)
        .or_else(|| known.iter().find(|field| one_edit(&folded(field), &wanted)))
        .copied()
}

/// Whether one letter more, less, changed or swapped with the next makes one text the other.
fn one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short
        .iter()
        .zip(long.iter())
        .take_while(|(x, y)| x == y)
        .count();
    let skip = usize::from(long.len() == short.len());
    let swapped = skip == 1
        && short.get(same) == long.get(same + 1)
        && short.get(same + 1) == long.get(same)
        && short.get(same + 2..) == long.get(same + 2..);
    short.get(same + skip..) == long.get(same + 1..) || same == long.len() || swapped
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let known = ["data", "stringData", "metadata", "type"];
        assert_eq!(meant("string_data", &known), Some("stringData"));
        assert_eq!(meant("stringdata", &known), Some("stringData"));
        assert_eq!(meant("StringData", &known), Some("stringData"));
        assert_eq!(meant("dta", &known), Some("data"));
        assert_eq!(meant("datas", &known), Some("data"));
        assert_eq!(meant("typo", &known), Some("type"));
        assert_eq!(meant("tyep", &known), Some("type"));
        assert_eq!(meant("teyp", &known), None);
        assert_eq!(meant("spec", &known), None);
        assert_eq!(meant("", &known), None);
    }
}
