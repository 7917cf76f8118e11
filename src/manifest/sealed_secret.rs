//! A SealedSecret, and the document that says it.
//!
//! Owns the order of the fields, which is that of upstream's Go types
//! (`pkg/apis/sealedsecrets/v1alpha1/types.go`): JSON is written in it.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value};

use super::secret::Metadata;
use crate::scope::Scope;

/// A SealedSecret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// The name, which is part of the label in the strict scope.
    pub name: String,
    /// The namespace, which is part of the label but in the cluster-wide scope.
    pub namespace: String,
    /// Where the values may be opened.
    pub scope: Scope,
    /// What the Secret will look like, but for its values.
    pub template: Template,
    /// The sealed values by the name of their item, as base64.
    pub encrypted_data: BTreeMap<String, String>,
}

/// What the Secret will look like, but for its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Its metadata.
    pub metadata: Metadata,
    /// Its type; empty when it says none.
    pub secret_type: String,
    /// Whether it says that it is immutable.
    pub immutable: Option<bool>,
}

impl SealedSecret {
    /// The document, its fields in the order of upstream's types.
    #[must_use]
    pub fn into_document(self) -> Value {
        let mut metadata = Mapping::new();
        text(&mut metadata, "name", &self.name);
        text(&mut metadata, "namespace", &self.namespace);
        if let Some(annotation) = self.scope.annotation() {
            let annotations = BTreeMap::from([(annotation.to_owned(), "true".to_owned())]);
            strings(&mut metadata, "annotations", annotations);
        }

        let mut template = Mapping::new();
        template.insert("metadata".into(), self.template.metadata.document());
        text(&mut template, "type", &self.template.secret_type);
        if let Some(immutable) = self.template.immutable {
            template.insert("immutable".into(), immutable.into());
        }

        let mut spec = Mapping::new();
        spec.insert("template".into(), template.into());
        spec.insert("encryptedData".into(), map(self.encrypted_data));

        let mut document = Mapping::new();
        document.insert("kind".into(), "SealedSecret".into());
        document.insert("apiVersion".into(), "bitnami.com/v1alpha1".into());
        document.insert("metadata".into(), metadata.into());
        document.insert("spec".into(), spec.into());
        document.into()
    }
}

impl Metadata {
    fn document(self) -> Value {
        let mut metadata = Mapping::new();
        text(&mut metadata, "name", &self.name);
        text(&mut metadata, "generateName", &self.generate_name);
        text(&mut metadata, "namespace", &self.namespace);
        strings(&mut metadata, "labels", self.labels);
        strings(&mut metadata, "annotations", self.annotations);
        if !self.finalizers.is_empty() {
            metadata.insert("finalizers".into(), self.finalizers.into());
        }
        metadata.into()
    }
}

/// Adds a text, unless it is empty: upstream leaves empty fields out.
fn text(mapping: &mut Mapping, key: &str, value: &str) {
    if !value.is_empty() {
        mapping.insert(key.into(), value.into());
    }
}

fn strings(mapping: &mut Mapping, key: &str, values: BTreeMap<String, String>) {
    if !values.is_empty() {
        mapping.insert(key.into(), map(values));
    }
}

fn map(values: BTreeMap<String, String>) -> Value {
    values
        .into_iter()
        .map(|(key, value)| (Value::from(key), Value::from(value)))
        .collect::<Mapping>()
        .into()
}
