//! What is answered to each command.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;

use super::answer::Answer;
use super::deflated::Deflated;

/// Answers in clear text, or within TLS.
pub(super) fn clear(mut stream: impl Read + Write, answer: &Answer) -> io::Result<()> {
    stream.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")?;
    stream.flush()?;
    talk(stream, answer, |out| answer.write(out))
}

/// Answers commands; `send` sends what was prepared.
fn talk<S: Read + Write>(stream: S, answer: &Answer, send: impl Fn(&mut S) -> io::Result<()>) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(4096, stream);
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let upper = line.to_ascii_uppercase();
        let mut words = upper.split_whitespace().skip(1).skip_while(|word| *word == "UID");
        let tag = line.split_whitespace().next().unwrap_or("*");
        let out = stream.get_mut();
        let verb = words.next().unwrap_or_default();
        match verb {
            "CAPABILITY" => out.write_all(b"* CAPABILITY IMAP4rev1\r\n")?,
            "SELECT" | "EXAMINE" => out.write_all(&answer.selected())?,
            "FETCH" | "SEARCH" => send(out)?,
            // A client that asks for the separator, or for the inbox alone, gets that.
            "LIST" | "LSUB" if !upper.trim_end().ends_with(" *") && !upper.trim_end().ends_with(" \"*\"") => {
                out.write_all(b"* LIST (\\HasNoChildren) \"/\" INBOX\r\n")?;
            }
            "LIST" => send(out)?,
            "LOGOUT" => out.write_all(b"* BYE so long\r\n")?,
            _ => {}
        }
        out.write_all(format!("{tag} OK done\r\n").as_bytes())?;
        out.flush()?;
        if verb == "LOGOUT" {
            break;
        }
        line.clear();
    }
    Ok(())
}

/// Announces what it can do, and continues in clear text up to COMPRESS, and compressed from there.
pub(super) fn deflated(stream: TcpStream, answer: &Answer) -> io::Result<()> {
    let ready = b"* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready\r\n";
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(ready)?;
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let tag = line.split_whitespace().next().unwrap_or("*").to_owned();
        let compress = line.to_ascii_uppercase().contains("COMPRESS");
        let about = if line.to_ascii_uppercase().contains("CAPABILITY") {
            "* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE\r\n"
        } else {
            ""
        };
        stream.get_mut().write_all(format!("{about}{tag} OK done\r\n").as_bytes())?;
        if compress {
            let prepared = |out: &mut Deflated<TcpStream>| out.below().write_all(answer.deflated());
            return talk(Deflated::new(stream.into_inner()), answer, prepared);
        }
        line.clear();
    }
    Ok(())
}
