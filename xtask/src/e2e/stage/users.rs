//! Who the API server knows: the table of tokens that it reads, and a kubeconfig each.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::API_PORT;
use crate::e2e::network::ADDRESS;
use crate::e2e::objects;

/// Who asks the API server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum User {
    /// May do everything.
    Admin,
    /// May do nothing.
    Powerless,
    /// May use the proxy to a controller's Service but not look at the Service.
    Proxier,
}

impl User {
    const ALL: [Self; 3] = [Self::Admin, Self::Powerless, Self::Proxier];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Powerless => "powerless",
            Self::Proxier => "proxier",
        }
    }
}

pub(super) fn token(user: User) -> String {
    format!("token-of-{}", user.name())
}

/// The API server's file of tokens: token, name, identity, groups.
pub(super) fn table() -> String {
    let line = |user: User| {
        let (token, name) = (token(user), user.name());
        let group = if matches!(user, User::Admin) {
            "system:masters"
        } else {
            "nobody"
        };
        format!("{token},{name},{name},\"{group}\"\n")
    };
    User::ALL.map(line).concat()
}

/// Writes every kubeconfig.
pub(super) fn write_kubeconfigs(folder: &Path, authority: &Path) -> Result<()> {
    let server = format!("https://{ADDRESS}:{API_PORT}");
    for user in User::ALL {
        let config = objects::kubeconfig(&server, &authority.to_string_lossy(), &token(user));
        fs::write(kubeconfig(folder, user), config.to_string())?;
    }
    Ok(())
}

/// Where a user's kubeconfig lies.
pub(super) fn kubeconfig(folder: &Path, user: User) -> PathBuf {
    folder.join(format!("{}.kubeconfig", user.name()))
}
