//! Parts that come from the registries of Python's and Node's packages: which packages, the files under
//! `xtask/parts` that pin them and all that they need, and how they are installed. Those files are written here,
//! by `--update`, and committed. Where the result is kept is the business of `cache`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::cache;
use super::versions::Versions;
use crate::command;

const LIMIT: Duration = Duration::from_secs(900);
const REQUIREMENTS: &str = "requirements.txt";
const MANIFEST: &str = "package.json";
const LOCK: &str = "package-lock.json";
const HEADER: &str =
    "# Written by cargo xtask parts --update from the file of versions; do not edit.\n";
const QUIET: [&str; 3] = ["--no-audit", "--no-fund", "--ignore-scripts"];

#[derive(Clone, Copy)]
enum Registry {
    Python,
    Node,
}

/// One folder under `xtask/parts` and what is installed from it.
pub(super) struct Package {
    folder: &'static str,
    registry: Registry,
    /// Names and versions; what these need is in the folder's files only.
    wanted: Vec<(&'static str, String)>,
}

impl Package {
    pub(super) fn pre_commit(versions: &Versions) -> Result<Self> {
        Self::python("pre-commit", versions)
    }

    pub(super) fn detect_secrets(versions: &Versions) -> Result<Self> {
        Self::python("detect-secrets", versions)
    }

    fn python(name: &'static str, versions: &Versions) -> Result<Self> {
        Ok(Self {
            folder: name,
            registry: Registry::Python,
            wanted: vec![(name, versions.of(name)?.to_owned())],
        })
    }

    pub(super) fn secretlint(versions: &Versions) -> Result<Self> {
        let version = versions.of("secretlint")?;
        let rule = versions.of("secretlint-rule-no-k8s-kind-secret")?;
        Ok(Self {
            folder: "secretlint",
            registry: Registry::Node,
            wanted: vec![
                (
                    "@secretlint/secretlint-rule-no-k8s-kind-secret",
                    rule.to_owned(),
                ),
                (
                    "@secretlint/secretlint-rule-preset-recommend",
                    version.to_owned(),
                ),
                ("secretlint", version.to_owned()),
            ],
        })
    }

    /// The folder that it is installed in, now if need be.
    pub(super) fn ensure(&self, folder: &Path, root: &Path) -> Result<PathBuf> {
        let context = || format!("installing {}", self.folder);
        let home = folder.join(self.folder);
        self.agrees(&home)?;
        // A virtual environment is a link to the interpreter that made it.
        let mut tool = match self.registry {
            Registry::Python => python(&["-c", "import sys; print(sys.version, sys.base_prefix)"]),
            Registry::Node => {
                let mut node = Command::new("node");
                node.arg("--version");
                node
            }
        };
        let tool = command::succeed(&mut tool, &[], LIMIT).with_context(context)?;
        let decisive = [("tool", tool.stdout.as_slice())];
        cache::find_or_build(root, self.folder, &home, &decisive, |fresh| {
            self.install(&home, fresh)
        })
        .with_context(context)
    }

    fn install(&self, home: &Path, fresh: &Path) -> Result<()> {
        match self.registry {
            Registry::Python => {
                virtual_environment(fresh)?;
                let mut pip = pip(fresh, &["install", "--no-deps", "--requirement"]);
                command::succeed(pip.arg(home.join(REQUIREMENTS)), &[], LIMIT)?;
            }
            Registry::Node => {
                for file in [MANIFEST, LOCK] {
                    fs::copy(home.join(file), fresh.join(file))
                        .with_context(|| home.join(file).display().to_string())?;
                }
                let mut npm = Command::new("npm");
                npm.arg("ci").args(QUIET).current_dir(fresh);
                command::succeed(&mut npm, &[], LIMIT)?;
            }
        }
        Ok(())
    }

