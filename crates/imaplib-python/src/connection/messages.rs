//! What is begun about the messages of the mailbox that is open.

use imaplib_proto::client::{
    BadArgument, CopyMessages, Error, ExpungeUids, FetchPlan, FindChanges, MoveMessages, SearchMessages, Selection,
    ServerOrder, SortMessages, StoreMessages, missing_to_sort,
};
use imaplib_proto::command::{self, FlagChange, Matches, MessageSet, SortBy, SortKey};
use imaplib_proto::types::{Flags, InvalidValue, Uid, UidSet};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::begin::mailbox_name;
use super::rows::{RowStream, Sink, Want};
use super::waiting::known_mailbox;
use super::{Connection, Current};
use crate::values::changes::Changes;
use crate::values::error::raise;
use crate::values::flags::{FlagCache, to_flags};
use crate::values::items::fetch_items;
use crate::values::mailbox::{copied, moved};
use crate::values::row::Row;
use crate::values::search::Criteria;
use crate::values::uids::{Uids, to_uids};

impl Connection {
    /// The mailbox of this handle, if it is the one that is open.
    pub(super) fn selected(&self, py: Python<'_>, selection: u64) -> PyResult<Selection> {
        if self.engine.mailbox().is_none() || self.engine.selection_epoch() != selection {
            return Err(raise(py, BadArgument::MailboxNotOpen.into()));
        }
        Ok(Selection::current(&self.engine))
    }

    fn begin_stream(&mut self, plan: FetchPlan, selection: Selection, sink: Sink) -> u64 {
        self.give_up();
        self.last_stream += 1;
        self.streams.insert(self.last_stream, RowStream::new(self.last_stream, plan, selection, sink));
        self.current = Current::Rows(self.last_stream, Want::Batch);
        self.last_stream
    }

    fn want(&mut self, py: Python<'_>, number: u64, want: Want) -> PyResult<()> {
        let Some(rows) = self.streams.get_mut(&number) else {
            return Err(raise(py, BadArgument::GivenUp.into()));
        };
        rows.prepare(want);
        let is_over = rows.is_over();
        if self.receiving == Some(number) {
            self.collects = false;
        } else if !is_over {
            // Those of another stream are received first.
            self.give_up();
        }
        self.current = Current::Rows(number, want);
        Ok(())
    }
}

#[pymethods]
impl Connection {
    /// Rows of these messages, in batches. Returns the number of the stream. `owner` makes the bodies of the rows.
    fn fetch(
        &mut self,
        py: Python<'_>,
        selection: u64,
        messages: &Bound<'_, PyAny>,
        items: Vec<String>,
        owner: Py<PyAny>,
    ) -> PyResult<u64> {
        let selection = self.selected(py, selection)?;
        let plan = FetchPlan::new(&to_uids(messages)?.into(), &fetch_items(py, &items)?, self.engine.capabilities());
        Ok(self.begin_stream(plan, selection, Sink::Rows(owner)))
    }

    /// The flags of these messages, by UID. Returns the number of the stream, to be dropped afterwards.
    fn fetch_flags(&mut self, py: Python<'_>, selection: u64, messages: &Bound<'_, PyAny>) -> PyResult<u64> {
        let selection = self.selected(py, selection)?;
        let items = fetch_items(py, &["FLAGS".to_owned()])?;
        let plan = FetchPlan::new(&to_uids(messages)?.into(), &items, self.engine.capabilities());
        Ok(self.begin_stream(plan, selection, Sink::Flags(PyDict::new(py).unbind())))
    }

    /// The next rows of the stream of this number.
    fn more_rows(&mut self, py: Python<'_>, stream: u64) -> PyResult<()> {
        self.want(py, stream, Want::Batch)
    }

    /// The next bytes of the text at this place of this row, which streams.
    fn text_of(&mut self, py: Python<'_>, row: Py<Row>, stream: u64, place: usize) -> PyResult<()> {
        match self.streams.get(&stream) {
            Some(rows) if rows.streams(py, &row, place) => self.want(py, stream, Want::Chunk),
            _ => Err(raise(py, BadArgument::TextGone.into())),
        }
    }

    /// What follows in the row behind the text that streams.
    fn rest_of_row(&mut self, py: Python<'_>, stream: u64) -> PyResult<()> {
        self.want(py, stream, Want::Rest)
    }

    /// Whether more of this row is to come.
    fn is_open(&self, row: Py<Row>) -> bool {
        let receiving = self.receiving.and_then(|number| self.streams.get(&number));
        receiving.is_some_and(|rows| rows.is_open(&row))
    }

    /// Drops what is left of the stream of this number.
    fn drop_rows(&mut self, stream: u64) {
        let Some(rows) = self.streams.remove(&stream) else { return };
        if self.receiving == Some(stream) {
            rows.abandon(&mut self.engine);
            (self.receiving, self.collects) = (None, false);
        }
    }

    /// The UIDs of the messages that meet the conditions.
    fn search(&mut self, py: Python<'_>, selection: u64, criteria: &Criteria) -> PyResult<()> {
        let selection = self.selected(py, selection)?;
        let searching = SearchMessages::uids(selection, criteria.search.clone(), self.engine.capabilities());
        self.begin(searching, |py, matches| {
            let uids = matches.complete().map_err(|error| raise(py, Error::from(error)))?;
            Ok(Py::new(py, Uids(uids))?.into_any())
        });
        Ok(())
    }

