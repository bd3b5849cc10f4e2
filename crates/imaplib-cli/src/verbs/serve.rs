//! `imap serve DIR`: an archive of `imap backup` over IMAP, on this machine.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::account::secret::{self, Secret};
use crate::args::Serve;
use crate::error::{Exit, Failure, Result};
use crate::output::Output;
use crate::serve::{Served, listen};

/// How often it is looked whether a signal has come.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &Serve, out: &mut Output) -> Result<Exit> {
    let address = args.listen;
    if !address.ip().is_loopback() {
        return Err(Failure::usage(format!("--listen {address}: others could read the mail and the password")).hint(
            "listen on 127.0.0.1 or [::1]; from another machine, forward the port: ssh -L 1143:127.0.0.1:1143 HOST",
        ));
    }
    if args.user.is_empty() || args.user.chars().any(char::is_control) {
        return Err(Failure::usage("--user needs a name"));
    }
    let given = match (&args.password_command, &args.password_file) {
        (Some(command), _) => Some(secret::from_command("--password-command", command)?),
        (None, Some(file)) => Some(secret::from_file(file)?),
        (None, None) => None,
    };
    let is_made = given.is_none();
    let password = match given {
        Some(password) => password,
        None => Secret::random()?,
    };
    // In this order: who gets an address is served.
    let served = Arc::new(Served::open(&args.dir, args.gone, &args.user, password.reveal())?);
    let listener = TcpListener::bind(address);
    let listener = listener.map_err(|error| {
        Failure::io(&error).context(format!("cannot listen at {address}")).hint("with port 0, any free port is taken")
    })?;
    let address = listener.local_addr()?;
    let signal = Arc::new(AtomicUsize::new(0));
    for (number, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
        flag::register_usize(number, Arc::clone(&signal), exit as usize)?;
    }
    let accepting = Arc::clone(&served);
    thread::Builder::new().name("listener".to_owned()).spawn(move || listen(&listener, &accepting))?;
    let shown = is_made.then(|| password.reveal());
    if out.is_json() {
        out.object(&json!({
            "serving": args.dir.to_string_lossy(),
            "account": served.account(),
            "address": address.to_string(),
            "user": args.user,
            "password": shown,
        }))?;
    } else {
        out.line(&format!("serving {} at imap://{address}", args.dir.display()))?;
        out.line(&format!("user {}", args.user))?;
        if let Some(password) = shown {
            out.line(&format!("password {password}"))?;
        }
    }
    out.flush()?;
    while signal.load(Ordering::Relaxed) == 0 {
        thread::sleep(PAUSE);
    }
    served.close();
    Ok(match signal.load(Ordering::Relaxed) {
        code if code == Exit::Terminated as usize => Exit::Terminated,
        _ => Exit::Interrupted,
    })
}
