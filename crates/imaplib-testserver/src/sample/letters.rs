//! Single messages, each with a form of its own: charsets, attachments, messages in messages, gaps in the header.

use super::bulk::{pdf_bytes, picture_bytes};
use super::compose::{Entity, header_text, header_text_in, iso2022jp, koi8r};
use super::mail::{ANNA, BRUNO, CHIDI, DANA, ELENA, HIRO, MAEVE, Mail, NOOR, Person, Random, at, header_date};

/// The size of the attachment of the large message before encoding: 4 MiB.
const LARGE: usize = 4 * 1024 * 1024;

fn letter(number: u8, from: Person, subject: &str, entity: Entity) -> Mail {
    Mail {
        from,
        to: vec![DANA],
        cc: Vec::new(),
        subject: header_text(subject),
        time: at(2024, 5, number, 8, 30),
        zone: 120,
        id: format!("letter.{number}@example.org"),
        references: Vec::new(),
        extra: String::new(),
        entity,
    }
}

/// Letters of May 2024.
pub(super) fn letters(random: &mut Random) -> Vec<Mail> {
    let text = |text: &str| Entity::text("plain", text);
    let mixed = |number: u8, parts: &[Entity]| Entity::multipart("mixed", &format!("mix_{number}"), parts);
    let mut letters = vec![
        letter(1, NOOR, "Photos from the lake", mixed(1, &[
            text("Two pictures, the third one is secret.\n"),
            Entity::file("image/png; name=\"lake.png\"", "attachment; filename=\"lake.png\"", &picture_bytes()),
            Entity::file("image/png", "attachment;\r\n filename*=utf-8''Z%C3%BCrichsee%20im%20Mai.png", &picture_bytes()),
        ])),
        letter(2, ANNA, "Table of the harvest", mixed(2, &[
            text("The numbers as a table.\n"),
            Entity::file("text/csv; charset=utf-8", "attachment; filename=harvest.csv", "sort;crates\nGravensteiner;21\nBoskoop;19\nÖsterreicher Weinapfel;4\n".as_bytes()),
        ])),
        letter(3, HIRO, "", Entity::text_in("plain", "iso-2022-jp", &iso2022jp("こんにちは、おげんきですか。\nひろ\n"))),
        letter(4, ELENA, "", Entity::text_in("plain", "koi8-r", &koi8r("Привет!\nКак дела? Напиши мне, когда будет время.\nЕлена\n"))),
        letter(5, MAEVE, "Concert on 8 June", Entity::multipart("mixed", "cal", &[
            Entity::multipart("alternative", "cal-alt", &[
                text("Concert on 8 June at 19:30, St. Brigid's.\n"),
                Entity::text("html", "<p>Concert on <b>8 June</b> at 19:30, St. Brigid’s.</p>\n"),
                Entity::text_in("calendar; method=REQUEST", "utf-8", CALENDAR.as_bytes()),
            ]),
        ])),
        letter(6, BRUNO, "Fwd: Pump, the whole story", mixed(6, &[
            text("For your files.\n"),
            Entity::message(&forwarded(CHIDI, "Pump, the whole story", "It began with a frog.\n")),
        ])),
        letter(7, CHIDI, "Digest of the list, issue 7", Entity::multipart("digest", "dig", &[
            Entity { header: String::new(), body: forwarded(ANNA, "One", "First.\n") },
            Entity { header: String::new(), body: forwarded(BRUNO, "Zwei: Größe", "Zweite.\n") },
            Entity { header: String::new(), body: forwarded(MAEVE, "Three", "Third.\n") },
        ])),
        letter(8, Person { name: "Mail Delivery System", address: "mailer-daemon@mx.example.org" }, "Undelivered Mail Returned to Sender", bounce()),
        letter(9, DANA, "Note to myself", text("")),
        letter(10, ANNA, "A very long subject that goes on and on, because its author could not decide where the subject ends and \
            where the letter begins, and so put the whole letter into it: the train is late, the coffee is cold, and the view is splendid",
            text("See above.\n")),
        letter(11, NOOR, "Grüße vom Gipfel ⛰️", text("Ganz oben. 🥾 Die Luft ist dünn, die Aussicht groß.\n")),
        letter(12, BRUNO, "Scan of the contract", mixed(12, &[
            text("Please sign page one.\n"),
            Entity::file("application/pdf", "attachment; filename=\"=?utf-8?Q?Vertrag_f=C3=BCr_D=C3=A4na.pdf?=\"", &pdf_bytes("Contract")),
            Entity::file("application/octet-stream", "attachment; filename=signature.bin", &random.bytes(700)),
        ])),
        letter(13, CHIDI, "Format flowed", Entity::text_in("plain; format=flowed", "us-ascii",
            b"This paragraph is one line for those who can \nread it so, and three lines for those who \ncannot.\n\n> Quoted.\n>> Quoted twice.\n")),
        letter(14, MAEVE, "Nested to the fourth level", mixed(14, &[
            text("Look inside.\n"),
            Entity::message(&mixed_message(&[
                text("Deeper.\n"),
                Entity::message(&forwarded(NOOR, "The innermost letter", "You found it.\n")),
            ])),
        ])),
        letter(15, ANNA, "Video of the bees (large)", mixed(15, &[
            text("Five megabytes of bees. Turn the sound on.\n"),
            Entity::file("video/mp4; name=bees.mp4", "attachment; filename=bees.mp4", &random.bytes(LARGE)),
        ])),
        letter(16, HIRO, "Two languages", text("Hello and こんにちは.\n").with("Content-Language: en, ja")),
    ];
    // Subjects in the charset of the letter.
    for mail in &mut letters {
        match mail.from {
            HIRO if mail.subject.is_empty() => mail.subject = "=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=".to_owned(),
            ELENA => mail.subject = header_text_in("koi8-r", &koi8r("Привет из Москвы")),
            MAEVE => mail.cc = vec![BRUNO, ELENA],
            BRUNO => mail.extra = "Reply-To: office@keller.example.ch\r\nX-Mailer: PostBote 3.1\r\n".to_owned(),
            _ => {}
        }
    }
    letters
}

