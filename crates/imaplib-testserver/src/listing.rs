//! What LIST and NOTIFY return of a name.

use crate::account::Account;
use crate::settings::Settings;

/// The attributes of a name; `subscribed` adds whether it is subscribed.
pub(crate) fn attributes(account: &Account, name: &str, subscribed: bool, settings: &Settings) -> Vec<String> {
    let mut attributes = Vec::new();
    match account.mailboxes.get(name) {
        None => attributes.push("\\NonExistent".to_owned()),
        Some(mailbox) => {
            if !mailbox.selectable {
                attributes.push("\\Noselect".to_owned());
            }
            if settings.has("CHILDREN") || settings.has("LIST-EXTENDED") {
                let children = if account.has_children(name) { "\\HasChildren" } else { "\\HasNoChildren" };
                attributes.push(children.to_owned());
            }
            if settings.has("SPECIAL-USE") {
                attributes.extend(mailbox.special_use.iter().cloned());
            }
        }
    }
    if subscribed && account.subscriptions.contains(name) {
        attributes.push("\\Subscribed".to_owned());
    }
    attributes
}
