//! YAML and JSON to trees: every node stands where it says, and the writers write what is read
//! back as the same text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rseal::encoding::line_of;
use rseal::yaml::resolve::{Plain, plain};
use rseal::yaml::{self, Node, mend, write};
use serde_yaml::{Mapping, Value};

/// How many nodes are looked at: a few aliases make a tree of any size, or one without an end.
const NODES: usize = 500;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for mend in [mend::line_ends, mend::escapes] {
        if let Some(mended) = mend(text) {
            assert!(mended.len() == text.len() && *mended != *text);
            assert_eq!(mend(&mended), None);
        }
    }
    match yaml::read(text) {
        Ok(trees) => {
            let mut last = 0;
            for tree in &trees {
                assert!(tree.number() > last, "documents are counted");
                last = tree.number();
                look_at(tree.root(), text);
            }
        }
        Err(problem) => {
            let lines = 1 + text.matches(['\n', '\r']).count();
            assert!((1..=lines).contains(&problem.line), "{problem} of {lines}");
            assert!(problem.document > 0, "{problem}");
        }
    }
});

fn look_at(root: Node<'_>, text: &str) {
    let mut waiting = vec![root];
    for _ in 0..NODES {
        let Some(node) = waiting.pop() else {
            break;
        };
        assert!(text.get(node.range()).is_some(), "{:?}", node.range());
        let line = line_of(text.as_bytes(), node.range().start);
        assert_eq!(node.line(), line, "{:?}", node.range());
        if let Some(scalar) = node.scalar() {
            assert_comes_back(scalar.text);
        }
        waiting.extend(node.elements().unwrap_or_default());
        // A key that is there twice is an error only to who wants the entries.
        for entry in node.entries().ok().flatten().unwrap_or_default() {
            waiting.extend([entry.key_node, entry.value]);
        }
    }
}

/// `text` as a key and as a value, through both writers.
fn assert_comes_back(text: &str) {
    let value = || Value::String(text.to_owned());
    let document = Value::Mapping(Mapping::from_iter([(value(), value())]));
    for written in [
        format!("---\n{}", write::Yaml(&document)),
        write::json(&document),
    ] {
        let trees = yaml::read(&written).expect("what is written is read");
        let [tree] = trees.as_slice() else {
            panic!("one document is written, {} are read", trees.len());
        };
        let entries = tree.root().entries().ok().flatten().unwrap_or_default();
        let [entry] = entries.as_slice() else {
            panic!("one entry is written, {} are read", entries.len());
        };
        let value = entry.value.scalar().expect("a text is written");
        for scalar in [entry.key, value] {
            assert_eq!(scalar.text, text);
            assert!(!scalar.plain || plain(text) == Plain::Kept, "{text:?}");
        }
    }
}
