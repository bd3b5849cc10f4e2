//! What is begun on a connection as a whole: greeting, TLS, login, mailboxes.

use std::time::Instant;

use imaplib_proto::client::{
    self, Advance, BadArgument, Error, LearnCapabilities, ListWithStatus, LogIn, LogOut, Procedure, ReceiveGreeting,
    SelectOptions, SelectOrCreate, SelectWith, Single, UpgradeToTls, can_run, mechanism,
};
use imaplib_proto::command::{self, Authenticate, Command, Raw, Reply};
use imaplib_proto::engine::Engine;
use imaplib_proto::types::{self, Capability, Id, InvalidValue, MailboxName, StatusItem};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::task::{Driven, Task};
use super::{Connection, Current};
use crate::values::error::raise;
use crate::values::mailbox::{ListedMailbox, OpenMailbox, Status};

/// Nothing, as a value of Python.
pub(super) fn nothing<T>(py: Python<'_>, _: T) -> PyResult<Py<PyAny>> {
    Ok(py.None())
}

/// The name of a mailbox.
pub(super) fn mailbox_name(py: Python<'_>, name: &str) -> PyResult<MailboxName> {
    MailboxName::new(name).map_err(|error| raise(py, error.into()))
}

impl Connection {
    pub(super) fn begin_task(&mut self, task: Box<dyn Task>) {
        self.give_up();
        self.current = Current::Task(task);
    }

    pub(super) fn begin<P, F>(&mut self, procedure: P, convert: F)
    where
        P: Procedure + Send + Sync + 'static,
        F: FnOnce(Python<'_>, P::Output) -> PyResult<Py<PyAny>> + Send + Sync + 'static,
    {
        self.begin_task(Box::new(Driven::new(procedure, convert)));
    }

    /// One command, whose output is of no interest.
    pub(super) fn begin_command<C: Command + Sync>(&mut self, command: C)
    where
        Reply<C::Output>: 'static,
    {
        self.begin(Single::new(command), nothing);
    }
}

/// A command that logs in: what the server refuses is the login.
struct LoggingIn<C: Command>(Single<C>);

impl<C: Command> Procedure for LoggingIn<C> {
    type Output = Reply<C::Output>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> client::Result<Advance<Self::Output>> {
        self.0.advance(engine, now).map_err(|error| error.of_login(engine.status_events()))
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        self.0.interrupted(engine, error)
    }
}

#[pymethods]
impl Connection {
    /// Receives the greeting.
    fn greet(&mut self) {
        let greeting = ReceiveGreeting::new(&self.timeouts);
        self.begin(greeting, nothing);
    }

    /// Asks for the capabilities, unless they are known.
    fn learn_capabilities(&mut self) {
        self.begin(LearnCapabilities::new(), nothing);
    }

    /// STARTTLS, up to the handshake.
    fn start_tls(&mut self) {
        self.begin(UpgradeToTls::new(), nothing);
    }

    /// Logs in by the strongest way that the server offers. `private` means that nobody can read the connection.
    fn login(&mut self, py: Python<'_>, user: &str, password: &str, private: bool, nonce: &str) -> PyResult<()> {
        let login = LogIn::new(self.engine.capabilities(), user, password, private, nonce);
        self.begin(login.map_err(|error| raise(py, error))?, nothing);
        Ok(())
    }

    /// Logs in by the mechanism of this name.
    fn authenticate(
        &mut self,
        py: Python<'_>,
        mechanism_name: &str,
        user: &str,
        secret: &str,
        nonce: &str,
    ) -> PyResult<()> {
        let Some(mechanism) = mechanism(mechanism_name, user, secret, nonce) else {
            return Err(raise(py, BadArgument::UnknownMechanism(mechanism_name.to_owned()).into()));
        };
        let initial = self.engine.capabilities().has(Capability::SaslIr);
        self.begin(LoggingIn(Single::new(Authenticate::new(mechanism, initial))), nothing);
        Ok(())
    }

