//! The Secrets that are sealed for the measurements. Owns their shape and size; their values are made up and the
//! same in every run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A YAML stream of Secrets, each with so many values of so many bytes.
pub(super) fn documents(secrets: usize, values: usize, bytes: usize) -> String {
    let mut text = String::new();
    for secret in 0..secrets {
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: secret-{secret}\n  namespace: staging\n  \
             labels:\n    app: web\ntype: Opaque\ndata:\n"
        ));
        for value in 0..values {
            // Numbers in a circle: nothing about them matters but that they do not compress to nothing.
            let bytes: Vec<u8> = (0..=250).cycle().skip(secret + value).take(bytes).collect();
            text.push_str(&format!("  item-{value}: {}\n", STANDARD.encode(bytes)));
        }
    }
    text
}
