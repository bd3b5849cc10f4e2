//! What cannot be right replaces nothing that is known, and what belongs to an answer is in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{self, FlagChange};
use imaplib_proto::types::{Capability, Flag, UidSet};
use peer::Peer;

#[test]
fn a_list_without_a_version_is_none_of_capabilities() {
    for line in ["* CAPABILITY ((\"\" \"/\")) NIL NIL", "* CAPABILITY", "* CAPABILITY NIL", "* OK [CAPABILITY NIL] x"] {
        let mut peer = Peer::selected("IDLE UIDPLUS");
        let ticket = peer.start(command::Namespace::default());
        peer.sends("A2 NAMESPACE\r\n");
        peer.says(&format!("{line}\r\nA2 OK [CAPABILITY x] done\r\n"));
        assert!(peer.ends(&ticket).is_err(), "{line}: no namespace came");
        let capabilities = peer.engine.capabilities();
        assert!(
            capabilities.has(Capability::Idle) && capabilities.has(Capability::UidPlus),
            "{line}: {capabilities:?}"
        );
    }
    let mut peer = Peer::selected("IDLE");
    peer.says("* CAPABILITY imap4rev1 MOVE\r\n");
    peer.steps();
    assert!(peer.engine.capabilities().has(Capability::Move) && !peer.engine.capabilities().has(Capability::Idle));
}

#[test]
fn a_zero_replaces_no_number() {
    let mut peer = Peer::selected("");
    peer.says("* OK [UIDNEXT 9] x\r\n* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 0] x\r\n");
    peer.steps();
    let view = peer.engine.mailbox().unwrap();
    assert_eq!((view.uid_validity, view.uid_next), (Some(7), Some(9)));
}

#[test]
fn the_modification_sequence_of_a_silent_change_is_in_the_reply() {
    let mut peer = Peer::selected("CONDSTORE");
    let change = FlagChange::add(Flag::Seen).silent();
    let ticket = peer.start(command::Store::new("5:6".parse::<UidSet>().unwrap(), change));
    peer.out();
    peer.says("* 1 FETCH (UID 5 MODSEQ (12))\r\n* 9 FETCH (UID 9 MODSEQ (13))\r\n* 2 FETCH (UID 6 MODSEQ (14) FLAGS (\\Seen))\r\n");
    peer.says("A2 OK done\r\n");
    let stored = peer.ends(&ticket).unwrap();
    let found: Vec<_> = stored.rows.iter().map(|row| (row.uid.unwrap().get(), row.mod_seq)).collect();
    assert_eq!(found, [(5, Some(12)), (6, Some(14))]);
    assert_eq!(peer.events().len(), 1, "the row of another message is an event");
}
