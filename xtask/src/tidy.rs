//! Whether the source keeps to its own layout: each room uses only what the table in
//! `docs/architecture.md` allows, says what it owns, and stays short. This door owns the task, the walk over
//! the files and what a finding says; `rooms` reads the table, `paths` finds what a file uses. Style inside a
//! function is clippy's business.

mod paths;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::paths::{Target, Used};
use self::rooms::{Room, Table};
use crate::command;

const TABLE: &str = "docs/architecture.md";
const LONGEST_FILE: usize = 600;
/// Crates that are in Cargo.toml for a feature of another one, and in no path.
const NAMED_FOR_A_FEATURE: &[&str] = &["k8s_openapi"];
/// How the reason for a longer file begins, in its module documentation.
const REASON: &str = "Long because";
/// Words of which a door's documentation needs one to have said what is not its business.
const BOUNDARIES: &[&str] = &[
    "not ",
    "nothing",
    "never",
    "no ",
    "belong",
    "business",
    "elsewhere",
    "other room",
    "[`crate::",
];

/// One thing to put right.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    room: String,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            room,
            text,
        } = self;
        write!(f, "{file}:{line}: room {room}: {text}")
    }
}

/// `cargo xtask tidy`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    if !arguments.is_empty() {
        bail!("usage: cargo xtask tidy");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lies in the workspace")?;
    let text = fs::read_to_string(root.join(TABLE)).with_context(|| TABLE.to_owned())?;
    let table = Table::parse(&text).with_context(|| TABLE.to_owned())?;
    let dependencies = dependencies(root)?;

    let mut findings = check_table(&table, &dependencies);
    let files = rust_files(&root.join("src"))?;
    let mut seen: BTreeMap<String, BTreeSet<Target>> = BTreeMap::new();
    for path in &files {
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        let text = fs::read_to_string(path).with_context(|| name.clone())?;
        let file = File::new(&name, &text)?;
        let used = paths::used(&file.syntax, &file.module, &dependencies);
        findings.extend(file.check(&table, &used));
        let targets = used.into_iter().map(|used| used.target);
        seen.entry(file.room).or_default().extend(targets);
    }
    findings.extend(check_for_leftovers(&table, &seen));
    for path in rust_files(&root.join("xtask/src"))? {
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).with_context(|| name.clone())?;
        findings.extend(check_length_and_documentation(&name, "xtask", &text, false));
    }

    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "{} files in {} rooms: {}",
        files.len(),
        seen.len(),
        match findings.len() {
            0 => "tidy".to_owned(),
            1 => "1 finding".to_owned(),
            several => format!("{several} findings"),
        }
    );
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A file of the program and where it stands in its module tree.
struct File {
    name: String,
    room: String,
    /// The path of its module, the room first; empty for the crate's root.
    module: Vec<String>,
    is_door: bool,
    text: String,
    syntax: syn::File,
}

impl File {
    fn new(name: &str, text: &str) -> Result<Self> {
        let mut module: Vec<String> = name
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        let room = module[0].clone();
        let is_door = module.len() == 1;
        if is_door && (room == "lib" || room == "main") {
            module.clear();
        }
        let syntax = syn::parse_file(text).with_context(|| name.to_owned())?;
        Ok(Self {
            name: name.to_owned(),
            room,
            module,
            is_door,
            text: text.to_owned(),
            syntax,
        })
    }

    fn check(&self, table: &Table, used: &[Used]) -> Vec<Finding> {
        let mut findings =
            check_length_and_documentation(&self.name, &self.room, &self.text, self.is_door);
        let Some(room) = table.room(&self.room) else {
            findings.push(self.finding(
                1,
                format!(
                    "has no row in the table of {TABLE}: add one that says what it owns and what it \
                     uses, or move the file into a room that is there"
                ),
            ));
            return findings;
        };
        let mut told = BTreeSet::new();
        for used in used {
            if let Some(text) = self.refusal(room, table, used)
                && told.insert((used.line, text.clone()))
            {
                findings.push(self.finding(used.line, text));
            }
        }
        findings
    }

    /// Why the table refuses what was found, if it does.
    fn refusal(&self, room: &Room, table: &Table, used: &Used) -> Option<String> {
        match &used.target {
            Target::Room(other) if *other == self.room || room.may_use(other) => None,
            Target::Room(other) if table.room(other).is_none() => Some(format!(
                "uses `crate::{other}`, which is no room: what is shared needs a room that owns it"
            )),
            Target::Room(other) => Some(format!(
                "uses {other}, but {TABLE} lets it use only {}: move the code to a room that may, \
                 hand the value in as a parameter, or change the table and say why",
                list(&room.uses)
            )),
            Target::Crate(_) if used.in_tests => None,
            Target::Crate(name) if table.may_use_crate(room, name) => None,
            Target::Crate(name) => {
                let owners: Vec<&str> = table.owners(name);
                Some(format!(
                    "uses the crate {name}, which belongs to {}: ask that room for what is needed, or \
                     change the table in {TABLE} and say why",
                    list(&owners)
                ))
            }
        }
    }

