//! Keywords of the protocol in any case, so that a `match` compares them.

/// A name in capitals, so that a `match` can compare it; longer ones than the protocol has are empty.
pub(super) struct Name {
    bytes: [u8; 20],
    length: usize,
}

impl Name {
    #[inline]
    pub(super) fn new(name: &[u8]) -> Self {
        let mut bytes = [0; 20];
        match bytes.get_mut(..name.len()) {
            Some(capitals) => {
                for (capital, byte) in capitals.iter_mut().zip(name) {
                    *capital = byte.to_ascii_uppercase();
                }
                Self { bytes, length: name.len() }
            }
            None => Self { bytes, length: 0 },
        }
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A name in capitals as one number, so that a `match` compares it in one step; longer ones than 16 bytes are 0.
#[inline]
pub(super) const fn packed(name: &[u8]) -> u128 {
    let mut number = 0;
    let mut rest = if name.len() <= 16 { name } else { b"" };
    while let Some((byte, tail)) = rest.split_first() {
        number = number << 8 | byte.to_ascii_uppercase() as u128;
        rest = tail;
    }
    number
}
