//! Channel binding: what ties a login to the TLS connection that it runs over (RFC 5056, RFC 5929, RFC 9266).

use std::fmt;

use sha2::{Digest, Sha256, Sha384, Sha512};

/// What ties a login to the TLS connection that it runs over, so that somebody in between, with a TLS connection to either
/// side, cannot pass the login on (RFC 5056).
///
/// ```
/// use imaplib_proto::sasl::{ChannelBinding, ChannelBindingType, Mechanism, ScramSha256};
///
/// // 32 bytes that TLS exports for the label `EXPORTER-Channel-Binding`.
/// let binding = ChannelBinding::new(ChannelBindingType::TlsExporter, vec![7; 32]);
/// let mechanism = ScramSha256::new("ann", "secret", "a nonce").bound_to(binding);
/// assert_eq!(mechanism.name(), "SCRAM-SHA-256-PLUS");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelBinding {
    kind: ChannelBindingType,
    data: Vec<u8>,
}

/// Which property of the TLS connection it is (the IANA registry of channel binding types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChannelBindingType {
    /// 32 bytes of key material that both sides export: for TLS 1.3 (RFC 9266).
    TlsExporter,
    /// The hash of the server's certificate (RFC 5929, section 4). Few IMAP servers know it.
    TlsServerEndPoint,
    /// The first Finished message of the handshake: for TLS 1.2 and older (RFC 5929, section 3). rustls does not show it.
    TlsUnique,
}

impl ChannelBindingType {
    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsServerEndPoint => "tls-server-end-point",
            Self::TlsUnique => "tls-unique",
        }
    }
}

impl fmt::Display for ChannelBindingType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl ChannelBinding {
    /// This property of a connection.
    #[must_use]
    pub fn new(kind: ChannelBindingType, data: impl Into<Vec<u8>>) -> Self {
        Self { kind, data: data.into() }
    }

    /// The hash of the server's certificate, which is in DER: `tls-server-end-point` (RFC 5929, section 4.1). `None` if it is
    /// signed in a way for which the RFC defines no hash, such as Ed25519.
    #[must_use]
    pub fn of_certificate(certificate: &[u8]) -> Option<Self> {
        let data = match signature_hash(certificate)? {
            Hash::Sha256 => Sha256::digest(certificate).to_vec(),
            Hash::Sha384 => Sha384::digest(certificate).to_vec(),
            Hash::Sha512 => Sha512::digest(certificate).to_vec(),
        };
        Some(Self::new(ChannelBindingType::TlsServerEndPoint, data))
    }

    /// Which property it is.
    #[must_use]
    pub fn kind(&self) -> ChannelBindingType {
        self.kind
    }

    /// Its value.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

impl fmt::Debug for ChannelBinding {
    /// Without the value: with it, a login could be passed on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelBinding").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The hash that the certificate's signature uses; SHA-256 in place of MD5 and SHA-1.
fn signature_hash(certificate: &[u8]) -> Option<Hash> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (_to_be_signed, rest) = element(certificate, SEQUENCE)?;
    let (algorithm, _) = element(rest, SEQUENCE)?;
    let (name, _) = element(algorithm, OBJECT_IDENTIFIER)?;
    Some(match name {
        // 1.2.840.113549.1.1: RSA with MD5, SHA-1, SHA-256, SHA-384, SHA-512.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 4 | 5 | 11] => Hash::Sha256,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 12] => Hash::Sha384,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 13] => Hash::Sha512,
        // 1.2.840.10045.4: ECDSA with SHA-1, SHA-256, SHA-384, SHA-512.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 1] | [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 2] => Hash::Sha256,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 3] => Hash::Sha384,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 4] => Hash::Sha512,
        _ => return None,
    })
}

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// The contents of the DER element of this tag at the beginning, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first().filter(|_| found == tag)?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // So many bytes of length follow.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a certificate as is read: what is signed, of this length, and the name of the algorithm.
    fn certificate(signed: usize, name: &[u8]) -> Vec<u8> {
        let wrapped = |tag: u8, contents: Vec<u8>| {
            let length = contents.len();
            let mut bytes = vec![tag];
            match u8::try_from(length) {
                Ok(short @ 0..=0x7f) => bytes.push(short),
                _ => bytes.extend([vec![0x82], u16::try_from(length).unwrap().to_be_bytes().to_vec()].concat()),
            }
            [bytes, contents].concat()
        };
        let algorithm = wrapped(SEQUENCE, [wrapped(OBJECT_IDENTIFIER, name.to_vec()), vec![5, 0]].concat());
        wrapped(SEQUENCE, [wrapped(SEQUENCE, vec![1; signed]), algorithm, vec![3, 1, 0]].concat())
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let rsa = |last| [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01][..], &[last]].concat();
        let ecdsa = |last: &[u8]| [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04][..], last].concat();
        for (name, bytes) in [
            (rsa(4), Some(32)),
            (rsa(5), Some(32)),
            (rsa(11), Some(32)),
            (rsa(12), Some(48)),
            (rsa(13), Some(64)),
            (ecdsa(&[1]), Some(32)),
            (ecdsa(&[3, 2]), Some(32)),
            (ecdsa(&[3, 3]), Some(48)),
            (ecdsa(&[3, 4]), Some(64)),
            // Ed25519.
            (vec![0x2b, 0x65, 0x70], None),
        ] {
            for signed in [3, 300] {
                let binding = ChannelBinding::of_certificate(&certificate(signed, &name));
                assert_eq!(binding.map(|binding| binding.data().len()), bytes, "{name:x?}");
            }
        }
        let whole = certificate(3, &rsa(11));
        assert_eq!(ChannelBinding::of_certificate(&whole).unwrap().data(), Sha256::digest(&whole).as_slice());
    }

    #[test]
    fn what_is_no_certificate_has_no_hash() {
        let whole = certificate(300, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 2]);
        for length in 0..whole.len() {
            assert_eq!(ChannelBinding::of_certificate(&whole[..length]), None);
        }
        assert_eq!(ChannelBinding::of_certificate(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30]), None);
        assert!(!format!("{:?}", ChannelBinding::new(ChannelBindingType::TlsUnique, *b"data")).contains("data"));
    }
}
