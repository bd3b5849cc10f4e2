//! The memory that bytes are received into and given out from.
//!
//! What was received becomes a block as soon as something of it is given out, and its parts are shared. When all of a
//! block was given out and nobody holds a part of it any more, it is received into again: memory is made, and cleared,
//! once, not for each block.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};

use super::ResponseSlice;

/// The least and the most room that is given out for bytes to be received.
const LEAST_ROOM: usize = 4 << 10;
const MOST_ROOM: usize = 64 << 10;

/// A greater block is not kept, so that one large response does not take its memory for ever.
const MOST_KEPT: usize = 4 * MOST_ROOM;

#[derive(Debug)]
pub(super) struct ReceiveBuffer {
    /// What is received into. The first `filled` bytes were received, and lie in no block; the others mean nothing.
    fresh: BytesMut,
    filled: usize,
    /// How much room was given out to be filled, and how much is given out next.
    room: usize,
    room_size: usize,
    /// What was received before that, up to the end of some response and perhaps further.
    block: Bytes,
    /// How much of the block was given out.
    given: usize,
    /// The block as the texts in it share it. A connection can be shared by threads, so this is a lock.
    shared: OnceLock<Arc<Bytes>>,
}

impl Default for ReceiveBuffer {
    fn default() -> Self {
        Self {
            fresh: BytesMut::new(),
            filled: 0,
            room: 0,
            room_size: LEAST_ROOM,
            block: Bytes::new(),
            given: 0,
            shared: OnceLock::new(),
        }
    }
}

