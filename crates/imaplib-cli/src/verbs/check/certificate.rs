//! The contents of a certificate: for whom, by whom, until when. To be shown only; trust is decided elsewhere.

/// The parts of a certificate that people look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// `2026-03-14 09:26:53 UTC`
    pub(crate) not_before: String,
    pub(crate) not_after: String,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const EXPLICIT_VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads X.509 in DER; `None` if it is not that.
pub(crate) fn read(der: &[u8]) -> Option<Certificate> {
    let mut certificate = Der(Der(der).expect_tag(SEQUENCE)?);
    let mut fields = Der(certificate.expect_tag(SEQUENCE)?);
    let (tag, _) = fields.next()?;
    if tag == EXPLICIT_VERSION {
        fields.next()?; // the serial number
    }
    fields.expect_tag(SEQUENCE)?; // the signature's algorithm
    let issuer = name(fields.expect_tag(SEQUENCE)?)?;
    let mut validity = Der(fields.expect_tag(SEQUENCE)?);
    let (not_before, not_after) = (time(validity.next()?)?, time(validity.next()?)?);
    let subject = name(fields.expect_tag(SEQUENCE)?)?;
    Some(Certificate { subject, issuer, not_before, not_after })
}

/// A reader of tags, lengths and values.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if *first >= 0x80 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            let (digits, tail) = rest.split_at_checked(count)?;
            length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            rest = tail;
        }
        let (value, tail) = rest.split_at_checked(length)?;
        self.0 = tail;
        Some((*tag, value))
    }

    fn expect_tag(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, value)| value)
    }
}

/// `CN=…, O=…`: the attributes that are known, the most special first.
fn name(der: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    let mut sets = Der(der);
    while !sets.0.is_empty() {
        let mut set = Der(sets.expect_tag(SET)?);
        while !set.0.is_empty() {
            let mut pair = Der(set.expect_tag(SEQUENCE)?);
            let (oid, (tag, value)) = (pair.expect_tag(OID)?, pair.next()?);
            let label = match oid {
                [0x55, 0x04, 0x03] => "CN",
                [0x55, 0x04, 0x06] => "C",
                [0x55, 0x04, 0x0a] => "O",
                [0x55, 0x04, 0x0b] => "OU",
                _ => continue,
            };
            parts.push(format!("{label}={}", text(tag, value)));
        }
    }
    parts.reverse();
    Some(parts.join(", "))
}

fn text(tag: u8, value: &[u8]) -> String {
    const BMP_STRING: u8 = 0x1e;
    if tag == BMP_STRING {
        let units: Vec<u16> =
            value.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(value).into_owned()
}

fn time((tag, value): (u8, &[u8])) -> Option<String> {
    let digits = std::str::from_utf8(value)
        .ok()?
        .strip_suffix('Z')
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    let seconds = part(8).unwrap_or("00");
    Some(format!("{year}-{}-{} {}:{}:{seconds} UTC", part(0)?, part(2)?, part(4)?, part(6)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match u8::try_from(value.len()) {
            Ok(length) if length < 0x80 => out.push(length),
            _ => {
                out.push(0x82);
                out.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            }
        }
        out.extend_from_slice(value);
        out
    }

    fn sample() -> Vec<u8> {
        let attribute = |oid: u8, value: &str| {
            let pair = [tlv(OID, &[0x55, 0x04, oid]), tlv(0x0c, value.as_bytes())].concat();
            tlv(SET, &tlv(SEQUENCE, &pair))
        };
        let name = tlv(SEQUENCE, &[attribute(0x0a, &"Örg".repeat(60)), attribute(0x03, "imap.example.org")].concat());
        let validity =
            tlv(SEQUENCE, &[tlv(UTC_TIME, b"260314092653Z"), tlv(GENERALIZED_TIME, b"20500314092653Z")].concat());
        let fields =
            [tlv(EXPLICIT_VERSION, &tlv(2, &[2])), tlv(2, &[1]), tlv(SEQUENCE, &[]), name.clone(), validity, name]
                .concat();
        tlv(SEQUENCE, &tlv(SEQUENCE, &fields))
    }

    #[test]
    fn reads_names_and_times_and_nothing_else() {
        let certificate = read(&sample()).unwrap();
        assert!(certificate.subject.starts_with("CN=imap.example.org, O=Örg"));
        assert_eq!(certificate.not_before, "2026-03-14 09:26:53 UTC");
        assert_eq!(certificate.not_after, "2050-03-14 09:26:53 UTC");
    }

    #[test]
    fn what_is_cut_or_wrong_is_not_read_and_does_no_harm() {
        let der = sample();
        for end in 0..der.len() {
            assert_eq!(read(&der[..end]), None);
        }
        for at in 0..der.len() {
            let mut wrong = der.clone();
            wrong[at] ^= 0xff;
            read(&wrong);
        }
    }

    #[test]
    fn a_length_has_one_to_four_bytes() {
        for (der, expected) in [
            (&[2, 1, 9][..], Some(&[9][..])),
            (&[2, 0x81, 1, 9], Some(&[9])),
            (&[2, 0x84, 0, 0, 0, 1, 9], Some(&[9])),
            // Without an end, longer than memory, and longer than what is there.
            (&[2, 0x80, 9, 0, 0], None),
            (&[2, 0x85, 0, 0, 0, 0, 1, 9], None),
            (&[2, 2, 9], None),
        ] {
            assert_eq!(Der(der).next(), expected.map(|value| (2, value)), "{der:?}");
        }
    }
}
