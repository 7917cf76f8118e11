//! Templates made readable as YAML: every action is replaced by filler of the same length.
//!
//! Owns where the actions of Helm and Go templates, Jinja, ERB and Terraform begin and end, and what
//! stands in for them. Every byte keeps its place, so that a range of the masked text is one of the
//! source. What an action says is not looked at; that is for who reads the source.

use std::ops::Range;

use memchr::{memchr, memchr3_iter, memmem, memrchr};
use zeroize::Zeroizing;

/// What opens an action, what closes it, and whether it leaves text behind.
const NOTATIONS: [(&[u8], &[u8], Output); 6] = [
    (b"{{", b"}}", Output::Unless(is_go_control)),
    (b"{%", b"%}", Output::Never),
    (b"{#", b"#}", Output::Never),
    (b"<%=", b"%>", Output::Always),
    (b"<%", b"%>", Output::Never),
    (b"%{", b"}", Output::Never),
];

/// An action over more lines than this is none: somebody forgot to close it, or wants to hide
/// something in it.
const MOST_LINES: usize = 60;
/// Nor is one longer than this. It bounds the work that text without any end to its actions makes.
const MOST_BYTES: usize = 8 * 1024;

#[derive(Clone, Copy)]
enum Output {
    Always,
    Never,
    Unless(fn(&[u8]) -> bool),
}

/// One action of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The bytes of the source, delimiters included.
    pub range: Range<usize>,
    /// Whether it may leave text behind; one that only steers (`if`, `end`, a comment) does not.
    pub has_output: bool,
}

/// A text without its actions.
pub struct Masked {
    text: Zeroizing<String>,
    actions: Vec<Action>,
}

impl Masked {
    /// The text, as long as the source and of as many lines. Lines of nothing but actions are empty.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The actions within `range`, in their order.
    #[must_use]
    pub fn actions_in(&self, range: &Range<usize>) -> &[Action] {
        let first = self
            .actions
            .partition_point(|action| action.range.end <= range.start);
        let length = self.actions[first..].partition_point(|action| action.range.start < range.end);
        &self.actions[first..first + length]
    }

    /// Leaves out what keeps the text from being read in the line that holds the byte at `offset`: the
    /// actions behind its key, or the whole line. Only a line with an action on it is; whether something
    /// was is the result.
    pub fn drop_line(&mut self, offset: usize) -> bool {
        let bytes = self.text.as_bytes();
        let start = memrchr(b'\n', &bytes[..offset]).map_or(0, |at| at + 1);
        let end = memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |at| offset + at);
        let blank = |text: &[u8]| text.iter().all(u8::is_ascii_whitespace);
        let actions = self.actions_in(&(start..end));
        if blank(&bytes[start..end]) || actions.is_empty() {
            return false;
        }
        // What an action behind a key writes may go on in the lines below, which then belong to the key.
        let mut line = Zeroizing::new(bytes[start..end].to_vec());
        for action in actions {
            let from = action.range.start.max(start) - start;
            line[from..action.range.end.min(end) - start].fill(b' ');
        }
        if line[..] == bytes[start..end] || line.trim_ascii_end().last() != Some(&b':') {
            line.fill(b' ');
        }
        // Whole characters were replaced by ASCII, so this is still UTF-8.
        let line = Zeroizing::new(String::from_utf8(std::mem::take(&mut line)).unwrap_or_default());
        self.text.replace_range(start..end, &line);
        true
    }
}

/// Whether `text` may be a template: whether it opens anything.
#[must_use]
pub fn may_have_actions(text: &str) -> bool {
    let bytes = text.as_bytes();
    NOTATIONS
        .iter()
        .any(|(open, ..)| memmem::find(bytes, open).is_some())
}

/// The length of the action that `text` starts with.
#[must_use]
pub fn first_action(text: &str) -> Option<usize> {
    action_at(text.as_bytes(), 0).map(|action| action.range.end)
}

