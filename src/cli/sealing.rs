//! Many Secrets sealed at once, with the one random number generator of the program.

use std::num::NonZero;
use std::thread;

use rand::rngs::SysRng;

use crate::hybrid::PublicKey;
use crate::manifest::SealedSecret;
use crate::seal::{Prepared, SealError};

/// Fewer values than this are sealed sooner than threads are started.
const WORTH_A_THREAD: usize = 64;

/// The generator of the operating system. No flag and no variable reaches it.
pub(super) fn generator() -> SysRng {
    SysRng
}

/// Seals all, in their order, on as many cores as there are when it is worth it.
pub(super) fn seal_all(
    secrets: Vec<Prepared>,
    key: &PublicKey,
) -> Result<Vec<SealedSecret>, SealError> {
    let values: usize = secrets.iter().map(Prepared::values).sum();
    let most = secrets.len().min(values / WORTH_A_THREAD);
    // How many cores there are is asked only where it matters: the answer is read from files.
    if most < 2 {
        return seal_each(secrets, key);
    }
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(most);
    let share = secrets.len().div_ceil(threads);
    let mut secrets = secrets.into_iter();
    thread::scope(|scope| {
        let mut workers = Vec::with_capacity(threads);
        loop {
            let part: Vec<_> = secrets.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            workers.push(scope.spawn(move || seal_each(part, key)));
        }
        let mut sealed = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(part) => sealed.extend(part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(sealed)
    })
}

fn seal_each(secrets: Vec<Prepared>, key: &PublicKey) -> Result<Vec<SealedSecret>, SealError> {
    secrets
        .into_iter()
        .map(|secret| secret.seal(&mut generator(), key))
        .collect()
}
