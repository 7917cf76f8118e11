//! What each part is in Go's terms: the module that is required, the programs built from it, and the go.mod
//! that says so. Those go.mod files and their go.sum are written here, by `--update`, and committed: they pin
//! every dependency. Does not build.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::versions::Versions;
use crate::command;

/// The CustomResourceDefinition's name in the cache.
pub(crate) const DEFINITION: &str = "sealedsecrets.yaml";

/// The name in the cache of the source file that holds the schema of SARIF.
pub(crate) const SARIF_SCHEMA: &str = "sarif-schema.go";

/// Written into every go.mod: the oldest language version that the parts' own modules allow.
const GO: &str = "1.26.0";

const HEADER: &str =
    "// Written by cargo xtask parts --update from the file of versions; do not edit.\n";
const TIDY_LIMIT: Duration = Duration::from_secs(900);

/// One folder under `xtask/parts` and what is built from it.
pub(crate) struct Module {
    pub(crate) folder: String,
    /// The required module and its version, with `v`.
    pub(crate) path: String,
    pub(crate) version: String,
    pub(crate) programs: Vec<Program>,
    /// Passed to the linker: the version that the programs print.
    pub(crate) link: String,
    /// A file of the required module that is kept beside the programs, and its name there.
    pub(crate) extra: Option<(&'static str, &'static str)>,
}

/// A main package and the name that its program gets.
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) name: &'static str,
}

impl Module {
    pub(crate) fn kubernetes(version: &str) -> Self {
        let path = "k8s.io/kubernetes";
        let (major, rest) = version.split_once('.').unwrap_or((version, ""));
        let minor = rest.split('.').next().unwrap_or_default();
        let variable = "-X k8s.io/component-base/version.git";
        Self {
            folder: "kubernetes".to_owned(),
            path: path.to_owned(),
            version: format!("v{version}"),
            programs: programs(path, &["kube-apiserver", "kubectl"]),
            link: format!(
                "{variable}Version=v{version} {variable}Major={major} {variable}Minor={minor}"
            ),
            extra: None,
        }
    }

    pub(crate) fn etcd(version: &str) -> Self {
        let path = "go.etcd.io/etcd/server/v3";
        Self {
            folder: "etcd".to_owned(),
            path: path.to_owned(),
            version: format!("v{version}"),
            // The main package is the module's root.
            programs: vec![Program {
                package: path.to_owned(),
                name: "etcd",
            }],
            link: String::new(),
            extra: None,
        }
    }

    pub(crate) fn sealed_secrets(version: &str) -> Self {
        // The project moved from one GitHub organisation to another with v0.38.0.
        let owner = if version.starts_with("0.") && minor(version) < 38 {
            "bitnami-labs"
        } else {
            "bitnami"
        };
        let path = format!("github.com/{owner}/sealed-secrets");
        Self {
            folder: format!("sealed-secrets-{version}"),
            programs: programs(&path, &["controller", "kubeseal"]),
            path,
            version: format!("v{version}"),
            link: format!("-X main.VERSION={version}"),
            extra: Some((
                "helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml",
                DEFINITION,
            )),
        }
    }

    /// Our own program; the module that it names has the schema of SARIF in its sources.
    pub(crate) fn validator(sarif: &str) -> Self {
        Self {
            folder: "validator".to_owned(),
            path: "github.com/owenrumney/go-sarif/v3".to_owned(),
            version: format!("v{sarif}"),
            programs: vec![Program {
                package: ".".to_owned(),
                name: "validator",
            }],
            link: String::new(),
            extra: Some(("pkg/report/v210/sarif/schema.go", SARIF_SCHEMA)),
        }
    }

    pub(crate) fn gitleaks(version: &str) -> Self {
        // The path that its go.mod has kept from its first owner.
        let path = "github.com/zricethezav/gitleaks/v8";
        Self {
            folder: "gitleaks".to_owned(),
            path: path.to_owned(),
            version: format!("v{version}"),
            // The main package is the module's root.
            programs: vec![Program {
                package: path.to_owned(),
                name: "gitleaks",
            }],
            link: format!("-X {path}/version.Version={version}"),
            extra: None,
        }
    }

    /// Our own program; its libraries are those of the API server.
    pub(crate) fn oracle(kubernetes: &str) -> Self {
        Self {
            folder: "oracle".to_owned(),
            path: "k8s.io/apimachinery".to_owned(),
            version: staging_version(&format!("v{kubernetes}")),
            programs: vec![Program {
                package: ".".to_owned(),
                name: "oracle",
            }],
            link: String::new(),
            extra: None,
        }
    }

    /// An error when the committed go.mod does not ask for the version that the file of versions says.
    pub(crate) fn agrees(&self, folder: &Path) -> Result<()> {
        let path = folder.join(&self.folder).join("go.mod");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let wanted = [self.path.as_str(), self.version.as_str()];
        let found = text.lines().any(|line| {
            line.trim()
                .trim_start_matches("require ")
                .split_whitespace()
                .take(2)
                .eq(wanted)
        });
        if !found {
            bail!(
                "{} does not ask for {} {}: run cargo xtask parts --update",
                path.display(),
                self.path,
                self.version
            );
        }
        Ok(())
    }
}

