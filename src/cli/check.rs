//! `rseal check`: which files are read, and what is said about them.
//!
//! Owns the flags and the order in which a run goes. What a finding is, is decided in
//! [`crate::check`]; no network, key or cluster is asked.

mod advice;
mod baseline;
mod blobs;
mod buffer;
mod fix;
mod github;
mod json;
mod sarif;
mod text;
mod tree;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::certificate;
use super::exit::Stop;
use super::face::Face;
use super::git::Range;
use super::message::{self, Failure};
use super::output::Output;
use crate::certificate::Certificate;
use crate::check::{Inspection, Options, Report, Rule, Severity, Surroundings, conclude};

/// The variable for `--cert` of the drop-in.
const CERTIFICATE: &str = "SEALED_SECRETS_CERT";
/// What stands for standard input.
const STDIN: &str = "-";
/// So many files are not read sooner by several threads.
const WORTH_THREADS: usize = 64;

/// Find plaintext Secrets and broken seals in files, without key and network
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Arguments {
    /// Files and folders, - for standard input [default: the current folder]
    #[arg(value_name = "PATH", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    paths: Vec<PathBuf>,

    /// Read what is about to be committed, from git's index
    #[arg(long, conflicts_with_all = ["paths", "diff"])]
    staged: bool,

    /// Read what each commit of B brought that A does not have
    #[arg(long, value_name = "A..B", conflicts_with = "paths")]
    diff: Option<OsString>,

    /// Name of what standard input holds; its ending tells YAML from other text [default: stdin.yaml]
    #[arg(long, value_name = "PATH", conflicts_with_all = ["staged", "diff"],
          value_parser = OsStringValueParser::new().map(PathBuf::from))]
    stdin_name: Option<PathBuf>,

    /// Only this rule, repeatable
    #[arg(long, value_name = "RULE", value_parser = rule(), hide_possible_values = true)]
    rule: Vec<Rule>,

    /// Not this rule, repeatable
    #[arg(long, value_name = "RULE", value_parser = rule(), hide_possible_values = true)]
    skip_rule: Vec<Rule>,

    /// Let warnings fail the check too
    #[arg(long)]
    strict: bool,

    /// How findings are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    format: Format,

    /// Certificate to seal with, and to notice values for a key of another size
    /// [default: the file that the variable SEALED_SECRETS_CERT names]
    #[arg(long, value_name = "FILE", value_parser = OsStringValueParser::new())]
    cert: Option<OsString>,

    /// Seal what plaintext-secret finds, in place; with --staged, stage it as well
    #[arg(long, conflicts_with_all = ["diff", "stdin_name"])]
    fix: bool,

    /// With --fix, the namespace of Secrets that name none
    #[arg(short = 'n', long, value_name = "NAMESPACE", requires = "fix")]
    namespace: Option<String>,

    /// Allow everything that is found now: write .rseal-baseline.json
    #[arg(long, requires = "reason",
          conflicts_with_all = ["paths", "staged", "diff", "stdin_name", "fix", "rule", "skip_rule"])]
    write_baseline: bool,

    /// Why what --write-baseline finds is allowed
    #[arg(long, value_name = "TEXT", requires = "write_baseline")]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
    Github,
}

fn rule() -> impl TypedValueParser<Value = Rule> {
    PossibleValuesParser::new(Rule::ALL.iter().map(|rule| rule.name()))
        .try_map(|name| name.parse::<Rule>())
}

fn after_help() -> String {
    let mut help = "Rules:\n".to_owned();
    for rule in Rule::ALL {
        let kind = match rule.severity() {
            Severity::Error => "",
            Severity::Warning => " (warning)",
        };
        help += &format!("  {rule}{kind}\n      {}\n", rule.summary());
    }
    help + "\nExit codes: 0 nothing found, 1 something was found, 2 the check could not be done"
}

impl Arguments {
    fn counts(&self, rule: Rule) -> bool {
        (self.rule.is_empty() || self.rule.contains(&rule)) && !self.skip_rule.contains(&rule)
    }

    /// The certificate that values are sealed with, where a file holds it.
    fn certificate(&self) -> Result<Option<Certificate>, Failure> {
        let given = match &self.cert {
            Some(given) => given.clone(),
            // A URL is for those who seal.
            None => match std::env::var_os(CERTIFICATE) {
                Some(given) if Path::new(&given).is_file() => given,
                _ => return Ok(None),
            },
        };
        certificate::of_file(&given).map(Some)
    }

