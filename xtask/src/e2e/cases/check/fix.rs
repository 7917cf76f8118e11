//! `check --fix` on a file of several documents: the Secrets become SealedSecrets, no other byte changes, and the
//! controller opens what was written.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::LIMIT;
use crate::command;
use crate::e2e::objects::Values;
use crate::e2e::stage::Stage;

const BEFORE: &str = "# The shop.\napiVersion: v1\nkind:   ConfigMap # odd spaces stay\nmetadata: {name: shop}\ndata:\n  'a' : \"b\"\n---\n# its database\n";
const FIRST: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: fixed-one\n  namespace: staging\nstringData:\n  password: |\n    correct horse\n";
const BETWEEN: &str = "# behind the first\n---\napiVersion: v1\nkind: List\nitems:\n    - ";
const SECOND: &str = "apiVersion: v1\n      kind: Secret\n      metadata: {name: fixed-two, namespace: staging}\n      data: {password: YmF0dGVyeSBzdGFwbGU=}";
const AFTER: &str = "\n    # the last item\n    - {apiVersion: v1, kind: ConfigMap, metadata: {name: other}}\n---\n{}\n";

pub(super) fn run(stage: &Stage) -> Result<String> {
    let file = stage.fresh()?.join("shop.yaml");
    fs::write(&file, [BEFORE, FIRST, BETWEEN, SECOND, AFTER].concat())?;
    stage.namespace("staging")?;
    let mut rseal = stage.rseal();
    rseal.args(["check", "--fix", "--cert"]);
    rseal.arg(stage.certificate()).arg(&file);
    command::succeed(&mut rseal, &[], LIMIT)?;

    let fixed = fs::read_to_string(&file)?;
    let rest = fixed
        .strip_prefix(BEFORE)
        .context("what stands before the first Secret changed")?;
    let rest = rest
        .strip_suffix(AFTER)
        .context("what stands behind the last Secret changed")?;
    let (first, second) = rest
        .split_once(BETWEEN.trim_start_matches('\n'))
        .context("what stands between the Secrets changed")?;
    for sealed in [first, second] {
        ensure!(sealed.contains("kind: SealedSecret"), "not sealed");
        ensure!(!sealed.contains("kind: Secret\n"), "a Secret is left");
    }
    let again = command::finish(stage.rseal().arg("check").arg(&file), &[], LIMIT)?;
    ensure!(again.status.success(), "found again: {}", again.text());

    stage.apply(first.as_bytes())?;
    stage.apply(second.replace("\n      ", "\n").as_bytes())?;
    for (name, value) in [
        ("fixed-one", "correct horse\n"),
        ("fixed-two", "battery staple"),
    ] {
        let expected = Values::from([("password".to_owned(), value.as_bytes().to_vec())]);
        ensure!(
            stage.unsealed("staging", name)? == expected,
            "{name} holds another value"
        );
    }
    Ok("two Secrets of five objects".to_owned())
}
