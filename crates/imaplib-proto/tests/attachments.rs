//! Which parts of a message are attachments, and which are its text.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[macro_use]
#[path = "cases/make.rs"]
mod make;

use imaplib_proto::types::{BodyStructure, Disposition, EmbeddedMessage, Envelope, MultiPart, Part, SinglePart};

/// A part of this type; behind blanks a disposition, and names as `filename=x` or `name=x`.
fn part(text: &str) -> BodyStructure {
    let mut words = text.split(' ');
    let (media_type, subtype) = words.next().unwrap().split_once('/').unwrap();
    let mut part =
        make!(SinglePart { media_type: media_type.into(), subtype: subtype.into(), ..SinglePart::default() });
    let mut disposition: Option<Disposition> = None;
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if name.to_ascii_lowercase().starts_with("name") => {
                part.parameters = [(name, value)].into();
            }
            Some((name, value)) => {
                let kind = disposition.map(|disposition| disposition.kind).unwrap_or_default();
                disposition = Some(make!(Disposition { kind, parameters: [(name, value)].into() }));
            }
            None => disposition = Some(make!(Disposition { kind: word.into(), ..Disposition::default() })),
        }
    }
    part.extension.disposition = disposition;
    BodyStructure::Single(part)
}

fn multi(subtype: &str, parts: Vec<BodyStructure>) -> BodyStructure {
    BodyStructure::Multi(make!(MultiPart { subtype: subtype.into(), parts, ..MultiPart::default() }))
}

fn message(body: BodyStructure) -> BodyStructure {
    let message = Some(Box::new(EmbeddedMessage { envelope: Envelope::default(), body }));
    let (media_type, subtype) = ("MESSAGE".into(), "RFC822".into());
    BodyStructure::Single(make!(SinglePart { media_type, subtype, message, ..SinglePart::default() }))
}

fn numbers(parts: Vec<(Part, &SinglePart)>) -> String {
    parts.iter().map(|(number, _)| number.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_part_is_an_attachment_or_text() {
    for (text, is_attachment) in [
        ("TEXT/PLAIN", false),
        ("text/html", false),
        ("text/enriched", false),
        ("text/markdown INLINE", false),
        ("text/", false),
        ("/", false),
        ("/plain", false),
        ("text/plain ATTACHMENT", true),
        ("text/plain attachment", true),
        ("text/plain inline filename=a.txt", true),
        ("text/plain NAME=a.txt", true),
        ("text/plain name*=utf-8''a", true),
        ("text/plain inline FILENAME*0*=utf-8''a", true),
        ("text/plain inline filename=", false),
        ("text/plain inline filenames=a", false),
        ("text/plain inline file=a", false),
        ("text/calendar", true),
        ("text/csv", true),
        ("application/pdf", true),
        ("application/pdf inline", true),
        ("image/png", true),
        ("message/delivery-status", true),
        ("x-own/plain", true),
    ] {
        let BodyStructure::Single(single) = part(text) else { panic!("{text}") };
        assert_eq!(single.is_attachment(), is_attachment, "{text}");
    }
}

#[test]
fn attachments_and_texts_are_found_in_every_structure() {
    let plain = || part("text/plain");
    let html = || part("text/html");
    let pdf = || part("application/pdf");
    for (structure, attachments, texts) in [
        (plain(), "", "1"),
        (pdf(), "1", ""),
        (multi("mixed", vec![plain(), pdf(), html()]), "2", "1 3"),
        (multi("ALTERNATIVE", vec![plain(), html()]), "", "1"),
        (multi("alternative", vec![html(), plain()]), "", "2"),
        (multi("alternative", vec![html(), part("text/enriched")]), "", "2"),
        (multi("alternative", vec![html(), pdf()]), "2", "1"),
        (multi("alternative", vec![pdf(), part("image/png")]), "1 2", ""),
        (multi("alternative", vec![multi("related", vec![html(), pdf()]), plain()]), "1.2", "2"),
        (multi("alternative", vec![plain(), multi("mixed", vec![html(), pdf()])]), "2.2", "1"),
        (multi("mixed", vec![multi("alternative", vec![plain(), html()]), plain(), pdf()]), "3", "1.1 2"),
        (multi("mixed", vec![]), "", ""),
        // Messages in messages: the parts inside are found, their text is not the text of the message.
        (multi("mixed", vec![plain(), message(multi("mixed", vec![plain(), pdf()]))]), "2 2.2", "1"),
        (multi("mixed", vec![plain(), message(pdf())]), "2 2.1", "1"),
        (multi("mixed", vec![plain(), message(message(multi("mixed", vec![plain(), pdf()])))]), "2 2.1 2.1.2", "1"),
        // Where there is no other text.
        (message(plain()), "1", "1.1"),
        (message(multi("mixed", vec![plain(), pdf()])), "1 1.2", "1.1"),
        (multi("digest", vec![message(plain()), message(plain())]), "1 2", "1.1"),
        (part("text/plain inline filename=a.txt"), "1", "1"),
        (multi("mixed", vec![part("text/calendar"), pdf()]), "1 2", "1"),
        (part("text/plain attachment"), "1", ""),
        (multi("mixed", vec![part("text/plain attachment"), plain()]), "1", "2"),
    ] {
        assert_eq!(numbers(structure.attachments()), attachments, "{structure:?}");
        assert_eq!(numbers(structure.texts()), texts, "{structure:?}");
    }
}

#[test]
fn deep_structures_are_looked_at_without_recursion() {
    let mut deep = part("text/plain");
    for _ in 0..500 {
        deep = multi("alternative", vec![part("application/pdf"), deep]);
    }
    assert_eq!(deep.attachments().len(), 500);
    assert_eq!(deep.texts().len(), 1);
}