    /// Reads what is to be read, and joins what it says.
    fn look(&self, options: &Options) -> Result<Option<Look>, Failure> {
        let seen = if self.staged {
            blobs::staged(options)?
        } else if let Some(range) = &self.diff {
            match Range::resolve(range)? {
                Some(range) => blobs::range(&range, options)?,
                None => return Ok(None),
            }
        } else {
            tree::inspect(&self.paths, self.stdin_name.as_deref(), options)?
        };
        let report = conclude(
            seen.inspections,
            &Surroundings {
                whole: seen.whole,
                read: &*seen.read,
                counts: &|rule| self.counts(rule),
            },
        );
        Ok(Some(Look {
            report,
            whole: seen.whole,
        }))
    }
}

/// Reads a file that another one names, from where the other one came.
type Reader = Box<dyn Fn(&Path) -> Option<Vec<u8>>>;

/// What was read.
struct Seen {
    inspections: Vec<Inspection>,
    /// Whether it was everything that lies in some folder.
    whole: bool,
    read: Reader,
}

/// What is said of it.
struct Look {
    report: Report,
    whole: bool,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.fix && arguments.paths.iter().any(|path| path.as_os_str() == STDIN) {
        return Err(
            Failure::usage("--fix changes files, and standard input is none")
                .hint("rseal --cert FILE seals a Secret from standard input".to_owned()),
        );
    }
    let certificate = arguments.certificate()?;
    let options = Options {
        key_size: certificate
            .as_ref()
            .map(|certificate| certificate.public_key().wrapped_length()),
    };
    let place = baseline::Place::find()?;
    let look = || -> Result<Option<Report>, Failure> {
        let Some(mut look) = arguments.look(&options)? else {
            return Ok(None);
        };
        if !arguments.write_baseline {
            let is_whole = look.whole && arguments.paths.is_empty();
            place.apply(&mut look.report, &|rule| {
                is_whole && arguments.counts(rule) && arguments.counts(Rule::AllowUnused)
            })?;
        }
        Ok(Some(look.report))
    };
    let Some(mut report) = look()? else {
        message::note(Face::Native, "a branch that is deleted brings nothing");
        return Ok(());
    };
    if let (true, Some(reason)) = (arguments.write_baseline, &arguments.reason) {
        return place.write(&mut report, reason);
    }
    if arguments.fix {
        let certificate = certificate.as_ref().ok_or_else(|| {
            Failure::usage("--fix seals, and needs a certificate for that: --cert FILE")
                .hint("rseal --fetch-cert > cert.pem saves the controller's".to_owned())
        })?;
        let fix = fix::Fix {
            certificate,
            namespace: arguments.namespace.as_deref(),
            staged: arguments.staged,
        };
        // What is left is where it is now.
        if fix.apply(&report)?
            && let Some(left) = look()?
        {
            report = left;
        }
    }
    if matches!(arguments.format, Format::Github | Format::Sarif) {
        place.show_from_the_top(&mut report);
    }
    print(&report, arguments.format)?;
    let fails = |severity| severity == Severity::Error || arguments.strict;
    match report
        .findings
        .iter()
        .find(|finding| fails(finding.severity))
    {
        Some(finding) => Err(Failure::quiet(Stop::No).hint(format!(
            "{}: {}",
            finding.rule,
            match &finding.commit {
                Some(_) => advice::IN_A_COMMIT,
                None => advice::of(finding.rule),
            }
        ))),
        None => Ok(()),
    }
}

fn print(report: &Report, format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Text => {
            for note in &report.notes {
                let text = format!("{}: {}", note.path.display(), note.message);
                message::note(Face::Native, &text);
            }
            text::print(report)
        }
        Format::Json => json::print(report)?,
        Format::Sarif => sarif::print(report),
        Format::Github => github::print(report),
    };
    Output::Stdout.write(|out| out.write_all(text.as_bytes()))
}

/// Threads for so many files, where they are worth it and can be had.
fn threads(files: usize) -> Option<ThreadPool> {
    if files < WORTH_THREADS {
        return None;
    }
    ThreadPoolBuilder::new().build().ok()
}
