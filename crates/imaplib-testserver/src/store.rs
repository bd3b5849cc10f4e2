//! All accounts of a server, shared by its connections and by the test that runs it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use imaplib_proto::types::{DateTime, Flag, Flags, Uid};
use sha2::{Digest as _, Sha256};

use crate::account::Account;
use crate::annotations::Limits;
use crate::backing::{BackedMailbox, Backing};
use crate::content::Content;
use crate::mailbox::{Draft, ExpungeLog, Mailbox, Message};
use crate::message_file::MessageFile;
use crate::mime::part::Part;
use crate::store_error::StoreError;

/// The accounts and mailboxes of a server; a clone is a handle to the same ones.
///
/// A test changes mailboxes through [`Store::account`]; sessions that have them selected are informed, at once if they
/// are in IDLE.
#[derive(Clone, Default)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    accounts: Mutex<BTreeMap<String, Account>>,
    watchers: Mutex<Watchers>,
    /// The structures of messages in files that were read last.
    structures: Mutex<VecDeque<Structure>>,
}

/// The structure of the message in a file, once it was read.
type Structure = (Arc<dyn MessageFile>, Arc<OnceLock<Part>>);

/// So many structures of messages in files are kept.
const MAX_STRUCTURES: usize = 16;

#[derive(Default)]
struct Watchers {
    next: u64,
    wake: BTreeMap<u64, Box<dyn Fn() + Send>>,
}

/// Ends a subscription to changes when dropped.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    id: u64,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("users", &self.lock().keys().collect::<Vec<_>>()).finish()
    }
}

impl Store {
    /// A store without accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account with an empty INBOX; an account of the same name is replaced.
    pub fn add_user(&self, user: &str, password: &str) {
        self.lock().insert(user.to_owned(), Account::new(password));
        self.notify();
    }

    /// Adds an account whose mail is kept elsewhere; an account of the same name is replaced.
    ///
    /// # Errors
    /// If the mailboxes cannot be read.
    pub fn add_backed_user(&self, user: &str, password: &str, backing: Arc<dyn Backing>) -> io::Result<()> {
        let mut account = Account::new(password);
        account.follow(backing.mailboxes()?.unwrap_or_default(), HashMap::new());
        account.backing = Some(backing);
        self.lock().insert(user.to_owned(), account);
        self.notify();
        Ok(())
    }

    /// Follows what has changed in the mail that is kept elsewhere; returns whether anything has.
    ///
    /// # Errors
    /// If it cannot be read: then everything is as it was.
    pub fn follow(&self) -> io::Result<bool> {
        let backed = |(user, account): (&String, &Account)| Some((user.clone(), Arc::clone(account.backing.as_ref()?)));
        let accounts: Vec<_> = self.lock().iter().filter_map(backed).collect();
        let mut has_changed = false;
        for (user, backing) in accounts {
            // Nothing is read while others wait for the store.
            let open = self.with(&user, |account| Ok::<_, StoreError>(account.loaded())).unwrap_or_default();
            let Some(listed) = backing.mailboxes()? else { continue };
            let read = |mailbox: BackedMailbox| Ok((mailbox.key, backing.messages(&mailbox)?));
            let open = open.into_iter().map(read).collect::<io::Result<HashMap<_, _>>>()?;
            let _ = self.with(&user, |account| {
                account.follow(listed, open);
                Ok::<_, StoreError>(())
            });
            has_changed = true;
        }
        if has_changed {
            self.notify();
        }
        Ok(has_changed)
    }

    /// Reads the messages of a mailbox that are kept elsewhere; they stay in memory while the result is there.
    pub(crate) fn load(&self, user: &str, name: &str) -> Result<Arc<()>, StoreError> {
        let (held, wanted) = self.with(user, |account| {
            let backing = account.backing.clone();
            let mailbox = account.mailbox_mut(name)?;
            let held = mailbox.backed.as_ref().map(|backed| Arc::clone(&backed.held)).unwrap_or_default();
            let to_load = mailbox.backed.as_ref().filter(|backed| !backed.is_loaded);
            Ok::<_, StoreError>((held, backing.zip(to_load.map(|backed| backed.mailbox.clone()))))
        })?;
        let Some((backing, mailbox)) = wanted else { return Ok(held) };
        let messages = backing.messages(&mailbox).map_err(|_| StoreError::Unreadable)?;
        self.with(user, |account| account.mailbox_mut(name).map(|mailbox| mailbox.fill(messages)))?;
        Ok(held)
    }

