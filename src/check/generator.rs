//! Generators of Secrets: `secretGenerator` of a kustomization, and kustomize's builtin plugin.
//!
//! Owns what each source of an item is: a literal, a file, a file of `KEY=value` lines (upstream:
//! `api/kv/kv.go`). Files that are named are read through the caller, who knows what git tracks.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use zeroize::Zeroizing;

use super::conclude::{Located, Surroundings};
use super::facts::Generator;
use super::file::Inspection;
use super::finding::{Finding, Object};
use super::kustomize::{folder, join, literal};
use super::object::{Fields, is_item_name};
use super::rule::Rule;
use super::secret;
use super::source::{Source, Trail};
use super::value::{Rules, Verdict, judge};
use super::walk::Walk;
use crate::yaml::Node;

/// Whether an object is kustomize's builtin generator.
pub(super) fn is_one(fields: &Fields<'_>) -> bool {
    fields.any_is("kind", "SecretGenerator") && fields.any_is("apiVersion", "builtin")
}

/// Looks at one generator.
pub(super) fn inspect(walk: &mut Walk<'_>, source: &Source<'_>, node: Node<'_>, trail: &Trail<'_>) {
    let fields = Fields::within(node);
    let metadata = fields.fields("metadata");
    let text = |key| {
        let text = fields.text(key).or_else(|| metadata.text(key));
        text.unwrap_or_default().to_owned()
    };
    let mut finding = walk.finding(Rule::SecretGenerator, source.span(node), trail);
    finding.object = Some(Object {
        kind: "Secret".to_owned(),
        namespace: text("namespace"),
        name: text("name"),
    });
    let mut generator = Generator {
        finding,
        literals: Vec::new(),
        placeholders: Vec::new(),
        files: Vec::new(),
        envs: Vec::new(),
    };
    let rules = Rules {
        sops: source.sops,
        ..Rules::default()
    };
    let scalars = |key| {
        let nodes = fields.all(key);
        nodes.flat_map(|node| node.elements().unwrap_or_else(|| vec![node]))
    };
    let sources = ["literals", "files", "envs"];
    if !walk.visit(sources.into_iter().flat_map(scalars).count()) {
        return;
    }
    for node in scalars("literals") {
        let Some((key, value)) = source.scalar(node).and_then(|text| text.split_once('=')) else {
            continue;
        };
        match judge(unquoted(value), rules) {
            Verdict::Empty | Verdict::Reference => {}
            Verdict::Placeholder => generator.placeholders.push(shown(key)),
            Verdict::Real => generator.literals.push(shown(key)),
        }
    }
    let folder = folder(walk.path());
    for text in scalars("files").filter_map(|node| literal(source, node)) {
        let (key, path) = text.split_once('=').unwrap_or_else(|| {
            let name = text.rsplit('/').next().unwrap_or(text);
            (name, text)
        });
        generator.files.push((shown(key), join(folder, path)));
    }
    let envs = scalars("envs").chain(scalars("env"));
    generator.envs = envs
        .filter_map(|node| literal(source, node))
        .map(|path| join(folder, path))
        .collect();
    walk.facts().generators.push(generator);
}

/// Judges every generator, with the files that it names.
pub(super) fn find(inspections: &[Inspection], around: &Surroundings<'_>) -> Vec<Located> {
    let mut named = Named {
        read: around.read,
        files: HashMap::new(),
        envs: HashMap::new(),
    };
    let mut found = Vec::new();
    for (index, inspection) in inspections.iter().enumerate() {
        for generator in &inspection.facts.generators {
            let finding = conclude(generator, &mut named);
            found.extend(finding.map(|finding| (index, finding)));
        }
    }
    found
}

/// The files that generators name, each of which is read once.
struct Named<'a> {
    read: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
    files: HashMap<&'a Path, Verdict>,
    envs: HashMap<&'a Path, Vec<(String, Verdict)>>,
}

