//! A Secret, field by field.

use std::collections::BTreeMap;

use super::base64;
use super::fields::{Field, Text, meant};
use super::problem::{Place, Problem, ProblemKind, Warning, WarningKind};
use crate::secret::Plaintext;
use crate::yaml::{self, Entry, Node};

/// The most bytes of values that the API server takes (upstream: `core/v1`, `MaxSecretSize`).
const LARGEST: usize = 1024 * 1024;
/// The longest name of an item in bytes.
const LONGEST_ITEM_NAME: usize = 253;

const FIELDS: [&str; 7] = [
    "apiVersion",
    "kind",
    "metadata",
    "data",
    "stringData",
    "type",
    "immutable",
];
const METADATA_FIELDS: [&str; 14] = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];
/// What old servers wrote, and nothing reads any more.
const OLD_METADATA_FIELDS: [&str; 2] = ["selfLink", "clusterName"];
/// Annotations in which kubectl and kubecfg keep a copy of the whole object, values included.
pub const COPIES_OF_THE_OBJECT: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubecfg.ksonnet.io/last-applied-configuration",
];

/// A Secret that was read.
#[derive(Debug)]
pub struct Secret {
    /// Where its document stands.
    pub place: Place,
    /// Its metadata, less what a server adds.
    pub metadata: Metadata,
    /// Its type; empty when it says none.
    pub secret_type: String,
    /// Whether it says that it is immutable.
    pub immutable: Option<bool>,
    /// Its items in the order of their names; `stringData` wins over `data`.
    pub items: Vec<Item>,
}

/// One item of a Secret.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Plaintext,
}

/// The metadata of a Secret that a template keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The name; empty when it says none.
    pub name: String,
    /// The prefix of a name for the server to make.
    pub generate_name: String,
    /// The namespace; empty when it says none.
    pub namespace: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations, without those that hold a copy of the object.
    pub annotations: BTreeMap<String, String>,
    /// Finalizers.
    pub finalizers: Vec<String>,
}

impl Secret {
    /// Reads the fields of `node`, whose kind is known to be Secret.
    pub(super) fn read(node: Node<'_>, warnings: &mut Vec<Warning>) -> Result<Self, Problem> {
        let mut secret = Self {
            place: Place {
                document: node.document(),
                line: node.line(),
                field: None,
            },
            metadata: Metadata::default(),
            secret_type: String::new(),
            immutable: None,
            items: Vec::new(),
        };
        let root = Field::new(node, "", "");
        let mut values = BTreeMap::new();
        let mut string_data = None;
        for entry in root.entries("an object")? {
            let field = Field::of(&entry, "");
            match entry.key.text {
                // Read already, and what a cluster says of the object is not the object.
                "apiVersion" | "kind" | "status" => {}
                "metadata" => secret.metadata = Metadata::read(field, warnings)?,
                "data" => {
                    for entry in field.entries("a mapping of names to base64")? {
                        let (name, value) = data_item(&entry, warnings)?;
                        values.insert(name, value);
                    }
                }
                "stringData" => string_data = Some(field),
                "type" => secret.secret_type = field.text()?.text.to_owned(),
                "immutable" if field.is_null() => {}
                "immutable" => secret.immutable = Some(field.boolean()?),
                "sops" => return Err(field.problem(ProblemKind::Sops)),
                // What kubectl says about a request reads like a field.
                name if name == "Warning" || name == "error" || name.starts_with("Error from") => {
                    return Err(field.problem(ProblemKind::Text(yaml::ProblemKind::CommandOutput)));
                }
                name => {
                    return Err(field.problem(ProblemKind::UnknownField(meant(name, &FIELDS))));
                }
            }
        }
        if let Some(field) = string_data {
            for entry in field.entries("a mapping of names to text")? {
                let (name, value) = string_item(&entry, warnings)?;
                values.insert(name, value);
            }
        }
        secret.items = values
            .into_iter()
            .map(|(name, value)| Item { name, value })
            .collect();
        secret.foresee_refusals(warnings);
        Ok(secret)
    }

    /// Warns of what the API server would refuse only when the controller makes the Secret.
    fn foresee_refusals(&self, warnings: &mut Vec<Warning>) {
        let mut warn = |field: Option<String>, kind| {
            let place = Place {
                field,
                ..self.place.clone()
            };
            warnings.push(Warning { place, kind });
        };
        let needed: &[&'static str] = match self.secret_type.as_str() {
            "kubernetes.io/tls" => &["tls.crt", "tls.key"],
            "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
            "kubernetes.io/dockercfg" => &[".dockercfg"],
            "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
            _ => &[],
        };
        for name in needed {
            match self.items.iter().find(|item| item.name == *name) {
                None => warn(None, WarningKind::MissingItem(name)),
                Some(item)
                    if name.starts_with(".docker") && !is_json_object(item.value.expose()) =>
                {
                    warn(Some(format!("data.{name}")), WarningKind::NotJson);
                }
                Some(_) => {}
            }
        }
        let size: usize = self
            .items
            .iter()
            .map(|item| item.value.expose().len())
            .sum();
        if size > LARGEST {
            warn(None, WarningKind::TooLarge);
        }
    }
}

