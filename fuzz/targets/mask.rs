//! Templates to text without actions: every other byte keeps its place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rseal::yaml::mask::{Action, first_action, mask, may_have_actions};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut masked = mask(text);
    let actions = masked.actions_in(&(0..text.len())).to_vec();
    assert!(actions.is_empty() || may_have_actions(text));
    assert_masked(text, masked.text(), &actions);

    for action in &actions {
        assert_eq!(
            first_action(&text[action.range.start..]),
            Some(action.range.len())
        );
        let (start, end) = (action.range.start, action.range.end);
        for range in [
            start..end,
            start..start + 1,
            end..text.len(),
            0..start,
            0..start + 1,
        ] {
            let overlaps = |it: &&Action| it.range.end > range.start && it.range.start < range.end;
            let expected: Vec<_> = actions.iter().filter(overlaps).cloned().collect();
            assert_eq!(masked.actions_in(&range), expected, "{range:?}");
        }
    }
    // A line goes in at most two steps, so who drops one after another comes to an end.
    let ends = text.match_indices('\n').map(|(at, _)| at);
    for end in ends.chain([text.len()]).collect::<Vec<_>>() {
        for _ in 0..2 {
            let before = masked.text().to_owned();
            let dropped = masked.drop_line(end);
            assert_eq!(dropped, before != masked.text());
        }
        assert!(!masked.drop_line(end));
    }
    assert_eq!(masked.actions_in(&(0..text.len())), actions);
    let after = masked.text();
    assert!(
        text.bytes()
            .zip(after.bytes())
            .all(|(a, b)| a == b || matches!(b, b' ' | b'x' | b'\n'))
    );
    assert_eq!(text.len(), after.len());
    assert_eq!(text.matches('\n').count(), after.matches('\n').count());
});

fn assert_masked(text: &str, masked: &str, actions: &[Action]) {
    assert_eq!(masked.len(), text.len());
    let mut from = 0;
    for action in actions {
        let range = action.range.clone();
        assert!(
            from <= range.start && range.start < range.end,
            "{actions:?}"
        );
        assert_like(&text[from..range.end], &masked[from..range.end]);
        assert!(action.has_output || !masked[range.clone()].contains('x'));
        from = range.end;
    }
    assert_like(&text[from..], &masked[from..]);
}

/// Outside of actions only the end of a line may move, and what a definition holds is gone.
fn assert_like(text: &str, masked: &str) {
    for (a, b) in text.bytes().zip(masked.bytes()) {
        assert!(a == b || matches!(b, b' ' | b'x' | b'\n'));
    }
}
