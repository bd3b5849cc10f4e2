//! Runs the test server with its sample account until standard input ends.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use imaplib_testserver::{Connection, SAMPLE_PASSWORD, SAMPLE_USER, Server, Settings, Store, serve_split};

const USAGE: &str = "\
Usage: imaplib-testserver [options]

Serves the sample account (user demo, password demo) on 127.0.0.1
until standard input ends.

  --plain PORT      port for clear text and STARTTLS (0, the default: any)
  --tls PORT        port for TLS (0, the default: any)
  --ca FILE         write the certificate authority to FILE, in PEM
  --without NAME    take a capability away; can be repeated
  --with NAME       announce a capability; can be repeated
  --all             announce every capability that the server knows
  --synthetic BYTES add a message of so many bytes to INBOX
  --token TOKEN     the token that XOAUTH2 and OAUTHBEARER accept
  --stdio           serve one logged-in connection on standard input and output
  --help            show this text";

struct Options {
    plain: u16,
    tls: u16,
    ca: Option<String>,
    settings: Settings,
    synthetic: Option<u64>,
    stdio: bool,
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("imaplib-testserver: {problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let result = if options.stdio { run_stdio(options) } else { run_server(options) };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("imaplib-testserver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options { plain: 0, tls: 0, ca: None, settings: Settings::new(), synthetic: None, stdio: false };
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is not a number"));
        let port = |text: String| text.parse::<u16>().map_err(|_| format!("{text} is not a port"));
        match name.as_str() {
            "--plain" => options.plain = port(value()?)?,
            "--tls" => options.tls = port(value()?)?,
            "--ca" => options.ca = Some(value()?),
            "--without" => options.settings = options.settings.without(&value()?),
            "--with" => options.settings = options.settings.with(&value()?),
            "--all" => options.settings = options.settings.with_all(),
            "--token" => options.settings = options.settings.token(&value()?),
            "--synthetic" => options.synthetic = Some(number(value()?)?),
            "--stdio" => options.stdio = true,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("unknown option {other}")),
        }
    }
    Ok(Some(options))
}

fn run_stdio(options: Options) -> io::Result<()> {
    let store = Store::new();
    store.add_sample_account();
    add_synthetic(&store, options.synthetic)?;
    let settings = options.settings.preauthenticated(SAMPLE_USER);
    serve_split(Connection::new(store, settings), io::stdin(), io::stdout())
}

fn run_server(options: Options) -> io::Result<()> {
    let settings = options.settings;
    let server = Server::builder().sample_account().settings(|_| settings).ports(options.plain, options.tls).start()?;
    add_synthetic(server.store(), options.synthetic)?;
    if let Some(file) = options.ca {
        std::fs::write(file, server.ca_pem())?;
    }
    println!("plain {}", server.plain_addr());
    println!("tls {}", server.tls_addr());
    println!("user {SAMPLE_USER} password {SAMPLE_PASSWORD}");
    io::stdout().flush()?;
    let mut input = [0; 1024];
    while io::stdin().read(&mut input)? > 0 {}
    Ok(())
}

fn add_synthetic(store: &Store, size: Option<u64>) -> io::Result<()> {
    if let Some(size) = size {
        store.account(SAMPLE_USER).append_synthetic("INBOX", size).map_err(io::Error::other)?;
    }
    Ok(())
}
