//! Files that were received and have no name yet.

use std::io;
use std::path::Path;

use imaplib::types::Uid;
use imaplib_archive::file_system::sync_folder;
use serde_json::json;

use crate::error::{Failure, Result};
use crate::files::Pending;
use crate::output::Output;

/// A file that is whole and durable, but has no name yet: the rest of the row may show that it is of another message.
pub(crate) struct Received {
    file: Pending,
    pub(crate) size: u64,
}

impl Received {
    pub(crate) fn file(&self) -> &Pending {
        &self.file
    }

    pub(crate) fn keep(self, uid: Uid, name: &str, folder: &Path, out: &mut Output) -> Result<()> {
        keep_all(vec![(self, name.to_owned())], uid, folder, out)
    }
}

/// Renames files to their names, and reports them once that is durable.
pub(crate) fn keep_all(files: Vec<(Received, String)>, uid: Uid, folder: &Path, out: &mut Output) -> Result<()> {
    let broken = |error: io::Error| Failure::file("write to", folder, &error);
    let mut named = Vec::new();
    for (received, name) in files {
        named.push((received.file.name(&name).map_err(broken)?, received.size));
    }
    if !named.is_empty() {
        sync_folder(folder).map_err(broken)?;
    }
    named.into_iter().try_for_each(|(path, size)| report(uid, &path, size, out))
}

pub(crate) fn receive(folder: &Path, name: &str, write: impl FnOnce(&mut Pending) -> Result<u64>) -> Result<Received> {
    let mut file = Pending::new(folder).map_err(|error| Failure::file("write to", folder, &error))?;
    let size = write(&mut file).map_err(|failure| failure.context(folder.join(name).display()))?;
    file.sync().map_err(|error| Failure::file("write to", folder, &error))?;
    Ok(Received { file, size })
}

fn report(uid: Uid, path: &Path, size: u64, out: &mut Output) -> Result<()> {
    if out.is_json() {
        out.object(&json!({"uid": uid.get(), "file": path.to_string_lossy(), "size": size}))?;
    } else {
        out.line(&path.to_string_lossy())?;
    }
    // A signal ends the process without what waits here.
    out.flush()
}
