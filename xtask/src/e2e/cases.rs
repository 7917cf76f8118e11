//! The registry of cases: each is a name and a function. A file per group; none knows another.

mod certificate;
mod check;
mod disk;
mod hook;
mod keys;
mod modes;
pub(crate) mod noise;
mod offline;
mod reading;
mod recovery;
mod rights;
mod seed;
mod strings;

use anyhow::Result;

use super::stage::Stage;

/// How often a case runs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Runs {
    /// With the controller of each version.
    PerController,
    /// Once, with the first.
    Once,
}

pub(crate) type Run = Box<dyn Fn(&Stage) -> Result<String>>;

/// One test.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) runs: Runs,
    /// What kubeseal does otherwise, when kubeseal could not pass.
    pub(crate) rseal_only: Option<&'static str>,
    /// A flag without which the program cannot pass.
    pub(crate) flag: Option<&'static str>,
    /// Gives what is worth a note after the name.
    pub(crate) run: Run,
}

impl Case {
    fn new(
        name: impl Into<String>,
        runs: Runs,
        run: impl Fn(&Stage) -> Result<String> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            runs,
            rseal_only: None,
            flag: None,
            run: Box::new(run),
        }
    }

    /// A case that kubeseal cannot pass, since kubeseal …
    fn since_kubeseal(mut self, reason: &'static str) -> Self {
        self.rseal_only = Some(reason);
        self
    }

    /// A case for a program that has this flag.
    fn with_flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// Why the program under test is not asked to pass.
    pub(crate) fn out_of_reach(&self, stage: &Stage) -> Option<String> {
        let since_kubeseal = self.rseal_only.filter(|_| stage.tests_kubeseal());
        let since_kubeseal = since_kubeseal.map(|reason| format!("kubeseal {reason}"));
        let flag = self.flag.filter(|flag| !stage.has_flag(flag));
        since_kubeseal.or_else(|| flag.map(|flag| format!("the program has no {flag}")))
    }

    /// The name that a filter is compared with.
    pub(crate) fn full_name(&self, version: &str) -> String {
        match self.runs {
            Runs::PerController => format!("{version}/{}", self.name),
            Runs::Once => self.name.clone(),
        }
    }
}

/// Every case, in order.
pub(crate) fn all() -> Vec<Case> {
    let groups = [
        seed::cases(),
        certificate::cases(),
        rights::cases(),
        strings::cases(),
        reading::cases(),
        modes::cases(),
        recovery::cases(),
        offline::cases(),
        disk::cases(),
        check::cases(),
        hook::cases(),
    ];
    groups.into_iter().flatten().collect()
}
