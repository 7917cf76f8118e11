//! The real parts that rseal is tested against: kubeseal and the controller of each tested version, an API
//! server with its etcd, kubectl, a YAML oracle, and pre-commit; and its peers, which only the measurements need.
//! This door owns the task and the list of what was built; `versions` reads the one file of versions, `module`
//! knows each Go module, `package` what Python and Node install, `cache` builds and finds again.

mod cache;
mod module;
mod oracle;
mod package;
mod validator;
mod versions;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use module::Module;
use package::Package;
use versions::Versions;

pub(crate) use oracle::Opinion;

/// Where a virtual environment keeps its interpreter.
const PYTHON: &str = "bin/python";

/// Every part, built.
pub(crate) struct Parts {
    pub(crate) kube_apiserver: PathBuf,
    pub(crate) kubectl: PathBuf,
    pub(crate) etcd: PathBuf,
    pub(crate) oracle: PathBuf,
    validator: PathBuf,
    sarif_schema: PathBuf,
    /// A Python that has pre-commit.
    pub(crate) pre_commit: PathBuf,
    /// In the order of the versions file.
    pub(crate) sealed_secrets: Vec<SealedSecrets>,
}

/// What one version of sealed-secrets brings.
pub(crate) struct SealedSecrets {
    pub(crate) version: String,
    pub(crate) kubeseal: PathBuf,
    pub(crate) controller: PathBuf,
    /// The CustomResourceDefinition that its Helm chart installs.
    pub(crate) definition: PathBuf,
}

/// Programs that look for the same things as `rseal check`.
pub(crate) struct Peers {
    pub(crate) gitleaks: PathBuf,
    /// A Python that has detect-secrets.
    pub(crate) detect_secrets: PathBuf,
    /// A script for Node.js.
    pub(crate) secretlint: PathBuf,
    versions: Versions,
}

impl Peers {
    /// Builds and installs those that are missing.
    pub(crate) fn ensure() -> Result<Self> {
        let folder = folder();
        let versions = Versions::read(&folder)?;
        let cache = cache::root()?;
        let gitleaks = Module::gitleaks(versions.of("gitleaks")?);
        let gitleaks = cache::ensure(&folder, &cache, &gitleaks).context("building gitleaks")?;
        let detect_secrets = Package::detect_secrets(&versions)?.ensure(&folder, &cache)?;
        let secretlint = Package::secretlint(&versions)?.ensure(&folder, &cache)?;
        Ok(Self {
            gitleaks: gitleaks.join("gitleaks"),
            detect_secrets: detect_secrets.join(PYTHON),
            secretlint: secretlint.join("node_modules/secretlint/bin/secretlint.js"),
            versions,
        })
    }

    /// The version of a peer, by its name in the file of versions.
    pub(crate) fn version(&self, name: &str) -> Result<&str> {
        self.versions.of(name)
    }
}

/// `cargo xtask parts [--update]`
pub(crate) fn task(arguments: &[String]) -> Result<ExitCode> {
    match arguments {
        [] => {
            let start = Instant::now();
            let parts = ensure()?;
            println!("kube-apiserver     {}", parts.kube_apiserver.display());
            println!("kubectl            {}", parts.kubectl.display());
            println!("etcd               {}", parts.etcd.display());
            println!("oracle             {}", parts.oracle.display());
            println!("validator          {}", parts.validator.display());
            println!("pre-commit         {}", parts.pre_commit.display());
            for SealedSecrets {
                version,
                kubeseal,
                controller,
                definition,
            } in &parts.sealed_secrets
            {
                println!("kubeseal {version}    {}", kubeseal.display());
                println!("controller {version}  {}", controller.display());
                println!("definition {version}  {}", definition.display());
            }
            println!("all there after {:.1} s", start.elapsed().as_secs_f64());
        }
        [flag] if flag == "--update" => {
            let folder = folder();
            let versions = Versions::read(&folder)?;
            module::update(&folder, &versions)?;
            for package in [
                Package::pre_commit(&versions)?,
                Package::detect_secrets(&versions)?,
                Package::secretlint(&versions)?,
            ] {
                package.update(&folder)?;
            }
            println!(
                "the files of every part now agree with {}",
                folder.join("versions").display()
            );
        }
        _ => bail!("usage: cargo xtask parts [--update]"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds every part in the cache, building what is missing.
pub(crate) fn ensure() -> Result<Parts> {
    let folder = folder();
    let versions = Versions::read(&folder)?;
    let cache = cache::root()?;
    let build = |module: Module| {
        let name = module.folder.clone();
        cache::ensure(&folder, &cache, &module).with_context(|| format!("building {name}"))
    };

    let mut sealed_secrets = Vec::new();
    for version in &versions.sealed_secrets {
        let built = build(Module::sealed_secrets(version))?;
        sealed_secrets.push(SealedSecrets {
            version: version.clone(),
            kubeseal: built.join("kubeseal"),
            controller: built.join("controller"),
            definition: built.join(module::DEFINITION),
        });
    }
    let etcd = build(Module::etcd(versions.of("etcd")?))?;
    let oracle = build(Module::oracle(versions.of("kubernetes")?))?;
    let validator = build(Module::validator(versions.of("go-sarif")?))?;
    let kubernetes = build(Module::kubernetes(versions.of("kubernetes")?))?;
    let pre_commit = Package::pre_commit(&versions)?.ensure(&folder, &cache)?;
    Ok(Parts {
        pre_commit: pre_commit.join(PYTHON),
        kube_apiserver: kubernetes.join("kube-apiserver"),
        kubectl: kubernetes.join("kubectl"),
        etcd: etcd.join("etcd"),
        oracle: oracle.join("oracle"),
        validator: validator.join("validator"),
        sarif_schema: validator.join(module::SARIF_SCHEMA),
        sealed_secrets,
    })
}

/// Where the versions and the modules lie in the source tree.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("parts")
}