fn forwarded(from: Person, subject: &str, text: &str) -> Vec<u8> {
    let fields = format!(
        "Date: {}\r\nFrom: {}\r\nTo: demo@example.org\r\nSubject: {}\r\nMessage-ID: <inner.{}@example.org>\r\n",
        header_date(at(2024, 4, 30, 18, 5), 60),
        from.mailbox(),
        header_text(subject),
        subject.len()
    );
    Entity::text("plain", text).into_message(&fields)
}

fn mixed_message(parts: &[Entity]) -> Vec<u8> {
    Entity::multipart("mixed", "inner_mixed", parts)
        .into_message("From: middle@example.org\r\nSubject: The middle letter\r\n")
}

fn bounce() -> Entity {
    let notice = "I could not deliver your message to <nobody@example.org>.\n";
    let status = "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; nobody@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    let status = Entity { header: "Content-Type: message/delivery-status\r\n".to_owned(), body: status.into() };
    let mut report = Entity::multipart(
        "report",
        "bounce",
        &[Entity::text("plain", notice), status, Entity::message(&forwarded(DANA, "Are you there?", "Hello?\n"))],
    );
    report.header = report.header.replace("multipart/report;", "multipart/report; report-type=delivery-status;");
    report
}

const CALENDAR: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//choir//EN\nMETHOD:REQUEST\nBEGIN:VEVENT\n\
    UID:concert-2024@example.ie\nDTSTAMP:20240501T080000Z\nDTSTART:20240608T183000Z\nDTEND:20240608T203000Z\n\
    SUMMARY:Spring concert\nLOCATION:St. Brigid's\nEND:VEVENT\nEND:VCALENDAR\n";

/// Messages whose headers are not as they should be; clients must live with them.
pub(super) fn oddities() -> Vec<&'static [u8]> {
    vec![
        b"From: someone@example.org\r\n\r\nNo date, no subject, no message-id.\r\n",
        b"Date: yesterday, around noon\r\nFrom: \"Broken \r\nTo: ;;;\r\nSubject: =?utf-8?B?bm90IGNsb3Nl\r\n\r\nHardly a header.\r\n",
        b"Date: Tue, 07 May 2024 10:00:00 +0000\r\nFrom: eight@example.org\r\nTo: demo@example.org\r\n\
          Subject: Gr\xc3\xbc\xc3\x9fe in raw UTF-8\r\nMessage-ID: <raw8@example.org>\r\nMIME-Version: 1.0\r\n\
          Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nDas ist 8-Bit-Text: \xc3\xa4\xc3\xb6\xc3\xbc.\r\n",
        b"Date: Wed, 08 May 2024 10:00:00 GMT\r\nFrom: Crew: a@example.org, \"B. C.\" <b@example.org>;, solo@example.org\r\n\
          To: undisclosed-recipients:;\r\nSubject: A group of senders\r\nMessage-ID: <group@example.org>\r\n\r\nWe are many.\r\n",
        b"Date: Thu, 09 May 2024 10:00:00 +0000\r\nFrom: multi@example.org\r\nSubject: A multipart that never ends\r\n\
          MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=lost\r\n\r\n--lost\r\n\r\nThe closing line is missing.\r\n",
        b"Date: Fri, 10 May 2024 10:00:00 +0000\r\nFrom: empty@example.org\r\nSubject: Only a header\r\n\r\n",
    ]
}
