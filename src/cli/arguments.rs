//! What was typed: the flags of kubeseal, and the variables that stand for them.
//!
//! Owns names, types and defaults. What they mean together is [`super::kubeseal`].

use std::collections::HashMap;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser};
use secrecy::SecretString;

use crate::scope::Scope;

/// What every variable that stands for a flag starts with.
const VARIABLE_PREFIX: &str = "SEALED_SECRETS_";

/// The flags of kubeseal's other modes, which are unknown here.
pub(super) const NOT_BUILT: [&str; 6] = [
    "merge-into",
    "re-encrypt",
    "rotate",
    "validate",
    "recovery-unseal",
    "recovery-private-key",
];

const EXAMPLES: &str = "\
Three common uses:
  seal what kubectl prints, with the controller's certificate
    kubectl get secret NAME -o yaml | rseal -o yaml > sealed.yaml
  seal a file without a cluster
    rseal --cert cert.pem -f secret.yaml -w sealed.yaml
  save the certificate for that
    rseal --fetch-cert > cert.pem

Every flag can be given as a variable: SEALED_SECRETS_CERT for --cert, and so on.";

const CERTIFICATE: &str = "Certificate";
const CONNECTION: &str = "Connection to the API server (as for kubectl)";
const ONE_VALUE: &str = "One value";

/// Seal Kubernetes Secrets for git: Secrets in, as YAML or JSON; SealedSecrets out, which only the
/// Sealed Secrets controller can open
#[derive(Debug, Parser)]
#[command(
    name = "rseal",
    version,
    args_override_self = true,
    after_help = EXAMPLES,
    override_usage = "rseal [FLAGS] < secret.yaml > sealed.yaml",
    max_term_width = 100
)]
pub(super) struct Arguments {
    /// File with Secrets [default: standard input]
    #[arg(short = 'f', long, value_name = "FILE", value_parser = path())]
    pub(super) secret_file: Option<PathBuf>,

    /// File to write, replaced as a whole [default: standard output]
    #[arg(short = 'w', long, value_name = "FILE", value_parser = path())]
    pub(super) sealed_secret_file: Option<PathBuf>,

    /// Format of the result, json or yaml; yaml where -w names a .yaml or .yml file
    #[arg(short = 'o', long, value_name = "FORMAT", default_value = "json")]
    pub(super) format: String,

    /// Namespace, where the Secret says none
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub(super) namespace: Option<String>,

    /// Name, instead of the one that the Secret says
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,

    /// Where the Secret may be opened: strict, namespace-wide or cluster-wide [default: strict]
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    pub(super) scope: Option<Scope>,

    /// Seal a Secret without any value
    #[arg(long)]
    pub(super) allow_empty_data: bool,

    /// Certificate to seal with, a file or URL, instead of the controller's
    #[arg(long, value_name = "FILE|URL", help_heading = CERTIFICATE)]
    pub(super) cert: Option<String>,

    /// Write the certificate and seal nothing
    #[arg(long, help_heading = CERTIFICATE)]
    pub(super) fetch_cert: bool,

    /// Service of the controller [default: looked for in the controller's namespace]
    #[arg(long, value_name = "NAME", help_heading = CERTIFICATE)]
    pub(super) controller_name: Option<String>,

    /// Namespace of the controller
    #[arg(long, value_name = "NAMESPACE", default_value = "kube-system", help_heading = CERTIFICATE)]
    pub(super) controller_namespace: String,

    /// Seal one bare value and print it as base64
    #[arg(long, help_heading = ONE_VALUE)]
    pub(super) raw: bool,

    /// File with the value [default: standard input]
    #[arg(long, value_name = "FILE", help_heading = ONE_VALUE)]
    pub(super) from_file: Vec<OsString>,

