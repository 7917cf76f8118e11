//! Builds a module's programs once and finds them again: a folder outside the source tree, named by a hash of
//! everything that decides what is built. A folder is there whole or not at all.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::module::{self, Module};
use crate::command;

const BUILD: &[&str] = &["build", "-trimpath", "-buildvcs=false", "-mod=readonly"];
const BUILD_LIMIT: Duration = Duration::from_secs(3600);

/// `$RSEAL_PARTS`, else `rseal-parts` in the user's cache folder.
pub(crate) fn root() -> Result<PathBuf> {
    let named = |variable: &str| {
        env::var_os(variable)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    named("RSEAL_PARTS")
        .or_else(|| named("XDG_CACHE_HOME").map(|cache| cache.join("rseal-parts")))
        .or_else(|| named("HOME").map(|home| home.join(".cache/rseal-parts")))
        .context("no place for the parts: set RSEAL_PARTS to a folder")
}

/// The folder of a module's programs, built now if need be.
pub(crate) fn ensure(folder: &Path, root: &Path, module: &Module) -> Result<PathBuf> {
    module.agrees(folder)?;
    let home = folder.join(&module.folder);
    let built = root.join(format!("{}-{}", module.folder, fingerprint(&home, module)?));
    if built.is_dir() {
        return Ok(built);
    }
    let start = Instant::now();
    println!("building {} (once)", module.folder);
    fs::create_dir_all(root).with_context(|| root.display().to_string())?;
    let work = tempfile::Builder::new()
        .prefix(".building-")
        .tempdir_in(root)?;
    let fresh = work.path().join("built");
    fs::create_dir(&fresh)?;
    for program in &module.programs {
        let mut go = Command::new("go");
        go.args(BUILD).arg("-ldflags").arg(&module.link);
        go.arg("-o")
            .arg(fresh.join(program.name))
            .arg(&program.package);
        go.env("CGO_ENABLED", "0").current_dir(&home);
        command::succeed(&mut go, &[], BUILD_LIMIT)?;
    }
    if let Some((inside, name)) = module.extra {
        let source = module::download(&home, module)?;
        let source = Path::new(
            source["Dir"]
                .as_str()
                .context("go mod download named no folder")?,
        )
        .join(inside);
        let text = fs::read(&source).with_context(|| source.display().to_string())?;
        fs::write(fresh.join(name), text)?;
    }
    // Somebody else may have built the same meanwhile; theirs is as good.
    if let Err(error) = fs::rename(&fresh, &built)
        && !built.is_dir()
    {
        return Err(error).with_context(|| built.display().to_string());
    }
    println!(
        "built {} in {:.0} s",
        module.folder,
        start.elapsed().as_secs_f64()
    );
    Ok(built)
}

/// Sixteen hex digits over the module's files, the compiler and the way it is called.
fn fingerprint(home: &Path, module: &Module) -> Result<String> {
    let mut hash = Sha256::new();
    let mut take = |name: &str, bytes: &[u8]| {
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    };
    // In the module's folder, since its go line may choose another toolchain.
    let compiler = command::succeed(
        Command::new("go")
            .args(["env", "GOVERSION", "GOOS", "GOARCH"])
            .current_dir(home),
        &[],
        Duration::from_secs(120),
    )?;
    take("compiler", &compiler.stdout);
    take("build", BUILD.join(" ").as_bytes());
    take("link", module.link.as_bytes());
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(home)? {
        files.push(entry?.path());
    }
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        take(&name, &fs::read(&file)?);
    }
    let digest = hash.finalize();
    Ok(digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
