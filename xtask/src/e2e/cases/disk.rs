//! `-w` onto a disk that is full: the old file stays, nothing is left beside it, and the message says why.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::noise::bytes;
use super::{Case, Runs};
use crate::command;
use crate::e2e::namespace::mount_memory;
use crate::e2e::objects;
use crate::e2e::stage::Stage;

const LIMIT: Duration = Duration::from_secs(60);
const OLD: &str = "what was there before\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // The free space: none at all, and enough for a beginning.
    for free in [0, 8 * 1024] {
        let case = Case::new(
            format!("disk/{free}-bytes-free"),
            Runs::Once,
            move |stage| full(stage, free),
        );
        cases.push(case.since_kubeseal("ends with 0 and an empty file instead of the old one"));
    }
    cases
}

fn full(stage: &Stage, free: usize) -> Result<String> {
    let folder = stage.fresh()?;
    let disk = folder.join("disk");
    fs::create_dir(&disk)?;
    mount_memory(&disk, "64k")?;
    let target = disk.join("sealed.yaml");
    fs::write(&target, OLD)?;
    fill(&disk, free)?;
    let before = listing(&disk)?;

    let secret = folder.join("secret.json");
    let values = [("key".to_owned(), bytes("disk", 24 * 1024))].into();
    fs::write(
        &secret,
        objects::secret("staging", "big", &values).to_string(),
    )?;
    let mut rseal = stage.rseal();
    rseal
        .arg("--cert")
        .arg(stage.certificate())
        .arg("-f")
        .arg(&secret)
        .arg("-w")
        .arg(&target);
    let finished = command::finish(&mut rseal, &[], LIMIT)?;

    let said = &finished.stderr;
    ensure!(
        finished.status.code() == Some(1),
        "{} instead of exit code 1: {said}",
        finished.status
    );
    ensure!(
        fs::read_to_string(&target)? == OLD,
        "the old file is not what it was"
    );
    let after = listing(&disk)?;
    ensure!(
        before == after,
        "the folder holds {after:?}, before it was {before:?}"
    );
    ensure!(
        said.starts_with("error: "),
        "the message does not start with `error: `: {said}"
    );
    ensure!(
        said.to_lowercase().contains("no space left"),
        "the message does not say why: {said}"
    );
    Ok(said.trim_end().to_owned())
}

/// Takes all of a disk but so many bytes.
fn fill(disk: &Path, free: usize) -> Result<()> {
    let mut filler = File::create(disk.join("filler"))?;
    while filler.write_all(&[0; 1024]).is_ok() {}
    filler.flush().ok();
    let taken = filler.metadata()?.len();
    filler.set_len(taken.saturating_sub(free as u64))?;
    Ok(())
}

fn listing(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
