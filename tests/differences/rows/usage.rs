//! The command line.

use super::{Row, Section};
use crate::case::{Case, ends, refuses, seals_value, secret};

pub(crate) fn section() -> Section {
    Section {
        title: "Command line",
        rows: vec![
            Row {
                what: "A flag or a value that is not understood",
                kubeseal: "prints all flags and the message on standard output, exit code 2",
                rseal: "prints the message on standard error, exit code 2",
                why: "the text would be in the redirected file",
                cases: vec![
                    Case::of("--bogus")
                        .kubeseal(refuses("Usage of ").stdout("unknown flag: --bogus"))
                        .rseal(refuses("error: unknown flag: --bogus")),
                    Case::of("--scope everywhere")
                        .kubeseal(
                            refuses("Usage of ")
                                .stdout("must be one of: strict, namespace-wide, cluster-wide"),
                        )
                        .rseal(refuses(
                            "must be one of: strict, namespace-wide, cluster-wide",
                        )),
                    Case::of("-n")
                        .kubeseal(refuses("Usage of ").stdout("flag needs an argument"))
                        .rseal(refuses("flag needs an argument")),
                ],
            },
            Row {
                what: "Words that are no flags: `kubeseal … secret.yaml`",
                kubeseal: "ignores them",
                rseal: "the same, with a warning",
                why: "they look like the name of the input or of the result",
                cases: vec![
                    Case::seal(secret("a"))
                        .with("secret.yaml")
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("ignored, as kubeseal does: secret.yaml")),
                ],
            },
            Row {
                what: "A `SEALED_SECRETS_…` variable whose value is not understood",
                kubeseal: "ignores it",
                rseal: "the same, with a warning",
                why: "the Secret would be sealed otherwise than was asked for",
                cases: vec![
                    Case::seal(secret("a"))
                        .variable("SEALED_SECRETS_SCOPE", "everywhere")
                        .kubeseal(seals_value("v"))
                        .rseal(seals_value("v").warns("SEALED_SECRETS_SCOPE is ignored")),
                    Case::seal(secret("a"))
                        .variable("SEALED_SECRETS_ALLOW_EMPTY_DATA", "maybe")
                        .kubeseal(seals_value("v"))
                        .rseal(
                            seals_value("v").warns("SEALED_SECRETS_ALLOW_EMPTY_DATA is ignored"),
                        ),
                ],
            },
            Row {
                what: "`SEALED_SECRETS_FROM_FILE` with a quote that is not closed",
                kubeseal: "ignores it, and seals standard input",
                rseal: "says so, exit code 2",
                why: "another value would be sealed",
                cases: vec![
                    Case::of("--cert cert.pem --raw -n ns --name a")
                        .variable("SEALED_SECRETS_FROM_FILE", "\"value.txt")
                        .kubeseal(ends(0).stdout("AQ"))
                        .rseal(refuses(
                            "error: --from-file: a quote is opened and not closed",
                        )),
                ],
            },
            Row {
                what: "`-f` with `--raw`",
                kubeseal: "opens the file, and reads standard input",
                rseal: "the same, with a warning",
                why: "`--from-file` was meant",
                cases: vec![
                    Case::of("--cert cert.pem --raw -n ns --name a -f secret.txt")
                        .file("secret.txt", "v")
                        .kubeseal(ends(0).stdout("AQ"))
                        .rseal(ends(0).stdout("AQ").warns("-f is not read with --raw")),
                ],
            },
            Row {
                what: "`--version`",
                kubeseal: "`kubeseal version: VERSION`",
                rseal: "its own version and that of kubeseal; called as `kubeseal`, it starts as kubeseal's does",
                why: "a report should say which program it is about",
                cases: vec![
                    Case::of("--version")
                        .kubeseal(ends(0).stdout("kubeseal version: "))
                        .rseal(
                            ends(0)
                                .stdout("rseal ")
                                .stdout(" (flags and output of kubeseal v"),
                        ),
                ],
            },
            Row {
                what: "`--help` and `-h`",
                kubeseal: "lists all flags by their names, those for logging too",
                rseal: "groups them by what they are for, leaves those for logging out, and has examples",
                why: "it is meant to be read",
                cases: vec![
                    Case::of("--help")
                        .kubeseal(ends(0).stdout("Usage of ").stdout("--add_dir_header"))
                        .rseal(ends(0).stdout("Usage: ").not_stdout("--add_dir_header")),
                    Case::of("-h")
                        .kubeseal(ends(0).stdout("--add_dir_header").stderr("Usage of "))
                        .rseal(ends(0).stdout("Usage: ").not_stdout("--add_dir_header")),
                ],
            },
        ],
    }
}
