//! A cut inside TLS, without a word on the TLS layer: never the end of a message.

use std::time::Duration;

use imaplib::types::UidSet;
use imaplib::{ConnectOptions, Endpoint, FetchItem, Timeouts};
use imaplib_testserver::{Fault, Server};

use crate::network::{PASSWORD, USER};

macro_rules! download {
    ($($async:ident)?) => {
        pub $($async)? fn download(endpoint: &Endpoint, options: &ConnectOptions) -> imaplib::Result<u64> {
            let client = wait!(Client::connect_with(endpoint, options))?;
            let mut session = wait!(client.login_command(USER, PASSWORD))?;
            let mut inbox = wait!(session.select("INBOX"))?;
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message())?;
            let mut bytes = 0;
            while let Some(mut row) = wait!(rows.next())? {
                while let Some(mut body) = wait!(row.next_body())? {
                    bytes += wait!(body.copy_to(&mut Vec::new()))?;
                }
            }
            Ok(bytes)
        }
    };
}

mod blocking {
    use imaplib::blocking::Client;

    use super::*;
    macro_rules! wait {
        ($($call:tt)*) => { $($call)* };
    }
    download!();
}

mod asynchronous {
    use imaplib::Client;

    use super::*;
    macro_rules! wait {
        ($($call:tt)*) => { $($call)*.await };
    }
    download!(async);
}

#[test]
fn a_cut_without_close_notify_is_no_end() {
    const LENGTH: u64 = 20_000;
    let (mut cuts, mut within) = (0, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for bytes in (1..21_600).step_by(701) {
        let server = Server::builder().user(USER, PASSWORD).fault(Fault::CutAfter { bytes }).start().unwrap();
        server.store().account(USER).append_synthetic("INBOX", LENGTH).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.pem");
        std::fs::write(&authority, server.ca_pem()).unwrap();
        let endpoint = Endpoint::tls("localhost", server.tls_addr().port());
        let options = ConnectOptions::new().ca_file(&authority).timeouts(Timeouts::all(Duration::from_secs(5)));
        for result in
            [blocking::download(&endpoint, &options), runtime.block_on(asynchronous::download(&endpoint, &options))]
        {
            match result {
                Ok(content) => assert_eq!(content, LENGTH),
                Err(error) => {
                    cuts += 1;
                    assert!(error.is_connection_lost() && !error.is_timeout(), "{error}");
                    within += usize::from(error.truncated_literal().is_some_and(|literal| literal.announced == LENGTH));
                }
            }
        }
    }
    println!("{cuts} cuts of TLS, {within} within the message");
    assert!(cuts > 50 && within > 40, "{cuts} {within}");
}