    fn finding(&self, line: usize, text: String) -> Finding {
        Finding {
            file: self.name.clone(),
            line,
            room: self.room.clone(),
            text,
        }
    }
}

fn check_length_and_documentation(
    name: &str,
    room: &str,
    text: &str,
    is_door: bool,
) -> Vec<Finding> {
    let documentation: Vec<&str> = text
        .lines()
        .take_while(|line| line.starts_with("//") || line.starts_with("#![") || line.is_empty())
        .filter_map(|line| line.strip_prefix("//!"))
        .collect();
    let documentation = documentation.join(" ");
    let lower = documentation.to_lowercase();
    let mut texts = Vec::new();
    if documentation.trim().is_empty() {
        texts.push("no `//!`: say what the file owns".to_owned());
    } else if is_door && !matches!(room, "lib" | "main") {
        if !lower.contains("own") {
            texts.push("its `//!` does not say what the room owns".to_owned());
        }
        if !BOUNDARIES.iter().any(|word| lower.contains(word)) {
            texts.push("its `//!` does not say what is not the room's business".to_owned());
        }
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE && !documentation.contains(REASON) {
        texts.push(format!(
            "{lines} lines, and {LONGEST_FILE} are the limit: split it, or say in its `//!` why not, in a \
             sentence that begins with \"{REASON}\""
        ));
    }
    texts
        .into_iter()
        .map(|text| Finding {
            file: name.to_owned(),
            line: 1,
            room: room.to_owned(),
            text,
        })
        .collect()
}

/// The table and Cargo.toml must name the same crates.
fn check_table(table: &Table, dependencies: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in std::iter::once(&table.any).chain(&table.rooms) {
        for name in &room.crates {
            if !dependencies.contains(name) {
                let text = format!("owns the crate {name}, which Cargo.toml does not name");
                findings.push(in_table(room, text));
            }
        }
        for other in &room.uses {
            if table.room(other).is_none() {
                findings.push(in_table(room, format!("may use {other}, which has no row")));
            }
        }
    }
    for name in dependencies {
        if table.owners(name).is_empty() {
            let text = format!("the crate {name} of Cargo.toml has no owner: name it in a row");
            findings.push(in_table(&table.any, text));
        }
    }
    findings
}

/// What the table allows and nobody needs.
fn check_for_leftovers(table: &Table, seen: &BTreeMap<String, BTreeSet<Target>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in &table.rooms {
        let Some(used) = seen.get(&room.name) else {
            let text = "has a row but no file under src: remove the row".to_owned();
            findings.push(in_table(room, text));
            continue;
        };
        let rooms = room.uses.iter().cloned().map(Target::Room);
        let crates = room
            .crates
            .iter()
            .filter(|name| !NAMED_FOR_A_FEATURE.contains(&name.as_str()))
            .cloned()
            .map(Target::Crate);
        for target in rooms.chain(crates) {
            if !used.contains(&target) {
                let (Target::Room(name) | Target::Crate(name)) = target;
                findings.push(in_table(
                    room,
                    format!("may use {name} and does not: remove it"),
                ));
            }
        }
    }
    findings
}

fn in_table(room: &Room, text: String) -> Finding {
    Finding {
        file: TABLE.to_owned(),
        line: room.line,
        room: room.name.clone(),
        text,
    }
}

/// The crates that the program depends on, as they are written in paths.
fn dependencies(root: &Path) -> Result<BTreeSet<String>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root);
    let answer = command::succeed(&mut cargo, b"", Duration::from_secs(60))?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
    let package = answer["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|package| package["name"] == "rseal"))
        .context("cargo metadata names no package rseal")?;
    Ok(package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|dependency| dependency["kind"].is_null())
        .filter_map(|dependency| dependency["name"].as_str())
        .map(|name| name.replace('-', "_"))
        .collect())
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => "nothing".to_owned(),
        names => names
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::paths::Target;
    use super::rooms::Table;
    use super::{File, check_for_leftovers, check_length_and_documentation, check_table, paths};

    const TABLE: &str = "\
| room | owns | crates | uses |
| --- | --- | --- | --- |
| any | what every room may use | `zeroize` | |
| `scope` | labels | | |
| `hybrid` | one value | `aes-gcm` | `scope` |
| `cluster` | the network | `kube` | |
| `cli` | everything else | `clap` | everything |
";
    const DOCUMENTATION: &str = "//! Owns this. Not that.\n";

    fn findings(name: &str, text: &str) -> Vec<String> {
        let dependencies = ["zeroize", "aes_gcm", "kube", "clap"];
        let dependencies: BTreeSet<String> = dependencies.map(str::to_owned).into();
        let table = Table::parse(TABLE).unwrap();
        let file = File::new(name, &format!("{DOCUMENTATION}{text}")).unwrap();
        let used = paths::used(&file.syntax, &file.module, &dependencies);
        let findings = file.check(&table, &used);
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_use_against_an_arrow_is_refused_with_place_rule_and_way_out() {
        assert_eq!(
            findings("src/hybrid.rs", "\nuse crate::cluster::Connection;\n"),
            [
                "src/hybrid.rs:3: room hybrid: uses cluster, but docs/architecture.md lets it use only \
                 scope: move the code to a room that may, hand the value in as a parameter, or change \
                 the table and say why"
            ]
        );
    }

    #[test]
    fn no_way_of_writing_a_path_gets_around_the_table() {
        let refused = |text: &str| findings("src/hybrid/oaep.rs", text).len();
        assert_eq!(refused("use crate::{scope, cluster::{self, Proxy}};"), 1);
        assert_eq!(refused("use super::super::cluster;"), 1);
        assert_eq!(refused("use self::super::super::cluster as network;"), 1);
        assert_eq!(refused("fn f() -> crate::cluster::Proxy { todo!() }"), 1);
        assert_eq!(
            refused("fn f() { format!(\"{}\", crate::cluster::name()); }"),
            1
        );
        assert_eq!(
            refused("mod a { mod b { use super::super::super::super::cluster; } }"),
            1
        );
        assert_eq!(refused("#[derive(clap::Parser)] struct A;"), 1);
        assert_eq!(refused("use ::kube::Client;"), 1);
        assert_eq!(refused("pub use kube;"), 1);
        assert_eq!(refused("fn f() { vec![kube::Client::new()]; }"), 1);
        assert_eq!(refused("extern crate kube;"), 1);
        assert_eq!(refused("#[cfg(test)] mod tests { use crate::cluster; }"), 1);
    }

    #[test]
    fn what_the_table_allows_is_not_told() {
        let text = "
            use crate::scope::{self, Scope};
            use super::seal;
            use aes_gcm::Aes256Gcm;
            use zeroize::Zeroizing;
            /// See [`crate::cluster`].
            fn f() { scope::label(\"crate::cluster::X\"); crate::hybrid::g(); }
            #[cfg(test)] mod tests { use kube::Client; use super::f; }
        ";
        assert_eq!(findings("src/hybrid/oaep.rs", text), [""; 0]);
        assert_eq!(
            findings("src/cli/seal.rs", "use crate::cluster; use clap::Parser;"),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_outside_its_room_is_refused() {
        assert_eq!(
            findings("src/scope.rs", "use kube::Client;"),
            [
                "src/scope.rs:2: room scope: uses the crate kube, which belongs to cluster: ask that \
                 room for what is needed, or change the table in docs/architecture.md and say why"
            ]
        );
    }

    #[test]
    fn a_room_without_a_row_and_a_row_without_a_crate_are_refused() {
        let told = findings("src/util.rs", "");
        assert!(
            told[0].starts_with("src/util.rs:1: room util: has no row"),
            "{told:?}"
        );
        let dependencies: BTreeSet<String> = ["kube", "rsa"].map(str::to_owned).into();
        let told: Vec<String> = check_table(&Table::parse(TABLE).unwrap(), &dependencies)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(told[0].contains("owns the crate zeroize"), "{told:?}");
        assert!(
            told.iter()
                .any(|text| text.contains("the crate rsa of Cargo.toml has no owner"))
        );
    }

    #[test]
    fn what_nobody_needs_has_no_place_in_the_table() {
        let mut seen: BTreeMap<String, BTreeSet<Target>> = BTreeMap::new();
        seen.insert(
            "hybrid".to_owned(),
            [Target::Room("scope".to_owned())].into(),
        );
        seen.insert("scope".to_owned(), BTreeSet::new());
        seen.insert("cli".to_owned(), [Target::Crate("clap".to_owned())].into());
        let told: Vec<String> = check_for_leftovers(&Table::parse(TABLE).unwrap(), &seen)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "docs/architecture.md:5: room hybrid: may use aes_gcm and does not: remove it",
                "docs/architecture.md:6: room cluster: has a row but no file under src: remove the row",
            ]
        );
    }

    #[test]
    fn a_file_says_what_it_owns_and_why_it_is_long() {
        let told = |text: &str| {
            let findings = check_length_and_documentation("src/a.rs", "a", text, true);
            findings
                .into_iter()
                .map(|finding| finding.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told("//! Owns labels. Sealing belongs to hybrid.\n"),
            [""; 0]
        );
        assert_eq!(told("fn f() {}\n").len(), 1);
        assert_eq!(told("//! Labels.\n").len(), 2);
        let long = "//\n".repeat(601);
        assert_eq!(
            told(&format!("//! Owns labels, nothing else.\n{long}")).len(),
            1
        );
        let reason = "//! Owns labels, nothing else. Long because of a table.\n";
        assert_eq!(told(&format!("{reason}{long}")), [""; 0]);
    }
}
