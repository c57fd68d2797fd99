//! What stands behind a key in Redis: a few bytes, led by a letter that says which form they have.

use crate::lease::Hint;

/// Leads the value of a key in hand.
const IN_HAND: u8 = b'h';
/// Leads the value of an answered request.
const ANSWERED: u8 = b'a';

/// Who holds a key: drawn at random when a server starts.
pub(super) type Token = [u8; 8];

/// What a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The key is in hand.
    InHand(Token),
    /// The request was answered.
    Answered(Hint),
    /// Nothing this release understands.
    Unreadable,
}

/// The value of a key in hand.
pub(super) fn in_hand(token: Token) -> [u8; 9] {
    let mut value = [IN_HAND; 9];
    value[1..].copy_from_slice(&token);
    value
}

/// The value of an answered request: epoch, position and digest.
pub(super) fn answered(hint: &Hint) -> [u8; 33] {
    let mut value = [ANSWERED; 33];
    value[1..9].copy_from_slice(&hint.epoch.to_be_bytes());
    value[9..17].copy_from_slice(&hint.position.to_be_bytes());
    value[17..].copy_from_slice(&hint.digest);
    value
}

/// Reads a value. Anybody may have written it.
pub(super) fn read(value: &[u8]) -> Said {
    match value {
        [IN_HAND, token @ ..] => token.try_into().map_or(Said::Unreadable, Said::InHand),
        [ANSWERED, rest @ ..] => hint(rest).map_or(Said::Unreadable, Said::Answered),
        _ => Said::Unreadable,
    }
}

fn hint(bytes: &[u8]) -> Option<Hint> {
    let (epoch, bytes) = bytes.split_first_chunk()?;
    let (position, digest) = bytes.split_first_chunk()?;
    Some(Hint {
        epoch: i64::from_be_bytes(*epoch),
        position: i64::from_be_bytes(*position),
        digest: digest.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(epoch: i64, position: i64, digest: [u8; 16], token: Token) {
            let hint = Hint { epoch, position, digest };
            prop_assert_eq!(read(&answered(&hint)), Said::Answered(hint));
            prop_assert_eq!(read(&in_hand(token)), Said::InHand(token));
        }

        #[test]
        fn whatever_is_read_is_what_would_be_written(value: Vec<u8>) {
            let written = match read(&value) {
                Said::InHand(token) => in_hand(token).to_vec(),
                Said::Answered(hint) => answered(&hint).to_vec(),
                Said::Unreadable => return Ok(()),
            };
            prop_assert_eq!(written, value);
        }

        #[test]
        fn a_value_cut_short_or_drawn_out_is_unreadable(epoch: i64, digest: [u8; 16], kept in 0_usize..33, more: u8) {
            let whole = answered(&Hint { epoch, position: 1, digest });
            prop_assert_eq!(read(&whole[..kept]), Said::Unreadable);
            prop_assert_eq!(read(&[whole.as_slice(), &[more]].concat()), Said::Unreadable);
        }
    }
}
