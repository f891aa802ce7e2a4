use std::{fmt, str::FromStr};

use thiserror::Error;

/// The hash of an entry, which covers the entry and everything before it. Zero before the first entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ChainHash(pub [u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({self})")
    }
}

/// A place in one ledger's log: the last entry that was applied. Two logs that differ before `seq` differ in `hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Cursor {
    /// The entry's number; 0 before the first.
    pub seq: i64,
    /// The entry's hash.
    pub hash: ChainHash,
}

impl Cursor {
    /// Before the first entry.
    pub const ZERO: Self = Self { seq: 0, hash: ChainHash([0; 32]) };
}

/// Written as people keep it elsewhere: `981:6f1e…`, the number and the hash in hexadecimal.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// A text is no place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write the entry's number, a colon and 64 hexadecimal digits, as `onepurse verify` prints a head")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (seq, hash) = text.split_once(':').ok_or(CursorError)?;
        let is_number = !seq.is_empty() && seq.bytes().all(|digit| digit.is_ascii_digit());
        let seq = seq.parse().ok().filter(|_| is_number).ok_or(CursorError)?;
        let mut bytes = [0; 32];
        let digits = hash.as_bytes();
        if digits.len() != 2 * bytes.len() {
            return Err(CursorError);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let value =
                pair.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?));
            *byte = value.and_then(|value| u8::try_from(value).ok()).ok_or(CursorError)?;
        }
        Ok(Self { seq, hash: ChainHash(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_as_it_was_printed() {
        let mut hash = [0xab; 32];
        hash[31] = 7;
        for cursor in [Cursor::ZERO, Cursor { seq: i64::MAX, hash: ChainHash(hash) }] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
            assert_eq!(cursor.to_string().to_uppercase().parse(), Ok(cursor));
        }
        let digits = "0".repeat(64);
        for text in [
            String::new(),
            "981".to_owned(),
            format!(":{digits}"),
            format!("-1:{digits}"),
            format!("+1:{digits}"),
            format!("9223372036854775808:{digits}"),
            format!("1:{digits}0"),
            format!("1:{}", &digits[1..]),
            format!("1:g{}", &digits[1..]),
            format!("1:é{}", &digits[2..]),
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }
}