    /// Writes the files anew: what is wanted, and the newest that it can be installed with.
    pub(super) fn update(&self, folder: &Path) -> Result<()> {
        let home = folder.join(self.folder);
        fs::create_dir_all(&home)?;
        match self.registry {
            Registry::Python => {
                let scratch = tempfile::tempdir()?;
                virtual_environment(scratch.path())?;
                let mut install = pip(scratch.path(), &["install"]);
                install.args(
                    self.wanted
                        .iter()
                        .map(|(name, version)| format!("{name}=={version}")),
                );
                command::succeed(&mut install, &[], LIMIT)?;
                let frozen = command::succeed(&mut pip(scratch.path(), &["freeze"]), &[], LIMIT)?;
                fs::write(
                    home.join(REQUIREMENTS),
                    format!("{HEADER}{}", frozen.text()),
                )?;
            }
            Registry::Node => {
                let manifest = json!({"private": true, "dependencies": self.dependencies()});
                let manifest = format!("{}\n", serde_json::to_string_pretty(&manifest)?);
                fs::write(home.join(MANIFEST), manifest)?;
                if home.join(LOCK).exists() {
                    fs::remove_file(home.join(LOCK))?;
                }
                let mut npm = Command::new("npm");
                npm.args(["install", "--package-lock-only"]).args(QUIET);
                // Whatever registry this machine asks, another one may ask its own.
                npm.arg("--omit-lockfile-registry-resolved")
                    .current_dir(&home);
                command::succeed(&mut npm, &[], LIMIT)?;
            }
        }
        println!("{}", self.folder);
        Ok(())
    }

    /// An error when the committed files do not ask for the versions that the file of versions says.
    fn agrees(&self, home: &Path) -> Result<()> {
        let agrees = match self.registry {
            Registry::Python => {
                let text = fs::read_to_string(home.join(REQUIREMENTS)).unwrap_or_default();
                self.wanted
                    .iter()
                    .all(|wanted| text.lines().any(|line| asks_for(line, wanted)))
            }
            Registry::Node => {
                let text = fs::read_to_string(home.join(MANIFEST)).unwrap_or_default();
                serde_json::from_str::<Value>(&text)
                    .is_ok_and(|manifest| manifest["dependencies"] == self.dependencies())
            }
        };
        if !agrees {
            bail!(
                "{} does not ask for the versions in xtask/parts/versions: run cargo xtask parts --update",
                home.display()
            );
        }
        Ok(())
    }

    fn dependencies(&self) -> Value {
        let pair = |(name, version): &(&str, String)| ((*name).to_owned(), json!(version));
        Value::Object(self.wanted.iter().map(pair).collect::<Map<_, _>>())
    }
}

/// Is this line of a requirements file the one for that package? pip writes names as their owners do, with `-` or `_`.
fn asks_for(line: &str, (name, version): &(&str, String)) -> bool {
    line.trim().split_once("==").is_some_and(|(left, right)| {
        left.replace('_', "-").eq_ignore_ascii_case(name) && right == version
    })
}

fn virtual_environment(folder: &Path) -> Result<()> {
    let mut venv = python(&["-m", "venv"]);
    command::succeed(venv.arg(folder), &[], LIMIT).map(drop)
}

/// pip as a module: the scripts of a virtual environment do not bear being moved.
fn pip(environment: &Path, arguments: &[&str]) -> Command {
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "--disable-pip-version-check"])
        .args(arguments);
    pip
}

fn python(arguments: &[&str]) -> Command {
    let mut python = Command::new("python3");
    python.args(arguments);
    python
}

#[cfg(test)]
mod tests {
    use super::asks_for;

    #[test]
    fn a_requirement_is_found_however_its_owner_writes_it() {
        let wanted = ("pre-commit", "4.7.0".to_owned());
        assert!(asks_for("pre_commit==4.7.0", &wanted));
        assert!(asks_for("pre-commit==4.7.0\n", &wanted));
        assert!(!asks_for("pre_commit==4.7.1", &wanted));
        assert!(!asks_for("# pre_commit 4.7.0", &wanted));
    }
}