/// Replaces the actions of `text`.
#[must_use]
pub fn mask(text: &str) -> Masked {
    let bytes = text.as_bytes();
    let actions = actions(bytes);
    let mut masked = Zeroizing::new(bytes.to_vec());
    let mut next = 0;
    for body in definitions(bytes, &actions) {
        for byte in &mut masked[body] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    // Lines without anything but actions, those that follow each other as one.
    let mut empty: Vec<Range<usize>> = Vec::new();
    while let Some(first) = actions.get(next) {
        // Lines that are joined by an action over several of them are blank together or not at all.
        let start = memrchr(b'\n', &bytes[..first.range.start]).map_or(0, |at| at + 1);
        let mut end = line_end(bytes, first.range.end);
        let mut after = next + 1;
        while let Some(action) = actions.get(after).filter(|a| a.range.start < end) {
            if action.range.end > end {
                end = line_end(bytes, action.range.end);
            }
            after += 1;
        }
        let group = &actions[next..after];
        next = after;
        if is_blank_without(bytes, start..end, group) {
            match empty.last_mut() {
                Some(before) if bytes[before.end..start].trim_ascii().is_empty() => {
                    before.end = end;
                }
                _ => empty.push(start..end),
            }
            continue;
        }
        for action in group {
            let mut filler = if action.has_output { b'x' } else { b' ' };
            for byte in &mut masked[action.range.clone()] {
                if matches!(byte, b'\n' | b'\r') {
                    filler = b' ';
                } else {
                    *byte = filler;
                }
            }
        }
    }
    for lines in empty {
        empty_lines(&mut masked, &lines);
    }
    Masked {
        // Whole characters were replaced by ASCII, so this is still UTF-8.
        text: Zeroizing::new(String::from_utf8(std::mem::take(&mut masked)).unwrap_or_default()),
        actions,
    }
}

/// Empties `lines`: what stood in them becomes space behind the text before. A line of spaces would be
/// one at the beginning of a block scalar too, where none may be longer than the indentation of the text.
fn empty_lines(text: &mut [u8], lines: &Range<usize>) {
    let from = text[..lines.start].trim_ascii_end().len();
    let lines = &mut text[from..lines.end];
    let ends = memchr::memchr_iter(b'\n', lines).count();
    lines.fill(b' ');
    let first = lines.len() - ends;
    lines[first..].fill(b'\n');
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at)
}

fn is_blank_without(bytes: &[u8], range: Range<usize>, actions: &[Action]) -> bool {
    let mut from = range.start;
    for action in actions {
        if !bytes[from..action.range.start]
            .iter()
            .all(u8::is_ascii_whitespace)
        {
            return false;
        }
        from = action.range.end;
    }
    bytes[from..range.end].iter().all(u8::is_ascii_whitespace)
}

/// What stands in the definitions of a template that are no manifests: a name, labels. Where it is
/// written down it is no part of the document.
fn definitions(bytes: &[u8], actions: &[Action]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // How deep in other blocks, and where the definition begins.
    let mut open: Option<(usize, usize)> = None;
    for action in actions {
        let text = &bytes[action.range.clone()];
        match (word(text), &mut open) {
            (b"define", None) => open = Some((0, action.range.end)),
            (b"if" | b"range" | b"with" | b"block" | b"define", Some((depth, _))) => *depth += 1,
            (b"end", Some((depth @ 1.., _))) => *depth -= 1,
            (b"end", Some((_, start))) => {
                let body = *start..action.range.start;
                if memmem::find(&bytes[body.clone()], b"kind").is_none() {
                    found.push(body);
                }
                open = None;
            }
            _ => {}
        }
    }
    found
}

/// The first word of an action of a Go template.
fn word(action: &[u8]) -> &[u8] {
    let inside = action.strip_prefix(b"{{").unwrap_or_default();
    let inside = inside
        .strip_prefix(b"-")
        .unwrap_or(inside)
        .trim_ascii_start();
    let length = inside
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    &inside[..length]
}

fn actions(bytes: &[u8]) -> Vec<Action> {
    let mut found: Vec<Action> = Vec::new();
    let mut done = 0;
    for at in memchr3_iter(b'{', b'<', b'%', bytes) {
        if at < done {
            continue;
        }
        if let Some(action) = action_at(bytes, at) {
            done = action.range.end;
            found.push(action);
        }
    }
    found
}

/// The action that starts with the byte at `at`.
fn action_at(bytes: &[u8], at: usize) -> Option<Action> {
    let rest = &bytes[at..];
    let (open, close, output) = NOTATIONS.iter().find(|(open, ..)| rest.starts_with(open))?;
    let inside = &rest[open.len()..];
    let length = length_inside(inside, close)?;
    Some(Action {
        range: at..at + open.len() + length + close.len(),
        has_output: match output {
            Output::Always => true,
            Output::Never => false,
            Output::Unless(is_control) => !is_control(&inside[..length]),
        },
    })
}

/// How many bytes there are before what closes an action.
fn length_inside(inside: &[u8], close: &[u8]) -> Option<usize> {
    let inside = &inside[..inside.len().min(MOST_BYTES)];
    // Most of what opens and is no action ends here, before it is looked at byte by byte.
    memmem::find(inside, close)?;
    let limit = memchr::memchr_iter(b'\n', inside)
        .nth(MOST_LINES - 1)
        .unwrap_or(inside.len());
    let inside = &inside[..limit];
    let trimmed = inside
        .strip_prefix(b"-")
        .unwrap_or(inside)
        .trim_ascii_start();
    if close == b"}}" && trimmed.starts_with(b"/*") {
        let end = memmem::find(inside, b"*/")?;
        return memmem::find(&inside[end..], close).map(|at| end + at);
    }
    outside_strings(inside, close).or_else(|| {
        // A quote that is none: whatever the line says then is the action.
        let line = &inside[..line_end(inside, 0)];
        memmem::find(line, close)
    })
}

