//! The drop-in face: kubeseal's flags, defaults, output and exit codes.
//!
//! Owns the order in which things happen, and the wording that scripts know. Where kubeseal loses
//! data, hangs or lies about success this does the right thing and says so on standard error; each
//! such case is a row of `docs/kubeseal-differences.md`.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::arguments::{Arguments, Read};
use super::certificate;
use super::face::Face;
use super::input;
use super::message::{self, Failure};
use super::output::Output;
use super::{sealing, usage};
use crate::certificate::Certificate;
use crate::encoding;
use crate::hybrid;
use crate::manifest::{KindRule, Problem, ProblemKind, SealedSecret, encode, read_secrets};
use crate::scope::{LabelError, Scope};
use crate::seal::{self, Prepared};
use crate::secret::Plaintext;
use crate::yaml::write;

const FACE: Face = Face::DropIn;

/// Runs the face with the arguments of the process.
pub(super) fn run(line: &[OsString]) -> Result<(), Failure> {
    let alone = line.len() <= 1 && std::io::stdin().is_terminal();
    let Read {
        arguments,
        warnings,
    } = match Arguments::read(line, &Arguments::variables()) {
        Ok(read) => read,
        Err(error) => return usage::answer(&error, line, None),
    };
    if alone {
        return usage::short_help(line);
    }
    for warning in warnings {
        message::warning(FACE, &warning);
    }
    if !arguments.ignored.is_empty() {
        let words: Vec<_> = arguments
            .ignored
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        message::warning(
            FACE,
            &format!(
                "ignored, as kubeseal does: {} (a file to read is given with -f, one to write with -w)",
                words.join(" ")
            ),
        );
    }
    execute(&arguments)
}

fn execute(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.from_file.is_empty() && !arguments.raw {
        return Err(Failure::new("--from-file requires --raw"));
    }
    let format = format(arguments)?;
    let secret_file = given(arguments.secret_file.as_deref());
    let secrets = match secret_file {
        Some(path) => Some(input::open(path).map_err(|failure| Failure {
            text: format!(
                "Could not read file specified with --secret-file: {}",
                failure.text
            ),
            ..failure
        })?),
        None => None,
    };
    let output = match given(arguments.sealed_secret_file.as_deref()) {
        Some(path) => Output::to_file(path)?,
        None => Output::Stdout,
    };
    if arguments.fetch_cert {
        let certificate = certificate::bytes(arguments)?;
        return output.write(|out| out.write_all(&certificate));
    }
    let certificate = certificate::usable(arguments)?;
    if arguments.raw {
        if secret_file.is_some() {
            message::warning(
                FACE,
                "-f is not read with --raw, as by kubeseal: the value comes from --from-file or \
                 standard input",
            );
        }
        return raw(arguments, &certificate, &output);
    }
    let (mut text, name) = match (secrets, secret_file) {
        (Some(file), Some(path)) => (input::read_file(file, path)?, path.display().to_string()),
        _ => {
            greet("(tty detected: expecting json/yaml k8s resource in stdin)");
            (input::read_stdin()?, "standard input".to_owned())
        }
    };
    let prepared = prepare(arguments, &text, &name)?;
    // What is not needed any more is wiped before the work starts. Emptied, all of it is spare
    // capacity, which is wiped as one block and not byte by byte.
    text.clear();
    drop(text);
    let sealed = sealing::seal_all(prepared, certificate.public_key())
        .map_err(|error| Failure::of(&error))?;
    let documents: Vec<_> = sealed
        .into_iter()
        .map(SealedSecret::into_document)
        .collect();
    output.write(|out| {
        for document in &documents {
            match format {
                Format::Json => out.write_all(write::json(document).as_bytes())?,
                Format::Yaml => write!(out, "---\n{}", write::Yaml(document))?,
            }
        }
        Ok(())
    })
}

/// A path, unless it is empty: that counts as not given.
fn given(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !path.as_os_str().is_empty())
}

