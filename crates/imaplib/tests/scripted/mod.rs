//! A server that says what it is told to say.
#![allow(unreachable_pub)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use imaplib::Endpoint;

/// A server that answers the greeting and each line with what the script says; gives the lines that it got.
pub fn scripted(script: impl FnOnce(&mut dyn FnMut(&str)) + Send + 'static) -> (Arc<Mutex<Vec<String>>>, Endpoint) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", listener.local_addr().unwrap().port());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&sent);
    std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut greeted = false;
        script(&mut |text| {
            if std::mem::replace(&mut greeted, true) {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                lines.lock().unwrap().push(line.trim_end().to_owned());
            }
            reader.get_mut().write_all(text.as_bytes()).unwrap();
        });
        std::thread::sleep(Duration::from_secs(1));
    });
    (sent, endpoint)
}
