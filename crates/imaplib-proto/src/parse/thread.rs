//! THREAD (RFC 5256, section 4).

use super::cursor::{Cursor, Malformed};
use super::number::number;
use crate::types::Threads;

/// No response has more messages; each needs four times the memory of its shortest form on the wire.
const MOST_MESSAGES: usize = 1 << 20;

/// No thread is deeper.
const MOST_OPEN: usize = 100_000;

/// Reads the threads with a stack of its own: how deep they are is for the server to say.
pub(super) fn threads(cursor: &mut Cursor<'_>) -> Result<Threads, Malformed> {
    let mut threads = Threads::default();
    let mut left_out = false;
    // The parent of what comes next in each list that is open, and whether the list has begun.
    let mut open: Vec<(Option<usize>, bool)> = Vec::new();
    loop {
        cursor.spaces();
        match cursor.peek() {
            b'(' => {
                cursor.advance();
                if let Some((parent, begun)) = open.last_mut()
                    && !*begun
                {
                    // A list that begins with lists has a parent that is not there.
                    *parent = Some(threads.push(None, *parent));
                    *begun = true;
                }
                if open.len() >= MOST_OPEN {
                    return Err(cursor.malformed("threads that are nested too deep"));
                }
                let parent = open.last().and_then(|(parent, _)| *parent);
                open.push((parent, false));
            }
            b')' if !open.is_empty() => {
                cursor.advance();
                open.pop();
            }
            _ if cursor.at_end() && open.is_empty() => {
                // An answer that cannot be read is not an empty one.
                let nothing_left = left_out && threads.is_empty();
                return if nothing_left { Err(cursor.malformed("no message number")) } else { Ok(threads) };
            }
            _ => match open.last_mut() {
                Some((parent, begun)) => {
                    let start = cursor.position();
                    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
                    if digits.is_empty() {
                        return Err(cursor.malformed("no number of 32 bits"));
                    }
                    // What answers it is a part of the thread all the same.
                    let Some((number @ 1.., _)) = number(digits) else {
                        cursor.note(start, "a number that no message has, left out of a thread");
                        left_out = true;
                        continue;
                    };
                    if threads.iter().len() >= MOST_MESSAGES {
                        return Err(cursor.malformed("more messages than a response of threads has"));
                    }
                    cursor.weight += Threads::NODE;
                    *parent = Some(threads.push(Some(number), *parent));
                    *begun = true;
                }
                None => return Err(cursor.malformed("no thread")),
            },
        }
    }
}
