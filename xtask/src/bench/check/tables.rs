//! The tables of a measurement: Markdown, with ratios and counts only, since times say more about the machine.
//! Does not measure.

use std::collections::BTreeSet;

use super::cases::{Case, Holds};
use super::peers::Finds;
use super::repository::{COMMITTED, STAGED};
use super::{Pair, PeerRow, STAGED_LIMIT, TREE_LIMIT};

/// The table of times, and of what was found on the way.
pub(super) fn speed(staged: &Pair, tree: &Pair, peers: &[PeerRow], planted: usize) -> String {
    let mut text = format!(
        "A repository of {COMMITTED} manifests that the task makes, {STAGED} files staged on top, {planted} Secrets in plaintext among \
         them; each program on one core. Times are those of the whole process, as multiples of another's.\n\n\
         | | takes | limit | of the {planted} finds | and reports besides |\n| --- | --- | --- | --- | --- |\n"
    );
    for (pair, limit, found) in [
        (staged, STAGED_LIMIT, "the staged one".to_owned()),
        (tree, TREE_LIMIT, planted.to_string()),
    ] {
        text.push_str(&format!(
            "| {} | {:.1} × {} | {limit:.0} × | {found} | 0 files |\n",
            pair.what,
            pair.ratio(),
            pair.theirs_is
        ));
    }
    for row in peers {
        text.push_str(&format!(
            "| {} | {:.0} × {} | | {} | {} files |\n",
            row.name, row.ratio, tree.what, row.planted, row.others
        ));
    }
    text
}

/// What each finds in the cases, by family.
pub(super) fn findings(cases: &[Case], all: &[Finds]) -> String {
    let names: Vec<&str> = all.iter().map(|finds| finds.name.as_str()).collect();
    let mut text = String::new();
    for (holds, title) in [
        (Holds::Secrets, "`testdata/check`, with a secret"),
        (Holds::Nothing, "`testdata/check`, without one"),
    ] {
        text.push_str(&format!(
            "\n| {title} | cases | reported by {} |\n| --- |{}\n",
            names.join(" | by "),
            " --- |".repeat(all.len() + 1)
        ));
        let chosen: Vec<&Case> = cases.iter().filter(|case| case.holds == holds).collect();
        let families: BTreeSet<&str> = chosen.iter().map(|case| case.family.as_str()).collect();
        for family in families.into_iter().map(Some).chain([None]) {
            let of_it: Vec<&&Case> = chosen
                .iter()
                .filter(|case| family.is_none_or(|family| case.family == family))
                .collect();
            text.push_str(&format!(
                "| {} | {} |",
                family.unwrap_or("all"),
                of_it.len()
            ));
            for finds in all {
                let found = of_it.iter().filter(|case| finds.cases.contains(&case.name));
                text.push_str(&format!(" {} |", found.count()));
            }
            text.push('\n');
        }
    }
    text
}

/// The names of the cases that each is wrong about, a line each: too long for a table.
pub(super) fn mistakes(cases: &[Case], all: &[Finds]) -> String {
    let mut text = String::new();
    for finds in all {
        for (holds, says) in [
            (Holds::Secrets, "misses"),
            (Holds::Nothing, "wrongly reports"),
        ] {
            let wrong: Vec<&str> = cases
                .iter()
                .filter(|case| case.holds == holds)
                .filter(|case| finds.cases.contains(&case.name) == (holds == Holds::Nothing))
                .map(|case| case.name.as_str())
                .collect();
            text.push_str(&format!(
                "{} {says} {}: {}\n",
                finds.name,
                wrong.len(),
                wrong.join(" ")
            ));
        }
        let fails: Vec<&str> = finds.fails.iter().map(String::as_str).collect();
        if !fails.is_empty() {
            text.push_str(&format!(
                "{} ends with an error at {}: {}\n",
                finds.name,
                fails.len(),
                fails.join(" ")
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, Holds};
    use super::super::peers::Finds;
    use super::{findings, mistakes};

    fn case(name: &str, holds: Holds) -> Case {
        let family = name.split('/').next().unwrap_or_default().to_owned();
        Case {
            family,
            name: name.to_owned(),
            holds,
        }
    }

    #[test]
    fn damage_is_nobodys_mistake() {
        let cases = [
            case("keys/a", Holds::Secrets),
            case("keys/b", Holds::Secrets),
            case("sealed/c", Holds::Damage),
            case("sealed/d", Holds::Nothing),
        ];
        let peer = Finds {
            name: "peer".to_owned(),
            cases: ["keys/b", "sealed/d"].map(str::to_owned).into(),
            fails: ["keys/a".to_owned()].into(),
        };
        let text = findings(&cases, std::slice::from_ref(&peer));
        assert!(
            text.contains("| keys | 2 | 1 |\n| all | 2 | 1 |\n"),
            "{text}"
        );
        assert!(
            text.contains("| sealed | 1 | 1 |\n| all | 1 | 1 |\n"),
            "{text}"
        );
        assert_eq!(
            mistakes(&cases, &[peer]),
            "peer misses 1: keys/a\npeer wrongly reports 1: sealed/d\npeer ends with an error at 1: keys/a\n"
        );
    }
}