    /// The UIDs of the messages that meet the conditions, in order: keys as `DATE` or `-DATE`.
    fn sort(&mut self, py: Python<'_>, selection: u64, keys: Vec<String>, criteria: &Criteria) -> PyResult<()> {
        let selection = self.selected(py, selection)?;
        let order = keys.iter().map(|key| sort_key(py, key)).collect::<PyResult<Vec<_>>>()?;
        let capabilities = self.engine.capabilities();
        if missing_to_sort(&order, capabilities).is_none() {
            self.begin(ServerOrder::sort(selection, order, criteria.search.clone()), in_order);
        } else {
            let sorting = SortMessages::new(selection, order, criteria.search.clone(), capabilities);
            self.begin(sorting, in_order);
        }
        Ok(())
    }

    /// Changes flags: `how` is `+`, `-` or nothing. The flags that the messages have then, by UID.
    fn store(
        &mut self,
        py: Python<'_>,
        selection: u64,
        messages: &Bound<'_, PyAny>,
        how: &str,
        flags: Vec<String>,
    ) -> PyResult<()> {
        let selection = self.selected(py, selection)?;
        let flags: Flags = to_flags(py, &flags)?;
        let change = match how {
            "+" => FlagChange::add(flags),
            "-" => FlagChange::remove(flags),
            _ => FlagChange::replace(flags),
        };
        let messages: MessageSet = to_uids(messages)?.into();
        self.begin(StoreMessages::new(selection, &messages, &change), |py, outcome| {
            let (found, mut cache) = (PyDict::new(py), FlagCache::default());
            for row in outcome.rows {
                if let (Some(uid), Some(flags)) = (row.uid, row.flags) {
                    found.set_item(uid.get(), cache.get(py, &flags)?)?;
                }
            }
            Ok(found.into_any().unbind())
        });
        Ok(())
    }

    /// Copies messages. Where the copies are, by UID, if the server reports it.
    fn copy(&mut self, py: Python<'_>, selection: u64, messages: &Bound<'_, PyAny>, target: &str) -> PyResult<()> {
        let (selection, target, uids) = (self.selected(py, selection)?, mailbox_name(py, target)?, to_uids(messages)?);
        self.begin(CopyMessages::new(selection, uids.into(), target), copied);
        Ok(())
    }

    /// Moves messages. Where they are then, by UID, if the server reports it, and which have stayed.
    #[pyo3(name = "move")]
    fn move_messages(
        &mut self,
        py: Python<'_>,
        selection: u64,
        messages: &Bound<'_, PyAny>,
        target: &str,
    ) -> PyResult<()> {
        let (selection, target, uids) = (self.selected(py, selection)?, mailbox_name(py, target)?, to_uids(messages)?);
        self.begin(MoveMessages::new(selection, uids.into(), target), moved);
        Ok(())
    }

    /// Removes those of these messages that have `\Deleted`; without any, all that have it.
    fn expunge(&mut self, py: Python<'_>, selection: u64, messages: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let selection = self.selected(py, selection)?;
        selection.check_writable(&self.engine).map_err(|error| raise(py, error))?;
        let Some(messages) = messages else {
            self.begin_command(command::Expunge::default());
            return Ok(());
        };
        let uids: UidSet = to_uids(messages)?;
        let expunging = ExpungeUids::new(selection, &uids, self.engine.capabilities());
        self.begin(expunging.map_err(|error| raise(py, error))?, super::begin::nothing);
        Ok(())
    }

    /// What changed since this was known.
    fn changes(&mut self, py: Python<'_>, selection: u64, known: Option<&[u8]>) -> PyResult<()> {
        let selection = self.selected(py, selection)?;
        self.begin(FindChanges::new(selection, known_mailbox(known)?), |py, synced| {
            Ok(Py::new(py, Changes::of(synced))?.into_any())
        });
        Ok(())
    }
}

/// Messages in order, if they are all.
fn in_order(py: Python<'_>, mut found: Matches<Vec<Uid>>) -> PyResult<Py<PyAny>> {
    if let Some(status) = found.refusal().cloned() {
        return Err(raise(py, Error::refused_messages(status, std::mem::take(&mut found.refused))));
    }
    let uids = found.complete().map_err(|error| raise(py, Error::from(error)))?;
    Ok(PyList::new(py, uids.into_iter().map(|uid| uid.get()))?.into_any().unbind())
}

/// A key of SORT; `-` before it reverses the order.
fn sort_key(py: Python<'_>, text: &str) -> PyResult<SortBy> {
    const KEYS: [(&str, SortKey); 7] = [
        ("ARRIVAL", SortKey::Arrival),
        ("CC", SortKey::Cc),
        ("DATE", SortKey::Date),
        ("FROM", SortKey::From),
        ("SIZE", SortKey::Size),
        ("SUBJECT", SortKey::Subject),
        ("TO", SortKey::To),
    ];
    let name = text.strip_prefix('-').unwrap_or(text);
    let found = KEYS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((_, key)) = found else {
        return Err(raise(py, InvalidValue::new("sort key", text).into()));
    };
    Ok(if name == text { key.into() } else { SortBy::reverse(key) })
}
