//! The literals of a template action that reach its output: `{{ .Values.x | default "literal" }}`.
//!
//! Owns what functions of Go templates, sprig and Jinja do with their arguments, as far as it
//! matters: whether a text that stands in the action can come out of it.

use zeroize::Zeroizing;

use crate::yaml::mask;

/// Functions that hand on what they are given, as it is or in another notation.
const HAND_ON: [&str; 27] = [
    "default",
    "d",
    "coalesce",
    "or",
    "and",
    "ternary",
    "quote",
    "squote",
    "toString",
    "print",
    "println",
    "trim",
    "upper",
    "lower",
    "title",
    "nindent",
    "indent",
    "b64enc",
    "b64dec",
    "b64encode",
    "b64decode",
    "toYaml",
    "toJson",
    "tpl",
    "cat",
    "join",
    "list",
];
/// Functions whose first argument is a format for the others.
const FORMAT: [&str; 2] = ["printf", "format"];
/// How many brackets may stand in each other.
const DEEPEST: usize = 16;

/// The length of the action that `text` starts with, and what stands between its delimiters.
pub(super) fn first(text: &str) -> Option<(usize, &str)> {
    const DELIMITER: usize = 2;
    let end = mask::first_action(text)?;
    Some((end, &text[DELIMITER..end - DELIMITER]))
}

/// Whether an action is one of those that choose between texts.
pub(super) fn is_choice(action: &str) -> bool {
    let inside = action
        .trim_start_matches(['{', '%', '<'])
        .trim_start_matches(['-', '~', ' ']);
    action.starts_with(['{', '<']) && (inside.starts_with("if ") || inside.starts_with("else"))
}

/// The literals that may come out of an action.
pub(super) fn literals(inside: &str) -> Vec<Zeroizing<String>> {
    let inside = inside
        .trim_start_matches(['-', '=', '~'])
        .trim_end_matches(['-', '~']);
    let mut found = Vec::new();
    let first = inside.trim_start();
    let controls = [
        "/*",
        "#",
        "if ",
        "else",
        "end",
        "range ",
        "with ",
        "define ",
        "block ",
        "template ",
        "include ",
    ];
    let is_assignment = first.starts_with('$')
        && first
            .split(['"', '`', '('])
            .next()
            .is_some_and(|before| before.contains('='));
    if !is_assignment && !controls.iter().any(|word| first.starts_with(word)) {
        let tokens = tokens(inside);
        pipeline(&tokens, &mut found, 0);
    }
    found
}

#[derive(Debug)]
enum Token<'a> {
    Word(&'a str),
    Literal(Zeroizing<String>),
    Pipe,
    Open,
    Close,
}

fn tokens(inside: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = inside;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '|' => {
                tokens.push(Token::Pipe);
                1
            }
            '(' => {
                tokens.push(Token::Open);
                1
            }
            ')' => {
                tokens.push(Token::Close);
                1
            }
            '"' | '\'' | '`' => {
                let (text, length) = string(&rest[1..], c);
                tokens.push(Token::Literal(text));
                1 + length
            }
            // A quote that is escaped for the YAML around it.
            '\\' => 1,
            c if c.is_whitespace() || c == ',' => c.len_utf8(),
            _ => {
                let end = rest
                    .find(|c: char| {
                        c.is_whitespace()
                            || matches!(c, '|' | '(' | ')' | '"' | '\'' | '`' | ',' | '\\')
                    })
                    .unwrap_or(rest.len())
                    .max(c.len_utf8());
                tokens.push(Token::Word(&rest[..end]));
                end
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The text of a string behind its opening quote, and the length with the closing one.
fn string(text: &str, quote: char) -> (Zeroizing<String>, usize) {
    let mut content = Zeroizing::new(String::with_capacity(text.len()));
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if c == quote {
            return (content, at + 1);
        }
        if c == '\\' && quote != '`' {
            match characters.next() {
                // The closing quote, where the whole action stands in double quotes of YAML.
                Some((at, next)) if next == quote => return (content, at + 1),
                Some((_, 'n')) => content.push('\n'),
                Some((_, 't')) => content.push('\t'),
                Some((_, next)) => content.push(next),
                None => {}
            }
        } else {
            content.push(c);
        }
    }
    (content, text.len())
}

/// Collects the literals of a pipeline; returns what follows its closing bracket.
fn pipeline<'t, 'a>(
    mut tokens: &'t [Token<'a>],
    found: &mut Vec<Zeroizing<String>>,
    depth: usize,
) -> &'t [Token<'a>] {
    let mut from_pipe = Vec::new();
    loop {
        let mut out = Vec::new();
        let (rest, ends) = command(tokens, from_pipe, &mut out, depth);
        from_pipe = out;
        tokens = rest;
        if ends {
            found.append(&mut from_pipe);
            return tokens;
        }
    }
}