impl<'a> Named<'a> {
    /// What a file is that becomes an item.
    fn file(&mut self, path: &'a Path) -> Verdict {
        *self.files.entry(path).or_insert_with(|| {
            let bytes = (self.read)(path).map(Zeroizing::new);
            bytes.map_or(Verdict::Empty, |bytes| file(&bytes))
        })
    }

    /// The items of a file with `KEY=value` lines.
    fn env(&mut self, path: &'a Path) -> &[(String, Verdict)] {
        self.envs.entry(path).or_insert_with(|| {
            let bytes = (self.read)(path).map(Zeroizing::new);
            bytes.map_or(Vec::new(), |bytes| env(&bytes))
        })
    }
}

fn conclude<'a>(generator: &'a Generator, named: &mut Named<'a>) -> Option<Finding> {
    let mut files = Vec::new();
    let mut lines = Vec::new();
    let mut placeholders = generator.placeholders.clone();
    for (key, path) in &generator.files {
        match named.file(path) {
            Verdict::Empty | Verdict::Reference => {}
            Verdict::Placeholder => placeholders.push(key.clone()),
            Verdict::Real => files.push(key.clone()),
        }
    }
    for path in &generator.envs {
        for (key, verdict) in named.env(path) {
            match verdict {
                Verdict::Empty | Verdict::Reference => {}
                Verdict::Placeholder => placeholders.push(key.clone()),
                Verdict::Real => lines.push(key.clone()),
            }
        }
    }
    let mut finding = generator.finding.clone();
    let parts = [
        part(&generator.literals, "literal", "literals", "in plaintext"),
        part(&files, "file", "files", "that git tracks"),
        part(&lines, "value", "values", "of env files that git tracks"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        finding.rule = Rule::PlaceholderValue;
        finding.severity = finding.rule.severity();
        finding.keys = names(&placeholders);
        let what = match placeholders.len() {
            0 => return None,
            1 => "looks like a placeholder",
            _ => "look like placeholders",
        };
        finding.message = part(&placeholders, "value", "values", what)?;
    } else {
        finding.keys = names(&[generator.literals.as_slice(), &files, &lines].concat());
        finding.message = format!("generated from {}", parts.join(" and "));
    }
    Some(finding)
}

/// `2 literals in plaintext (a, b)`
fn part(keys: &[String], one: &str, several: &str, how: &str) -> Option<String> {
    let shown = secret::listed(&names(keys));
    match keys.len() {
        0 => None,
        1 => Some(format!("1 {one} {how}{shown}")),
        n => Some(format!("{n} {several} {how}{shown}")),
    }
}

/// The names that can be shown, each once.
fn names(keys: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = keys.iter();
    let names = names.filter(|key| !key.is_empty() && seen.insert(*key));
    names.cloned().collect()
}

/// A name that can be shown, or nothing.
fn shown(key: &str) -> String {
    if is_item_name(key) {
        key.to_owned()
    } else {
        String::new()
    }
}

/// A value without the quotes that kustomize takes off.
fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

/// What a file is that becomes an item.
fn file(bytes: &[u8]) -> Verdict {
    if is_encrypted(bytes) {
        return Verdict::Reference;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Verdict::Real;
    };
    match judge(text, Rules::default()) {
        // kustomize takes a file as it is. A configuration with `${X}` in it is one in plaintext: who
        // fills in a value from elsewhere writes that value alone.
        Verdict::Reference if text.trim().contains('\n') => Verdict::Real,
        verdict => verdict,
    }
}

/// The items of a file with `KEY=value` lines. A line that is a key alone is filled in from the
/// environment.
fn env(bytes: &[u8]) -> Vec<(String, Verdict)> {
    if is_encrypted(bytes) {
        return Vec::new();
    }
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| {
            let verdict = judge(unquoted(value.trim()), Rules::default());
            (shown(key.trim()), verdict)
        })
        .collect()
}