/// Reads the Secrets of `text` and binds each to its scope.
fn prepare(arguments: &Arguments, text: &[u8], file: &str) -> Result<Vec<Prepared>, Failure> {
    let wrong = |problem: Problem| Failure::new(format!("{file}: {problem}"));
    let text = encoding::text(text).map_err(|error| {
        Failure::new(format!("{file}: {error}")).hint(
            "save it as UTF-8 (with or without a byte-order mark) or UTF-16; bytes that are no text \
             go into data as base64"
                .to_owned(),
        )
    })?;
    let read = read_secrets(&text, KindRule::Assumed).map_err(wrong)?;
    for warning in &read.warnings {
        message::warning(FACE, &format!("{file}: {warning}"));
    }
    let scope = arguments.scope.unwrap_or(Scope::Strict);
    let given = arguments.namespace.as_deref().map(namespace_name);
    let name = arguments.name.as_deref().filter(|name| !name.is_empty());
    if let (Some(name), count @ 2..) = (name, read.secrets.len()) {
        message::warning(
            FACE,
            &format!("{file}: all {count} Secrets get the name {name}, because of --name"),
        );
    }
    let mut default = None;
    let mut prepared = Vec::with_capacity(read.secrets.len());
    for mut secret in read.secrets {
        let at = |kind| {
            wrong(Problem {
                place: Some(secret.place.clone()),
                kind,
            })
        };
        if secret.items.is_empty() && !arguments.allow_empty_data {
            return Err(at(ProblemKind::NoData));
        }
        if let Some(name) = name {
            name.clone_into(&mut secret.metadata.name);
        }
        if secret.metadata.name.is_empty() {
            return Err(at(ProblemKind::NoName));
        }
        let effective = seal::scope_of(&secret, scope);
        if arguments.scope == Some(Scope::Strict) && effective != Scope::Strict {
            message::warning(
                FACE,
                &format!(
                    "{file}: {}: sealed {effective}, as an annotation of the Secret {} says; \
                 --scope strict does not change that: remove the annotation",
                    secret.place, secret.metadata.name
                ),
            );
        }
        if effective != Scope::ClusterWide {
            let namespace = &secret.metadata.namespace;
            match given {
                Some(given) if !given.is_empty() => {
                    if !namespace.is_empty() && namespace != given {
                        return Err(at(ProblemKind::OtherNamespace {
                            input: namespace.clone(),
                            given: given.to_owned(),
                        }));
                    }
                    given.clone_into(&mut secret.metadata.namespace);
                }
                _ if namespace.is_empty() => {
                    let found = match &default {
                        Some(found) => found,
                        None => default.insert(certificate::default_namespace(arguments)?),
                    };
                    if let Some(namespace) = found {
                        namespace.clone_into(&mut secret.metadata.namespace);
                        message::note(
                            FACE,
                            &format!(
                                "{file}: {}: no namespace in the Secret {}, sealed for {namespace}, \
                             the namespace of the current context",
                                secret.place, secret.metadata.name
                            ),
                        );
                    }
                }
                _ => {}
            }
        }
        prepared.push(seal::prepare(secret, scope).map_err(wrong)?);
    }
    Ok(prepared)
}

/// Seals one bare value.
fn raw(arguments: &Arguments, certificate: &Certificate, output: &Output) -> Result<(), Failure> {
    let name = arguments.name.as_deref().unwrap_or_default();
    let scope = arguments.scope.unwrap_or(Scope::Strict);
    let namespace = match (scope, arguments.namespace.as_deref()) {
        (Scope::ClusterWide, _) => String::new(),
        (_, Some(given)) if !given.is_empty() => namespace_name(given).to_owned(),
        _ => {
            let found = certificate::default_namespace(arguments)?.unwrap_or_default();
            if !found.is_empty() {
                message::note(
                    FACE,
                    &format!("sealed for {found}, the namespace of the current context"),
                );
            }
            found
        }
    };
    let label = scope.label(&namespace, name).map_err(|error| {
        let flag = match error {
            LabelError::NoName => "--name",
            _ => "--namespace",
        };
        Failure::new(format!(
            "must provide the {flag} flag with --raw and --scope {scope}"
        ))
    })?;
    let value = Plaintext::new(std::mem::take(&mut *raw_value(arguments)?));
    let sealed = hybrid::seal(
        &mut sealing::generator(),
        certificate.public_key(),
        &label,
        value,
    )
    .map_err(|error| Failure::of(&error))?;
    let text = encode(&sealed);
    output.write(|out| out.write_all(text.as_bytes()))
}

