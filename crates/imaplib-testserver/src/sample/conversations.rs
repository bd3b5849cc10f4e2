//! Threads: people who answer each other.

use super::compose::{Entity, header_text};
use super::mail::{ANNA, BRUNO, CHIDI, DANA, ELENA, HIRO, MAEVE, Mail, NOOR, ORCHARD, Person, Random, at};

/// What a thread is about, when it starts, who writes, and what they write in turn.
struct Topic {
    subject: &'static str,
    start: (u16, u8, u8),
    people: &'static [Person],
    turns: &'static [&'static str],
    list: bool,
}

const TOPICS: &[Topic] = &[
    Topic {
        subject: "Pruning day in March",
        start: (2021, 2, 20),
        people: &[BRUNO, DANA, ANNA, CHIDI],
        turns: &[
            "The old pear trees need a hard cut this year. Could we all meet on the second Saturday of March?",
            "I can come. Shall I bring the long ladder?",
            "Yes please, and the good saw. Ours has lost its teeth.",
            "I will be an hour late, the first train is at nine.",
            "No harm done. The coffee will still be warm.",
        ],
        list: true,
    },
    Topic {
        subject: "Who has the key to the shed?",
        start: (2021, 6, 3),
        people: &[CHIDI, BRUNO, MAEVE],
        turns: &[
            "I stood in front of a locked door this morning. Who took the key home?",
            "It hangs behind the rain barrel, as it always did.",
            "Found it. Sorry for the noise.",
        ],
        list: true,
    },
    Topic {
        subject: "Äpfel für den Markt",
        start: (2021, 9, 14),
        people: &[BRUNO, DANA, BRUNO, DANA],
        turns: &[
            "Für Samstag haben wir vierzig Kisten, die Hälfte davon Gravensteiner. Übernimmst du den Stand?",
            "Gern. Brauchen wir noch Tüten, oder reichen die vom letzten Jahr?",
            "Die reichen. Bitte denk an das Wechselgeld – letztes Mal fehlten die Münzen.",
            "Ist notiert. Grüße aus Zürich!",
        ],
        list: false,
    },
    Topic {
        subject: "Draft of the choir programme",
        start: (2022, 1, 11),
        people: &[MAEVE, DANA, MAEVE, NOOR, DANA, MAEVE],
        turns: &[
            "Here is a first order of songs for May. Is the second half too long?",
            "By ten minutes, I think. What if we drop the third carol?",
            "Then we lose the only piece the children know.",
            "We could sing only two verses of it.",
            "Two verses it is.",
            "Good, I will print it on Friday unless somebody shouts.",
        ],
        list: false,
    },
    Topic {
        subject: "写真をありがとう",
        start: (2022, 4, 18),
        people: &[HIRO, DANA, HIRO],
        turns: &[
            "桜の写真をありがとう。とてもきれいですね。来年はいっしょに見に行きましょう。",
            "はい、ぜひ。四月の第一週はどうですか。",
            "いいですね。宿を予約しておきます。",
        ],
        list: false,
    },
    Topic {
        subject: "Поездка на озеро",
        start: (2022, 7, 5),
        people: &[ELENA, DANA, ELENA],
        turns: &[
            "Мы едем на озеро в субботу утром. В машине есть ещё два места, хочешь с нами?",
            "С радостью! Что взять с собой?",
            "Тёплый свитер и хорошее настроение. Остальное есть.",
        ],
        list: false,
    },
    Topic {
        subject: "Water pump makes a strange sound",
        start: (2022, 8, 22),
        people: &[CHIDI, BRUNO, CHIDI, ANNA, BRUNO, CHIDI, DANA],
        turns: &[
            "It hums for a minute, then it rattles. Has anybody heard that before?",
            "That is air in the pipe. Open the upper valve until water comes.",
            "Done. It still rattles, though less.",
            "Ours did the same when the filter was full of leaves.",
            "Good thought. The filter sits behind the grey lid.",
            "A frog! There was a frog in the filter. It is well, and so is the pump.",
            "Please put that into the yearbook.",
        ],
        list: true,
    },
    Topic {
        subject: "Budget 2023 [second round]",
        start: (2022, 11, 30),
        people: &[ANNA, DANA, CHIDI, ANNA],
        turns: &[
            "The table is attached to the wiki page. The fence costs more than we thought: 1,240 instead of 900.",
            "Can the fence wait a year?",
            "The deer will not wait.",
            "Fence it is. I move 340 from the tool fund.",
        ],
        list: true,
    },
    Topic {
        subject: "Sunday lunch?",
        start: (2023, 3, 9),
        people: &[NOOR, DANA, NOOR],
        turns: &[
            "We have too much rhubarb. Come over on Sunday?",
            "With pleasure. I bring the cream.",
            "Perfect. One o'clock.",
        ],
        list: false,
    },
    Topic {
        subject: "Resa till Göteborg",
        start: (2023, 5, 2),
        people: &[ANNA, DANA, ANNA, DANA],
        turns: &[
            "Hej! Tåget går klockan åtta och vi är framme vid lunch. Ska jag köpa biljetter åt oss båda?",
            "Ja tack! Jag betalar dig tillbaka direkt.",
            "Klart. Plats 41 och 42, vid fönstret förstås.",
            "Underbart, vi ses på perrongen.",
        ],
        list: false,
    },
    Topic {
        subject: "Reading group: next book",
        start: (2023, 10, 1),
        people: &[MAEVE, NOOR, ELENA, DANA, CHIDI],
        turns: &[
            "Three proposals are on the table: a travel diary, a detective story, and the thick one. Votes by Thursday.",
            "The detective story, please. The days are dark enough for it.",
            "The thick one. We have all winter.",
            "The travel diary from me, so that nobody wins.",
            "The thick one. That settles it, I am afraid.",
        ],
        list: false,
    },
    Topic {
        subject: "Bees",
        start: (2024, 4, 12),
        people: &[CHIDI, DANA, BRUNO, CHIDI, ANNA, DANA],
        turns: &[
            "Two swarms in one week. We are out of boxes.",
            "I can build one by Saturday if somebody has boards.",
            "There are boards in my barn, dry for three years.",
            "You are saving a queen, quite literally.",
            "Do they need a permit on our side of the road?",
            "Only a note to the office. I wrote it this morning.",
        ],
        list: true,
    },
];

