//! A whole session, written once for both fronts, and what it shows of itself.

use imaplib::{AppendMessage, ConnectOptions, Error, FetchItem, Result, Search};
use imaplib_testserver::AccountHandle;

use crate::network::{Network, PASSWORD, USER};

/// What a session saw, and where it stood.
pub struct Witness {
    pub account: AccountHandle,
    pub network: Network,
    /// What the calls gave, in order.
    pub saw: Vec<String>,
    pub step: &'static str,
    /// How the account was when the step began.
    pub before: String,
    /// How many bytes had gone to the server when the step began.
    pub up: usize,
}

impl Witness {
    pub fn new(account: AccountHandle, network: Network) -> Self {
        let before = digest(&account);
        Self { account, network, saw: Vec::new(), step: "", before, up: 0 }
    }

    fn begin(&mut self, step: &'static str) {
        self.step = step;
        self.before = digest(&self.account);
        self.up = self.network.inner().up;
    }

    fn saw(&mut self, what: String) {
        self.saw.push(format!("{}: {what}", self.step));
    }
}

/// The messages of all mailboxes with their flags.
pub fn digest(account: &AccountHandle) -> String {
    let mut text = String::new();
    for name in account.mailboxes().unwrap() {
        text += &format!("{name}:");
        for message in account.messages(&name).unwrap() {
            let content = message.content.prefix(usize::MAX);
            let subject = String::from_utf8_lossy(&content).lines().next().unwrap_or_default().to_owned();
            let flags: Vec<String> = message.flags.iter().map(|flag| flag.to_string()).collect();
            text += &format!(" {} {} [{}] {subject:?}", message.uid, content.len(), flags.join(" "));
        }
        text.push('\n');
    }
    text
}

/// A message of about so many bytes.
pub fn message(number: usize, size: usize) -> String {
    let mut text = format!("Subject: number {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n");
    while text.len() < size {
        text += &format!("line {} of number {number}: {{5}} )\r\n", text.len());
    }
    text
}

macro_rules! session {
    ($($async:ident)?) => {
        /// Runs the whole session; the error of the step that failed.
        pub $($async)? fn run(witness: &mut Witness, options: &ConnectOptions) -> Result<()> {
            let mut session = wait!(log_in(witness, options))?;
            if let Err(error) = wait!(work(&mut session, witness)) {
                // It says so again, and does not hang.
                wait!(end(session));
                return Err(error);
            }
            witness.begin("logout");
            wait!(session.logout())
        }

        pub $($async)? fn log_in(witness: &mut Witness, options: &ConnectOptions) -> Result<Session> {
            witness.begin("greeting");
            let client = wait!(Client::from_stream(witness.network.line(), true, options))?;
            witness.saw(format!("{:?}", client.greeting()));
            witness.begin("login");
            wait!(client.login_command(USER, PASSWORD))
        }

        $($async)? fn end(mut session: Session) {
            assert!(wait!(session.noop()).is_err(), "a session goes on after it was cut");
            let _ = wait!(session.logout());
        }

        pub $($async)? fn work(session: &mut Session, witness: &mut Witness) -> Result<()> {
            witness.begin("list");
            let mailboxes = wait!(session.list("*"))?;
            witness.saw(mailboxes.iter().map(|mailbox| mailbox.name.to_string()).collect::<Vec<_>>().join(" "));
            witness.begin("append");
            let text = message(4, 700);
            witness.saw(format!("{:?}", wait!(session.append("INBOX", AppendMessage::from(text.as_str())))?));
            witness.begin("select");
            let mut inbox = wait!(session.select("INBOX"))?;
            witness.saw(format!("{} {:?} {:?}", inbox.exists(), inbox.uid_validity(), inbox.uid_next()));
            witness.begin("flags");
            let rows = wait!(inbox.fetch_all(imaplib::types::UidSet::all(), FetchItem::Flags))?;
            rows.iter().for_each(|row| witness.saw(format!("{:?} {:?}", row.uid, row.flags)));
            witness.begin("bodies");
            let mut rows = inbox.fetch(imaplib::types::UidSet::all(), [FetchItem::Size, FetchItem::message()])?;
            while let Some(mut row) = wait!(rows.next())? {
                let (uid, size) = (row.uid(), row.size());
                let mut text = Vec::new();
                while let Some(mut body) = wait!(row.next_body())? {
                    wait!(body.copy_to(&mut text))?;
                }
                witness.saw(format!("{uid:?} {size:?} {}", String::from_utf8_lossy(&text)));
            }
            drop(rows);
            witness.begin("store");
            let one = |uid| -> imaplib::types::UidSet { imaplib::types::Uid::new(uid).unwrap().into() };
            let rows = wait!(inbox.store(&one(1), imaplib::FlagChange::add(imaplib::types::Flag::Flagged)))?.rows;
            witness.saw(format!("{:?}", rows.iter().map(|row| row.flags.clone()).collect::<Vec<_>>()));
            witness.begin("copy");
            witness.saw(format!("{:?}", wait!(inbox.copy(&one(2), "Target"))?));
            witness.begin("move");
            witness.saw(format!("{:?}", wait!(inbox.move_messages(&one(3), "Target"))?));
            let new = message(5, 100);
            witness.account.append("INBOX", new).unwrap();
            witness.begin("idle");
            let mut idle = inbox.idle();
            // What came before has left events of its own.
            for _ in 0..20 {
                let event = wait!(idle.next(Some(std::time::Duration::from_millis(2))))?;
                // In silence nothing comes, which is not an event.
                let Some(event) = event else { continue };
                witness.saw(format!("{:?}", event.response));
                if event.response == imaplib::types::Untagged::Exists(4) {
                    break;
                }
            }
            witness.begin("done");
            wait!(idle.done())?;
            witness.saw(inbox.exists().to_string());
            witness.begin("search");
            witness.saw(wait!(inbox.search(Search::all()))?.to_string());
            Ok(())
        }
    };
}

