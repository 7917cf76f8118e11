//! Texts that a YAML writer can stumble over, as annotations of Secrets. Owns the pieces and how they are
//! strung together, always in the same way; what becomes of them is not known here.

use serde_json::{Map, Value, json};

const SECRETS: usize = 40;
const ANNOTATIONS: usize = 100;

/// What has a meaning to some reader, or none to see.
const PIECES: &str = concat!(
    "a¦b¦y¦n¦on¦No¦true¦null¦~¦<<¦=¦0¦1¦7¦12¦0x¦0o¦0b¦1e¦e¦E¦.¦..¦-¦--¦---¦...¦+¦_¦:¦: ¦ :¦#¦ #¦# ¦ ",
    "¦  ¦\t¦\n¦\n\n¦\r¦\r\n¦'¦\"¦\\¦\\n¦*¦&¦!¦!!¦|¦>¦%¦@¦`¦[¦]¦{¦}¦,¦?¦? ¦- ¦/¦$¦(¦)¦<¦;¦é¦ж¦日本¦١¦\0",
    "¦\u{7}¦\u{7f}¦\u{85}¦\u{9f}¦\u{a0}¦\u{ad}¦\u{301}¦\u{200b}¦\u{202e}¦\u{2028}¦\u{2029}¦\u{3000}",
    "¦\u{e000}¦\u{fdd0}¦\u{fe0f}¦\u{feff}¦\u{fffd}¦\u{ffff}¦\u{1f600}¦\u{10ffff}¦2024-01-02¦T10:00:00Z",
    "¦1:30¦inf¦nan¦1,000¦word¦some text¦key: value¦{\"a\":\"b\"}¦0777¦AgB+/w==¦",
);

/// Secrets with such texts as keys and values of their annotations.
pub(super) fn secrets() -> Vec<Value> {
    let pieces: Vec<&str> = PIECES.split('¦').collect();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut text = |longest: usize| -> String {
        let length = numbers.below(longest + 1);
        (0..length)
            .map(|_| pieces[numbers.below(pieces.len())])
            .collect()
    };
    (0..SECRETS)
        .map(|_| {
            let annotations: Map<String, Value> = (0..ANNOTATIONS)
                .map(|at| (text(4), text([3, 3, 8, 40][at % 4]).into()))
                .collect();
            json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "a", "namespace": "ns", "annotations": annotations},
                "data": {"k": "dg=="},
            })
        })
        .collect()
}

/// Marsaglia's xorshift: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }
}