    /// Logs in with the command LOGIN, which sends the password as it is.
    fn login_command(&mut self, py: Python<'_>, user: &str, password: &str) -> PyResult<()> {
        if self.engine.capabilities().has(Capability::LoginDisabled) {
            return Err(raise(py, Error::login_disabled()));
        }
        self.begin(LoggingIn(Single::new(command::Login::new(user, password))), nothing);
        Ok(())
    }

    /// Introduces the client to a server that requires it.
    fn introduce(&mut self, py: Python<'_>) -> PyResult<bool> {
        if !self.engine.profile().requires_id || !self.engine.capabilities().has_name("ID") {
            return Ok(false);
        }
        let id = Id::new().with("name", "imaplib-rs").and_then(|id| id.with("version", env!("CARGO_PKG_VERSION")));
        self.begin_command(command::Id::new(id.map_err(|error| raise(py, error.into()))?));
        Ok(true)
    }

    /// LOGOUT.
    fn logout(&mut self) {
        let leaving = LogOut::new(&self.timeouts);
        self.begin(leaving, nothing);
    }

    /// NOOP.
    fn noop(&mut self) {
        self.begin_command(command::Noop);
    }

    /// ENABLE.
    fn enable(&mut self, names: Vec<String>) {
        self.begin_command(command::Enable::new(names));
    }

    /// A command in the words of the protocol, without a tag. Its result is the lines of the untagged responses.
    fn run(&mut self, py: Python<'_>, text: String) -> PyResult<()> {
        let raw = Raw::new(text);
        can_run(&raw.conduct()).map_err(|error| raise(py, error.into()))?;
        self.begin(Single::new(raw), |py, reply: Reply<_>| {
            let lines = reply.value.iter().map(|response| format!("{response:?}"));
            Ok(PyList::new(py, lines)?.into_any().unbind())
        });
        Ok(())
    }

    /// SELECT or EXAMINE. `create` makes the mailbox first, if there is none.
    fn select(&mut self, py: Python<'_>, name: &str, read_only: bool, create: bool, changes: bool) -> PyResult<()> {
        let name = mailbox_name(py, name)?;
        if create {
            self.begin(SelectOrCreate::new(name), nothing);
            return Ok(());
        }
        let mut options = SelectOptions::new();
        if read_only {
            options = options.read_only();
        }
        if changes {
            options = options.for_changes();
        }
        self.begin(SelectWith::new(name, options), nothing);
        Ok(())
    }

    /// UNSELECT, or false where the server has none.
    fn unselect(&mut self, py: Python<'_>, selection: u64) -> PyResult<bool> {
        self.selected(py, selection)?;
        let offered = self.engine.capabilities().supports(Capability::Unselect);
        if offered {
            self.begin_command(command::Unselect);
        }
        Ok(offered)
    }

    /// CLOSE, which removes the messages with `\Deleted` unless the mailbox is read-only.
    fn close_and_expunge(&mut self, py: Python<'_>, selection: u64) -> PyResult<()> {
        self.selected(py, selection)?;
        self.begin_command(command::Close);
        Ok(())
    }

    /// The mailboxes whose names match, with these figures.
    fn list(&mut self, py: Python<'_>, pattern: &str, items: Vec<String>) -> PyResult<()> {
        let pattern = mailbox_name(py, pattern)?;
        if items.is_empty() {
            let root = MailboxName::new("").map_err(|error| raise(py, error.into()))?;
            self.begin(Single::new(command::List::new(root, pattern)), |py, reply: Reply<_>| {
                listed_mailboxes(py, reply.value.into_iter().map(|listing| types::ListedMailbox::new(listing, None)))
            });
            return Ok(());
        }
        let items = status_items(py, &items)?;
        let listing = ListWithStatus::new(pattern, &items, self.engine.capabilities());
        self.begin(listing, |py, listed| listed_mailboxes(py, listed.into_iter()));
        Ok(())
    }

