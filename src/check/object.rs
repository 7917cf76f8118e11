//! Kubernetes objects in a tree that was read leniently.
//!
//! Owns what an object is called and how a field of it is found, whatever disguises it: an alias, a
//! merge key, quotes, a key that is there twice.

use crate::manifest;
use crate::yaml::resolve::{Plain, plain};
use crate::yaml::{Entry, Node, Problem};

/// The entries of a mapping, of which several may have one key.
#[derive(Clone)]
pub(super) struct Fields<'t>(Vec<Entry<'t>>);

impl<'t> Fields<'t> {
    /// The fields of a mapping; none for anything else.
    ///
    /// # Errors
    /// Merge keys without end.
    pub(super) fn of(node: Node<'t>) -> Result<Option<Self>, Problem> {
        Ok(node.entries()?.map(Self))
    }

    /// The fields of a mapping; none at all for anything else, or where merge keys have no end, which
    /// is told when the mapping itself is visited.
    pub(super) fn within(node: Node<'t>) -> Self {
        Self(node.entries().ok().flatten().unwrap_or_default())
    }

    pub(super) fn entries(&self) -> &[Entry<'t>] {
        &self.0
    }

    /// The values of every entry with this key.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = Node<'t>> {
        self.0
            .iter()
            .filter(move |entry| {
                entry.key.text == key || entry.key.tag.is_some() && is_word(entry.key_node, key)
            })
            .map(|entry| entry.value)
    }

    /// The value that counts: of several, most readers take the last.
    pub(super) fn get(&self, key: &str) -> Option<Node<'t>> {
        self.all(key).last()
    }

    /// The text of a scalar, unless it is null.
    pub(super) fn text(&self, key: &str) -> Option<&'t str> {
        self.get(key).and_then(text)
    }

    /// The fields of a mapping in this one.
    pub(super) fn fields(&self, key: &str) -> Self {
        self.get(key).map_or(Self(Vec::new()), Self::within)
    }

    /// The elements of a sequence in this one.
    pub(super) fn elements(&self, key: &str) -> Vec<Node<'t>> {
        self.get(key).and_then(Node::elements).unwrap_or_default()
    }

    /// Whether any entry with this key has this text.
    pub(super) fn any_is(&self, key: &str, expected: &str) -> bool {
        self.all(key).any(|node| is_word(node, expected))
    }
}

/// The text of a scalar, unless it is null.
pub(super) fn text(node: Node<'_>) -> Option<&str> {
    node.scalar()
        .filter(|scalar| !scalar.plain || plain(scalar.text) != Plain::Null)
        .map(|scalar| scalar.text)
}

/// Whether a scalar is `word` to the API server, which decodes what is tagged as binary.
pub(super) fn is_word(node: Node<'_>, word: &str) -> bool {
    const BINARY: &str = "tag:yaml.org,2002:binary";
    node.scalar().is_some_and(|scalar| {
        scalar.text == word
            || scalar.tag == Some(BINARY)
                && manifest::decode(scalar.text).is_ok_and(|bytes| *bytes == word.as_bytes())
    })
}

/// A name that an item of a Secret can have; another may be a value that slipped into its key, and is
/// not shown.
pub(super) fn is_item_name(name: &str) -> bool {
    const LONGEST: usize = 253;
    (1..=LONGEST).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
