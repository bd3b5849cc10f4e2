//! How many clients there can be, and who goes where there are too many.

use std::collections::VecDeque;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// So many clients can be there that have not logged in. Where another one comes, the oldest of them goes.
const MAX_STRANGERS: usize = 32;
/// So many clients can be logged in.
const MAX_USERS: usize = 64;
/// How long a wrong password is not answered. There is one such wait at a time, however many connections try.
const WAIT_AFTER_REFUSAL: Duration = Duration::from_secs(1);

/// Who is there.
#[derive(Debug, Default)]
pub(super) struct Seats {
    taken: Mutex<Taken>,
    refusal: Mutex<()>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    /// Those who have not logged in, the oldest first.
    strangers: VecDeque<(u64, TcpStream)>,
    users: usize,
}

/// The place of one client, which is free once this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    is_user: bool,
}

impl Seats {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a client that has connected, and whether another one had to go for it.
    pub(super) fn take(seats: &Arc<Self>, stream: &TcpStream) -> io::Result<(Seat, bool)> {
        let stream = stream.try_clone()?;
        let mut taken = seats.lock();
        let is_full = taken.strangers.len() >= MAX_STRANGERS;
        if is_full && let Some((_, oldest)) = taken.strangers.pop_front() {
            let _ = oldest.shutdown(Shutdown::Both);
        }
        let number = taken.next;
        taken.next += 1;
        taken.strangers.push_back((number, stream));
        drop(taken);
        Ok((Seat { seats: Arc::clone(seats), number, is_user: false }, is_full))
    }
}

impl Seat {
    /// Notes that the client has logged in; returns whether there is room for it.
    pub(super) fn log_in(&mut self) -> bool {
        let mut taken = self.seats.lock();
        taken.strangers.retain(|(number, _)| *number != self.number);
        if !self.is_user && taken.users >= MAX_USERS {
            return false;
        }
        taken.users += usize::from(!self.is_user);
        self.is_user = true;
        true
    }

    /// Waits after a refused login, in turn with all others that were refused.
    pub(super) fn wait_after_refusal(&self) {
        let _turn = self.seats.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        thread::sleep(WAIT_AFTER_REFUSAL);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        taken.strangers.retain(|(number, _)| *number != self.number);
        taken.users -= usize::from(self.is_user);
    }
}