    /// A message of which the file, if it is in one, is open. The structures of some are kept.
    pub(crate) fn open_message(&self, message: &Message) -> io::Result<Message> {
        let Some(file) = message.content.closed_file() else { return Ok(message.clone()) };
        let mut structures = self.shared.structures.lock().unwrap_or_else(PoisonError::into_inner);
        let known = structures.iter().position(|(known, _)| Arc::ptr_eq(known, file));
        let entry = known.and_then(|place| structures.remove(place));
        let entry = entry.unwrap_or_else(|| (Arc::clone(file), Arc::default()));
        let structure = Arc::clone(&entry.1);
        structures.push_back(entry);
        if structures.len() > MAX_STRUCTURES {
            structures.pop_front();
        }
        drop(structures);
        message.with_open_file(structure)
    }

    /// A handle to the account of a user, whether or not there is one.
    pub fn account(&self, user: &str) -> AccountHandle {
        AccountHandle { store: self.clone(), user: user.to_owned() }
    }

    /// The names of all users, sorted.
    pub fn users(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Account>> {
        self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads or changes an account. Call [`Store::notify`] after a change, without holding anything of the store.
    pub(crate) fn with<T, E: From<StoreError>>(
        &self,
        user: &str,
        work: impl FnOnce(&mut Account) -> Result<T, E>,
    ) -> Result<T, E> {
        work(self.lock().get_mut(user).ok_or(StoreError::NoSuchUser)?)
    }

    /// Whether this is the password of a user. The time that this needs shows nothing of it.
    pub(crate) fn accepts(&self, user: &str, password: &[u8]) -> bool {
        let known = self.password(user);
        let digest = |password: &[u8]| Sha256::digest(password);
        digest(known.as_deref().unwrap_or_default().as_bytes()) == digest(password) && known.is_some()
    }

    /// The password of a user.
    pub(crate) fn password(&self, user: &str) -> Option<String> {
        self.lock().get(user).map(|account| account.password.clone())
    }

    /// Calls `wake` after every change until the result is dropped. `wake` must not block.
    pub(crate) fn watch(&self, wake: impl Fn() + Send + 'static) -> Watch {
        let mut watchers = self.shared.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        let id = watchers.next;
        watchers.next += 1;
        watchers.wake.insert(id, Box::new(wake));
        Watch { shared: Arc::clone(&self.shared), id }
    }

    /// Informs all connections that something has changed.
    pub(crate) fn notify(&self) {
        let watchers = self.shared.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for wake in watchers.wake.values() {
            wake();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watchers = self.shared.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.wake.remove(&self.id);
    }
}

/// One user's mailboxes, for a test to look at and to change.
#[derive(Debug, Clone)]
pub struct AccountHandle {
    store: Store,
    user: String,
}

/// What [`AccountHandle::messages`] returns of a message.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MessageInfo {
    /// The unique identifier.
    pub uid: Uid,
    /// The flags, without `\Recent`.
    pub flags: Flags,
    /// The internal date.
    pub date: DateTime,
    /// The message itself.
    pub content: Content,
}

/// The internal date of messages appended without one: 2024-01-01 00:00:00 UTC.
const DEFAULT_DATE: i64 = 1_704_067_200;

impl AccountHandle {
    fn change<T>(&self, work: impl FnOnce(&mut Account) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let result = self.store.with(&self.user, work);
        self.store.notify();
        result
    }

    fn change_mailbox<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut Mailbox) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.change(|account| work(account.mailbox_mut(&crate::name::normalize(name))?))
    }