/// Collects the literals of one command, given those that come to it through a pipe; returns what
/// follows, and whether the pipeline ends there.
fn command<'t, 'a>(
    mut tokens: &'t [Token<'a>],
    piped: Vec<Zeroizing<String>>,
    found: &mut Vec<Zeroizing<String>>,
    depth: usize,
) -> (&'t [Token<'a>], bool) {
    let mut function: Option<&str> = None;
    let mut arguments: Vec<Zeroizing<String>> = Vec::new();
    let mut first = true;
    let mut ends = true;
    while let Some((token, rest)) = tokens.split_first() {
        tokens = rest;
        match token {
            Token::Pipe => {
                ends = false;
                break;
            }
            Token::Close => break,
            Token::Word(word) => {
                if first {
                    function = Some(word);
                }
            }
            Token::Literal(text) => {
                // `index .Data "key"` and `.Get("key")` name a field; only what hands on matters.
                arguments.push(Zeroizing::new(text.as_str().to_owned()));
            }
            Token::Open => {
                if depth >= DEEPEST {
                    return (&[], true);
                }
                tokens = pipeline(tokens, &mut arguments, depth + 1);
            }
        }
        first = false;
    }
    match function {
        // A literal or a bracket is its own output.
        None => found.append(&mut arguments),
        Some(name) if HAND_ON.contains(&name) => found.append(&mut arguments),
        Some(name) if FORMAT.contains(&name) => {
            let mut arguments = arguments.into_iter();
            found.extend(arguments.next().map(|format| without_verbs(&format)));
            found.extend(arguments);
        }
        Some(_) => {}
    }
    // `"literal" | b64enc`: what goes into a function that is known comes out of it.
    if function.is_none_or(|name| HAND_ON.contains(&name)) {
        found.extend(piped);
    }
    (tokens, ends)
}

/// A format in which each verb is a placeholder.
fn without_verbs(format: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(format.len() * 4));
    let mut characters = format.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '%' {
            text.push(c);
        } else if characters.next_if_eq(&'%').is_some() {
            text.push('%');
        } else {
            while characters.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
            if characters.next().is_some() {
                text.push_str("${v}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[track_caller]
    fn found(inside: &str, expected: &[&str]) {
        let found: Vec<_> = literals(inside)
            .iter()
            .map(|text| text.to_string())
            .collect();
        assert_eq!(found, expected, "{inside}");
    }

    #[test]
    fn literals_that_come_out() {
        found(" .Values.x | default \"pw\" | b64enc | quote ", &["pw"]);
        found("- default \"pw\" .Values.x -", &["pw"]);
        found(" \"dGVzdA==\" ", &["dGVzdA=="]);
        found(" b64enc \"pw\" ", &["pw"]);
        found(" (default `pw` .x) | quote ", &["pw"]);
        found(" ternary \"a\" \"b\" .x ", &["a", "b"]);
        found(" password | default('pw') ", &["pw"]);
        found(" .x | default \\\"pw\\\" ", &["pw"]);
        found(" printf \"pw-%s\" .x | b64enc ", &["pw-${v}"]);
    }

    #[test]
    fn literals_that_do_not() {
        for inside in [
            " include \"x\" . | nindent 4 ",
            " index .Data \"password\" ",
            " required \"say it\" .Values.x ",
            " lookup \"v1\" \"Secret\" .ns \"n\" ",
            " .Files.Get \"path\" | b64enc ",
            " if eq .x \"y\" ",
            " $x := \"pw\" ",
            " randAlphaNum 16 | b64enc ",
            " .x | replace \"a\" \"b\" ",
            "/* \"pw\" */",
            " \"pw\" | sha256sum ",
            " lookup('env', 'X') ",
            " (index .Data \"a\") | quote ",
        ] {
            found(inside, &[]);
        }
    }
}
