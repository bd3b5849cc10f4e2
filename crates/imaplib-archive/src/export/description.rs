//! The file that states what an export is: nothing that another program has put there is ever replaced.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::json;

use crate::error::{ArchiveError, ExportFault, Result};
use crate::export::replacement::Replacement;
use crate::private;

/// The file's name.
pub(super) const FILE: &str = ".imap-export.json";

/// This much of it is read.
const MAX_LENGTH: u64 = 64 << 10;

/// The form of an export.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    Mbox,
    Eml,
    Tar,
}

/// What the file contains.
pub(super) fn text(account: &str, format: Format) -> String {
    let format = match format {
        Format::Mbox => "mbox",
        Format::Eml => "eml",
        Format::Tar => "tar",
    };
    format!("{}\n", json!({ "export": 1, "format": format, "account": account }))
}

/// Makes the folder an export: one that is new or empty, or already the same export.
pub(super) fn claim(folder: &Path, text: &str) -> Result<()> {
    private::make_root(folder).map_err(|error| ArchiveError::io("make", folder, error))?;
    let path = folder.join(FILE);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => {
            let failed = |error| ArchiveError::io("read", &path, error);
            let mut found = String::new();
            let file = fs::File::open(&path).map_err(failed)?;
            io::Read::read_to_string(&mut io::Read::take(file, MAX_LENGTH), &mut found).map_err(failed)?;
            check(folder, &found, text)
        }
        Ok(metadata) => Err(ArchiveError::NotAFile { path, is_link: metadata.is_symlink() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let read = |error| ArchiveError::io("read", folder, error);
            for entry in fs::read_dir(folder).map_err(read)? {
                let name = entry.map_err(read)?.file_name();
                // An interrupted run may have left it.
                if name != format!(".{FILE}.part").as_str() && name != "lost+found" {
                    let fault = ExportFault::NotEmpty(name.to_string_lossy().into_owned());
                    return Err(ArchiveError::Export { path: folder.to_owned(), fault });
                }
            }
            let mut file = Replacement::of(&path)?;
            file.write_all(text.as_bytes()).map_err(|error| ArchiveError::io("write", &path, error))?;
            file.finish().map(drop)
        }
        Err(error) => Err(ArchiveError::io("read", &path, error)),
    }
}

/// Refuses an export of another archive, or in another form.
pub(super) fn check(path: &Path, found: &str, expected: &str) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let found: serde_json::Value = serde_json::from_str(found).unwrap_or_default();
    let field = |name: &str| found.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let fault = ExportFault::OtherExport { account: field("account"), format: field("format") };
    Err(ArchiveError::Export { path: path.to_owned(), fault })
}