    /// The names of all mailboxes in Unicode, levels separated by `/`, sorted.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn mailboxes(&self) -> Result<Vec<String>, StoreError> {
        self.store.with(&self.user, |account| Ok(account.mailboxes.keys().cloned().collect()))
    }

    /// Creates a mailbox and the missing ones above it.
    ///
    /// # Errors
    /// If it exists or the name is not valid.
    pub fn create(&self, mailbox: &str) -> Result<(), StoreError> {
        self.change(|account| account.create(mailbox))
    }

    /// Deletes a mailbox; sessions that have it selected are disconnected.
    ///
    /// # Errors
    /// If it is INBOX or does not exist.
    pub fn delete(&self, mailbox: &str) -> Result<(), StoreError> {
        self.change(|account| account.delete(mailbox))
    }

    /// Sets the attributes of a mailbox, those of RFC 6154, such as `\Sent`.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn set_special_use(&self, mailbox: &str, attributes: &[&str]) -> Result<(), StoreError> {
        self.change_mailbox(mailbox, |mailbox| {
            mailbox.special_use = attributes.iter().map(|attribute| (*attribute).to_owned()).collect();
            Ok(())
        })
    }

    /// Subscribes to a mailbox, or ends the subscription.
    ///
    /// # Errors
    /// If there is no such user, the name is too long, or there are too many subscriptions.
    pub fn subscribe(&self, mailbox: &str, subscribed: bool) -> Result<(), StoreError> {
        let name = crate::name::normalize(mailbox);
        self.change(|account| {
            if subscribed {
                return account.subscribe(name);
            }
            account.subscriptions.remove(&name);
            Ok(())
        })
    }

    /// Limits what the account may hold: kilobytes of 1024 bytes, and messages. APPEND and COPY obey it, this handle does
    /// not.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn set_quota(&self, kilobytes: Option<u64>, messages: Option<u64>) -> Result<(), StoreError> {
        self.change(|account| {
            account.limits = Limits { storage: kilobytes, messages };
            Ok(())
        })
    }

    /// Adds a message without flags, dated 2024-01-01.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn append(&self, mailbox: &str, content: impl Into<Content>) -> Result<Uid, StoreError> {
        let date = DateTime::from_unix(DEFAULT_DATE).map_err(|_| StoreError::TooMany)?;
        self.append_with(mailbox, Flags::new(), date, content)
    }

    /// Adds a message with flags and an internal date.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn append_with(
        &self,
        mailbox: &str,
        flags: Flags,
        date: DateTime,
        content: impl Into<Content>,
    ) -> Result<Uid, StoreError> {
        let content = content.into();
        self.change_mailbox(mailbox, |mailbox| {
            mailbox.append(Draft { flags, date, content }).ok_or(StoreError::TooMany)
        })
    }

    /// Adds a message of `size` bytes that is made while it is sent, in constant memory.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn append_synthetic(&self, mailbox: &str, size: u64) -> Result<Uid, StoreError> {
        self.append(mailbox, Content::synthetic(size))
    }

    /// The messages of a mailbox in the order of their UIDs.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn messages(&self, mailbox: &str) -> Result<Vec<MessageInfo>, StoreError> {
        self.store.with(&self.user, |account| {
            let mailbox = account.mailbox(&crate::name::normalize(mailbox))?;
            let info = mailbox.messages.iter().map(|message| MessageInfo {
                uid: message.uid,
                flags: message.flags.clone(),
                date: message.date,
                content: message.content.clone(),
            });
            Ok(info.collect())
        })
    }

    /// Replaces the flags of a message.
    ///
    /// # Errors
    /// If the mailbox or the message does not exist.
    pub fn set_flags(&self, mailbox: &str, uid: Uid, flags: impl IntoIterator<Item = Flag>) -> Result<(), StoreError> {
        let flags = flags.into_iter().collect();
        self.change_mailbox(mailbox, |mailbox| {
            mailbox.set_flags(uid, flags).map(|_| ()).ok_or(StoreError::NoSuchMessage)
        })
    }

    /// Sets when a message came into its mailbox, which is the present moment otherwise (RFC 8514).
    ///
    /// # Errors
    /// If the mailbox or the message does not exist.
    pub fn set_save_date(&self, mailbox: &str, uid: Uid, saved: DateTime) -> Result<(), StoreError> {
        self.change_mailbox(mailbox, |mailbox| {
            mailbox.set_saved(uid, saved).then_some(()).ok_or(StoreError::NoSuchMessage)
        })
    }

    /// Removes a message, whatever its flags.
    ///
    /// # Errors
    /// If the mailbox or the message does not exist.
    pub fn expunge(&self, mailbox: &str, uid: Uid) -> Result<(), StoreError> {
        self.change_mailbox(mailbox, |mailbox| match mailbox.expunge(|message| message.uid == uid) {
            0 => Err(StoreError::NoSuchMessage),
            _ => Ok(()),
        })
    }

    /// Lets a mailbox forget which messages were expunged, as servers do after some time: a client that comes back with
    /// QRESYNC then receives all UIDs that are missing.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn forget_expunged(&self, mailbox: &str) -> Result<(), StoreError> {
        self.change_mailbox(mailbox, |mailbox| {
            mailbox.expunged.forget(mailbox.modseq);
            Ok(())
        })
    }

    /// Renews the UIDVALIDITY of a mailbox and numbers its messages again, from 1 on.
    ///
    /// Sessions that have it selected are disconnected.
    ///
    /// # Errors
    /// If the mailbox does not exist.
    pub fn renew_uid_validity(&self, mailbox: &str) -> Result<u32, StoreError> {
        self.change(|account| {
            let fresh = account.fresh_uid_validity();
            let id = account.fresh_id();
            let mailbox = account.mailbox_mut(&crate::name::normalize(mailbox))?;
            mailbox.id = id;
            mailbox.uid_validity = fresh;
            mailbox.uid_next = 1;
            mailbox.expunged = ExpungeLog::default();
            for message in std::mem::take(&mut mailbox.messages) {
                let _ = mailbox.copy_in(&message);
            }
            Ok(fresh)
        })
    }
}
