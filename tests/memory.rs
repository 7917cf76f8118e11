//! What is left on the heap after values were sealed or refused: nothing of them.
//!
//! Linux shows a process its own memory as a file. All that can be written to, but for the stacks,
//! is searched for pieces of the value and of its base64, after everything that held them was
//! dropped. What stays on a stack is the compiler's choice. `docs/security.md` says what of a value
//! is known to be left, which is not tried here.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rseal::certificate::Certificate;
use rseal::encoding;
use rseal::manifest::{KindRule, read_secrets};
use rseal::scope::Scope;
use rseal::yaml;
use rseal::yaml::resolve::{Plain, plain};
use zeroize::Zeroizing;

/// The length of a value in bytes. Freed memory of that size is not all used again at once.
const LENGTH: usize = 9000;
/// What is looked for: so many bytes in a row,
const PIECE: usize = 16;
/// from one place of so many.
const STEP: usize = 700;
/// The pieces are kept XORed with this, so that they do not find themselves.
const MASK: u8 = 0x5a;

/// A value of letters, another one for each case, in a buffer that does not grow.
fn value(case: usize) -> Zeroizing<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(case as u64);
    let mut value = Zeroizing::new(Vec::with_capacity(LENGTH));
    value.extend((0..LENGTH).map(|_| rng.random_range(b'a'..=b'z')));
    value
}

fn base64_of(value: &[u8]) -> Zeroizing<String> {
    let mut digits = Zeroizing::new(vec![0; value.len().div_ceil(3) * 4]);
    STANDARD.encode_slice(value, &mut digits).unwrap();
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *digits)).unwrap())
}

/// Pieces of `bytes`, masked. None of them is copied in clear.
fn pieces(bytes: &[u8]) -> Vec<[u8; PIECE]> {
    let places = bytes.chunks_exact(STEP);
    let mut pieces = vec![[0; PIECE]; places.len()];
    for (piece, place) in pieces.iter_mut().zip(places) {
        for (masked, byte) in piece.iter_mut().zip(place) {
            *masked = byte ^ MASK;
        }
    }
    pieces
}

/// How often a piece is found. `buffer` is what memory is read into, and not searched itself.
fn found(pieces: &[[u8; PIECE]], buffer: &mut [u8]) -> usize {
    let own = buffer.as_ptr_range();
    let own = own.start as u64..own.end as u64;
    let memory = File::open("/proc/self/mem").unwrap();
    let mut begins = [false; 256];
    for piece in pieces {
        begins[usize::from(piece[0] ^ MASK)] = true;
    }
    let mut found = 0;
    for range in writable() {
        let mut at = range.start;
        while at < range.end {
            if own.contains(&at) {
                at = own.end;
                continue;
            }
            let limit = if at < own.start { own.start } else { u64::MAX };
            let end = range.end.min(limit).min(at + buffer.len() as u64);
            let part = &mut buffer[..(end - at) as usize];
            memory.read_exact_at(part, at).unwrap();
            for start in 0..part.len().saturating_sub(PIECE - 1) {
                if begins[usize::from(part[start])] {
                    let window = &part[start..start + PIECE];
                    let is_piece =
                        |piece: &[u8; PIECE]| window.iter().zip(piece).all(|(a, b)| a ^ MASK == *b);
                    found += pieces.iter().filter(|piece| is_piece(piece)).count();
                }
            }
            // A piece may lie across the end of the part.
            at = if end == range.end || end == limit {
                end
            } else {
                end - (PIECE as u64 - 1)
            };
        }
    }
    buffer.fill(0);
    found
}

/// The addresses that can be written to, without the stacks.
fn writable() -> Vec<Range<u64>> {
    let local = 0_u8;
    let stack = &raw const local as u64;
    fs::read_to_string("/proc/self/maps")
        .unwrap()
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (start, end) = fields.next()?.split_once('-')?;
            let writable = fields.next()?.starts_with("rw");
            let start = u64::from_str_radix(start, 16).ok()?;
            let range = start..u64::from_str_radix(end, 16).ok()?;
            (writable && !line.ends_with("[stack]") && !range.contains(&stack)).then_some(range)
        })
        .collect()
}

/// Reads and seals. Gives whether that was possible.
fn seal(input: &str) -> bool {
    let certificate = include_bytes!("../testdata/certificates/sealing-2048.pem");
    let certificate = Certificate::from_bytes(certificate).unwrap();
    let text = encoding::text(input.as_bytes()).unwrap();
    let Ok(read) = read_secrets(&text, KindRule::Required) else {
        return false;
    };
    for secret in read.secrets {
        rseal::seal::prepare(secret, Scope::Strict)
            .unwrap()
            .seal(&mut ChaCha8Rng::seed_from_u64(1), certificate.public_key())
            .unwrap();
    }
    true
}

/// Only reads. What is done with a value later may write over what reading has left.
fn read(input: &str) -> bool {
    yaml::read(input).is_ok()
}

/// Only asks what a plain scalar means.
fn resolve(input: &str) -> bool {
    plain(input) == Plain::Kept
}

const YAML: &str = "kind: Secret\napiVersion: v1\nmetadata: {name: a, namespace: b}\n";
const JSON: &str =
    "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"b\"},";

/// What is done, with which text, and whether it is possible.
type Case = (fn(&str) -> bool, [&'static str; 4], bool);

#[test]
fn nothing_of_a_value_is_left() {
    let cases: [Case; 14] = [
        (seal, [YAML, "stringData: {k: ", "TEXT", "}"], true),
        (seal, [YAML, "stringData: {k: '", "TEXT", "'}"], true),
        (seal, [YAML, "stringData: {k: \"", "TEXT", "\\n\"}"], true),
        (
            seal,
            [YAML, "stringData:\n  k: |\n    ", "TEXT", "\n"],
            true,
        ),
        (seal, [YAML, "data: {k: ", "BASE64", "}"], true),
        (seal, [YAML, "data: {k: 1234", "BASE64", "}"], true),
        (seal, [YAML, "data: {k: ", "BASE64", "*}"], false),
        (seal, [YAML, "data: {k: ", "BASE64", "A=}"], false),
        (
            seal,
            [JSON, "\"stringData\":{\"k\":\"", "TEXT", "\"}}"],
            true,
        ),
        (
            seal,
            [JSON, "\"stringData\":{\"k\":\"", "TEXT", "\\n\"}}"],
            true,
        ),
        (seal, [JSON, "\"data\":{\"k\":\"", "BASE64", "\"}}"], true),
        (read, ["{\"k\": \"", "", "TEXT", "\\n\"}"], true),
        (read, ["{\"k\": \"", "\\n", "TEXT", "\"}"], true),
        (resolve, ["1234", "", "BASE64", "_"], true),
    ];
    let mut buffer = vec![0; 64 * 1024];
    let mut all = Vec::new();
    for (case, (work, parts, possible)) in cases.into_iter().enumerate() {
        let value = value(case);
        let base64 = base64_of(&value);
        let mut pieces = pieces(&value);
        pieces.extend(self::pieces(base64.as_bytes()));
        let mut input = Zeroizing::new(String::with_capacity(2 * LENGTH));
        for part in parts {
            input.push_str(match part {
                "TEXT" => std::str::from_utf8(&value).unwrap(),
                "BASE64" => &base64,
                part => part,
            });
        }
        assert_eq!(work(&input), possible, "{parts:?}");
        // The search finds what is there.
        assert!(found(&pieces, &mut buffer) > pieces.len());
        drop((value, base64, input));
        let left = found(&pieces, &mut buffer);
        if left > 0 {
            all.push((left, parts));
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}
