//! What an unquoted scalar means in YAML 1.1, and whether its text survives.
//!
//! Owns the rules by which the API server's YAML reader (go-yaml 2 behind `sigs.k8s.io/yaml`;
//! upstream: `goyaml.v2/resolve.go`, and `yaml.go` of `sigs.k8s.io/yaml` for the way back to text)
//! turns a plain scalar into a boolean or number and then, where text is wanted, into text again.
//! Nothing is coerced here: a scalar whose text would change is told from one whose text stays.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// What becomes of a plain scalar where text is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Nothing, `~` or `null`.
    Null,
    /// Its text stays as it is, whatever it is on the way.
    Kept,
    /// It is read as something else, and its text would not come back.
    Changed(Meaning),
}

/// What a plain scalar is read as, when its text would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// `yes`, `off`, `TRUE` and the like.
    Boolean,
    /// A whole number in another notation: octal, hexadecimal, a sign, underscores.
    Integer,
    /// A number with a fraction, an exponent or too many digits.
    Float,
}

impl Meaning {
    /// The meaning in words, with an article.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer => "a whole number in another notation",
            Self::Float => "a floating-point number",
        }
    }
}

/// Resolves a plain scalar.
#[must_use]
pub fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "false" => return Plain::Kept,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "True" | "TRUE" | "n" | "N"
        | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "False" | "FALSE" => {
            return Plain::Changed(Meaning::Boolean);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
        | ".nan" | ".NaN" | ".NAN" => return Plain::Changed(Meaning::Float),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Plain::Kept;
    }
    // A secret may begin like a number, so every copy is wiped, and none grows.
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    digits.extend(text.chars().filter(|c| *c != '_'));
    if !text.starts_with('.') && is_integer(&digits) {
        return kept_if(is_as_go_writes_integers(text), Meaning::Integer);
    }
    match float(&digits) {
        Some(number) => kept_if(*go_text(number) == text, Meaning::Float),
        None => Plain::Kept,
    }
}

fn kept_if(kept: bool, meaning: Meaning) -> Plain {
    if kept {
        Plain::Kept
    } else {
        Plain::Changed(meaning)
    }
}

/// Whether Go's `strconv.ParseInt` or `ParseUint` with base 0 reads it: as a whole number that fits
/// 64 bits, signed or not.
fn is_integer(text: &str) -> bool {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // A second sign would be taken by Rust's reader, but not by Go's.
    digits.starts_with(|c: char| c.is_digit(radix))
        && i128::from_str_radix(digits, radix).is_ok_and(|value| {
            let value = if negative { -value } else { value };
            (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value)
        })
}

/// Whether a whole number is written as Go writes it back: in decimal, with no more than it needs.
fn is_as_go_writes_integers(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text == "0" || !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number as go-yaml's pattern for floats has it: a fraction and an exponent may be missing, and
/// so may the digits on one side of the point.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_fits =
        exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    // An exponent beyond a float is an error for Go, and the scalar stays text.
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The number as Go's `strconv.FormatFloat(number, 'g', -1, 32)` writes it, which is how
/// `sigs.k8s.io/yaml` makes text of a float.
fn go_text(number: f64) -> Zeroizing<String> {
    /// No text of a float in its shortest form is longer.
    const LONGEST: usize = 32;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "Go rounds to 32 bits as well"
    )]
    let number = number as f32;
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    if number == 0.0 {
        text.push_str(if number.is_sign_negative() { "-0" } else { "0" });
        return text;
    }
    let mut scientific = Zeroizing::new(String::with_capacity(LONGEST));
    // Writing to a string does not fail.
    let _ = write!(scientific, "{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Go's limits for the shortest form of %g.
    let _ = if (-4..6).contains(&exponent) {
        write!(text, "{number}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(text, "{mantissa}e{sign}{:02}", exponent.abs())
    };
    text
}

#[cfg(test)]
mod tests {
    use super::{Meaning, Plain, plain};

    #[test]
    fn text_that_stays() {
        for text in [
            "8080",
            "0",
            "-5",
            "9223372036854775807",
            "18446744073709551615",
            "true",
            "false",
            "1.5",
            "0.1",
            "3.14",
            "hello",
            "1:30",
            "190:20:30",
            "2026-11-24",
            "2001-12-14t21:59:43.10-05:00",
            "83e2010",
            "0x",
            "0xZZ",
            "1e",
            "e3",
            "-",
            "+",
            ".",
            "..",
            "--",
            "1.2.3",
            "127.0.0.1",
            "12a",
            "nulls",
            "yess",
            "=",
            "<<",
            "0b2",
            "++1",
            "-+1",
            "+-1",
            "0x-1",
            "_1",
            "1-2",
            "MTIzNA==",
            "08a",
            "inf",
            "nan",
            "infinity",
        ] {
            assert_eq!(plain(text), Plain::Kept, "{text}");
        }
    }

    #[test]
    fn text_that_would_change() {
        for (text, meaning) in [
            ("yes", Meaning::Boolean),
            ("off", Meaning::Boolean),
            ("TRUE", Meaning::Boolean),
            ("y", Meaning::Boolean),
            ("012", Meaning::Integer),
            ("0xDEADBEEF", Meaning::Integer),
            ("0o17", Meaning::Integer),
            ("0b11", Meaning::Integer),
            ("1_000", Meaning::Integer),
            ("+123", Meaning::Integer),
            ("-0", Meaning::Integer),
            ("09123", Meaning::Float),
            ("012345678901", Meaning::Float),
            ("1e3", Meaning::Float),
            ("5e10", Meaning::Float),
            ("1.10", Meaning::Float),
            ("1.0", Meaning::Float),
            ("3.14159265358979", Meaning::Float),
            ("12345678.9", Meaning::Float),
            ("123456789012345678901234567890", Meaning::Float),
            (".5", Meaning::Float),
            ("1.", Meaning::Float),
            (".inf", Meaning::Float),
            ("12345e7", Meaning::Float),
        ] {
            assert_eq!(plain(text), Plain::Changed(meaning), "{text}");
        }
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(plain(text), Plain::Null, "{text}");
        }
    }
}