    /// Kubeconfig file
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = CONNECTION)]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME", help_heading = CONNECTION)]
    pub(super) context: Option<String>,
    /// Cluster of the kubeconfig
    #[arg(long, value_name = "NAME", help_heading = CONNECTION)]
    pub(super) cluster: Option<String>,
    /// User of the kubeconfig
    #[arg(long, value_name = "NAME", help_heading = CONNECTION)]
    pub(super) user: Option<String>,
    /// Address of the API server
    #[arg(long, value_name = "URL", help_heading = CONNECTION)]
    pub(super) server: Option<String>,
    /// Bearer token
    #[arg(long, value_name = "TOKEN", value_parser = secret, help_heading = CONNECTION)]
    pub(super) token: Option<SecretString>,
    /// User name for basic authentication
    #[arg(long, value_name = "NAME", help_heading = CONNECTION)]
    pub(super) username: Option<String>,
    /// Password for basic authentication
    #[arg(long, value_name = "PASSWORD", value_parser = secret, help_heading = CONNECTION)]
    pub(super) password: Option<SecretString>,
    /// Client certificate file
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = CONNECTION)]
    pub(super) client_certificate: Option<PathBuf>,
    /// Client key file
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = CONNECTION)]
    pub(super) client_key: Option<PathBuf>,
    /// Certificate authority file of the API server
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = CONNECTION)]
    pub(super) certificate_authority: Option<PathBuf>,
    /// Do not check the API server's certificate: anybody may answer
    #[arg(long, help_heading = CONNECTION)]
    pub(super) insecure_skip_tls_verify: bool,
    /// Name to expect in the API server's certificate
    #[arg(long, value_name = "NAME", help_heading = CONNECTION)]
    pub(super) tls_server_name: Option<String>,
    /// Proxy to the API server: http, https or socks5
    #[arg(long, value_name = "URL", help_heading = CONNECTION)]
    pub(super) proxy_url: Option<String>,
    /// Time for all of it, as 30 (seconds) or 1m30s [default: 10s]
    #[arg(long, value_name = "TIME", help_heading = CONNECTION)]
    pub(super) request_timeout: Option<String>,
    /// Do not ask for compressed answers
    #[arg(long, help_heading = CONNECTION)]
    pub(super) disable_compression: bool,
    /// User to impersonate
    #[arg(long = "as", value_name = "USER", help_heading = CONNECTION)]
    pub(super) as_user: Option<String>,
    /// Group to impersonate, repeatable
    #[arg(long = "as-group", value_name = "GROUP", help_heading = CONNECTION)]
    pub(super) as_groups: Vec<String>,
    /// UID to impersonate
    #[arg(long, value_name = "UID", help_heading = CONNECTION)]
    pub(super) as_uid: Option<String>,

    /// Taken and ignored, as by kubeseal
    #[arg(hide = true)]
    pub(super) ignored: Vec<OsString>,

    #[command(flatten)]
    logging: Logging,
}

/// kubeseal's logging flags. They are taken so that scripts go on working; there is no log.
#[derive(Debug, clap::Args)]
struct Logging {
    #[arg(long = "add_dir_header", hide = true)]
    add_dir_header: bool,
    #[arg(long = "alsologtostderr", hide = true)]
    alsologtostderr: bool,
    #[arg(long = "alsologtostderrthreshold", hide = true)]
    alsologtostderrthreshold: Option<String>,
    #[arg(long = "legacy_stderr_threshold_behavior", hide = true)]
    legacy_stderr_threshold_behavior: bool,
    #[arg(long = "log_backtrace_at", hide = true)]
    log_backtrace_at: Option<String>,
    #[arg(long = "log_dir", hide = true)]
    log_dir: Option<String>,
    #[arg(long = "log_file", hide = true)]
    log_file: Option<String>,
    #[arg(long = "log_file_max_size", hide = true)]
    log_file_max_size: Option<String>,
    #[arg(long = "logtostderr", hide = true)]
    logtostderr: bool,
    #[arg(long = "one_output", hide = true)]
    one_output: bool,
    #[arg(long = "skip_headers", hide = true)]
    skip_headers: bool,
    #[arg(long = "skip_log_headers", hide = true)]
    skip_log_headers: bool,
    #[arg(long = "stderrthreshold", hide = true)]
    stderrthreshold: Option<String>,
    #[arg(short = 'v', long = "v", hide = true)]
    v: Option<String>,
    #[arg(long = "vmodule", hide = true)]
    vmodule: Option<String>,
}

/// Arguments, and what their reader noticed.
pub(super) struct Read {
    pub(super) arguments: Arguments,
    pub(super) warnings: Vec<String>,
}

impl Arguments {
    /// The command, with booleans that take a value behind `=` as kubeseal's do.
    pub(super) fn parser() -> clap::Command {
        Self::command().mut_args(|argument| {
            if matches!(argument.get_action(), ArgAction::SetTrue) {
                argument
                    .action(ArgAction::Set)
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_value("false")
                    .default_missing_value("true")
                    .value_parser(boolean)
                    .hide_default_value(true)
                    .value_name("BOOL")
            } else if argument.is_positional() {
                argument
            } else {
                // The next word is the value, whatever it looks like: a token may start with a dash.
                argument.allow_hyphen_values(true)
            }
        })
    }

