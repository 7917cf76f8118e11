//! What a comment allows: `# rseal:allow RULE reason`, on the first line of what is found or above it.
//!
//! Owns what an allowance must say and which finding it is for. Which lines of a file hold one is
//! known to [`super::file`](mod@super::file); findings that are allowed in a file of their own are
//! [`super::baseline`].

use std::path::Path;

use super::finding::{Finding, Span};
use super::rule::Rule;

/// An allowance that says what it has to.
struct Allowance {
    line: usize,
    rule: Rule,
    used: bool,
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
            Ok(rule) => allowances.push(Allowance {
                line: *line,
                rule,
                used: false,
            }),
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
    findings.retain(|finding| {
        let mut allowed = false;
        for allowance in &mut allowances {
            if allowance.rule == finding.rule
                && reaches(allowance.line, finding.allowance_line, comments)
            {
                allowance.used = true;
                allowed = true;
            }
        }
        !allowed
    });
    for Allowance { line, rule, used } in allowances {
        if !used && expects(rule) {
            let message = format!("nothing of {rule} is found here: remove the comment");
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

/// Whether a comment in one line is for what begins in another: the same, or the next one that is no
/// such comment.
fn reaches(comment: usize, line: usize, comments: &[(usize, String)]) -> bool {
    let is_comment = |line: usize| {
        comments
            .binary_search_by_key(&line, |(line, _)| *line)
            .is_ok()
    };
    comment <= line && (comment + 1..line).all(is_comment)
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
        allowance_line: line,
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, parse, reaches};

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
        let reaches = |comment, line| reaches(comment, line, &comments);
        assert!(reaches(2, 2));
        assert!(reaches(2, 3));
        assert!(reaches(1, 3), "comments may be stacked");
        assert!(!reaches(2, 4));
        assert!(!reaches(2, 1));
        assert!(!reaches(9, 11));
        assert!(!reaches(9, 8));
    }
}
