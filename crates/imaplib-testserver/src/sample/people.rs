//! Who writes in the sample account.

use super::mail::Person;

const fn person(name: &'static str, address: &'static str) -> Person {
    Person { name, address }
}

/// The owner of the account.
pub(super) const DANA: Person = person("Dana Demo", "demo@example.org");
pub(super) const ANNA: Person = person("Anna Lindström", "anna.lindstrom@example.se");
pub(super) const BRUNO: Person = person("Bruno Keller", "bruno@keller.example.ch");
pub(super) const CHIDI: Person = person("Chidi Okafor", "chidi.okafor@example.com");
pub(super) const ELENA: Person = person("Елена Соколова", "elena@sokolova.example");
pub(super) const HIRO: Person = person("田中 宏", "hiro.tanaka@example.jp");
pub(super) const MAEVE: Person = person("O'Brien, Maeve J.", "maeve@example.ie");
pub(super) const NOOR: Person = person("", "noor@example.net");
pub(super) const ORCHARD: Person = person("Orchard list", "orchard@lists.example.org");
pub(super) const SHOP: Person = person("Papier & Feder", "bestellung@papier-feder.example");
pub(super) const MONITOR: Person = person("Build monitor", "builds@ci.example.org");
pub(super) const LETTER: Person = person("The Slow Letter", "letter@slow.example");

/// Those who write by hand.
pub(super) const FRIENDS: [Person; 7] = [ANNA, BRUNO, CHIDI, ELENA, HIRO, MAEVE, NOOR];