/// Whether a whole file was encrypted, by one of the tools that do that in a repository.
fn is_encrypted(bytes: &[u8]) -> bool {
    const BEGINS: [&[u8]; 5] = [
        b"\0GITCRYPT\0",
        b"age-encryption.org/",
        b"-----BEGIN AGE ENCRYPTED FILE-----",
        b"-----BEGIN PGP MESSAGE-----",
        b"$ANSIBLE_VAULT;",
    ];
    let has = |part: &[u8]| memchr::memmem::find(bytes, part).is_some();
    BEGINS.iter().any(|begin| bytes.starts_with(begin)) || has(b"ENC[AES256_GCM,") && has(b"sops")
}

/// The name that a generator has, of what kustomize calls `name` with a hash behind it.
pub(super) fn without_hash(name: &str) -> Option<&str> {
    const HASH: usize = 10;
    let (own, hash) = name.rsplit_once('-')?;
    (hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(own)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;

    use super::super::{Options, Surroundings, conclude, inspect};
    use super::{Verdict, env, file, without_hash};

    #[test]
    fn a_file_that_is_named_often_is_read_once() {
        let generators = "- {files: [a, b=./a, a], envs: [c, ./c]}\n".repeat(1000);
        let text = format!("secretGenerator:\n{generators}");
        let path = Path::new("kustomization.yaml");
        let inspection = inspect(path, text.as_bytes(), &Options::default());
        let asked = RefCell::new(Vec::new());
        let read = |path: &Path| {
            asked.borrow_mut().push(path.to_owned());
            Some(b"d=hunter2\n".to_vec())
        };
        let around = Surroundings {
            whole: false,
            read: &read,
            counts: &|_| true,
        };
        let report = conclude(vec![inspection], &around);
        assert_eq!(report.findings.len(), 1000);
        assert_eq!(report.findings[0].keys, ["a", "b", "d"]);
        assert_eq!(asked.into_inner(), [Path::new("a"), Path::new("c")]);
    }

    #[test]
    fn lines_of_an_env_file() {
        let text =
            "\u{feff}# A=1\n\nA=hunter2\n B = \"changeme\"\nC=\nD\nE='$X'\nF=a=b\nbad key=x\n";
        let found = env(text.as_bytes());
        let expected = [
            ("A", Verdict::Real),
            ("B", Verdict::Placeholder),
            ("C", Verdict::Empty),
            ("E", Verdict::Reference),
            ("F", Verdict::Real),
            ("", Verdict::Real),
        ];
        let expected = expected.map(|(key, verdict)| (key.to_owned(), verdict));
        assert_eq!(found, expected);
        assert_eq!(env(b"A=ENC[AES256_GCM,data:x]\nsops_version=3.8.1\n"), []);
    }

    #[test]
    fn a_hash_is_no_part_of_a_name() {
        assert_eq!(without_hash("db-login-5m8kd2b7hh"), Some("db-login"));
        assert_eq!(without_hash("db-login"), None);
        assert_eq!(without_hash("db-5m8kd2b7h"), None);
    }

    #[test]
    fn a_file_that_becomes_an_item() {
        for (bytes, expected) in [
            (&b""[..], Verdict::Empty),
            (b"\n", Verdict::Empty),
            (b"hunter2\n", Verdict::Real),
            (b"\xff\xfe\x01", Verdict::Real),
            (b"changeme\n", Verdict::Placeholder),
            (b"${X}\n", Verdict::Reference),
            (b"user=app\npassword=${X}\n", Verdict::Real),
            (b"${X}\n${Y}\n", Verdict::Real),
            (b"\0GITCRYPT\0\x01\x02", Verdict::Reference),
            (b"$ANSIBLE_VAULT;1.1;AES256\n6231\n", Verdict::Reference),
            (
                b"{\"data\": \"ENC[AES256_GCM,data:a]\", \"sops\": {}}",
                Verdict::Reference,
            ),
        ] {
            assert_eq!(file(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
