//! One input, how it is given, and what each program does with it. Owns the words in which a row
//! says so; nothing is run here.

use std::path::Path;

use crate::fake_api::{Asked, Reply};

/// An input and two expectations.
pub(crate) struct Case {
    pub(crate) arguments: Vec<String>,
    pub(crate) input: Vec<u8>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    /// What else has to be in the folder.
    pub(crate) prepare: fn(&Path),
    /// What listens at `{server}`, in the arguments and the files, with TLS or without.
    pub(crate) server: Option<(bool, Answer)>,
    /// Standard output is a disk without any room.
    pub(crate) full: bool,
    /// rseal takes its time with it.
    pub(crate) slow: bool,
    pub(crate) kubeseal: Expected,
    pub(crate) rseal: Expected,
}

/// What a server answers.
pub(crate) type Answer = fn(&Asked) -> Reply;

impl Case {
    /// A command line, words with spaces between them.
    pub(crate) fn of(line: &str) -> Self {
        Self {
            arguments: line.split_whitespace().map(str::to_owned).collect(),
            input: Vec::new(),
            files: Vec::new(),
            variables: Vec::new(),
            prepare: |_| {},
            server: None,
            full: false,
            slow: false,
            kubeseal: Expected::default(),
            rseal: Expected::default(),
        }
    }

    /// `input` sealed with a good certificate.
    pub(crate) fn seal(input: impl Into<Vec<u8>>) -> Self {
        Self::of("--cert cert.pem").input(input)
    }

    /// A good Secret sealed with another certificate.
    pub(crate) fn certificate(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::of("--cert")
            .argument(name)
            .input(secret("a"))
            .file(name, bytes)
    }

    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// More of the command line.
    pub(crate) fn with(mut self, line: &str) -> Self {
        self.arguments
            .extend(line.split_whitespace().map(str::to_owned));
        self
    }

    /// One more argument, spaces and all.
    pub(crate) fn argument(mut self, word: &str) -> Self {
        self.arguments.push(word.to_owned());
        self
    }

    pub(crate) fn file(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.to_owned(), bytes.into()));
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    pub(crate) fn prepare(mut self, prepare: fn(&Path)) -> Self {
        self.prepare = prepare;
        self
    }

    pub(crate) fn server(mut self, answer: Answer) -> Self {
        self.server = Some((false, answer));
        self
    }

    pub(crate) fn tls_server(mut self, answer: Answer) -> Self {
        self.server = Some((true, answer));
        self
    }

    pub(crate) fn full(mut self) -> Self {
        self.full = true;
        self
    }

    pub(crate) fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    pub(crate) fn kubeseal(mut self, expected: Expected) -> Self {
        self.kubeseal = expected;
        self
    }

    pub(crate) fn rseal(mut self, expected: Expected) -> Self {
        self.rseal = expected;
        self
    }
}

/// What a program does. Whatever is not said to be printed must not be.
#[derive(Default)]
pub(crate) struct Expected {
    /// The exit code; none if the program never ends.
    pub(crate) code: Option<i32>,
    /// The SealedSecrets on standard output, as `NAMESPACE/NAME`.
    pub(crate) sealed: Vec<&'static str>,
    /// An item of the first of them, and what it opens to.
    pub(crate) values: Vec<(&'static str, Vec<u8>)>,
    pub(crate) stdout: Vec<String>,
    pub(crate) not_stdout: Vec<&'static str>,
    pub(crate) stderr: Vec<String>,
    /// What must be true of the folder afterwards.
    pub(crate) folder: Vec<(&'static str, Check)>,
}

/// Looks at the folder afterwards.
pub(crate) type Check = fn(&Path) -> bool;

/// Ends with this exit code.
pub(crate) fn ends(code: i32) -> Expected {
    Expected {
        code: Some(code),
        ..Expected::default()
    }
}

/// Seals these Secrets and no other.
pub(crate) fn seals(sealed: &[&'static str]) -> Expected {
    Expected {
        sealed: sealed.to_vec(),
        ..ends(0)
    }
}

/// Seals `ns/a` with the item `k`.
pub(crate) fn seals_value(value: impl Into<Vec<u8>>) -> Expected {
    seals(&["ns/a"]).value("k", value)
}

/// Ends with an error that starts like this, and prints nothing else.
pub(crate) fn fails(text: &str) -> Expected {
    ends(1).stderr(&format!("error: {text}"))
}

/// Ends with a usage error that says this.
pub(crate) fn refuses(text: &str) -> Expected {
    ends(2).stderr(text)
}

/// Never ends.
pub(crate) fn hangs() -> Expected {
    Expected::default()
}

/// Ends with a Go panic.
pub(crate) fn crashes(text: &str) -> Expected {
    ends(2).stderr(&format!("panic: {text}"))
}

impl Expected {
    /// The item is called so, and opens to this.
    pub(crate) fn value(mut self, item: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.values.push((item, value.into()));
        self
    }

    /// Standard output has this in it.
    pub(crate) fn stdout(mut self, text: &str) -> Self {
        self.stdout.push(text.to_owned());
        self
    }

    /// Standard output does not have this in it.
    pub(crate) fn not_stdout(mut self, text: &'static str) -> Self {
        self.not_stdout.push(text);
        self
    }

    /// Standard error has this in it.
    pub(crate) fn stderr(mut self, text: &str) -> Self {
        self.stderr.push(text.to_owned());
        self
    }

    pub(crate) fn warns(self, text: &str) -> Self {
        self.stderr(&format!("warning: {text}"))
    }

    /// This is true of the folder afterwards.
    pub(crate) fn folder(mut self, what: &'static str, check: Check) -> Self {
        self.folder.push((what, check));
        self
    }
}

/// The Secret `ns/NAME` with the item `k`.
pub(crate) fn secret(name: &str) -> String {
    manifest(&format!("name: {name}"), "stringData:\n  k: v\n")
}

/// The Secret `ns/a` with these lines after its metadata.
pub(crate) fn with(lines: &str) -> String {
    manifest("name: a", lines)
}

/// The Secret `ns/a` with these lines in its metadata.
pub(crate) fn with_metadata(lines: &str) -> String {
    manifest(
        &format!("name: a\n  {}", lines.replace('\n', "\n  ")),
        "stringData:\n  k: v\n",
    )
}

fn manifest(metadata: &str, lines: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  namespace: ns\n  {metadata}\n{lines}")
}

/// The Secret `ns/NAME` as JSON, with these fields.
pub(crate) fn json(name: &str, fields: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"namespace":"ns","name":"{name}"}},{fields}}}"#
    )
}
