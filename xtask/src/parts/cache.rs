//! Builds a part once and finds it again: a folder outside the source tree, named by a hash of everything that
//! decides what is built. A folder is there whole or not at all. Go modules are built here; what is installed
//! from a registry of packages is the business of `package`.

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
    // In the module's folder, since its go line may choose another toolchain.
    let compiler = command::succeed(
        Command::new("go")
            .args(["env", "GOVERSION", "GOOS", "GOARCH"])
            .current_dir(&home),
        &[],
        Duration::from_secs(120),
    )?;
    let flags = BUILD.join(" ");
    let decisive = [
        ("compiler", compiler.stdout.as_slice()),
        ("build", flags.as_bytes()),
        ("link", module.link.as_bytes()),
    ];
    find_or_build(root, &module.folder, &home, &decisive, |fresh| {
        build(&home, module, fresh)
    })
}

fn build(home: &Path, module: &Module, fresh: &Path) -> Result<()> {
    for program in &module.programs {
        let mut go = Command::new("go");
        go.args(BUILD).arg("-ldflags").arg(&module.link);
        go.arg("-o")
            .arg(fresh.join(program.name))
            .arg(&program.package);
        go.env("CGO_ENABLED", "0").current_dir(home);
        command::succeed(&mut go, &[], BUILD_LIMIT)?;
    }
    if let Some((inside, name)) = module.extra {
        let source = module::download(home, module)?;
        let source = Path::new(
            source["Dir"]
                .as_str()
                .context("go mod download named no folder")?,
        )
        .join(inside);
        let text = fs::read(&source).with_context(|| source.display().to_string())?;
        fs::write(fresh.join(name), text)?;
    }
    Ok(())
}

/// The folder that `build` has filled, now or in an earlier run with the same files in `home` and the same
/// of whatever else is decisive.
pub(super) fn find_or_build(
    root: &Path,
    name: &str,
    home: &Path,
    decisive: &[(&str, &[u8])],
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let built = root.join(format!("{name}-{}", fingerprint(home, decisive)?));
    if built.is_dir() {
        return Ok(built);
    }
    let start = Instant::now();
    println!("building {name} (once)");
    fs::create_dir_all(root).with_context(|| root.display().to_string())?;
    let work = tempfile::Builder::new()
        .prefix(".building-")
        .tempdir_in(root)?;
    let fresh = work.path().join("built");
    fs::create_dir(&fresh)?;
    build(&fresh)?;
    // Somebody else may have built the same meanwhile; theirs is as good.
    if let Err(error) = fs::rename(&fresh, &built)
        && !built.is_dir()
    {
        return Err(error).with_context(|| built.display().to_string());
    }
    println!("built {name} in {:.0} s", start.elapsed().as_secs_f64());
    Ok(built)
}

/// Sixteen hex digits over what is decisive, such as the compiler and the way it is called, and the files.
fn fingerprint(home: &Path, decisive: &[(&str, &[u8])]) -> Result<String> {
    let mut hash = Sha256::new();
    let mut take = |name: &str, bytes: &[u8]| {
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    };
    for (name, bytes) in decisive {
        take(name, bytes);
    }
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
