//! What a comment allows: `# rseal:allow RULE reason`, on the first line of what is found or above it.
//!
//! Owns what an allowance must say and which finding it is for. Which lines of a file hold one is
//! known to [`super::file`](mod@super::file); findings that are allowed in a file of their own are
//! [`super::baseline`].

use std::collections::HashMap;
use std::path::Path;

use super::finding::{Finding, Span};
use super::rule::Rule;

/// An allowance that says what it has to.
struct Allowance {
    line: usize,
    rule: Rule,
}

/// Leaves out the findings of one file that its comments allow, and adds what is wrong with these.
/// `comments` are their lines, with what stands behind the mark; `expects` says whether a finding of
/// a rule would have been seen, so that an allowance without one is out of date.
pub(super) fn apply(
    path: &Path,
    comments: &[(usize, String)],
    findings: &mut Vec<Finding>,
    expects: impl Fn(Rule) -> bool,
) {
    let mut problems = Vec::new();
    let mut allowances = Vec::new();
    for (line, text) in comments {
        match parse(text) {
            Ok(rule) => allowances.push(Allowance { line: *line, rule }),
            Err(problem) => {
                problems.push(finding(
                    path,
                    *line,
                    Rule::AllowWithoutReason,
                    problem.to_owned(),
                ));
            }
        }
    }
    // The first line with an allowance of a rule among comments that stand above each other, and the
    // last one of what is found of it: every allowance between the two is used.
    let ends = ends(comments);
    let end = |line: usize| ends.get(&line).copied().unwrap_or(line);
    let mut reached: HashMap<(usize, Rule), (usize, usize)> = HashMap::new();
    for Allowance { line, rule } in &allowances {
        reached.entry((end(*line), *rule)).or_insert((*line, 0));
    }
    findings.retain(|finding| {
        let line = finding.allowance_line;
        let allowed = reached
            .get_mut(&(end(line), finding.rule))
            .filter(|(first, _)| *first <= line);
        if let Some((_, last)) = allowed {
            *last = line.max(*last);
            return false;
        }
        true
    });
    for Allowance { line, rule } in allowances {
        let used = reached
            .get(&(end(line), rule))
            .is_some_and(|(_, last)| line <= *last);
        if !used && expects(rule) {
            let message = format!(
                "no {rule} begins in this line or the next: move the comment, or remove it"
            );
            problems.push(finding(path, line, Rule::AllowUnused, message));
        }
    }
    findings.append(&mut problems);
}

/// The rule that a comment allows, or what is wrong with it. The text is not repeated: it may be
/// anything.
fn parse(text: &str) -> Result<Rule, &'static str> {
    let (rule, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if rule.is_empty() {
        return Err("an allowance that names no rule: write rseal:allow RULE reason");
    }
    match rule.parse() {
        Err(_) => Err("an allowance of a rule that there is not"),
        Ok(Rule::AllowWithoutReason | Rule::AllowUnused) => {
            Err("an allowance of a rule that nothing can be allowed of")
        }
        Ok(_) if !reason.contains(char::is_alphanumeric) => {
            Err("an allowance that gives no reason: write it behind the rule")
        }
        Ok(rule) => Ok(rule),
    }
}

/// The last line in which something may begin that a comment is for, by the line of the comment: the
/// next one that is no such comment.
fn ends(comments: &[(usize, String)]) -> HashMap<usize, usize> {
    let mut ends = HashMap::with_capacity(comments.len());
    for (line, _) in comments.iter().rev() {
        let next = line + 1;
        let end = ends.get(&next).copied().unwrap_or(next);
        ends.insert(*line, end);
    }
    ends
}

fn finding(path: &Path, line: usize, rule: Rule, message: String) -> Finding {
    Finding {
        path: path.to_owned(),
        span: Span {
            line,
            column: 1,
            end_line: line,
        },
        rule,
        severity: rule.severity(),
        object: None,
        keys: Vec::new(),
        commit: None,
        message,
        position: format!("line {line}"),
        filled_in: false,
        allowance_line: line,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Rule, apply, ends, finding, parse};

    #[test]
    fn an_allowance_names_a_rule_and_a_reason() {
        assert_eq!(
            parse("plaintext-secret a demo, rotated daily"),
            Ok(Rule::PlaintextSecret)
        );
        assert_eq!(parse("private-key\ttest data"), Ok(Rule::PrivateKey));
        for text in [
            "",
            "plaintext-secret",
            "plaintext-secret --",
            "hunter2 because",
            "allow-unused because",
        ] {
            let problem = parse(text).unwrap_err();
            assert!(!problem.contains("hunter2"));
        }
    }

    #[test]
    fn it_reaches_its_own_line_and_the_next() {
        let comments = [(1, String::new()), (2, String::new()), (9, String::new())];
        let ends = ends(&comments);
        let reaches = |comment, line| (comment..=ends[&comment]).contains(&line);
        assert!(reaches(2, 2));
        assert!(reaches(2, 3));
        assert!(reaches(1, 3), "comments may be stacked");
        assert!(!reaches(2, 4));
        assert!(!reaches(2, 1));
        assert!(!reaches(9, 11));
        assert!(!reaches(9, 8));
    }

    /// Where time grows with the square of the length, this takes minutes.
    #[test]
    fn many_allowances_take_no_longer() {
        const MANY: usize = 100_000;
        let by_turns = |n: usize| (2 * n + 1, 2 * n + 2);
        let all_above_all = |n: usize| (n + 1, MANY + 1);
        for lines in [by_turns as fn(usize) -> (usize, usize), all_above_all] {
            let path = Path::new("a.yaml");
            let (allowances, mut findings): (Vec<_>, Vec<_>) = (0..MANY)
                .map(lines)
                .map(|(allowance, line)| {
                    let found = finding(path, line, Rule::PrivateKey, String::new());
                    ((allowance, "private-key a test".to_owned()), found)
                })
                .unzip();
            apply(path, &allowances, &mut findings, |_| true);
            assert_eq!(findings, []);
        }
    }
}