    /// Figures of a mailbox.
    fn status(&mut self, py: Python<'_>, name: &str, items: Vec<String>) -> PyResult<()> {
        let status = command::Status::new(mailbox_name(py, name)?, status_items(py, &items)?);
        self.begin(Single::new(status), |py, reply: Reply<_>| Ok(Py::new(py, Status::of(reply.value))?.into_any()));
        Ok(())
    }

    /// CREATE, DELETE, SUBSCRIBE or UNSUBSCRIBE.
    fn manage(&mut self, py: Python<'_>, what: &str, name: &str) -> PyResult<()> {
        let name = mailbox_name(py, name)?;
        match what {
            "create" => self.begin_command(command::Create::new(name)),
            "delete" => self.begin_command(command::Delete::new(name)),
            "subscribe" => self.begin_command(command::Subscribe::new(name)),
            "unsubscribe" => self.begin_command(command::Unsubscribe::new(name)),
            _ => return Err(pyo3::exceptions::PyValueError::new_err("not a command about a mailbox")),
        }
        Ok(())
    }

    /// RENAME.
    fn rename(&mut self, py: Python<'_>, name: &str, new_name: &str) -> PyResult<()> {
        self.begin_command(command::Rename::new(mailbox_name(py, name)?, mailbox_name(py, new_name)?));
        Ok(())
    }

    /// How the server describes itself (ID), after it was told of the client by these fields.
    fn id(&mut self, py: Python<'_>, fields: Vec<(String, String)>) -> PyResult<()> {
        let mut id = Id::new();
        for (name, value) in fields {
            id = id.with(&name, &value).map_err(|error| raise(py, error.into()))?;
        }
        self.begin(Single::new(command::Id::new(id)), |py, reply: Reply<_>| {
            let fields = PyDict::new(py);
            for (name, value) in reply.value.iter() {
                let value = value.map(|value| value.to_string_lossy().into_owned());
                fields.set_item(name.to_string_lossy().into_owned(), value)?;
            }
            Ok(fields.into_any().unbind())
        });
        Ok(())
    }

    /// Whether the mailbox of this handle is the one that is open.
    fn is_selected(&self, selection: u64) -> bool {
        self.engine.mailbox().is_some() && self.engine.selection_epoch() == selection
    }

    /// The mailbox of this handle, as the server shows it at this moment.
    fn state(&self, py: Python<'_>, selection: u64) -> PyResult<OpenMailbox> {
        self.selected(py, selection)?;
        let open = self.engine.mailbox().map(OpenMailbox::of);
        open.ok_or_else(|| raise(py, BadArgument::NoMailboxOpen.into()))
    }
}

/// What LIST returned, as a list of Python.
fn listed_mailboxes(py: Python<'_>, listed: impl Iterator<Item = types::ListedMailbox>) -> PyResult<Py<PyAny>> {
    let made = listed.map(|one| Py::new(py, ListedMailbox::of(one))).collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, made)?.into_any().unbind())
}

/// Figures by their names in the protocol.
fn status_items(py: Python<'_>, names: &[String]) -> PyResult<Vec<StatusItem>> {
    const ITEMS: [StatusItem; 11] = [
        StatusItem::Messages,
        StatusItem::Recent,
        StatusItem::UidNext,
        StatusItem::UidValidity,
        StatusItem::Unseen,
        StatusItem::Deleted,
        StatusItem::Size,
        StatusItem::DeletedStorage,
        StatusItem::HighestModSeq,
        StatusItem::AppendLimit,
        StatusItem::MailboxId,
    ];
    let find = |name: &String| {
        let found = ITEMS.into_iter().find(|item| item.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| raise(py, InvalidValue::new("figure of a mailbox", name).into()))
    };
    names.iter().map(find).collect()
}
