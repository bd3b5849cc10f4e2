//! What file systems ask of programs: names that are devices, and folders that are made durable.

use std::fs::File;
use std::io;
use std::path::Path;

/// Whether Windows reserves the name for a device, whatever its extension is.
#[must_use]
pub fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") {
        return true;
    }
    let number = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt")).unwrap_or_default();
    let mut digits = number.chars();
    matches!((digits.next(), digits.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
}

/// Makes durable which files are in a folder; an empty path is the current folder.
///
/// # Errors
/// If the folder cannot be opened or synchronized. Systems other than Unix have no such call.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_any_extension() {
        for name in ["nul.txt", "NUL", "con .tar.gz", "COM1", "lpt9.pdf", "COM¹.txt", "LPT³", "CONIN$", "conout$.log"]
        {
            assert!(is_device_name(name), "{name}");
        }
        for name in ["comb.txt", "com0.txt", "com10.txt", "lpta", "com⁴", "console.txt", "conin.txt", "aux_1", ""] {
            assert!(!is_device_name(name), "{name}");
        }
    }
}
