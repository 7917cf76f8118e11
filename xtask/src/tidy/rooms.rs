//! The table of rooms in the documentation. Owns its form; what is done with it is not known here.

use anyhow::{Context, Result, bail};

/// One row.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: String,
    /// The line of the row, for messages.
    pub(super) line: usize,
    /// As they are written in paths.
    pub(super) crates: Vec<String>,
    pub(super) uses: Vec<String>,
    uses_everything: bool,
}

impl Room {
    pub(super) fn may_use(&self, other: &str) -> bool {
        self.uses_everything || self.uses.iter().any(|name| name == other)
    }
}

#[derive(Debug)]
pub(super) struct Table {
    /// The row of what every room may use.
    pub(super) any: Room,
    pub(super) rooms: Vec<Room>,
}

impl Table {
    /// Reads the table whose header is `| room | owns | crates | uses |`.
    pub(super) fn parse(document: &str) -> Result<Self> {
        let mut any = None;
        let mut rooms: Vec<Room> = Vec::new();
        let rows = document
            .lines()
            .zip(1..)
            .skip_while(|(line, _)| !line.starts_with("| room |"))
            .skip(2)
            .take_while(|(line, _)| line.starts_with('|'));
        for (row, line) in rows {
            let cells: Vec<&str> = row
                .trim()
                .trim_matches('|')
                .split('|')
                .map(str::trim)
                .collect();
            let [name, _, crates, uses] = cells[..] else {
                bail!("line {line}: the row has {} cells, not 4", cells.len());
            };
            let uses_everything = uses == "everything";
            let room = Room {
                name: name.trim_matches('`').to_owned(),
                line,
                crates: names(crates, line)?,
                uses: if uses_everything {
                    Vec::new()
                } else {
                    names(uses, line)?
                },
                uses_everything,
            };
            if rooms.iter().any(|other| other.name == room.name) {
                bail!("line {line}: the room {} has two rows", room.name);
            }
            if room.name == "any" {
                any = Some(room);
            } else {
                rooms.push(room);
            }
        }
        let any = any.context("no table `| room | owns | crates | uses |` with a row `any`")?;
        Ok(Self { any, rooms })
    }

    pub(super) fn room(&self, name: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.name == name)
    }

    pub(super) fn may_use_crate(&self, room: &Room, name: &str) -> bool {
        [room, &self.any]
            .iter()
            .any(|row| row.crates.iter().any(|own| own == name))
    }

    /// The rooms that may use a crate.
    pub(super) fn owners(&self, name: &str) -> Vec<&str> {
        std::iter::once(&self.any)
            .chain(&self.rooms)
            .filter(|room| room.crates.iter().any(|own| own == name))
            .map(|room| room.name.as_str())
            .collect()
    }
}

/// The names in a cell: each in backticks, commas between them.
fn names(cell: &str, line: usize) -> Result<Vec<String>> {
    cell.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let name = name
                .strip_prefix('`')
                .and_then(|name| name.strip_suffix('`'));
            name.map(|name| name.replace('-', "_"))
                .with_context(|| format!("line {line}: a name without backticks in `{cell}`"))
        })
        .collect()
}
