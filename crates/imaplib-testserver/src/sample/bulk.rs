//! Mail that machines and shops send: newsletters, orders, build reports, junk.

use super::compose::{Entity, header_text, header_text_in, latin1, windows1252};
use super::mail::{DANA, LETTER, MONITOR, Mail, Person, Random, SHOP, at};

const THEMES: [&str; 12] = [
    "Snow on the roof",
    "A pocket full of seeds",
    "The first warm stone",
    "Letters from the ferry",
    "What the cuckoo said",
    "Strawberries at night",
    "A map of shadows",
    "The empty town",
    "Walnuts and other weather",
    "Smoke over the fields",
    "The lamp in the window",
    "Twelve quiet days",
];

fn mail(from: Person, subject: String, time: i64, id: String, entity: Entity) -> Mail {
    Mail {
        from,
        to: vec![DANA],
        cc: Vec::new(),
        subject,
        time,
        zone: 0,
        id,
        references: Vec::new(),
        extra: String::new(),
        entity,
    }
}

/// A newsletter for every month of two years: text and HTML, every fourth with a picture inside.
pub(super) fn newsletters() -> Vec<Mail> {
    let issue = |number: usize| {
        let year = if number < 12 { 2022 } else { 2023 };
        let month = u8::try_from(number % 12 + 1).unwrap_or(1);
        let theme = THEMES.get(number % 12).copied().unwrap_or_default();
        let plain = format!(
            "THE SLOW LETTER, No. {}\n\n{theme}\n\nThis month we walked slowly, looked twice, and wrote down less than we saw.\n\
             Read on at https://slow.example/{year}/{month:02}\n\nYou receive this letter because you asked for it.\n",
            number + 1
        );
        let picture =
            if number.is_multiple_of(4) { "<p><img src=\"cid:cover@slow.example\" alt=\"cover\"></p>" } else { "" };
        let html = format!(
            "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{theme}</title></head>\n<body>\n\
             <h1>The Slow Letter, № {}</h1>\n<h2>{theme}</h2>\n{picture}\n<p>This month we walked slowly, looked twice, \
             and wrote down less than we saw.</p>\n<p><a href=\"https://slow.example/{year}/{month:02}\">Read on</a></p>\n\
             </body></html>\n",
            number + 1
        );
        let mut html = Entity::text("html", &html);
        if number.is_multiple_of(4) {
            let image = Entity::file("image/png; name=cover.png", "inline; filename=cover.png", &picture_bytes())
                .with("Content-ID: <cover@slow.example>");
            html = Entity::multipart("related", &format!("rel-{number}"), &[html, image]);
        }
        let entity = Entity::multipart("alternative", &format!("alt-{number}"), &[Entity::text("plain", &plain), html]);
        let subject = header_text(&format!("The Slow Letter № {} – {theme}", number + 1));
        let mut mail = mail(LETTER, subject, at(year, month, 1, 5, 0), format!("issue{number}@slow.example"), entity);
        mail.extra =
            "List-Id: The Slow Letter <letter.slow.example>\r\nList-Unsubscribe: <https://slow.example/leave>\r\n\
                      List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                .to_owned();
        mail
    };
    (0..24).map(issue).collect()
}

/// A picture of one pixel, as a PNG file.
pub(super) fn picture_bytes() -> Vec<u8> {
    [
        &b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"[..],
        b"\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82",
    ]
    .concat()
}

/// A small PDF file with one line of text.
pub(super) fn pdf_bytes(line: &str) -> Vec<u8> {
    let stream = format!("BT /F1 18 Tf 72 720 Td ({line}) Tj ET");
    format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n\
         4 0 obj<</Length {}>>stream\n{stream}\nendstream endobj\n\
         5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
        stream.len()
    )
    .into_bytes()
}