/// A thread with its messages in order.
pub(super) struct Thread {
    pub(super) mails: Vec<Mail>,
    pub(super) list: bool,
}

/// All threads, the oldest first.
pub(super) fn threads(random: &mut Random) -> Vec<Thread> {
    TOPICS.iter().enumerate().map(|(number, topic)| thread(number, topic, random)).collect()
}

fn thread(number: usize, topic: &Topic, random: &mut Random) -> Thread {
    let mut mails: Vec<Mail> = Vec::new();
    let (year, month, day) = topic.start;
    let mut time = at(year, month, day, 7, 12);
    let mut quoted: Option<(&Person, &str)> = None;
    for (turn, (text, from)) in topic.turns.iter().zip(topic.people.iter().cycle()).enumerate() {
        time += 600 + i64::try_from(random.below(90_000)).unwrap_or(0);
        let mut body = format!("Hello,\n\n{text}\n\n{}\n", from.name.split([' ', ',']).next().unwrap_or_default());
        if let Some((author, said)) = quoted {
            let quote: String = wrap(said).lines().map(|line| format!("> {line}\n")).collect();
            body = format!("{} wrote:\n{quote}\n{text}\n\n-- \n{}\n", author.address, from.address);
        }
        let to = match (topic.list, *from == DANA) {
            (true, _) => vec![ORCHARD],
            (false, true) => vec![topic.people.iter().copied().find(|person| *person != DANA).unwrap_or(DANA)],
            (false, false) => vec![DANA],
        };
        let extra = if topic.list {
            "List-Id: Friends of the orchard <orchard.lists.example.org>\r\n\
             List-Unsubscribe: <mailto:orchard-leave@lists.example.org>\r\nPrecedence: list\r\n"
        } else {
            ""
        };
        let prefix = if turn == 0 { "" } else { "Re: " };
        mails.push(Mail {
            from: *from,
            to,
            cc: Vec::new(),
            subject: header_text(&format!("{prefix}{}", topic.subject)),
            time,
            zone: [60, 120, 0, 540, -300].get(turn % 5).copied().unwrap_or(0),
            id: format!("thread{number}.{turn}@example.org"),
            references: mails.iter().map(|mail| mail.id.clone()).collect(),
            extra: extra.to_owned(),
            entity: Entity::text("plain", &wrap(&body)),
        });
        quoted = Some((from, text));
    }
    Thread { mails, list: topic.list }
}

/// Breaks lines at spaces.
pub(super) fn wrap(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let mut column = 0;
        for word in line.split_inclusive(' ') {
            let width = word.chars().count();
            if column > 0 && column + width > 73 {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                column = 0;
            }
            out.push_str(word);
            column += width;
        }
    }
    out
}
