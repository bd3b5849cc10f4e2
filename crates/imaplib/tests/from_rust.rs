//! The page for people who come from the crates `imap` and `async-imap` names every public name of theirs.
#![allow(missing_docs)]

/// `imap` 2.4, as far as the next version has it too.
const IMAP: &str = "Client::new Client::login Client::authenticate Authenticator Authenticator::process Connection \
    Connection::read_greeting Connection::greeting_read Connection::debug Session::select Session::examine Session::fetch \
    Session::uid_fetch Session::noop Session::logout Session::create Session::delete Session::rename Session::subscribe \
    Session::unsubscribe Session::capabilities Session::expunge Session::uid_expunge Session::check Session::close \
    Session::store Session::uid_store Session::copy Session::uid_copy Session::mv Session::uid_mv Session::list \
    Session::lsub Session::status Session::idle Session::append Session::search Session::uid_search \
    Session::run_command_and_check_ok Session::run_command Session::run_command_and_read_response idle::Handle \
    WaitOutcome SetReadTimeout Mailbox Mailbox::flags Mailbox::exists Mailbox::recent Mailbox::unseen \
    Mailbox::permanent_flags Mailbox::uid_next Mailbox::uid_validity Fetch Fetch::message Fetch::uid Fetch::size \
    Fetch::flags Fetch::header Fetch::body Fetch::text Fetch::envelope Fetch::section Fetch::internal_date \
    Fetch::bodystructure Capabilities Capabilities::has Capabilities::has_str Capabilities::iter Capabilities::len \
    Capabilities::is_empty Name Name::attributes Name::delimiter Name::name NameAttribute Flag UnsolicitedResponse \
    UnsolicitedResponse::Status UnsolicitedResponse::Recent UnsolicitedResponse::Exists UnsolicitedResponse::Expunge \
    StatusAttribute Uid Seq Envelope BodyStructure SectionPath Error Result Error::Io Error::TlsHandshake Error::Tls \
    Error::Bad Error::No Error::ConnectionLost Error::Parse Error::Validate Error::Append ParseError ValidateError";

/// What only `imap` 2.4 has.
const IMAP_2: &str = "connect connect_starttls Client::secure Session::append_with_flags \
    Session::append_with_flags_and_date Session::unsolicited_responses Handle::wait Handle::wait_keepalive \
    Handle::wait_timeout Handle::wait_with_timeout Handle::set_keepalive ZeroCopy";

/// What came with the alphas of `imap` 3.0.
const IMAP_3: &str = "ClientBuilder ClientBuilder::new ClientBuilder::mode ClientBuilder::tls_kind \
    ClientBuilder::danger_skip_tls_verify ClientBuilder::connect ConnectionMode TlsKind ImapConnection Client::into_inner \
    Client::capabilities Connection::skip_tag Session::take_all_unsolicited Session::sort Session::uid_sort \
    Session::set_acl Session::delete_acl Session::get_acl Session::list_rights Session::my_rights Session::set_quota \
    Session::get_quota Session::get_quota_root Session::get_metadata Session::set_metadata Session::list_status \
    Session::run AppendCmd AppendCmd::flag AppendCmd::flags AppendCmd::internal_date AppendCmd::finish Handle::timeout \
    Handle::keepalive Handle::wait_while idle::stop_on_any Mailbox::highest_mod_seq Mailbox::is_read_only Fetches \
    Fetches::iter Fetches::len Fetches::is_empty Fetches::get Fetch::mod_seq Fetch::gmail_labels Fetch::into_owned Names \
    Names::iter Names::len Names::is_empty Names::get Name::into_owned ExtendedNames Flag::from_strs Flag::into_owned \
    Deleted Deleted::seqs Deleted::uids Deleted::is_empty Deleted::mod_seq DeletedMessages Appended \
    Appended::uid_validity Appended::uids UnsolicitedResponse::Bye UnsolicitedResponse::Fetch UnsolicitedResponse::Flags \
    UnsolicitedResponse::Metadata UnsolicitedResponse::Ok UnsolicitedResponse::Vanished Acl Acl::mailbox Acl::acls \
    AclEntry AclResponse AclResponse::parsed AclRights AclRights::contains AclRightError AclModifyMode ListRights \
    ListRightsResponse MyRights MyRightsResponse Quota QuotaResource QuotaResourceName QuotaResourceLimit QuotaResponse \
    QuotaRootResponse SortCriterion SortCharset Metadata MetadataDepth Error::RustlsHandshake Error::Bye \
    Error::Unexpected Error::MissingStatusResponse Error::TagMismatch Error::StartTlsNotAvailable Error::TlsNotConfigured \
    TagMismatch Bad No Bye testing ExtendedNames::iter ExtendedNames::len ExtendedNames::is_empty ExtendedNames::get \
    Deleted::from_expunged Deleted::from_vanished ListRightsResponse::parsed ListRights::mailbox ListRights::identifier \
    ListRights::required ListRights::optional MyRightsResponse::parsed MyRights::mailbox MyRights::rights \
    QuotaResourceName::into_owned QuotaResponse::parsed QuotaResourceLimit::new QuotaRootResponse::mailbox_name \
    QuotaRootResponse::quota_root_names QuotaRootResponse::quotas";