    /// The variables of the process that stand for flags.
    pub(super) fn variables() -> HashMap<OsString, OsString> {
        std::env::vars_os()
            .filter(|(name, _)| {
                name.as_encoded_bytes()
                    .starts_with(VARIABLE_PREFIX.as_bytes())
            })
            .collect()
    }

    /// Reads variables, then arguments, so that the arguments win and lists are joined.
    ///
    /// # Errors
    /// What the parser does not understand, and requests for help or the version.
    pub(super) fn read(
        arguments: &[OsString],
        variables: &HashMap<OsString, OsString>,
    ) -> Result<Read, clap::Error> {
        let (name, typed) = match arguments.split_first() {
            Some((name, typed)) => (name.clone(), typed),
            None => ("rseal".into(), &[][..]),
        };
        let (mut line, mut warnings) = (vec![name], Vec::new());
        // The flags are gone through twice only where there is a variable to look for.
        let flags = if variables.is_empty() {
            Vec::new()
        } else {
            flags_with_variables()
        };
        for (flag, boolean) in flags {
            let name = variable_for(&flag);
            let Some(value) = variables.get(OsStr::new(&name)) else {
                continue;
            };
            let mut argument = OsString::from(format!("--{flag}="));
            argument.push(value);
            let understood = match (boolean, value.is_empty()) {
                (true, true) => false,
                // A value that does not parse leaves the flag as it is, as for kubeseal.
                _ => Self::parser()
                    .try_get_matches_from([OsStr::new("rseal"), &argument])
                    .is_ok(),
            };
            if understood {
                line.push(argument);
            } else if !value.is_empty() {
                warnings.push(format!(
                    "{name} is ignored: not a value that --{flag} takes"
                ));
            }
        }
        // kubeseal would do something else: the flag says so, being unknown.
        for flag in NOT_BUILT {
            let name = variable_for(flag);
            let asked = variables
                .get(OsStr::new(&name))
                .map(|value| value.to_string_lossy());
            if asked.is_some_and(|text| !text.is_empty() && boolean(&text) != Ok(false)) {
                line.push(format!("--{flag}").into());
            }
        }
        for flag in ["help", "version"] {
            let name = variable_for(flag);
            let asked = variables
                .get(OsStr::new(&name))
                .and_then(|value| value.to_str());
            if asked.is_some_and(|text| boolean(text) == Ok(true)) {
                line.push(format!("--{flag}").into());
            }
        }
        let flags = typed.iter().take_while(|word| *word != "--").count();
        line.extend(typed[..flags].iter().filter_map(help_or_version));
        line.extend_from_slice(&typed[flags..]);
        let arguments = Self::from_arg_matches(&Self::parser().try_get_matches_from(line)?)?;
        Ok(Read {
            arguments,
            warnings,
        })
    }
}

/// The variable that stands for a flag: `SEALED_SECRETS_FROM_FILE` for `from-file`.
fn variable_for(flag: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", flag.to_uppercase().replace('-', "_"))
}

/// The long names of the flags that a variable can stand for, and whether they are booleans.
/// kubeseal's logging flags have none.
fn flags_with_variables() -> Vec<(String, bool)> {
    Arguments::command()
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
        .filter_map(|argument| {
            let boolean = matches!(argument.get_action(), ArgAction::SetTrue);
            Some((argument.get_long()?.to_owned(), boolean))
        })
        .collect()
}

/// A word of the line, in which `--help=true` and `--version=true` lose their value, and nothing is
/// left of `--help=false`: for the parser these two are no booleans.
fn help_or_version(word: &OsString) -> Option<OsString> {
    let text = word.to_str().unwrap_or_default();
    match text.split_once('=') {
        Some((flag @ ("--help" | "--version"), value)) => match boolean(value) {
            Ok(true) => Some(flag.into()),
            Ok(false) => None,
            Err(_) => Some(word.clone()),
        },
        _ => Some(word.clone()),
    }
}

/// A path, which may be empty: for kubeseal, as good as not given.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A credential: what was typed can be seen by others anyway, but no `Debug` shows it.
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

fn scope(text: &str) -> Result<Scope, String> {
    match text {
        "" => Ok(Scope::Strict),
        _ => Scope::ALL
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| "must be one of: strict, namespace-wide, cluster-wide".to_owned()),
    }
}

