//! Which objects are Secrets, and what belongs to one.

use super::{Row, Section};
use crate::case::{Case, fails, json, seals, seals_value, secret, with, with_metadata};

const LIST: &str = "\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: a, namespace: ns}
  stringData: {k: v}
- apiVersion: v1
  kind: Secret
  metadata: {name: b, namespace: ns}
  stringData: {k: w}
";
const LIST_IN_JSON: &str = r#"{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"ns"},"data":{"k":"dg=="}}
],"metadata":{"resourceVersion":""}}"#;
const MANAGED: &str = "\
managedFields:
- manager: kubectl
  operation: Update
  apiVersion: v1
  fieldsType: FieldsV1
  fieldsV1: {\"f:data\": {\"f:k\": {}}}";
const EMPTY: &str = "secret.data is empty in input Secret";

pub(crate) fn section() -> Section {
    Section {
        title: "Objects",
        rows: vec![
            Row {
                what: "Another kind: ConfigMap, Deployment, `kind: secret`",
                kubeseal: "never looks at it: seals what is under `data`, and otherwise says that `data` is empty",
                rseal: "names the kind",
                why: "the wrong file was given",
                cases: vec![
                    Case::seal(with("data:\n  k: dGVzdA==\n").replace("Secret", "ConfigMap"))
                        .kubeseal(seals_value("test"))
                        .rseal(fails("standard input: document 1, line 2, kind: a ConfigMap, not a Secret")),
                    Case::seal(secret("a").replace("Secret", "secret"))
                        .kubeseal(seals_value("v"))
                        .rseal(fails("standard input: document 1, line 2, kind: a secret, not a Secret")),
                    Case::seal(with("spec:\n  replicas: 1\n").replace("Secret", "Deployment"))
                        .kubeseal(fails(EMPTY))
                        .rseal(fails("standard input: document 1, line 2, kind: a Deployment, not a Secret")),
                ],
            },
            Row {
                what: "A SealedSecret as input",
                kubeseal: "says that `data` is empty; with `--allow-empty-data` seals an empty one in its place",
                rseal: "`a SealedSecret, sealed already`",
                why: "all its values would be gone",
                cases: vec![
                    Case::seal(with("spec:\n  encryptedData:\n    k: AgB\n").replace("Secret", "SealedSecret"))
                        .kubeseal(fails(EMPTY))
                        .rseal(fails("standard input: document 1, line 2, kind: a SealedSecret, sealed already")),
                    Case::seal(with("spec:\n  encryptedData:\n    k: AgB\n").replace("Secret", "SealedSecret"))
                        .with("--allow-empty-data")
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(fails("standard input: document 1, line 2, kind: a SealedSecret, sealed already")),
                ],
            },
            Row {
                what: "Another apiVersion",
                kubeseal: "never looks at it",
                rseal: "names it",
                why: "`kubectl apply` would not take the Secret",
                cases: vec![
                    Case::seal(secret("a").replace("v1", "apps/v1"))
                        .kubeseal(seals_value("v"))
                        .rseal(fails(
                            "standard input: document 1, line 1, apiVersion: apiVersion apps/v1, but a Secret has v1",
                        )),
                ],
            },
            Row {
                what: "No kind, or no apiVersion",
                kubeseal: "seals",
                rseal: "seals, with a warning",
                why: "it may be no Secret",
                cases: vec![
                    Case::seal(secret("a").replace("kind: Secret\n", ""))
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("standard input: document 1, line 1: no kind, taken as a Secret")),
                    Case::seal(secret("a").replace("kind: Secret", "kind: ~"))
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns(
                            "standard input: document 1, line 1: no kind, taken as a Secret",
                        )),
                    Case::seal(secret("a").replace("apiVersion: v1\n", ""))
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("standard input: document 1, line 1: no apiVersion, taken as v1")),
                ],
            },
            Row {
                what: "A List, as `kubectl get secrets` prints it",
                kubeseal: "says that `data` is empty; with `--allow-empty-data` and `--name` seals one empty Secret",
                rseal: "seals every item",
                why: "that is what was asked for",
                cases: vec![
                    Case::seal(LIST)
                        .kubeseal(fails(EMPTY))
                        .rseal(seals(&["ns/a", "ns/b"]).value("k", "v")),
                    Case::seal(LIST)
                        .with("--allow-empty-data --name c -n ns")
                        .kubeseal(seals(&["ns/c"]))
                        .rseal(seals(&["ns/c", "ns/c"]).value("k", "v").warns("standard input: all 2 Secrets")),
                    Case::seal(LIST_IN_JSON)
                        .kubeseal(fails(EMPTY))
                        .rseal(seals(&["ns/a"]).value("k", "v")),
                    Case::seal(LIST.replace("kind: List", "kind: SecretList"))
                        .kubeseal(fails(EMPTY))
                        .rseal(seals(&["ns/a", "ns/b"])),
                ],
            },
            Row {
                what: "A field that no Secret has: `string_data`, `metadata.lables`",
                kubeseal: "leaves it out, exit code 0",
                rseal: "names it, and the one that may be meant",
                why: "its values would be missing; `kubectl apply` refuses it too",
                cases: vec![
                    Case::seal(with("data:\n  k: dg==\nstring_data:\n  l: w\n"))
                        .kubeseal(seals_value("v"))
                        .rseal(fails("standard input: document 1, line 8, string_data: unknown field, did you mean stringData?")),
                    Case::seal(with_metadata("lables: {app: x}"))
                        .kubeseal(seals_value("v").not_stdout("app"))
                        .rseal(fails("standard input: document 1, line 6, metadata.lables: unknown field, did you mean labels?")),
                ],
            },
            Row {
                what: "A field in other letters: `Data`, `stringdata`",
                kubeseal: "takes it for the field",
                rseal: "names it, and the one that is meant",
                why: "the API server does not take it",
                cases: vec![
                    Case::seal(with("Data:\n  k: dg==\n"))
                        .kubeseal(seals_value("v"))
                        .rseal(fails("standard input: document 1, line 6, Data: unknown field, did you mean data?")),
                    Case::seal(with("stringdata:\n  k: v\n"))
                        .kubeseal(seals_value("v"))
                        .rseal(fails("standard input: document 1, line 6, stringdata: unknown field, did you mean stringData?")),
                ],
            },
            Row {
                what: "A key twice in one mapping, in YAML or JSON",
                kubeseal: "takes the last, exit code 0",
                rseal: "names both lines",
                why: "one of two values is lost; a missing `---` loses a whole Secret",
                cases: vec![
                    Case::seal(with("stringData:\n  k: v\n  k: w\n"))
                        .kubeseal(seals_value("w"))
                        .rseal(fails("standard input: document 1, line 8: the key \"k\" is there twice, first in line 7")),
                    Case::seal(format!("{}{}", secret("a"), secret("b")))
                        .kubeseal(seals(&["ns/b"]))
                        .rseal(fails("standard input: document 1, line 8: the key \"apiVersion\" is there twice, first in line 1")),
                    Case::seal(json("a", r#""stringData":{"k":"v","k":"w"}"#))
                        .kubeseal(seals_value("w"))
                        .rseal(fails("standard input: document 1, line 1: the key \"k\" is there twice")),
                ],
            },
            Row {
                what: "A Secret that SOPS encrypted",
                kubeseal: "seals the ciphertexts of SOPS",
                rseal: "says that it has to be decrypted first",
                why: "nobody can use such values",
                cases: vec![
                    Case::seal(with("stringData:\n  k: ENC[AES256_GCM]\nsops:\n  mac: x\n"))
                        .kubeseal(seals_value("ENC[AES256_GCM]"))
                        .rseal(fails("standard input: document 1, line 8, sops: still encrypted by SOPS")),
                ],
            },
            Row {
                what: "`managedFields`, as `kubectl get --show-managed-fields` prints them",
                kubeseal: "copies them into the template",
                rseal: "leaves them out",
                why: "they say who wrote the object in the cluster, and belong to that one only",
                cases: vec![
                    Case::seal(with_metadata(MANAGED))
                        .kubeseal(seals_value("v").stdout("managedFields"))
                        .rseal(seals_value("v").not_stdout("managedFields")),
                ],
            },
            Row {
                what: "`creationTimestamp` and other fields of a server that are malformed",
                kubeseal: "fails, and names the Go format of a time",
                rseal: "leaves them out unread",
                why: "they do not belong to the object in git anyway",
                cases: vec![
                    Case::seal(with_metadata("creationTimestamp: yesterday"))
                        .kubeseal(fails("error unmarshaling JSON: while decoding JSON: parsing time"))
                        .rseal(seals_value("v").not_stdout("yesterday")),
                ],
            },
            Row {
                what: "`finalizers`",
                kubeseal: "copies them into the template",
                rseal: "the same, with a warning",
                why: "the Secret that the controller makes cannot be deleted",
                cases: vec![
                    Case::seal(with_metadata("finalizers: [example.com/x]"))
                        .kubeseal(seals_value("v").stdout("example.com/x"))
                        .rseal(
                            seals_value("v")
                                .stdout("example.com/x")
                                .warns("standard input: document 1, line 6, metadata.finalizers: finalizers are kept"),
                        ),
                ],
            },
            Row {
                what: "`--name` with several Secrets",
                kubeseal: "gives all of them the name",
                rseal: "the same, with a warning",
                why: "in the cluster the last one replaces the others",
                cases: vec![
                    Case::seal(format!("{}---\n{}", secret("a"), secret("b")))
                        .with("--name c")
                        .kubeseal(seals(&["ns/c", "ns/c"]))
                        .rseal(
                            seals(&["ns/c", "ns/c"])
                                .warns("standard input: all 2 Secrets get the name c, because of --name"),
                        ),
                ],
            },
            Row {
                what: "`--scope strict` for a Secret whose annotation says another scope",
                kubeseal: "the annotation wins",
                rseal: "the same, with a warning",
                why: "the Secret opens in more places than was asked for",
                cases: vec![
                    Case::seal(with_metadata("annotations: {sealedsecrets.bitnami.com/cluster-wide: \"true\"}"))
                        .with("--scope strict")
                        .kubeseal(seals_value("v").stdout("cluster-wide"))
                        .rseal(
                            seals_value("v")
                                .stdout("cluster-wide")
                                .warns("standard input: document 1, line 1: sealed cluster-wide, as an annotation"),
                        ),
                ],
            },
            Row {
                what: "What the API server will refuse when the controller makes the Secret",
                kubeseal: "seals",
                rseal: "seals, with a warning",
                why: "the error would show up in an event of the cluster, later",
                cases: vec![
                    Case::seal(with("stringData:\n  a b: v\n"))
                        .kubeseal(seals(&["ns/a"]).value("a b", "v"))
                        .rseal(
                            seals(&["ns/a"])
                                .value("a b", "v")
                                .warns("standard input: document 1, line 7, stringData.a b: the API server will refuse this key"),
                        ),
                    Case::seal(with("type: kubernetes.io/tls\nstringData:\n  tls.crt: v\n"))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(seals(&["ns/a"]).warns(
                            "standard input: document 1, line 1: the API server will refuse this type without the item tls.key",
                        )),
                    Case::seal(with("type: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: v\n"))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(seals(&["ns/a"]).warns(
                            "standard input: document 1, line 1, data..dockerconfigjson: the API server will refuse this type",
                        )),
                    Case::seal(with(&format!("stringData:\n  k: {}\n", "x".repeat(1024 * 1024 + 1))))
                        .kubeseal(seals(&["ns/a"]))
                        .rseal(seals(&["ns/a"]).warns(
                            "standard input: document 1, line 1: the API server will refuse more than 1 MiB of values",
                        )),
                ],
            },
        ],
    }
}
