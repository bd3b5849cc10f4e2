//! The texts of a long message: those in its beginning are at hand, the others are fetched in few commands.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::mime::structure::{self, Scanned};
use imaplib::types::{Part, Section, SinglePart, Uid};

use crate::error::Result;
use crate::error::library::failure;
use crate::message::mime::{self, MAX_PARSED};
use crate::message::rows::{self, beginning};

/// This many commands are sent for the texts of one message.
const MAX_COMMANDS: u32 = 20;

/// This many texts are asked for by one command, whose line servers must be able to read.
const MAX_ITEMS: usize = 100;
const MAX_LINE: usize = 4000;

/// The texts of a message, as far as they are known.
pub(super) struct Texts<'a> {
    uid: Uid,
    /// The beginning of the message.
    raw: &'a [u8],
    /// Where the parts are in the message.
    places: BTreeMap<Part, Range<u64>>,
    /// Whether the structure is the server's, so that it knows the parts by their numbers.
    is_listed: bool,
    /// The bodies as they stand in the message; `true` if one is whole.
    bodies: BTreeMap<Part, (Vec<u8>, bool)>,
    /// This many bytes more are shown.
    room: u64,
    commands: u32,
}

/// What is asked for.
struct Piece {
    section: Section,
    start: u64,
    length: u64,
    /// The parts in it, and where they are from its beginning on.
    parts: Vec<(Part, Range<u64>, bool)>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(uid: Uid, raw: &'a [u8], scanned: &Scanned, is_listed: bool) -> Self {
        // The part that is cut may be longer than it looks.
        let places = match is_listed {
            true => places(&structure::scan(raw).unwrap_or_default()),
            false => places(scanned),
        };
        let (bodies, room, commands) = (BTreeMap::new(), MAX_PARSED as u64, 0);
        Self { uid, raw, places, is_listed, bodies, room, commands }
    }