/// Rewrites every go.mod and go.sum, and removes the folders of versions that are no longer listed.
pub(crate) fn update(folder: &Path, versions: &Versions) -> Result<()> {
    let mut modules = vec![
        Module::kubernetes(versions.of("kubernetes")?),
        Module::etcd(versions.of("etcd")?),
        Module::oracle(versions.of("kubernetes")?),
        Module::validator(versions.of("go-sarif")?),
        Module::gitleaks(versions.of("gitleaks")?),
    ];
    modules.extend(
        versions
            .sealed_secrets
            .iter()
            .map(|version| Module::sealed_secrets(version)),
    );
    for module in &modules {
        write(folder, module).with_context(|| format!("updating {}", module.folder))?;
    }

    let listed: BTreeSet<&str> = modules
        .iter()
        .map(|module| module.folder.as_str())
        .collect();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("sealed-secrets-") && !listed.contains(name.as_str()) {
            println!("removing {name}: no line of versions says so");
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn write(folder: &Path, module: &Module) -> Result<()> {
    let home = folder.join(&module.folder);
    fs::create_dir_all(&home)?;
    let mut text = format!(
        "{HEADER}module rseal.invalid/parts/{}\n\ngo {GO}\n\n",
        module.folder
    );
    if module.folder == "oracle" {
        for path in ["k8s.io/api", "k8s.io/apimachinery"] {
            writeln!(text, "require {path} {}", module.version)?;
        }
    } else {
        writeln!(text, "require {} {}", module.path, module.version)?;
        // What is ours has sources of its own.
        if module.folder != "validator" {
            fs::write(home.join("parts.go"), imports(module))?;
        }
    }
    if module.folder == "kubernetes" {
        text.push_str("\nreplace (\n");
        for staging in staging_modules(&home, module)? {
            writeln!(
                text,
                "\t{staging} => {staging} {}",
                staging_version(&module.version)
            )?;
        }
        text.push_str(")\n");
    }
    fs::write(home.join("go.mod"), text)?;
    command::succeed(
        Command::new("go").args(["mod", "tidy"]).current_dir(&home),
        &[],
        TIDY_LIMIT,
    )?;
    println!("{} {}", module.folder, module.version);
    Ok(())
}

/// A file that no build takes, so that `go mod tidy` knows which packages are wanted.
fn imports(module: &Module) -> String {
    let mut text = format!("{HEADER}\n//go:build parts\n\npackage parts\n\nimport (\n");
    for program in &module.programs {
        text.push_str(&format!("\t_ \"{}\"\n", program.package));
    }
    text.push_str(")\n");
    text
}

/// The modules that Kubernetes keeps in its own tree; whoever requires it from outside must name a version of each.
fn staging_modules(home: &Path, module: &Module) -> Result<Vec<String>> {
    let source = download(home, module)?;
    let path = source["GoMod"]
        .as_str()
        .context("go mod download named no go.mod")?;
    let text = fs::read_to_string(path)?;
    let lines = text
        .lines()
        .filter_map(|line| line.trim().split_once(" => ./staging/"));
    Ok(lines
        .map(|(staging, _)| staging.trim_start_matches("replace ").to_owned())
        .collect())
}

/// What `go mod download` says of the required module, which afterwards lies in Go's module cache.
pub(crate) fn download(home: &Path, module: &Module) -> Result<Value> {
    let wanted = format!("{}@{}", module.path, module.version);
    let mut go = Command::new("go");
    go.args(["mod", "download", "-json", &wanted])
        .current_dir(home);
    let answer = command::succeed(&mut go, &[], TIDY_LIMIT)?;
    Ok(serde_json::from_slice(&answer.stdout)?)
}

fn programs(path: &str, names: &[&'static str]) -> Vec<Program> {
    names
        .iter()
        .map(|name| Program {
            package: format!("{path}/cmd/{name}"),
            name,
        })
        .collect()
}

/// Kubernetes v1.X.Y publishes its libraries as v0.X.Y.
fn staging_version(version: &str) -> String {
    version.replacen("v1.", "v0.", 1)
}

fn minor(version: &str) -> u32 {
    version
        .split('.')
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::Module;

    #[test]
    fn sealed_secrets_moved_with_0_38() {
        assert_eq!(
            Module::sealed_secrets("0.37.0").path,
            "github.com/bitnami-labs/sealed-secrets"
        );
        assert_eq!(
            Module::sealed_secrets("0.38.0").path,
            "github.com/bitnami/sealed-secrets"
        );
        assert_eq!(
            Module::sealed_secrets("1.0.0").path,
            "github.com/bitnami/sealed-secrets"
        );
    }
}
