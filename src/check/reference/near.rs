//! Which names are so close that one is meant for the other.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

/// With fewer characters, too many names are close.
const LEAST: usize = 8;
/// The same for names that differ in separators and case only.
const LEAST_OF_A_WORD: usize = 6;

/// Whether one name is the other, but for separators and case, or but for one letter that is missing or
/// stands in its neighbour's place. A digit is no mistake: it counts things.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    a != b && (is_same_word(a, b) || is_typo(a, b))
}

/// Whether they differ in separators and case only.
pub(super) fn is_same_word(a: &str, b: &str) -> bool {
    let word = word(a);
    word.len() >= LEAST_OF_A_WORD && word == self::word(b)
}

/// The name without what is easily got wrong.
fn word(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | '.'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn is_typo(a: &str, b: &str) -> bool {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let (long, short) = (a.as_bytes(), b.as_bytes());
    if short.len() < LEAST {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(a, b)| a == b).count();
    let is_letter = |at: usize| long.get(at).is_some_and(u8::is_ascii_alphabetic);
    if long.len() == short.len() + 1 {
        is_letter(same) && long[same + 1..] == short[same..]
    } else {
        long.len() == short.len()
            && is_letter(same)
            && is_letter(same + 1)
            && long[same] == short[same + 1]
            && long[same + 1] == short[same]
            && long[same + 2..] == short[same + 2..]
    }
}

/// Names, to find those that are near to one without comparing it with each.
pub(super) struct Near<'n> {
    words: HashMap<String, Vec<&'n str>>,
    /// By the hash of each name without one of its letters, and of the name itself.
    letters: HashMap<u64, Vec<&'n str>>,
}

impl<'n> Near<'n> {
    pub(super) fn to(names: impl Iterator<Item = &'n str>) -> Self {
        /// Of more names that are near to each other, none is meant for another.
        const MOST: usize = 64;
        let mut near = Self {
            words: HashMap::new(),
            letters: HashMap::new(),
        };
        let push = |all: &mut Vec<&'n str>, name| {
            if all.len() < MOST {
                all.push(name);
            }
        };
        for name in names {
            push(near.words.entry(word(name)).or_default(), name);
            for hash in hashes(name) {
                push(near.letters.entry(hash).or_default(), name);
            }
        }
        near
    }

    /// Those that are near to a name, in order.
    pub(super) fn of(&self, name: &str) -> Vec<&'n str> {
        let words = self.words.get(&word(name)).into_iter();
        let letters = hashes(name).filter_map(|hash| self.letters.get(&hash));
        let all = words.chain(letters).flatten();
        let mut found: Vec<_> = all.filter(|other| is_near(name, other)).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What two names that are a letter apart have one of in common.
fn hashes(name: &str) -> impl Iterator<Item = u64> {
    let letters = name.char_indices().filter(|(_, c)| c.is_ascii_alphabetic());
    let shorter = letters.map(|(at, _)| (&name[..at], &name[at + 1..]));
    let is_long = name.len() >= LEAST;
    std::iter::once((name, ""))
        .chain(shorter)
        .filter(move |_| is_long)
        .map(|(before, behind)| {
            let mut hasher = DefaultHasher::new();
            hasher.write(before.as_bytes());
            hasher.write(behind.as_bytes());
            hasher.finish()
        })
}

/// The names that have a near one, with it: of those that are `known` with each other name, of those
/// that are `named` only what is written apart differently.
pub(super) fn pairs<'n>(named: &HashSet<&'n str>, known: &HashSet<&'n str>) -> HashSet<&'n str> {
    let mut found = HashSet::new();
    let near = Near::to(known.iter().copied());
    let mut words: HashMap<String, &str> = HashMap::new();
    for name in named.iter().filter(|name| !known.contains(*name)) {
        for other in near.of(name) {
            found.extend([*name, other]);
        }
        match words.get(&word(name)) {
            Some(other) => found.extend([*name, other]),
            None => {
                words.insert(word(name), name);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{is_near, pairs};

    #[test]
    fn names_that_are_meant_for_each_other() {
        for (a, b, expected) in [
            ("tlscert", "tls-cert", true),
            ("TLS_Cert", "tls-cert", true),
            ("tls.cert", "tls-cert", true),
            ("ab-c", "abc", false),
            ("database-password", "databse-password", true),
            ("database-password", "databasep-assword", true),
            ("database-password", "dtaabase-password", true),
            ("database-passwords", "database-password", true),
            ("database-1", "database-11", false),
            ("database-1", "database-", false),
            ("database1x", "databasex1", false),
            ("database-a", "database-b", false),
            ("tls-a", "tls-ab", false),
            ("database", "database", false),
        ] {
            assert_eq!(is_near(a, b), expected, "{a} {b}");
            assert_eq!(is_near(b, a), expected, "{b} {a}");
            // Whatever is near is found without comparing each with each.
            let (named, known) = (HashSet::from([a]), HashSet::from([b]));
            if expected {
                assert_eq!(pairs(&named, &known), HashSet::from([a, b]), "{a} {b}");
                assert_eq!(pairs(&known, &named), HashSet::from([a, b]), "{b} {a}");
            }
        }
    }
}