fn is_item_name(name: &str) -> bool {
    (1..=LONGEST_ITEM_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && name != "."
        && !name.starts_with("..")
}

fn is_json_object(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.trim_start().starts_with('{') && yaml::read(text).is_ok_and(|trees| trees.len() == 1)
    })
}

/// The text of an item, once its name and its notation were looked at.
fn item_text<'t>(
    entry: &Entry<'t>,
    parent: &'static str,
    warnings: &mut Vec<Warning>,
) -> Result<(Field<'t>, Text<'t>), Problem> {
    let field = Field::of(entry, parent);
    if entry
        .value
        .scalar()
        .is_some_and(|value| value.unused_anchor)
    {
        return Err(field.problem(ProblemKind::UnusedAnchor));
    }
    let text = field.text()?;
    let named = is_item_name(entry.key.text);
    if text.null && !named {
        // `password:hunter2`: the key is the value, so it is neither written nor shown.
        let mut place = field.place();
        place.field = Some(parent.trim_end_matches('.').to_owned());
        return Err(Problem {
            place: Some(place),
            kind: ProblemKind::ValueInKey,
        });
    }
    if !named {
        warnings.push(field.warning(WarningKind::ItemName));
    }
    if text.null {
        warnings.push(field.warning(WarningKind::Null));
    }
    Ok((field, text))
}

fn data_item(
    entry: &Entry<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(String, Plaintext), Problem> {
    let (field, text) = item_text(entry, "data.", warnings)?;
    if text.typed {
        return Err(field.problem(ProblemKind::NotBase64(
            "a number or a boolean that is not quoted; text as it is belongs in stringData",
        )));
    }
    let mut value =
        base64::decode(text.text).map_err(|why| field.problem(ProblemKind::NotBase64(why)))?;
    Ok((
        entry.key.text.to_owned(),
        Plaintext::new(std::mem::take(&mut *value)),
    ))
}

fn string_item(
    entry: &Entry<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(String, Plaintext), Problem> {
    let (field, text) = item_text(entry, "stringData.", warnings)?;
    let invisible = [
        '\u{a0}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}',
    ];
    if text.text.starts_with(invisible) || text.text.ends_with(invisible) {
        warnings.push(field.warning(WarningKind::InvisibleSpace));
    }
    if text.text.starts_with("-----BEGIN ") && !text.text.trim_end().contains('\n') {
        warnings.push(field.warning(WarningKind::PemOnOneLine));
    }
    Ok((
        entry.key.text.to_owned(),
        Plaintext::new(text.text.as_bytes().to_vec()),
    ))
}

impl Metadata {
    fn read(field: Field<'_>, warnings: &mut Vec<Warning>) -> Result<Self, Problem> {
        let mut metadata = Self::default();
        for entry in field.entries("a mapping")? {
            let field = Field::of(&entry, "metadata.");
            let text = || field.text().map(|text| text.text.to_owned());
            match entry.key.text {
                "name" => metadata.name = text()?,
                "generateName" => metadata.generate_name = text()?,
                "namespace" => metadata.namespace = text()?,
                "labels" => metadata.labels = string_map(field, "metadata.labels.", warnings)?,
                "annotations" => {
                    metadata.annotations = string_map(field, "metadata.annotations.", warnings)?;
                }
                "finalizers" => {
                    for element in field.elements()? {
                        let element = Field::new(element, "metadata.", "finalizers");
                        metadata.finalizers.push(element.text()?.text.to_owned());
                    }
                    if !metadata.finalizers.is_empty() {
                        warnings.push(field.warning(WarningKind::Finalizers));
                    }
                }
                // What a server adds belongs to the object in the cluster, not to the one in git.
                name if METADATA_FIELDS.contains(&name) || OLD_METADATA_FIELDS.contains(&name) => {}
                name => {
                    let known = meant(name, &METADATA_FIELDS);
                    return Err(field.problem(ProblemKind::UnknownField(known)));
                }
            }
        }
        Ok(metadata)
    }
}

fn string_map(
    field: Field<'_>,
    parent: &str,
    warnings: &mut Vec<Warning>,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut map = BTreeMap::new();
    for entry in field.entries("a mapping of text to text")? {
        if COPIES_OF_THE_OBJECT.contains(&entry.key.text) {
            continue;
        }
        let field = Field::of(&entry, parent);
        let text = field.text()?;
        if text.null {
            warnings.push(field.warning(WarningKind::Null));
        }
        map.insert(entry.key.text.to_owned(), text.text.to_owned());
    }
    Ok(map)
}