    /// Gets the bodies of these parts, as far as there is room. False if the server does not give one of them.
    pub(super) fn get(&mut self, mailbox: &mut Mailbox<'_>, texts: &[(Part, &SinglePart)]) -> Result<bool> {
        let mut missing = Vec::new();
        let mut room = self.room;
        for (number, part) in texts {
            if self.bodies.contains_key(number) {
                continue;
            }
            match self.at_hand(number, part) {
                Some(body) => {
                    let shown = body.get(..usize::try_from(room).unwrap_or(MAX_PARSED)).unwrap_or(body);
                    self.bodies.insert(number.clone(), (shown.to_vec(), shown.len() == body.len()));
                    room -= (shown.len() as u64).min(room);
                }
                None => missing.push((number, *part)),
            }
        }
        self.room = room;
        let mut missing = missing.as_slice();
        while !missing.is_empty() && self.room > 0 && self.commands < MAX_COMMANDS {
            self.commands += 1;
            let (pieces, rest) = if self.is_listed { self.listed(missing) } else { self.block(missing) };
            missing = rest;
            if !self.fetch(mailbox, pieces)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The bodies of these parts, as far as they came, and whether they are whole.
    pub(super) fn of<'p>(&self, texts: &[(Part, &'p SinglePart)]) -> (Vec<(&'p SinglePart, Vec<u8>)>, bool) {
        let known = texts.iter().filter_map(|(number, part)| Some((*part, self.bodies.get(number)?)));
        let is_whole = texts.iter().all(|(number, _)| self.bodies.get(number).is_some_and(|(_, is_whole)| *is_whole));
        (known.map(|(part, (body, _))| (part, body.clone())).collect(), is_whole)
    }

    /// Those of these parts that are known to have nothing but blanks.
    pub(super) fn blanks(&self, texts: &[(Part, &SinglePart)]) -> BTreeSet<Part> {
        let is_blank = |number: &Part, part: &SinglePart| {
            self.bodies.get(number).is_some_and(|(body, is_whole)| *is_whole && mime::is_blank(part, body))
        };
        texts.iter().filter(|(number, part)| is_blank(number, part)).map(|(number, _)| number.clone()).collect()
    }

    /// The body of a part that is in the beginning of the message.
    fn at_hand(&self, number: &Part, part: &SinglePart) -> Option<&'a [u8]> {
        let place = self.places.get(number)?;
        // What the server takes for the part must be the same.
        if self.is_listed && (part.size != Some(place.end - place.start) || place.end >= self.raw.len() as u64) {
            return None;
        }
        self.raw.get(usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?)
    }

    /// The next parts by their numbers, and those that are left.
    fn listed<'m, 'p>(
        &self,
        missing: &'m [(&'p Part, &'p SinglePart)],
    ) -> (Vec<Piece>, &'m [(&'p Part, &'p SinglePart)]) {
        let (mut room, mut line) = (self.room, 0);
        let mut pieces = Vec::new();
        for (number, part) in missing.iter().take(MAX_ITEMS) {
            let section = Section::part((*number).clone());
            line += number.to_string().len() + 40;
            if room == 0 || (line > MAX_LINE && !pieces.is_empty()) {
                break;
            }
            let length = part.size.unwrap_or(room).min(room);
            let is_whole = part.size == Some(length);
            pieces.push(Piece { section, start: 0, length, parts: vec![((*number).clone(), 0..length, is_whole)] });
            room -= length;
        }
        let rest = missing.get(pieces.len()..).unwrap_or_default();
        (pieces, rest)
    }

    /// The next block of the message with as many of the parts as are in it, and those that are left.
    fn block<'m, 'p>(
        &self,
        missing: &'m [(&'p Part, &'p SinglePart)],
    ) -> (Vec<Piece>, &'m [(&'p Part, &'p SinglePart)]) {
        let place = |number: &Part| self.places.get(number).cloned().unwrap_or_default();
        let start = missing.first().map_or(0, |(number, _)| place(number).start);
        let most = start.saturating_add(MAX_PARSED as u64);
        let (mut room, mut end) = (self.room, start);
        let mut parts = Vec::new();
        for (number, _) in missing {
            let place = place(number);
            // Only the first part of a block may be longer than it.
            if place.start < start || room == 0 || (place.end > most && !parts.is_empty()) {
                break;
            }
            let length = (place.end - place.start).min(room).min(most - place.start);
            let from = place.start - start;
            parts.push(((*number).clone(), from..from + length, length == place.end - place.start));
            room -= length;
            end = place.start + length;
        }
        let rest = missing.get(parts.len().max(1)..).unwrap_or_default();
        (vec![Piece { section: Section::message(), start, length: end - start, parts }], rest)
    }

    /// Asks for pieces by one command. False if the server does not give one of them.
    fn fetch(&mut self, mailbox: &mut Mailbox<'_>, pieces: Vec<Piece>) -> Result<bool> {
        let asked: Vec<&Piece> = pieces.iter().filter(|piece| piece.length > 0).collect();
        let mut found: Vec<Option<Vec<u8>>> = vec![None; asked.len()];
        if !asked.is_empty() {
            let items = asked.iter().map(|piece| FetchItem::Section {
                section: piece.section.clone(),
                peek: true,
                partial: Some((piece.start, piece.length)),
            });
            let items: Vec<FetchItem> = items.collect();
            let mut rows = mailbox.fetch(self.uid, items).map_err(|error| failure(&error))?;
            loop {
                let mut row = match rows.next() {
                    Ok(Some(row)) => row,
                    Ok(None) => break,
                    Err(error) if error.is_no() || error.is_bad() => break,
                    Err(error) => return Err(failure(&error)),
                };
                if row.uid() != Some(self.uid) {
                    continue;
                }
                let mut here = Vec::new();
                while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                    let of = |piece: &Piece| rows::is_from(&body, &piece.section, piece.start);
                    let Some(at) = asked.iter().position(|piece| of(piece)) else { continue };
                    let length = asked.get(at).map_or(0, |piece| piece.length);
                    here.push((at, beginning(&mut body, usize::try_from(length).unwrap_or(MAX_PARSED))?));
                }
                row.finish().map_err(|error| failure(&error))?;
                if !rows::is_of_message(&row, self.uid) {
                    continue;
                }
                for (at, body) in here {
                    if let Some(place) = found.get_mut(at).filter(|place| place.is_none()) {
                        *place = Some(body);
                    }
                }
            }
        }
        let mut found = found.into_iter();
        for piece in pieces {
            let body = if piece.length == 0 { Vec::new() } else { found.next().flatten().unwrap_or_default() };
            if body.is_empty() && piece.length > 0 {
                return Ok(false);
            }
            for (number, place, is_whole) in piece.parts {
                let to_usize = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(body.len());
                let part = body.get(to_usize(place.start)..to_usize(place.end)).unwrap_or_default().to_vec();
                self.room -= (part.len() as u64).min(self.room);
                self.bodies.insert(number, (part, is_whole));
            }
        }
        Ok(true)
    }
}

fn places(scanned: &Scanned) -> BTreeMap<Part, Range<u64>> {
    let numbers = scanned.structure.leaves().into_iter().map(|(number, _)| number);
    numbers.zip(scanned.places.iter().cloned()).collect()
}