/// `async-imap` 0.10 to 0.12.
const ASYNC_IMAP: &str = "Client::new Client::into_inner Client::login Client::login_with_capabilities \
    Client::authenticate Authenticator Authenticator::process Connection Connection::get_ref Connection::get_mut \
    Connection::into_inner Connection::read_response Connection::run_command_and_check_ok Session::select \
    Session::select_condstore Session::examine Session::fetch Session::uid_fetch Session::noop Session::logout \
    Session::create Session::delete Session::rename Session::subscribe Session::unsubscribe Session::capabilities \
    Session::expunge Session::uid_expunge Session::check Session::close Session::store Session::uid_store Session::copy \
    Session::uid_copy Session::mv Session::uid_mv Session::list Session::lsub Session::status Session::idle \
    Session::append Session::search Session::uid_search Session::get_quota Session::get_quota_root Session::get_metadata \
    Session::id Session::id_nil Session::compress Session::unsolicited_responses Session::run_command_and_check_ok \
    Session::run_command Session::run_command_untagged Session::read_response DeflateStream idle::Handle Handle::init \
    Handle::wait Handle::wait_with_timeout Handle::done IdleResponse Mailbox Mailbox::flags Mailbox::exists \
    Mailbox::recent Mailbox::unseen Mailbox::permanent_flags Mailbox::uid_next Mailbox::uid_validity \
    Mailbox::highest_modseq Fetch Fetch::message Fetch::uid Fetch::size Fetch::modseq Fetch::flags Fetch::header \
    Fetch::body Fetch::text Fetch::envelope Fetch::section Fetch::internal_date Fetch::bodystructure Fetch::gmail_labels \
    Fetch::gmail_msg_id Capabilities Capabilities::has Capabilities::has_str Capabilities::iter Capabilities::len \
    Capabilities::is_empty Capability Name Name::attributes Name::delimiter Name::name NameAttribute Flag \
    UnsolicitedResponse UnsolicitedResponse::Status UnsolicitedResponse::Recent UnsolicitedResponse::Exists \
    UnsolicitedResponse::Expunge UnsolicitedResponse::Other StatusAttribute Quota QuotaResource QuotaResourceName \
    QuotaResource::get_usage_percentage QuotaRoot ResponseData ResponseData::request_id ResponseData::parsed Uid Seq \
    Envelope BodyStructure SectionPath Error Result Error::Io Error::Bad Error::No Error::ConnectionLost Error::Parse \
    Error::Validate Error::Append ParseError ValidateError";

#[test]
fn every_public_name_has_a_row() {
    let page = include_str!("../../../docs/from-rust.md");
    let rows: Vec<(&str, &str)> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            Some((cells.next()?, cells.next()?))
        })
        .collect();
    let mut missing = Vec::new();
    for (names, mark) in [(IMAP, "2"), (IMAP, "3"), (IMAP_2, "2"), (IMAP_3, "3"), (ASYNC_IMAP, "a")] {
        for name in names.split_whitespace() {
            let quoted = format!("`{name}`");
            if !rows.iter().any(|(theirs, within)| theirs.contains(&quoted) && within.contains(mark)) {
                missing.push(format!("{name} ({mark})"));
            }
        }
    }
    assert!(missing.is_empty(), "without a row: {missing:?}");
}