pub mod blocking {
    use super::*;
    use imaplib::blocking::{Client, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)* };
    }
    session!();
}

pub mod asynchronous {
    use super::*;
    use imaplib::{Client, Session};

    macro_rules! wait {
        ($($call:tt)*) => { $($call)*.await };
    }
    session!(async);
}

/// What a caller must be able to tell of a cut, held against what really happened.
pub fn judge(undisturbed: &Witness, witness: &Witness, result: Result<()>, places: &[(usize, usize)]) -> Option<Error> {
    let way = format!("in the step {}", witness.step);
    assert!(
        undisturbed.saw.starts_with(&witness.saw),
        "{way} it saw what an undisturbed session does not see: {:?}",
        witness.saw.last()
    );
    let now = digest(&witness.account);
    let Err(error) = result else {
        assert!(now == digest(&undisturbed.account), "{way} the account differs, and no error was told");
        return None;
    };
    let changed = now != witness.before;
    assert!(
        !changed || error.is_outcome_unknown(),
        "{way} the account has changed, and the error does not say so: {error}"
    );
    let (said, up) = witness.network.traffic();
    // IDLE itself is unanswered when DONE is to be sent.
    let nothing_went = up == witness.up && !witness.network.inner().swallows() && witness.step != "done";
    assert!(
        !(nothing_went && error.is_outcome_unknown()),
        "{way} nothing was sent, and the outcome is called unknown: {error}"
    );
    assert!(
        error.is_connection_lost() || error.is_protocol(),
        "{way} the error does not say that the connection is lost: {error}"
    );
    // The literal that was cut, if it was one.
    let here = said.len();
    let cut = places.iter().find(|(start, end)| (*start..*end).contains(&here));
    let told = error.truncated_literal().map(|literal| (literal.received, literal.announced));
    let expected = cut.map(|(start, end)| ((here - start) as u64, (end - start) as u64));
    assert_eq!(told, expected, "{way} byte {here}: {error}");
    if let Some((received, announced)) = expected {
        let text = error.to_string();
        assert!(text.contains(&format!(" {received} of its {announced} ")), "{text}");
    }
    Some(error)
}

/// Where the literals lie in what a server said.
pub fn literals(said: &[u8]) -> Vec<(usize, usize)> {
    let (mut places, mut at) = (Vec::new(), 0);
    while let Some(end) = said[at..].iter().position(|byte| *byte == b'\n').map(|place| at + place + 1) {
        let line = String::from_utf8_lossy(&said[at..end]);
        let length = line.trim_end().strip_suffix('}').and_then(|line| line.rsplit('{').next()?.parse::<usize>().ok());
        at = end + length.unwrap_or(0);
        places.extend(length.map(|length| (end, end + length)));
    }
    places
}
