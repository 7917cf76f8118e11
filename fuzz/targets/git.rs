//! What git writes for programs: no name in it can become a flag or a line of its own, and nothing
//! that was cut off is taken for the whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rseal::git::{BlobError, Content, Ends, changes, read_blob};

/// How much of a content is kept.
const LARGEST: usize = 64;
/// Names of contents, of which the answers in the corpus have some.
const NAMES: [&str; 2] = ["a1", "b2"];

fuzz_target!(|bytes: &[u8]| {
    look_at_changes(bytes);
    look_at_answers(bytes);
    look_at_contents(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        look_at_range(text);
    }
});

fn look_at_changes(list: &[u8]) {
    let Ok(entries) = changes(list) else {
        return;
    };
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    for entry in &entries {
        assert!(is_name(&entry.blob), "{entry:?}");
        assert!(entry.commit.as_deref().is_none_or(is_name), "{entry:?}");
        assert!(!entry.path.as_os_str().is_empty());
        let path = entry.path.as_os_str().as_encoded_bytes();
        assert!(!path.contains(&0));
        assert!(list.windows(path.len()).any(|part| part == path));
    }
    // In front of a whole list, another changes nothing of what it says.
    let twice = changes(&[list, list].concat()).expect("a whole list, twice");
    assert_eq!(twice.len(), 2 * entries.len());
    assert_eq!(twice[..entries.len()], entries);
    if let Some(last) = list.len().checked_sub(1) {
        let cut = changes(&list[..last]);
        assert!(cut.is_err() || last == 0, "cut off");
    }
}

/// Whatever git may say: what comes of it was there, and stops.
fn look_at_answers(answers: &[u8]) {
    let mut rest = answers;
    for name in NAMES.iter().cycle() {
        let before = rest.len();
        match read_blob(&mut rest, name, LARGEST) {
            Ok(content) => {
                let read = before - rest.len();
                assert!(read > name.len() + " blob \n".len(), "{read} bytes");
                if let Content::Bytes(content) = content {
                    assert!(content.len() < read && content.len() <= LARGEST);
                    let all = &answers[answers.len() - before..];
                    let end = read - 1;
                    assert_eq!(all[end - content.len()..end], content[..]);
                }
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(!matches!(error, BlobError::NoAnswer) || before == 0);
                break;
            }
        }
    }
}

/// Any content comes back as it was, and does not reach into the next.
fn look_at_contents(content: &[u8]) {
    let mut answers = Vec::new();
    for name in NAMES {
        answers.extend_from_slice(format!("{name} blob {}\n", content.len()).as_bytes());
        answers.extend_from_slice(content);
        answers.push(b'\n');
    }
    let mut rest = &answers[..];
    for name in NAMES {
        match read_blob(&mut rest, name, LARGEST).expect("a content") {
            Content::Bytes(read) => assert_eq!(read[..], *content),
            Content::TooLarge => assert!(content.len() > LARGEST),
        }
    }
    assert!(rest.is_empty());
    let mut cut = &answers[..answers.len() - 1];
    for (number, name) in NAMES.into_iter().enumerate() {
        assert_eq!(read_blob(&mut cut, name, LARGEST).is_ok(), number == 0);
    }
}

fn look_at_range(text: &str) {
    match Ends::parse(text) {
        Ok(ends) => {
            for end in [ends.first, ends.last].into_iter().flatten() {
                assert!(!end.is_empty() && !end.starts_with('-'), "{ends:?}");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