fn raw_value(arguments: &Arguments) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut files = Vec::new();
    for list in &arguments.from_file {
        files.extend(comma_separated(list)?);
    }
    match files.as_slice() {
        [] => {
            greet("(tty detected: expecting a secret to encrypt in stdin)");
            input::read_stdin()
        }
        [file] => {
            let path = match split_once(file, b'=') {
                Some((_, path)) => PathBuf::from(path),
                None => PathBuf::from(file),
            };
            input::read_file(input::open(&path)?, &path)
        }
        _ => Err(Failure::new(
            "must provide only one --from-file when encrypting a single item with --raw",
        )),
    }
}

/// The parts of a comma-separated list as Go's `encoding/csv` tells them apart: a part in quotes may
/// have commas in it, and quotes that are doubled.
fn comma_separated(list: &OsStr) -> Result<Vec<OsString>, Failure> {
    let Some(text) = list.to_str() else {
        // Only text can be quoted; a path that is none is one part.
        return Ok(vec![list.to_owned()]);
    };
    let wrong = || Failure::usage("--from-file: a quote is opened and not closed before a comma");
    let (mut parts, mut rest) = (Vec::new(), (!text.is_empty()).then_some(text));
    while let Some(text) = rest {
        let mut part = String::new();
        let after = if let Some(mut quoted) = text.strip_prefix('"') {
            loop {
                let (before, after) = quoted.split_once('"').ok_or_else(wrong)?;
                part.push_str(before);
                match after.strip_prefix('"') {
                    Some(more) => {
                        part.push('"');
                        quoted = more;
                    }
                    None => break after,
                }
            }
        } else {
            let (before, after) = text.split_at(text.find(',').unwrap_or(text.len()));
            if before.contains('"') {
                return Err(wrong());
            }
            part.push_str(before);
            after
        };
        parts.push(part.into());
        rest = after.strip_prefix(',');
        if rest.is_none() && !after.is_empty() {
            return Err(wrong());
        }
    }
    Ok(parts)
}

fn split_once(text: &OsStr, byte: u8) -> Option<(&OsStr, &OsStr)> {
    let at = text.as_encoded_bytes().iter().position(|b| *b == byte)?;
    let text = text.to_str()?;
    Some((OsStr::new(&text[..at]), OsStr::new(&text[at + 1..])))
}

/// A namespace as it may be typed: `staging`, `ns/staging`, `namespace/staging`.
fn namespace_name(text: &str) -> &str {
    match text.split_once('/') {
        Some((kind, name))
            if !name.is_empty()
                && ["ns", "namespace", "namespaces"]
                    .iter()
                    .any(|prefix| prefix.eq_ignore_ascii_case(kind)) =>
        {
            name
        }
        _ => text,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
}

fn format(arguments: &Arguments) -> Result<Format, Failure> {
    let forced = arguments
        .sealed_secret_file
        .as_deref()
        .and_then(Path::extension)
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    match arguments.format.to_ascii_lowercase().as_str() {
        _ if forced => Ok(Format::Yaml),
        "" | "json" => Ok(Format::Json),
        "yaml" => Ok(Format::Yaml),
        other => Err(Failure::new(format!("unsupported output format: {other}"))
            .hint("json or yaml".to_owned())),
    }
}

/// Tells a person at a terminal that the program waits for them.
fn greet(text: &str) {
    if std::io::stdin().is_terminal() {
        message::plain(text);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::{comma_separated, namespace_name};

    #[test]
    fn lists_are_told_apart_as_by_go() {
        let parts = |text: &str| comma_separated(OsStr::new(text)).ok();
        let expected = |parts: &[&str]| Some(parts.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(parts(""), expected(&[]));
        assert_eq!(parts("a"), expected(&["a"]));
        assert_eq!(parts("a,b"), expected(&["a", "b"]));
        assert_eq!(parts("a,"), expected(&["a", ""]));
        assert_eq!(parts(","), expected(&["", ""]));
        assert_eq!(parts("\"a,b\",c"), expected(&["a,b", "c"]));
        assert_eq!(parts("\"a\"\"b\""), expected(&["a\"b"]));
        assert_eq!(parts("\"\""), expected(&[""]));
        for text in ["\"a", "a\"b", "\"a\"b", "\"a\" ,b", "\""] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn a_namespace_may_be_typed_as_for_kubectl() {
        for text in [
            "staging",
            "ns/staging",
            "Namespace/staging",
            "NAMESPACES/staging",
        ] {
            assert_eq!(namespace_name(text), "staging");
        }
        for text in ["", "ns/", "pods/staging", "/staging"] {
            assert_eq!(namespace_name(text), text);
        }
    }
}
