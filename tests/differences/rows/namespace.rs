//! Which namespace a Secret is sealed for.

use super::{Row, Section};
use crate::case::{Case, Expected, ends, fails, seals, secret};

const KUBECONFIG: &str = "\
apiVersion: v1
kind: Config
current-context: here
contexts:
- name: here
  context: {cluster: c, user: u, namespace: staging}
clusters:
- name: c
  cluster: {server: \"https://127.0.0.1:1\"}
users:
- name: u
  user: {token: t}
";
const NONE: &str = "secret must declare a namespace";

pub(crate) fn section() -> Section {
    Section {
        title: "Namespace",
        rows: vec![
            Row {
                what: "A Secret without a namespace, and no `-n`",
                kubeseal: "seals for the namespace of the current context, without a word",
                rseal: "the same, and says which: `note: … sealed for staging, the namespace of the current context`",
                why: "a value that is sealed for another namespace cannot be opened",
                cases: vec![
                    case().with("--kubeconfig config")
                        .kubeseal(seals(&["staging/a"]))
                        .rseal(seals(&["staging/a"]).stderr("sealed for staging, the namespace of the current context")),
                    Case::of("--cert cert.pem --raw --name a --kubeconfig config")
                        .file("config", KUBECONFIG)
                        .input("v")
                        .kubeseal(value())
                        .rseal(value().stderr("note: sealed for staging, the namespace of the current context")),
                ],
            },
            Row {
                what: "`-n`, and a kubeconfig that is missing or cannot be read",
                kubeseal: "`secret must declare a namespace`, or fails over the kubeconfig",
                rseal: "seals: it does not look at the kubeconfig",
                why: "nothing in it is needed",
                cases: vec![
                    case().with("-n staging --kubeconfig nothing")
                        .kubeseal(fails(NONE))
                        .rseal(seals(&["staging/a"])),
                    case().with("-n staging --kubeconfig broken")
                        .file("broken", "}{")
                        .kubeseal(fails(NONE))
                        .rseal(seals(&["staging/a"])),
                    Case::of("--cert cert.pem --raw --name a -n staging --kubeconfig broken")
                        .file("broken", "}{")
                        .input("v")
                        .kubeseal(fails("error loading config file \"broken\""))
                        .rseal(value()),
                ],
            },
            Row {
                what: "A kubeconfig that names a file that is missing, such as a CA",
                kubeseal: "`secret must declare a namespace`",
                rseal: "reads the namespace from it",
                why: "the file is needed for connecting only",
                cases: vec![
                    case().with("--kubeconfig other")
                        .file("other", KUBECONFIG.replace("{server", "{certificate-authority: nothing.crt, server"))
                        .kubeseal(fails(NONE))
                        .rseal(seals(&["staging/a"]).stderr("note: ")),
                ],
            },
            Row {
                what: "A namespace that is needed, and a kubeconfig that cannot be read or does not have the context",
                kubeseal: "`secret must declare a namespace`",
                rseal: "names the kubeconfig or the context, and the cause",
                why: "the cause is to be mended",
                cases: vec![
                    case().with("--kubeconfig broken")
                        .file("broken", "}{")
                        .kubeseal(fails(NONE))
                        .rseal(fails("error loading config file \"broken\": line 1: this is no kubeconfig")),
                    case().with("--kubeconfig nothing")
                        .kubeseal(fails(NONE))
                        .rseal(fails("error loading config file \"nothing\": no such file or directory")),
                    case().with("--kubeconfig config --context there")
                        .kubeseal(fails(NONE))
                        .rseal(fails("context \"there\" does not exist")),
                ],
            },
            Row {
                what: "`--raw` without `-n` and without a kubeconfig",
                kubeseal: "advises to set `KUBERNETES_MASTER`, which it does not read",
                rseal: "`must provide the --namespace flag`",
                why: "that is what helps",
                cases: vec![
                    Case::of("--cert cert.pem --raw --name a")
                        .input("v")
                        .kubeseal(fails(
                            "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER",
                        ))
                        .rseal(fails("must provide the --namespace flag with --raw and --scope strict")),
                ],
            },
        ],
    }
}

/// A Secret without a namespace, and a good kubeconfig.
fn case() -> Case {
    Case::seal(secret("a").replace("  namespace: ns\n", "")).file("config", KUBECONFIG)
}

/// A bare value on standard output; all of them start like this with a key of 2048 bits.
fn value() -> Expected {
    ends(0).stdout("AQ")
}
