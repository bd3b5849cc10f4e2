//! `imap parse FILE`

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::args::Parse;
use crate::error::{Exit, Failure, Result};
use crate::output::Output;
use crate::transcript::{Outcome, Reader};

const BLOCK: usize = 256 << 10;

pub(crate) fn run(args: &Parse, out: &mut Output) -> Result<Exit> {
    let mut input = open(&args.file)?;
    let mut reader = Reader::new();
    let mut outcome = Outcome::Understood;
    let mut block = vec![0; BLOCK];
    while !matches!(outcome, Outcome::FramingLost(_)) {
        let length = match input.read(&mut block) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::file("read", &args.file, &error)),
        };
        if length == 0 {
            outcome = outcome.and(reader.end(out)?);
            break;
        }
        outcome = outcome.and(reader.receive(block.get(..length).unwrap_or_default(), out)?);
    }
    out.flush()?;
    match outcome {
        Outcome::Understood => Ok(Exit::Ok),
        Outcome::Partial => Ok(Exit::Partial),
        Outcome::FramingLost(at) => {
            let file = args.file.display();
            let message = format!("{file}: framing is lost at byte {at}: nothing behind it was read");
            let hint = "what follows cannot be told from the text of a message: a client ends the connection there";
            Err(Failure::new(Exit::Protocol, message).hint(hint))
        }
    }
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| Failure::file("open", path, &error))?;
    Ok(Box::new(file))
}