/// Where `close` first stands outside the strings of an action.
fn outside_strings(inside: &[u8], close: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < inside.len() {
        match inside[at] {
            b'\\' => at += 2,
            quote @ (b'"' | b'`' | b'\'') => at += 1 + string_length(&inside[at + 1..], quote)?,
            _ if inside[at..].starts_with(close) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The length of a string behind its opening quote, with the closing one.
fn string_length(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\\' if quote != b'`' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Whether an action of a Go template is one that leaves no text behind.
fn is_go_control(inside: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [
        b"if",
        b"else",
        b"end",
        b"range",
        b"with",
        b"define",
        b"block",
        b"break",
        b"continue",
    ];
    let inside = inside.strip_prefix(b"-").unwrap_or(inside).trim_ascii();
    if inside.starts_with(b"/*") || inside.is_empty() {
        return true;
    }
    if inside.starts_with(b"$") {
        // `$name := …` and `$name = …` assign.
        let after = inside[1..].trim_ascii_start();
        let name = after
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b',' | b' ' | b'$')
            })
            .count();
        let rest = &after[name..];
        return rest.starts_with(b":=") || rest.starts_with(b"=") && !rest.starts_with(b"==");
    }
    let word = inside
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    WORDS.contains(&&inside[..word])
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[track_caller]
    fn masked(source: &str, expected: &str) {
        let masked = mask(source);
        assert_eq!(masked.text(), expected);
        assert_eq!(masked.text().len(), source.len());
    }

    #[test]
    fn a_line_of_actions_is_blank() {
        masked(
            "a: 1\n  {{- if .x }} {{ end -}}\nb: 2\n",
            "a: 1                         \n\nb: 2\n",
        );
        masked("{% if x %}\na: 1\n{# b #}\n", "          \na: 1       \n\n");
        masked("<% if x %>\r\na: 1\n", "           \na: 1\n");
    }

    #[test]
    fn an_action_in_a_line_is_filled() {
        masked("a: {{ .b }}\n", "a: xxxxxxxx\n");
        masked("{{ .a }}: \"{{ .b }}\"\n", "xxxxxxxx: \"xxxxxxxx\"\n");
        masked("a: <%= b %>c\n", "a: xxxxxxxxc\n");
        masked(
            "a: {{ if .b }}c{{ else }}d{{ end }}\n",
            "a:            c          d         \n",
        );
        masked("a: {{ $b }} {{ $c := 1 }}\n", "a: xxxxxxxx              \n");
        masked("- {{ if }}\n", "-         \n");
    }

    #[test]
    fn what_closes_in_a_string_does_not_close() {
        masked("a: {{ \"}}\" }}\n", "a: xxxxxxxxxx\n");
        masked("a: {{ `}}\"` }}\n", "a: xxxxxxxxxxx\n");
        masked("a: \"{{ \\\"b\\\" }}\"\n", "a: \"xxxxxxxxxxx\"\n");
        masked("a: {{ don't }}\nb: 1\n", "a: xxxxxxxxxxx\nb: 1\n");
    }

    #[test]
    fn an_action_may_go_over_lines() {
        masked("{{/* a:\n b */}}\nc: 1\n", "              \n\nc: 1\n");
        masked("a: {{ x\n  y }}\nb: 1\n", "a: xxxx\n      \nb: 1\n");
    }

    #[test]
    fn a_definition_that_is_no_manifest_is_no_part_of_the_document() {
        masked(
            "{{ define \"n\" }}{{ if x }}a{{ end }}-b{{ end }}\nc: 1\n",
            &format!("{}\nc: 1\n", " ".repeat(47)),
        );
        let manifest = "{{ define \"n\" }}\nkind: Secret\n{{ end }}\n";
        assert!(mask(manifest).text().contains("kind: Secret"));
    }

    #[test]
    fn what_is_never_closed_is_no_action() {
        masked("a: {{ b\n", "a: {{ b\n");
        let long = format!("{{{{ {} }}}}", "\n".repeat(100));
        masked(&long, &long);
    }

    #[test]
    fn a_line_with_an_action_can_be_dropped() {
        let mut masked = mask("a: {{ b }}\nc: 1\n");
        assert!(masked.drop_line(4));
        assert_eq!(masked.text(), "a:        \nc: 1\n");
        assert!(masked.drop_line(4));
        assert!(!masked.drop_line(4));
        assert!(!masked.drop_line(12));
        assert_eq!(masked.text(), "          \nc: 1\n");
        assert_eq!(masked.actions_in(&(0..5)).len(), 1);
        assert!(masked.actions_in(&(11..16)).is_empty());
    }

    #[test]
    fn only_a_key_is_kept_of_a_line() {
        for line in ["a: b{{ c }}", "- {{ c }}"] {
            let mut masked = mask(line);
            assert!(masked.drop_line(0));
            assert_eq!(masked.text().trim_end(), "", "{line}");
        }
    }
}
