//! What a file of Rust uses: rooms of its own crate and other crates, in whatever way the path is written.
//! Owns the walk over the syntax; what is allowed is not known here.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ItemExternCrate, ItemMod, ItemUse, Macro, Meta, Path, UseTree};

/// What a path leads to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Room(String),
    Crate(String),
}

/// A path in a file.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) target: Target,
    pub(super) line: usize,
    pub(super) in_tests: bool,
}

/// Everything that the file with this module path uses.
pub(super) fn used(file: &syn::File, module: &[String], crates: &BTreeSet<String>) -> Vec<Used> {
    let mut walk = Walk {
        crates,
        in_tests: module.last().is_some_and(|name| name == "tests"),
        module: module.to_vec(),
        found: Vec::new(),
    };
    walk.visit_file(file);
    walk.found
}

struct Walk<'a> {
    crates: &'a BTreeSet<String>,
    module: Vec<String>,
    in_tests: bool,
    found: Vec<Used>,
}

impl Walk<'_> {
    /// Notes where a path leads, if it leads out of the module it stands in.
    fn note(&mut self, path: &[Ident], from_root: bool) {
        let Some(first) = path.first() else { return };
        let mut rest = path;
        let target = if from_root {
            Some(Target::Crate(name(first)))
        } else if first == "crate" || first == "rseal" {
            path.get(1).map(|room| Target::Room(name(room)))
        } else if first == "self" || first == "super" {
            let mut module = self.module.clone();
            while let [step, after @ ..] = rest
                && (step == "self" || step == "super")
            {
                if step == "super" {
                    module.pop();
                }
                rest = after;
            }
            let room = module.first().cloned().or_else(|| rest.first().map(name));
            room.map(Target::Room)
        } else {
            let first = name(first);
            self.crates.contains(&first).then_some(Target::Crate(first))
        };
        if let Some(target) = target
            && target != Target::Room("self".to_owned())
        {
            self.found.push(Used {
                target,
                line: first.span().start().line,
                in_tests: self.in_tests,
            });
        }
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[Ident], from_root: bool) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.clone());
                self.note_tree(&step.tree, &path, from_root);
            }
            UseTree::Name(last) => {
                path.push(last.ident.clone());
                self.note(&path, from_root);
            }
            UseTree::Rename(last) => {
                path.push(last.ident.clone());
                self.note(&path, from_root);
            }
            UseTree::Glob(_) => self.note(&path, from_root),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_tree(tree, before, from_root);
                }
            }
        }
    }

    /// Macros and attributes hold tokens, not syntax: a path there is names with `::` between them.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is_colon =
            |at: usize| matches!(&tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.note_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let from_root = at >= 2 && is_colon(at - 1) && is_colon(at - 2);
                    let mut path = vec![first.clone()];
                    while is_colon(at + 1)
                        && is_colon(at + 2)
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                    {
                        path.push(next.clone());
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.note(&path, from_root);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let in_tests = self.in_tests;
        self.in_tests |= module.attrs.iter().any(is_for_tests);
        self.module.push(name(&module.ident));
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.in_tests = in_tests;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(&item.tree, &[], item.leading_colon.is_some());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        self.note(std::slice::from_ref(&item.ident), true);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        // A single name is imported or local: the import was looked at.
        if path.segments.len() > 1 {
            let names: Vec<Ident> = path.segments.iter().map(|s| s.ident.clone()).collect();
            self.note(&names, path.leading_colon.is_some());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.note_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if !attribute.path().is_ident("doc") {
            self.visit_path(attribute.path());
            if let Meta::List(list) = &attribute.meta {
                self.note_tokens(list.tokens.clone());
            }
        }
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "test")
}

/// A name as it is spelt elsewhere: `r#type` is `type`.
fn name(ident: &Ident) -> String {
    ident.unraw().to_string()
}
