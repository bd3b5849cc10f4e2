//! Does what the procedures of the core ask for.

use imaplib_proto::client::{Advance, LearnCapabilities, LogOut, Procedure, ReceiveGreeting, UpgradeToTls};

use super::{Connection, maybe_async, now, sleep_until};
use crate::Result;

#[maybe_async]
impl Connection {
    /// Advances a procedure to its end. The commands of a call that was dropped before are given up.
    pub(crate) async fn drive<P: Procedure>(&mut self, mut procedure: P) -> Result<P::Output> {
        self.give_up_current();
        loop {
            let before = self.engine.last_started();
            let advance = procedure.advance(&mut self.engine, now());
            // They stay the current ones until the next call begins: what is left of them then, if anything, is given up.
            self.current.extend(before + 1..=self.engine.last_started());
            let need = match advance? {
                Advance::Done(output) => return Ok(output),
                need => need,
            };
            if let Err(error) = self.satisfy(need).await {
                return Err(error.map(|core| procedure.interrupted(&mut self.engine, core)));
            }
        }
    }

    /// As [`drive`](Self::drive), of one that outlives the call: its commands are not given up with it.
    pub(crate) async fn drive_on<P: Procedure>(&mut self, mut procedure: P) -> Result<P::Output> {
        loop {
            let need = match procedure.advance(&mut self.engine, now())? {
                Advance::Done(output) => return Ok(output),
                need => need,
            };
            if let Err(error) = self.satisfy(need).await {
                return Err(error.map(|core| procedure.interrupted(&mut self.engine, core)));
            }
        }
    }

    /// Sends, receives or sleeps, as a procedure needs it.
    pub(super) async fn satisfy<T>(&mut self, need: Advance<T>) -> Result<()> {
        match need {
            Advance::NeedIo { until: Some(until) } => self.step_before(until).await.map(drop),
            Advance::SleepUntil(until) => {
                sleep_until(until).await;
                Ok(())
            }
            Advance::NeedSend => self.flush().await,
            _ => self.step().await.map(drop),
        }
    }

    pub(super) async fn greet(&mut self) -> Result<()> {
        self.drive(ReceiveGreeting::new(&self.timeouts)).await
    }

    pub(super) async fn know_capabilities(&mut self) -> Result<()> {
        self.drive(LearnCapabilities::new()).await
    }

    pub(super) async fn start_tls(&mut self, host: &str, options: &crate::ConnectOptions) -> Result<()> {
        self.drive(UpgradeToTls::new()).await?;
        self.upgrade(host, options).await
    }

    pub(crate) async fn logout(&mut self) -> Result<()> {
        match self.drive(LogOut::new(&self.timeouts)).await {
            // It has taken its leave.
            Err(_) if self.engine.bye().is_some() => Ok(()),
            result => result,
        }
    }
}
