//! The pieces of a message that are attachments: decoded, and written to files under their own names.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use imaplib::types::Uid;

use crate::error::{Failure, Result};
use crate::files::Pending;
use crate::files::safe_name::safe_name;
use crate::message::mime::attachment::{Attachment, MAX_ENCODED_DEPTH};
use crate::message::mime::structure::{self, Scanned};
use crate::message::mime::transfer_encoding::{Decoder, Encoding, Outcome};
use crate::output::{self, Output};
use crate::verbs::get::received::{Received, keep_all, receive};

pub(super) fn scan(file: &Pending, folder: &Path) -> Result<Scanned> {
    let scanned = file.reader().and_then(|file| structure::scan(BufReader::with_capacity(64 << 10, file)));
    scanned.map_err(|error| Failure::file("read", folder, &error))
}

/// Saves pieces of a message that is in a file; returns how many.
pub(super) fn extract(
    uid: Uid,
    mut message: File,
    pieces: &[(Attachment, Range<u64>)],
    folder: &Path,
    out: &mut Output,
    depth: usize,
) -> Result<u64> {
    let mut count = 0;
    for (part, place) in pieces {
        let (mut received, outcome) = decoded(folder, part, part.encoding, |to| piece(&mut message, place, to))?;
        tell(uid, part, outcome);
        if outcome == Outcome::NotEncoded {
            received = decoded(folder, part, Encoding::Identity, |to| piece(&mut message, place, to))?.0;
        }
        count += 1 + keep(uid, vec![(received, part, outcome)], folder, out, depth)?;
    }
    Ok(count)
}

/// Renames decoded attachments to their names, and saves what is in those that are messages which were encoded; returns how many
/// these are.
pub(super) fn keep(
    uid: Uid,
    files: Vec<(Received, &Attachment, Outcome)>,
    folder: &Path,
    out: &mut Output,
    depth: usize,
) -> Result<u64> {
    let mut count = 0;
    let mut named = Vec::new();
    for (received, part, outcome) in files {
        let may_hold = part.is_encoded_message() && outcome != Outcome::NotEncoded && depth < MAX_ENCODED_DEPTH;
        let reader = || received.file().reader().map_err(|error| Failure::file("read", folder, &error));
        let inside = if may_hold { Some((reader()?, scan(received.file(), folder)?)) } else { None };
        named.push((received, name(part)));
        if let Some((file, scanned)) = inside {
            keep_all(std::mem::take(&mut named), uid, folder, out)?;
            count += extract(uid, file, &part.inner(&scanned.structure, &scanned.places), folder, out, depth + 1)?;
        }
    }
    keep_all(named, uid, folder, out)?;
    Ok(count)
}

/// The attachments of a message that was taken apart, with their places in it.
pub(super) fn attachments(scanned: &Scanned) -> Vec<(Attachment, Range<u64>)> {
    let leaves = scanned.structure.leaves().into_iter().zip(&scanned.places);
    let attached = leaves.filter(|((_, part), _)| part.is_attachment());
    attached.map(|((number, part), place)| (Attachment::new(number, part), place.clone())).collect()
}

/// Writes a piece of a message.
fn piece(file: &mut File, place: &Range<u64>, to: &mut dyn Write) -> Result<()> {
    file.seek(SeekFrom::Start(place.start))?;
    io::copy(&mut file.take(place.end - place.start), to)?;
    Ok(())
}

/// Writes an attachment into a file without a name, without its transfer encoding.
pub(super) fn decoded(
    folder: &Path,
    part: &Attachment,
    encoding: Encoding,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<(Received, Outcome)> {
    let mut outcome = Outcome::Whole;
    let file = receive(folder, &name(part), |file| {
        let mut counted = Counted { inner: file, count: 0 };
        let mut decoder = Decoder::new(&mut counted, encoding);
        write(&mut decoder)?;
        outcome = decoder.finish()?;
        Ok(counted.count)
    })?;
    Ok((file, outcome))
}

/// Reports that an attachment is not encoded as it should be.
pub(super) fn tell(uid: Uid, part: &Attachment, outcome: Outcome) {
    let encoding = match part.encoding {
        Encoding::Identity => return,
        Encoding::Base64 => "base64",
        Encoding::QuotedPrintable => "quoted-printable",
        Encoding::UuEncode => "uuencode",
    };
    let attachment = format!("the attachment {} of message {uid}", name(part));
    match outcome {
        Outcome::Whole => {}
        Outcome::Damaged => {
            output::note(&format!("{attachment}: what is not {encoding} in it, or is missing at its end, was left out"))
        }
        Outcome::NotEncoded => {
            output::note(&format!("{attachment} is not {encoding} as it is said to be: it is saved as it was sent"))
        }
    }
}

fn name(part: &Attachment) -> String {
    safe_name(&part.wanted_name(), &part.fallback_name())
}

/// Counts what it passes on.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
