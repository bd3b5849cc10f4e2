//! The pieces of a message that are attachments: decoded, and written to files under their own names.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use imaplib::mime::attachment::{Attachment, MAX_ENCODED_DEPTH};
use imaplib::mime::structure::{self, Scanned};
use imaplib::mime::transfer_encoding::{Decoder, Encoding, Outcome};
use imaplib::types::{BodyStructure, Uid};

use crate::error::{Failure, Result};
use crate::files::Pending;
use crate::files::safe_name::safe_name;
use crate::output::{self, Output};
use crate::verbs::get::received::{Received, keep_all, receive};

pub(super) fn scan(file: &Pending, folder: &Path) -> Result<Scanned> {
    let scanned = file.reader().and_then(|file| structure::scan(BufReader::with_capacity(64 << 10, file)));
    scanned.map_err(|error| Failure::file("read", folder, &error))
}

/// Where attachments go, and how many more of the message.
pub(super) struct Sink<'a> {
    pub(super) folder: &'a Path,
    pub(super) out: &'a mut Output,
    pub(super) room: Room,
    /// How many attachments are perhaps not as they were sent: not whole in their encoding, shorter than the server lists them, or
    /// with two texts.
    pub(super) damaged: u64,
}

/// How many attachments of a message are saved.
#[derive(Default)]
pub(super) struct Room {
    left: usize,
    /// How many there was no room for.
    pub(super) refused: u64,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self { left: most, refused: 0 }
    }

    /// Reserves room for as many of these as there is.
    pub(super) fn take(&mut self, wanted: usize) -> usize {
        let taken = wanted.min(self.left);
        self.left -= taken;
        self.refused += (wanted - taken) as u64;
        taken
    }
}

/// Saves pieces of a message that is in a file, as far as there is room.
pub(super) fn extract(
    uid: Uid,
    mut message: File,
    pieces: &[(Attachment, Range<u64>)],
    sink: &mut Sink<'_>,
    depth: usize,
) -> Result<()> {
    for (part, place) in pieces {
        if sink.room.take(1) == 0 {
            continue;
        }
        let folder = sink.folder;
        let (mut received, outcome) = decoded(folder, part, part.encoding, |to| piece(&mut message, place, to))?;
        sink.tell(uid, part, outcome);
        if outcome == Outcome::NotEncoded {
            received = decoded(folder, part, Encoding::Identity, |to| piece(&mut message, place, to))?.0;
        }
        keep(uid, vec![(received, part, outcome)], sink, depth)?;
    }
    Ok(())
}

/// Renames decoded attachments to their names, and saves what is in those that are messages which were encoded.
pub(super) fn keep(
    uid: Uid,
    files: Vec<(Received, &Attachment, Outcome)>,
    sink: &mut Sink<'_>,
    depth: usize,
) -> Result<()> {
    let folder = sink.folder;
    let mut named = Vec::new();
    for (received, part, outcome) in files {
        let may_hold = part.is_encoded_message() && outcome != Outcome::NotEncoded && depth < MAX_ENCODED_DEPTH;
        let reader = || received.file().reader().map_err(|error| Failure::file("read", folder, &error));
        let inside = if may_hold { Some((reader()?, scan(received.file(), folder)?)) } else { None };
        named.push((received, name(part)));
        if let Some((file, scanned)) = inside {
            keep_all(std::mem::take(&mut named), uid, folder, sink.out)?;
            extract(uid, file, &part.inner(&scanned.structure, &scanned.places), sink, depth + 1)?;
        }
    }
    keep_all(named, uid, folder, sink.out)
}

/// The attachments of a message that was taken apart, with their places in it.
pub(super) fn attachments(structure: &BodyStructure, places: &[Range<u64>]) -> Vec<(Attachment, Range<u64>)> {
    let leaves = structure.leaves().into_iter().zip(places);
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

impl Sink<'_> {
    /// Reports that an attachment is perhaps not as it was sent, and counts it.
    pub(super) fn doubt(&mut self, uid: Uid, part: &Attachment, why: &str) {
        self.damaged += 1;
        output::note(&format!("the attachment {} of message {uid} {why}", name(part)));
    }

    /// Reports that an attachment is not encoded as it should be, and counts it where something of it may be missing.
    pub(super) fn tell(&mut self, uid: Uid, part: &Attachment, outcome: Outcome) {
        if part.encoding == Encoding::Identity {
            return;
        }
        let encoding = part.encoding;
        let attachment = format!("the attachment {} of message {uid}", name(part));
        match outcome {
            Outcome::Whole => {}
            Outcome::Damaged if encoding == Encoding::QuotedPrintable => {
                self.doubt(uid, part, "is damaged: what is not quoted-printable in it is kept as it is");
            }
            Outcome::Damaged => {
                let why = format!("is damaged: what is not {encoding} in it, or is missing at its end, was left out");
                self.doubt(uid, part, &why);
            }
            Outcome::NotEncoded if encoding == Encoding::Unknown => output::note(&format!(
                "{attachment} is in a transfer encoding that is not known ({}): it is saved as it was sent",
                part.encoding_label
            )),
            Outcome::NotEncoded => {
                output::note(&format!(
                    "{attachment} is not {encoding} as it is said to be: it is saved as it was sent"
                ));
            }
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
