//! Results: standard output, or a file that is replaced whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::Stop;
use super::message::{Failure, os_text};

/// The signals that ask a program to stop. While a file is being replaced they only set a mark.
const STOP_SIGNALS: [i32; 3] = [
    signal_hook::consts::SIGHUP,
    signal_hook::consts::SIGINT,
    signal_hook::consts::SIGTERM,
];

/// What the names of standard output lead to, such as `/dev/stdout`.
const STDOUT: [&str; 2] = ["/proc/self/fd/1", "/dev/fd/1"];
/// Links in these folders name what a process has open, by texts that are no paths.
const OPEN_FILES: [&str; 2] = ["/proc", "/dev/fd"];

/// What is written at once.
const BUFFER: usize = 64 * 1024;

/// Where a result goes.
pub(super) enum Output {
    Stdout,
    File(PathBuf),
}

impl Output {
    /// Looks for what would keep the result from being written, before any work is done.
    pub(super) fn to_file(path: &Path) -> Result<Self, Failure> {
        let target = followed(path)?;
        if STDOUT.iter().any(|name| target == Path::new(name)) {
            return Ok(Self::Stdout);
        }
        if target.is_dir() {
            return Err(failed("open", path, "is a directory"));
        }
        let folder = folder_of(&target);
        match fs::metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => Ok(Self::File(path.to_owned())),
            Ok(_) => Err(failed("open", path, "not a directory")),
            Err(error) => Err(failed("open", path, &os_text(&error))),
        }
    }

    /// Has `result` write the whole of it; it fails only where the target does.
    pub(super) fn write(
        &self,
        result: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match self {
            Self::Stdout => match write_buffered(stdout(), result) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    Err(Failure::quiet(Stop::BrokenPipe))
                }
                Err(error) => Err(Failure::new(format!(
                    "write standard output: {}",
                    os_text(&error)
                ))),
            },
            Self::File(path) => write_file(path, result),
        }
    }
}

/// Standard output without the line buffering of the standard library, which looks for the last line
/// end in all that it is given.
fn stdout() -> Box<dyn Write> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        if let Ok(stdout) = io::stdout().as_fd().try_clone_to_owned() {
            return Box::new(File::from(stdout));
        }
    }
    Box::new(io::stdout())
}

/// Writes short pieces together, and long ones without a copy.
fn write_buffered(
    target: impl Write,
    result: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffered = BufWriter::with_capacity(BUFFER, target);
    result(&mut buffered)?;
    buffered.flush()
}

fn write_file(
    path: &Path,
    result: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let target = followed(path)?;
    let wrong = |error: &io::Error| failed("write", path, &os_text(error));
    let existing = fs::metadata(&target).ok();
    if is_open_file(&target)
        || existing
            .as_ref()
            .is_some_and(|metadata| !metadata.is_file())
    {
        // A pipe or a device is written to; it cannot be replaced.
        return OpenOptions::new()
            .append(true)
            .open(&target)
            .and_then(|file| write_buffered(file, result))
            .map_err(|error| wrong(&error));
    }

    let stop = Deferred::install().map_err(|error| wrong(&error))?;
    let folder = folder_of(&target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rseal-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Nothing in a SealedSecret is secret: a new file is as the umask has it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(&folder).map_err(|error| {
        let why = format!("{}: a file beside it replaces it", os_text(&error));
        failed("write into the folder of", path, &why)
    })?;
    write_buffered(&mut temporary, result)
        .and_then(|()| match &existing {
            Some(metadata) => keep_owner_and_mode(temporary.as_file(), metadata),
            None => Ok(()),
        })
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| wrong(&error))?;
    if let Some(signal) = stop.signal() {
        // Dropping the temporary file removes it.
        return Err(Failure::quiet(Stop::Signal(signal)));
    }
    temporary
        .persist(&target)
        .map_err(|error| wrong(&error.error))?;
    // The new name is on the disk only when the folder is. Some file systems cannot do it, and
    // the file itself is whole either way.
    let _ = File::open(&folder).and_then(|folder| folder.sync_all());
    match stop.signal() {
        Some(signal) => Err(Failure::quiet(Stop::Signal(signal))),
        None => Ok(()),
    }
}

/// Gives the new file what the old one had. Only root can give a file to somebody else; for others
/// the file was their own, or its owner changes as it does with any program that replaces files.
fn keep_owner_and_mode(file: &File, old: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            let _ = fchown(file, Some(old.uid()), Some(old.gid()));
        }
    }
    file.set_permissions(old.permissions())
}

/// The file that `path` leads to, through links, whether or not it exists.
fn followed(path: &Path) -> Result<PathBuf, Failure> {
    const MOST_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        if is_open_file(&target) {
            return Ok(target);
        }
        match fs::read_link(&target) {
            Ok(link) => target = folder_of(&target).join(link),
            Err(_) => return Ok(target),
        }
    }
    Err(failed("open", path, "too many levels of symbolic links"))
}

fn is_open_file(path: &Path) -> bool {
    OPEN_FILES.iter().any(|folder| path.starts_with(folder))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn failed(verb: &str, path: &Path, why: &str) -> Failure {
    Failure::new(format!("{verb} {}: {why}", path.display()))
}

/// Signals that came while they were deferred.
struct Deferred(Vec<(i32, Arc<AtomicBool>)>);

impl Deferred {
    fn install() -> io::Result<Self> {
        let mut marks = Vec::with_capacity(STOP_SIGNALS.len());
        for signal in STOP_SIGNALS {
            let mark = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, Arc::clone(&mark))?;
            marks.push((signal, mark));
        }
        Ok(Self(marks))
    }

    fn signal(&self) -> Option<u8> {
        self.0
            .iter()
            .find(|(_, mark)| mark.load(Ordering::Relaxed))
            .and_then(|(signal, _)| u8::try_from(*signal).ok())
    }
}