impl ReceiveBuffer {
    /// Room for bytes to be received.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.fresh.len() - self.filled < self.enough() {
            if self.filled > 0 {
                // The beginning of a long response: by doubling, each byte is moved a bounded number of times.
                self.fresh.resize(self.filled + self.filled.max(self.room_size), 0);
            } else if self.fresh.capacity() < self.room_size {
                self.fresh = BytesMut::zeroed(self.room_size);
            } else {
                self.fresh.resize(self.room_size, 0);
            }
        }
        let end = self.fresh.len().min(self.filled + self.room_size);
        self.room = end - self.filled;
        self.fresh.get_mut(self.filled..end).unwrap_or_default()
    }

    /// Sets how many bytes were received into the room.
    pub(super) fn received(&mut self, count: usize) {
        let room = std::mem::take(&mut self.room);
        self.filled += count.min(room);
        if count >= room {
            self.room_size = (self.room_size * 4).min(MOST_ROOM);
        } else if count < self.room_size / 8 {
            self.room_size = (self.room_size / 2).max(LEAST_ROOM);
        }
    }

    /// Appends received bytes.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let end = self.filled + bytes.len();
        if self.fresh.len() < end {
            self.fresh.resize(end, 0);
        }
        if let Some(target) = self.fresh.get_mut(self.filled..end) {
            target.copy_from_slice(bytes);
        }
        self.filled = end;
    }

    /// How little room makes it worth while to look for more.
    fn enough(&self) -> usize {
        self.room_size / 4
    }

    /// How many bytes were received and not given out.
    pub(super) fn unread(&self) -> usize {
        self.in_block().len() + self.filled
    }

    /// What of the block was not given out yet.
    #[inline]
    fn in_block(&self) -> &[u8] {
        self.block.get(self.given..).unwrap_or_default()
    }

    /// The same, as readers take it.
    #[inline]
    pub(super) fn ahead_in_block(&self) -> Option<ResponseSlice<'_>> {
        let end = self.block.len();
        (self.given < end).then(|| ResponseSlice::new(&self.block, &self.shared, self.given, end))
    }

    /// What was received and not given out: what lies in the block, or if there is none, what came since.
    #[inline]
    pub(super) fn ahead(&self) -> &[u8] {
        if self.given < self.block.len() { self.in_block() } else { self.fresh.get(..self.filled).unwrap_or_default() }
    }

    /// Returns `count` bytes of what is ahead.
    #[inline]
    pub(super) fn give(&mut self, count: usize) -> Range<usize> {
        if self.given >= self.block.len() {
            self.begin_block();
        }
        let start = self.given;
        self.given += count;
        start..self.given
    }

    /// Makes what was received a block.
    fn begin_block(&mut self) {
        // What is left of a great one is not used: a small block must not hold it.
        let block = if self.fresh.len() - self.filled < self.enough() || self.fresh.len() > MOST_KEPT {
            self.fresh.truncate(self.filled);
            std::mem::take(&mut self.fresh)
        } else {
            self.fresh.split_to(self.filled)
        };
        self.block = block.freeze();
        self.shared = OnceLock::new();
        self.given = 0;
        self.filled = 0;
    }

    /// Ends the block: what is left of it goes before what was received since. Returns whether neither is empty.
    pub(super) fn end_block(&mut self) -> bool {
        self.shared = OnceLock::new();
        let block = std::mem::take(&mut self.block);
        let left = self.given..block.len();
        self.given = 0;
        if self.filled == 0 {
            self.reuse(block, left);
            return false;
        }
        if left.is_empty() {
            return false;
        }
        let (since, count) = (std::mem::take(&mut self.fresh), std::mem::take(&mut self.filled));
        self.receive(block.get(left).unwrap_or_default());
        self.receive(since.get(..count).unwrap_or_default());
        true
    }

    /// Continues to receive behind what is left of a block: into its memory if nobody else has a part of it.
    fn reuse(&mut self, block: Bytes, left: Range<usize>) {
        let count = left.len();
        if self.fresh.len() >= count + self.enough() {
            return self.receive(block.get(left).unwrap_or_default());
        }
        // What follows the block in the same memory is a share of it.
        self.fresh = BytesMut::new();
        match block.try_into_mut() {
            Ok(mut memory) if (self.room_size..=MOST_KEPT.max(2 * count)).contains(&memory.capacity()) => {
                memory.copy_within(left, 0);
                // What was not received into is cleared, once: else the room would shrink with each short read.
                let size = memory.capacity().min(count + self.room_size);
                if memory.len() < size {
                    memory.resize(size, 0);
                }
                self.fresh = memory;
                self.filled = count;
            }
            Ok(memory) => self.begin_anew(memory.get(left).unwrap_or_default()),
            Err(block) => self.begin_anew(block.get(left).unwrap_or_default()),
        }
    }

    /// Continues to receive behind these bytes in new memory.
    fn begin_anew(&mut self, bytes: &[u8]) {
        self.fresh = BytesMut::zeroed(self.room_size.max(bytes.len() + self.enough()));
        self.receive(bytes);
    }

    /// All that was received and not given out, taken away.
    pub(super) fn take(&mut self) -> Bytes {
        self.end_block();
        self.begin_block();
        std::mem::take(&mut self.block)
    }

    /// A part of the block, as readers take it.
    #[inline]
    pub(super) fn frame(&self, place: &Range<usize>) -> ResponseSlice<'_> {
        ResponseSlice::new(&self.block, &self.shared, place.start, place.end)
    }

    /// A response that was given out, as it may be kept: its texts do not hold much more than itself.
    pub(super) fn frame_to_keep<'a>(
        &'a self,
        place: &Range<usize>,
        shared: &'a OnceCell<Arc<Bytes>>,
    ) -> ResponseSlice<'a> {
        if self.holds_more(place) { self.frame(place).apart(shared) } else { self.frame(place) }
    }

    /// The bytes of such a response, to be kept.
    pub(super) fn bytes_to_keep(&self, place: Range<usize>) -> Bytes {
        match self.holds_more(&place) {
            true => Bytes::copy_from_slice(self.block.get(place).unwrap_or_default()),
            false => self.bytes(place),
        }
    }

    /// Whether who holds the response in its block holds much more than it.
    fn holds_more(&self, place: &Range<usize>) -> bool {
        place.len() < MOST_ROOM.max(self.block.len() / 2)
    }

    /// The bytes of a response that was given out, shared with the block.
    pub(super) fn bytes(&self, place: Range<usize>) -> Bytes {
        self.block.slice(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Receives `count` bytes, and returns all but `left`.
    fn turn(memory: &mut ReceiveBuffer, count: usize, left: usize) -> usize {
        let room = memory.room().len();
        memory.received(count.min(room));
        let all = memory.ahead().len();
        memory.give(all - left.min(all));
        memory.end_block();
        room
    }

    #[test]
    fn short_reads_do_not_make_the_room_smaller_for_ever() {
        let mut memory = ReceiveBuffer::default();
        for _ in 0..10 {
            turn(&mut memory, usize::MAX, 10);
        }
        assert!(memory.room().len() >= MOST_ROOM - 10);
        for short in [MOST_ROOM - 1, MOST_ROOM / 2, MOST_ROOM / 3] {
            turn(&mut memory, short, 10);
            // What is left of the memory is used first, if it is not too little.
            turn(&mut memory, usize::MAX, 10);
            assert!(memory.room().len() >= MOST_ROOM - 10, "after {short}: {}", memory.room().len());
        }
    }

    #[test]
    fn a_block_that_somebody_holds_is_left_to_him() {
        let mut memory = ReceiveBuffer::default();
        memory.receive(b"first line\nsecond line\n");
        let place = memory.give(11);
        let held = memory.bytes(place);
        let place = memory.give(12);
        let other = memory.bytes(place);
        memory.end_block();
        memory.room().fill(b'x');
        memory.received(20);
        assert_eq!((&held[..], &other[..]), (&b"first line\n"[..], &b"second line\n"[..]));
    }

    #[test]
    fn what_came_later_stays_behind_what_came_before() {
        let mut memory = ReceiveBuffer::default();
        memory.receive(b"abcdef");
        memory.give(2);
        memory.receive(b"ghi");
        assert!(memory.end_block());
        assert_eq!(memory.ahead(), b"cdefghi");
        assert_eq!(memory.take(), "cdefghi");
        assert_eq!(memory.unread(), 0);
    }
}
