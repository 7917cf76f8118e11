//! Where results go.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::{Row, Section};
use crate::case::{Case, ends, fails, seals_value, secret, with, with_metadata};

const LONG: &str = "word word word word word word word word word word word word word word word word word word word";

pub(crate) fn section() -> Section {
    Section {
        title: "Output",
        rows: vec![
            Row {
                what: "An error, with `-w`",
                kubeseal: "leaves a temporary file `.NAME123456789` behind",
                rseal: "leaves nothing behind",
                why: "the next `git add .` would take it",
                cases: vec![
                    Case::seal(with(""))
                        .with("-w sealed.yaml")
                        .kubeseal(
                            fails("secret.data is empty")
                                .folder("a file is left", |path| left(path) == 1),
                        )
                        .rseal(
                            fails("standard input: document 1, line 1: secret.data is empty")
                                .folder("no file is left", |path| left(path) == 0),
                        ),
                ],
            },
            Row {
                what: "`-w` with a file that is there",
                kubeseal: "its mode becomes 600",
                rseal: "keeps its mode; a new file gets one by the umask",
                why: "who reads the repository may read the file",
                cases: vec![
                    Case::seal(secret("a"))
                        .with("-w sealed.yaml")
                        .prepare(|path| {
                            fs::write(path.join("sealed.yaml"), "old").unwrap();
                            fs::set_permissions(
                                path.join("sealed.yaml"),
                                fs::Permissions::from_mode(0o640),
                            )
                            .unwrap();
                        })
                        .kubeseal(ends(0).folder("the mode is 600", |path| mode(path) == 0o600))
                        .rseal(ends(0).folder("the mode is 640", |path| mode(path) == 0o640)),
                ],
            },
            Row {
                what: "`-w` with a symbolic link",
                kubeseal: "replaces the link by a file; what it leads to stays old",
                rseal: "replaces what it leads to",
                why: "a link is there for a reason",
                cases: vec![
                    Case::seal(secret("a"))
                        .with("-w sealed.yaml")
                        .prepare(|path| {
                            fs::write(path.join("real.yaml"), "old").unwrap();
                            symlink("real.yaml", path.join("sealed.yaml")).unwrap();
                        })
                        .kubeseal(ends(0).folder("the link is gone and the file old", |path| {
                            !path.join("sealed.yaml").is_symlink()
                                && read(path, "real.yaml") == "old"
                        }))
                        .rseal(
                            ends(0).folder("the link is there and the file new", |path| {
                                path.join("sealed.yaml").is_symlink()
                                    && read(path, "real.yaml").starts_with("---\n")
                            }),
                        ),
                ],
            },
            Row {
                what: "`-w` with `/dev/stdout`, a link to it, a pipe or a device",
                kubeseal: "replaces it by a file, if it has the right to",
                rseal: "writes to it",
                why: "as root, every later program would write into that file",
                cases: vec![
                    Case::seal(secret("a"))
                        .with("-w out")
                        .prepare(|path| symlink("/dev/stdout", path.join("out")).unwrap())
                        .kubeseal(ends(0).folder("the link is a file", |path| {
                            read(path, "out").starts_with('{')
                        }))
                        .rseal(
                            seals_value("v")
                                .folder("the link is there", |path| path.join("out").is_symlink()),
                        ),
                    Case::seal(secret("a"))
                        .with("-w out")
                        .prepare(|path| symlink("/dev/null", path.join("out")).unwrap())
                        .kubeseal(ends(0).folder("the link is a file", |path| {
                            read(path, "out").starts_with('{')
                        }))
                        .rseal(
                            ends(0)
                                .folder("the link is there", |path| path.join("out").is_symlink()),
                        ),
                ],
            },
            Row {
                what: "`-w` with a folder",
                kubeseal: "exit code 0, and nothing is written",
                rseal: "error: `open FOLDER: is a directory`",
                why: "a success that is none",
                cases: vec![
                    Case::seal(secret("a"))
                        .with("-w folder")
                        .prepare(|path| fs::create_dir(path.join("folder")).unwrap())
                        .kubeseal(
                            ends(0)
                                .folder("the folder is empty", |path| empty(&path.join("folder"))),
                        )
                        .rseal(fails("open folder: is a directory")),
                ],
            },
            Row {
                what: "`-w` into a folder that is not there",
                kubeseal: "names a temporary file: `open nowhere/.sealed.yaml123456789: …`",
                rseal: "names the file that was asked for",
                why: "nobody knows the other one",
                cases: vec![
                    Case::seal(secret("a"))
                        .with("-w nowhere/sealed.yaml")
                        .kubeseal(fails("open nowhere/.sealed.yaml"))
                        .rseal(fails("open nowhere/sealed.yaml: no such file or directory")),
                ],
            },
            Row {
                what: "No room for standard output",
                kubeseal: "exit code 0",
                rseal: "error: `write standard output: no space left on device`",
                why: "a success that is none",
                cases: vec![
                    Case::seal(secret("a"))
                        .full()
                        .kubeseal(ends(0))
                        .rseal(fails("write standard output: no space left on device")),
                    Case::of("--cert cert.pem --raw -n ns --name a")
                        .input("v")
                        .full()
                        .kubeseal(ends(0))
                        .rseal(fails("write standard output: no space left on device")),
                ],
            },
            Row {
                what: "A long text in YAML",
                kubeseal: "breaks it at column 80",
                rseal: "leaves it in one line. Quotes may be others, too; the text that is read is the same",
                why: "a search finds it",
                cases: vec![
                    Case::seal(with_metadata(&format!(
                        "annotations: {{x: {}}}",
                        "word ".repeat(20)
                    )))
                    .with("-o yaml")
                    .kubeseal(ends(0).stdout("x: word").not_stdout(LONG))
                    .rseal(ends(0).stdout(LONG)),
                ],
            },
            Row {
                what: "An unknown format: `-o xml`",
                kubeseal: "told after everything else is done; with `--raw` and `--fetch-cert` never",
                rseal: "told first, always",
                why: "other mistakes should not hide it",
                cases: vec![
                    Case::of("--cert nothing.pem -o xml")
                        .kubeseal(fails("open nothing.pem: no such file or directory"))
                        .rseal(fails("unsupported output format: xml")),
                    Case::of("--cert cert.pem --raw -n ns --name a -o xml")
                        .input("v")
                        .kubeseal(ends(0).stdout("AQ"))
                        .rseal(fails("unsupported output format: xml")),
                ],
            },
        ],
    }
}

/// How many files are there that nobody asked for.
fn left(path: &Path) -> usize {
    let names = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .count()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path.join("sealed.yaml"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}

fn read(path: &Path, name: &str) -> String {
    fs::read_to_string(path.join(name)).unwrap_or_default()
}

fn empty(path: &Path) -> bool {
    fs::read_dir(path).unwrap().next().is_none()
}
