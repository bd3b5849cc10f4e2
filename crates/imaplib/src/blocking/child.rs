//! A child process as a transport, with timeouts.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::Transport;
use imaplib_proto::client::BadArgument;

use crate::{Result, tunnel};

/// A child process whose standard input and output are the connection.
pub(super) struct Child {
    process: std::process::Child,
    input: Option<std::process::ChildStdin>,
    output: std::process::ChildStdout,
    timeouts: (Duration, Duration),
}

impl Child {
    pub(super) fn spawn(command: &[String], withheld: &[OsString]) -> Result<Self> {
        let (mut command, failed) = tunnel::command(command, withheld)?;
        let mut process = command.spawn().map_err(failed)?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => {
                let forever = (Duration::MAX, Duration::MAX);
                Ok(Self { process, input: Some(input), output, timeouts: forever })
            }
            _ => Err(BadArgument::Tunnel("the tunnel has no input or no output").into()),
        }
    }
}

impl Read for Child {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        ready(&self.output, rustix::event::PollFlags::IN, self.timeouts.0)?;
        self.output.read(buffer)
    }
}

impl Write for Child {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        #[cfg(unix)]
        ready(&*input, rustix::event::PollFlags::OUT, self.timeouts.1)?;
        // A pipe that can be written to takes this much without waiting.
        input.write(bytes.get(..bytes.len().min(4096)).unwrap_or_default())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Child {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.timeouts = (read, write);
        Ok(())
    }
}

impl Drop for Child {
    /// Closes the child's input, which ends it; one that continues regardless is killed.
    fn drop(&mut self) {
        self.input = None;
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end {
            match self.process.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                _ => return,
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until a pipe can be read from or written to.
#[cfg(unix)]
fn ready(pipe: &impl std::os::fd::AsFd, flags: rustix::event::PollFlags, limit: Duration) -> io::Result<()> {
    let limit = rustix::event::Timespec::try_from(limit.min(Duration::from_secs(1 << 30)))
        .map_err(|_| io::ErrorKind::InvalidInput)?;
    match rustix::event::poll(&mut [rustix::event::PollFd::new(pipe, flags)], Some(&limit))? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
