//! The order in which kubeseal prints the keys of a mapping in YAML.
//!
//! Owns that order and nothing else. It is the one of go-yaml v2 (`sorter.go`): runs of digits
//! count as numbers, letters come after everything else. Kubernetes allows ASCII only in keys;
//! what is a letter or a digit beyond it may differ from Go's tables.

use std::cmp::Ordering;

/// `entries` as kubeseal prints them.
///
/// Strictly, kubeseal's order is none: `12` is before `1a`, `1a` before `2`, and `2` before `12`.
/// So each entry, in byte order, is put where a search finds its place: wherever kubeseal has one
/// answer this is it, and it never depends on the order of the input.
pub(super) fn in_kubeseals_order<K: AsRef<str>, V>(
    entries: impl Iterator<Item = (K, V)>,
) -> Vec<(K, V)> {
    let mut by_bytes: Vec<_> = entries.collect();
    by_bytes.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
    let mut ordered: Vec<(K, V)> = Vec::with_capacity(by_bytes.len());
    for entry in by_bytes {
        let at =
            ordered.partition_point(|before| natural(before.0.as_ref(), entry.0.as_ref()).is_le());
        ordered.insert(at, entry);
    }
    ordered
}

fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => return a[at].cmp(&b[at]),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero that follows other digits must not count as a leading zero.
    let after_a_digit = (a[at] == '0' || b[at] == '0')
        && a[..at]
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .any(|&c| c != '0');
    let number = |text: &[char]| {
        let digits = text[at..].iter().map_while(|c| c.to_digit(10));
        digits.fold((i64::from(after_a_digit), 0), |(value, length), digit| {
            // Go's integers wrap.
            let value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            (value, length + 1)
        })
    };
    number(&a).cmp(&number(&b)).then(a[at].cmp(&b[at]))
}

#[cfg(test)]
mod tests {
    use super::{in_kubeseals_order, natural};

    #[test]
    fn keys_are_in_kubeseals_order() {
        let in_order = ",-,9,10,10a,A,B,a,a-1,a.b,a1,a01,a2,a10,a100,aB,ab,tls.crt,tls.key";
        let in_order: Vec<&str> = in_order.split(',').collect();
        for pair in in_order.windows(2) {
            assert!(natural(pair[0], pair[1]).is_lt(), "{pair:?}");
            assert!(natural(pair[1], pair[0]).is_gt(), "{pair:?}");
        }
        // Three keys that kubeseal itself prints in any of three orders.
        let circle = ["12", "1a", "2", "12"];
        assert!(
            circle
                .windows(2)
                .all(|pair| natural(pair[0], pair[1]).is_lt())
        );
        let ordered =
            |keys: [&'static str; 3]| in_kubeseals_order(keys.into_iter().map(|key| (key, ())));
        assert_eq!(ordered(["12", "1a", "2"]), ordered(["2", "1a", "12"]));
    }
}