/// A boolean as Go's `strconv.ParseBool` reads it.
fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use super::{Arguments, Read};
    use crate::scope::Scope;

    fn read(line: &[&str], variables: &[(&str, &str)]) -> Read {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        let line: Vec<OsString> = ["rseal"].iter().chain(line).map(Into::into).collect();
        Arguments::read(&line, &variables.collect()).expect("understood")
    }

    #[test]
    fn the_command_is_consistent() {
        Arguments::parser().debug_assert();
    }

    #[test]
    fn flags_read_as_kubeseal_reads_them() {
        let arguments = read(
            &[
                "-nstaging",
                "-o=yaml",
                "stray",
                "--raw=false",
                "--scope",
                "cluster-wide",
                "--name",
                "a",
                "--name",
                "b",
            ],
            &[],
        )
        .arguments;
        assert_eq!(arguments.namespace.as_deref(), Some("staging"));
        assert_eq!(arguments.format, "yaml");
        assert_eq!(arguments.ignored, ["stray"]);
        assert!(!arguments.raw);
        assert_eq!(arguments.scope, Some(Scope::ClusterWide));
        assert_eq!(arguments.name.as_deref(), Some("b"));
    }

    #[test]
    fn the_word_after_a_flag_is_its_value_whatever_it_looks_like() {
        let arguments = read(&["--username", "-abc", "--name", "--raw", "-v", "-1"], &[]).arguments;
        assert_eq!(arguments.username.as_deref(), Some("-abc"));
        assert_eq!(arguments.name.as_deref(), Some("--raw"));
        assert!(!arguments.raw);
    }

    #[test]
    fn an_empty_file_name_is_taken() {
        let arguments = read(&["-w", "", "--secret-file=", "--kubeconfig", ""], &[]).arguments;
        assert_eq!(arguments.sealed_secret_file, Some(PathBuf::new()));
        assert_eq!(arguments.secret_file, Some(PathBuf::new()));
        assert_eq!(arguments.kubeconfig, Some(PathBuf::new()));
    }

    #[test]
    fn debug_shows_no_credential() {
        let variables = [("SEALED_SECRETS_PASSWORD", "hunter2")];
        let arguments = read(&["--token", "hunter2"], &variables).arguments;
        assert!(arguments.token.is_some() && arguments.password.is_some());
        assert!(!format!("{arguments:?}").contains("hunter2"));
    }

    #[test]
    fn variables_stand_for_flags_and_arguments_win() {
        let read = read(
            &["--scope", "strict", "--from-file", "b"],
            &[
                ("SEALED_SECRETS_SCOPE", "cluster-wide"),
                ("SEALED_SECRETS_CERT", "c.pem"),
                ("SEALED_SECRETS_FROM_FILE", "a"),
                ("SEALED_SECRETS_RAW", "1"),
                ("SEALED_SECRETS_SECRET_FILE", "s.yaml"),
            ],
        );
        assert_eq!(read.arguments.scope, Some(Scope::Strict));
        assert_eq!(read.arguments.cert.as_deref(), Some("c.pem"));
        assert_eq!(read.arguments.from_file, ["a", "b"]);
        assert!(read.arguments.raw);
        assert_eq!(read.arguments.secret_file, Some(PathBuf::from("s.yaml")));
        assert_eq!(read.warnings, Vec::<String>::new());
    }

    #[test]
    fn a_variable_for_a_mode_that_is_not_built_is_as_unknown_as_its_flag() {
        for (name, value, refused) in [
            ("SEALED_SECRETS_VALIDATE", "true", true),
            ("SEALED_SECRETS_MERGE_INTO", "sealed.yaml", true),
            ("SEALED_SECRETS_RE_ENCRYPT", "false", false),
            ("SEALED_SECRETS_MERGE_INTO", "", false),
        ] {
            let variables = [(name.into(), value.into())].into_iter().collect();
            let read = Arguments::read(&["rseal".into()], &variables);
            assert_eq!(read.is_err(), refused, "{name}={value}");
        }
    }

    #[test]
    fn a_variable_that_is_not_understood_is_told_and_ignored() {
        let read = read(
            &[],
            &[
                ("SEALED_SECRETS_SCOPE", "everywhere"),
                ("SEALED_SECRETS_RAW", ""),
            ],
        );
        assert_eq!(read.arguments.scope, None);
        assert_eq!(
            read.warnings,
            ["SEALED_SECRETS_SCOPE is ignored: not a value that --scope takes"]
        );
    }
}
