//! Rows and events as streams of `futures-core`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use imaplib_proto::engine::Event;
use imaplib_proto::types::{Fetch, SectionBody};

use super::super::front::{Idle, Rows};
use crate::Result;
use crate::exclusive::Exclusive;

impl<'m> Rows<'m> {
    /// The rows as a stream of whole rows, with their texts. A text of more than `limit` bytes is left out: its place has its
    /// length ([`SectionBody::Streamed`]).
    ///
    /// The stream ends with the first error. Dropping it drops the rest of the rows.
    #[must_use]
    pub fn into_row_stream(self, limit: u64) -> RowStream<'m> {
        RowStream(Steps::new(self, move |rows| Box::pin(next_whole(rows, limit))))
    }
}

async fn next_whole(mut rows: Rows<'_>, limit: u64) -> Result<Option<(Rows<'_>, Fetch)>> {
    let Some(mut row) = rows.next().await? else { return Ok(None) };
    let (mut texts, mut at) = (Vec::new(), 0);
    while let Some(mut body) = row.next_body().await? {
        if body.coming > 0 && body.coming <= limit {
            texts.push((at, body.to_bytes(limit).await?));
        }
        at += 1;
    }
    row.finish().await?;
    let mut fetch = row.into_data();
    for (at, text) in texts {
        if let Some(section) = fetch.sections.get_mut(at) {
            section.data = SectionBody::Here(text);
        }
    }
    Ok(Some((rows, fetch)))
}

impl<'m> Idle<'m> {
    /// The events as a stream, which never ends unless with an error. Dropping it stops waiting.
    #[must_use]
    pub fn into_event_stream(self) -> EventStream<'m> {
        EventStream(Steps::new(self, |idle| Box::pin(next_event(idle))))
    }
}

async fn next_event(mut idle: Idle<'_>) -> Result<Option<(Idle<'_>, Event)>> {
    let event = idle.next(None).await?;
    Ok(event.map(|event| (idle, event)))
}

/// The rows of a FETCH as a stream, from [`Rows::into_row_stream`].
pub struct RowStream<'m>(Steps<'m, Rows<'m>, Fetch>);

/// The events of an IDLE as a stream, from [`Idle::into_event_stream`].
pub struct EventStream<'m>(Steps<'m, Idle<'m>, Event>);

impl Stream for RowStream<'_> {
    type Item = Result<Fetch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Fetch>>> {
        self.0.poll_next(cx)
    }
}

impl Stream for EventStream<'_> {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        self.0.poll_next(cx)
    }
}

impl fmt::Debug for RowStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").finish_non_exhaustive()
    }
}

impl fmt::Debug for EventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

/// A step that runs: the state is lent to it, and returned with an item.
type Step<'m, S, T> = Pin<Box<dyn Future<Output = Result<Option<(S, T)>>> + Send + 'm>>;

/// What makes a step of the state.
type MakeStep<'m, S, T> = Box<dyn Fn(S) -> Step<'m, S, T> + Send + Sync + 'm>;

/// Items that are made one after the other, until there is none or an error.
struct Steps<'m, S, T> {
    state: Option<S>,
    running: Option<Exclusive<Step<'m, S, T>>>,
    make: MakeStep<'m, S, T>,
}

impl<'m, S, T> Steps<'m, S, T> {
    fn new(state: S, make: impl Fn(S) -> Step<'m, S, T> + Send + Sync + 'm) -> Self {
        Self { state: Some(state), running: None, make: Box::new(make) }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let running = match (&mut self.running, self.state.take()) {
            (Some(running), _) => running,
            (None, Some(state)) => self.running.insert(Exclusive::new((self.make)(state))),
            (None, None) => return Poll::Ready(None),
        };
        let result = ready!(running.get_mut().as_mut().poll(cx));
        self.running = None;
        Poll::Ready(match result {
            Ok(None) => None,
            Ok(Some((state, item))) => {
                self.state = Some(state);
                Some(Ok(item))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
