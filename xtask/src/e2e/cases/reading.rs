//! The program reads YAML as the API server does. For each manifest the oracle says what Go's libraries store;
//! the program either seals exactly that or refuses, and what is written with quotes or as a block it must not
//! refuse. Where they refuse, it may read the one thing that could be meant. Owns the comparison; the manifests are made in `manifests`.

mod manifests;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::{Case, Runs, keys};
use crate::command;
use crate::e2e::objects::{self, Values};
use crate::e2e::stage::Stage;
use crate::parts::Opinion;
use manifests::{Manifest, Promise};

const LIMIT: Duration = Duration::from_secs(60);
const CHANGES: &str = "changes the meaning of bare scalars without a word";

pub(super) fn cases() -> Vec<Case> {
    let case = |name: &str, make: fn() -> Vec<Manifest>| {
        Case::new(format!("reading/{name}"), Runs::Once, move |stage| {
            read(stage, &make())
        })
        .since_kubeseal(CHANGES)
    };
    vec![
        case("bare", manifests::bare),
        case("quoted", manifests::quoted),
        case("blocks", manifests::blocks),
        case("shapes", manifests::shapes),
        case("looser", manifests::looser),
    ]
}

fn read(stage: &Stage, manifests: &[Manifest]) -> Result<String> {
    let texts: Vec<String> = manifests
        .iter()
        .map(|manifest| manifest.text.clone())
        .collect();
    let opinions = stage.parts.strict_secrets(&texts)?;
    let (mut same, mut both_refused, mut refused) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (manifest, opinion) in manifests.iter().zip(&opinions) {
        match compare(stage, manifest, opinion) {
            Ok(Outcome::Same) => same += 1,
            Ok(Outcome::BothRefused) => both_refused += 1,
            Ok(Outcome::Refused) => refused += 1,
            Err(error) => wrong.push(format!(
                "{error:#}\nin\n{}",
                command::tail(&manifest.text, 12)
            )),
        }
    }
    if !wrong.is_empty() {
        let first: Vec<&str> = wrong.iter().take(8).map(String::as_str).collect();
        bail!(
            "{} of {} manifests, among them:\n{}",
            wrong.len(),
            manifests.len(),
            first.join("\n")
        );
    }
    Ok(format!(
        "{same} the same, {both_refused} refused by both, {refused} refused out of caution"
    ))
}

enum Outcome {
    Same,
    BothRefused,
    Refused,
}

fn compare(stage: &Stage, manifest: &Manifest, opinion: &Opinion) -> Result<Outcome> {
    let pair = keys::pair(2048);
    let mut rseal = stage.rseal();
    rseal
        .arg("--cert")
        .arg(&pair.certificate)
        .args(["-o", "json"]);
    let sealed = command::finish(&mut rseal, manifest.text.as_bytes(), LIMIT)?;
    if !sealed.status.success() {
        ensure!(
            sealed.status.code() == Some(1),
            "refused with {}",
            sealed.status
        );
        ensure!(
            sealed.stdout.is_empty(),
            "refused, and still something on stdout"
        );
        ensure!(
            sealed.stderr.starts_with("error: "),
            "refused without a message: {}",
            sealed.stderr
        );
        return match opinion {
            Err(error) if manifest.promise == Promise::Taken => {
                bail!("the manifest is not what it was meant to be: {error}")
            }
            Err(_) => Ok(Outcome::BothRefused),
            Ok(_) if manifest.promise == Promise::Cautious => Ok(Outcome::Refused),
            Ok(_) => bail!(
                "refused what an API server takes: {}",
                sealed.stderr.trim_end()
            ),
        };
    }
    let ours = open(stage, &sealed.stdout)?;
    let theirs = match (opinion, &manifest.meaning) {
        (Ok(secret), _) => objects::values(secret)?,
        // Such as a number where text is wanted: an API server refuses it, sealing may keep its letters.
        (Err(_), Some(meaning)) => Values::from([("key".to_owned(), meaning.clone().into_bytes())]),
        (Err(error), None) => bail!("sealed what an API server refuses: {error}"),
    };
    ensure!(
        ours == theirs,
        "sealed {}, an API server reads {}",
        show(&ours),
        show(&theirs)
    );
    Ok(Outcome::Same)
}

/// Opened by a real kubeseal.
fn open(stage: &Stage, sealed: &[u8]) -> Result<Values> {
    let newest = stage.parts.sealed_secrets.last().context("no kubeseal")?;
    let mut kubeseal = stage.command(&newest.kubeseal);
    kubeseal
        .args(["--recovery-unseal", "-o", "json", "--recovery-private-key"])
        .arg(&keys::pair(2048).key);
    let secret = command::succeed(&mut kubeseal, sealed, LIMIT)?;
    objects::values(&serde_json::from_slice(&secret.stdout)?)
}

fn show(values: &Values) -> String {
    let text: String = format!(
        "{:?}",
        values
            .iter()
            .map(|(key, value)| (key, String::from_utf8_lossy(value)))
            .collect::<Vec<_>>()
    );
    text.chars().take(200).collect()
}