/// Orders with an invoice, in the charsets that shops like.
pub(super) fn orders(random: &mut Random) -> Vec<Mail> {
    const GOODS: [&str; 5] =
        ["Füller, grün", "Papier A5, 100 Blatt", "Tinte königsblau", "Löschpapier", "Umschläge C6"];
    let order = |number: u16| {
        let goods = random.choose(&GOODS).copied().unwrap_or_default();
        let price = 5 + random.below(60);
        let text = format!(
            "Guten Tag,\n\nvielen Dank für Ihre Bestellung: {goods}.\nBetrag: {price},50 €\n\nHerzliche Grüße\n"
        );
        let (body, subject) = if number.is_multiple_of(2) {
            let euro = windows1252(&text);
            (
                Entity::text_in("plain", "windows-1252", &euro),
                header_text_in("windows-1252", &windows1252(&format!("Bestellung {number} über {price} €"))),
            )
        } else {
            let euro = latin1(&text.replace('€', "EUR"));
            (
                Entity::text_in("plain", "iso-8859-1", &euro),
                header_text_in("iso-8859-1", &latin1(&format!("Bestätigung {number}: für Sie gepackt"))),
            )
        };
        let file = format!("attachment; filename=\"Rechnung-{}.pdf\"; size={}", 4000 + number, 500);
        let pdf = Entity::file("application/pdf", &file, &pdf_bytes(&format!("Rechnung {}", 4000 + number)));
        let entity = Entity::multipart("mixed", &format!("=_order_{number}"), &[body, pdf]);
        let month = u8::try_from(number % 12 + 1).unwrap_or(1);
        mail(
            SHOP,
            subject,
            at(2020 + number / 4, month, 17, 10, 41),
            format!("order.{number}@papier-feder.example"),
            entity,
        )
    };
    (0..14).map(order).collect()
}

/// Build reports: short, many, some of them failures.
pub(super) fn builds(random: &mut Random) -> Vec<Mail> {
    let build = |number: i64| {
        let failed = random.below(5) == 0;
        let word = if failed { "failed" } else { "passed" };
        let text = format!(
            "Build {number} of pomologist {word}.\n\n  revision  {:012x}\n  duration  {} s\n  tests     {}\n",
            random.next() & 0xffff_ffff_ffff,
            40 + random.below(200),
            900 + number
        );
        let mut mail = mail(
            MONITOR,
            format!("[build] pomologist #{number} {word}"),
            at(2024, 1, 2, 1, 0) + number * 5 * 86_400 + i64::try_from(random.below(40_000)).unwrap_or(0),
            format!("build.{number}@ci.example.org"),
            Entity::text("plain", &text),
        );
        mail.extra = format!(
            "Auto-Submitted: auto-generated\r\nX-Build-Result: {word}\r\nX-Priority: {}\r\n",
            if failed { 1 } else { 5 }
        );
        mail
    };
    (1..=30).map(build).collect()
}

/// What nobody asked for.
pub(super) fn junk(random: &mut Random) -> Vec<Mail> {
    const SUBJECTS: [&str; 6] = [
        "You have WON a garden gnome!!!",
        "Re: your outstanding parcel",
        "L\u{ad}i\u{ad}m\u{ad}i\u{ad}t\u{ad}e\u{ad}d offer",
        "Dear Sir or Madam or Friend",
        "🔥🔥🔥 Only today 🔥🔥🔥",
        "",
    ];
    let sender = Person { name: "Prize Department", address: "prize@winner.invalid" };
    let letter = |number: u8| {
        let subject = SUBJECTS.get(usize::from(number) % SUBJECTS.len()).copied().unwrap_or_default();
        let html = format!(
            "<html><body bgcolor=#ffcc00><h1>{}</h1><p>Answer within {} hours!<p><a href=http://winner.invalid/?{}>CLICK</a></body></html>\n",
            subject.replace('\u{ad}', ""),
            random.below(48) + 1,
            random.below(1_000_000)
        );
        mail(
            sender,
            header_text(subject),
            at(2024, 3, number + 1, 3, 33),
            format!("{:x}@winner.invalid", random.next()),
            Entity::text("html", &html),
        )
    };
    (0..12).map(letter).collect()
}
