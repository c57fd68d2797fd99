//! Births in the form that the load generator ghz reads.

use std::io::{self, BufWriter, Write};

use prost::Message;

use crate::generate::Births;

/// The offices of unary calls are GHZ-000 to GHZ-999 in turn: ghz names the office of a call by the last three digits of
/// its number, and has no other way to make the two agree.
pub const OFFICES: u64 = 1_000;

/// How the births are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// One birth a call.
    Unary,
    /// All in one stream, of the office GHZ-STREAM.
    Stream,
}

/// Writes births as messages with their lengths before them (ghz's binary form), and tells how many there were. `seed`
/// keeps the books of several files apart.
///
/// # Errors
/// If the file cannot be written.
pub fn write(births: Births, calls: Calls, seed: u64, file: impl Write) -> io::Result<u64> {
    let mut file = BufWriter::new(file);
    let mut count = 0;
    for mut item in births {
        let registration = item.request.registration.as_mut();
        if let Some(reference) = registration.and_then(|registration| registration.r#ref.as_mut()) {
            let book = format!("{}/{}", reference.office_code, seed % 10_000_000_000);
            reference.book_number = book;
            reference.office_code = match calls {
                Calls::Unary => format!("GHZ-{:03}", count % OFFICES),
                Calls::Stream => "GHZ-STREAM".to_owned(),
            };
        }
        file.write_all(&item.request.encode_length_delimited_to_vec())?;
        count += 1;
    }
    file.flush()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::generate::{BIRTHS_PER_YEAR, Mix, Plan};
    use crate::proto::v1::IssueNumberRequest;
    use jiff::civil::Date;

    #[test]
    fn each_message_is_of_the_office_that_ghz_will_name() {
        let plan = Plan {
            count: 1_500,
            seed: 7,
            mix: Mix::plain(),
            today: Date::constant(2026, 11, 23),
            provinces: 34,
            births_per_year: BIRTHS_PER_YEAR,
        };
        let mut file = Vec::new();
        assert_eq!(
            write(Births::new(plan).unwrap(), Calls::Unary, 7, &mut file).unwrap(),
            1_500
        );
        let mut rest = file.as_slice();
        for number in 0..1_500 {
            let request = IssueNumberRequest::decode_length_delimited(&mut rest).unwrap();
            let reference = request.registration.unwrap().r#ref.unwrap();
            assert_eq!(reference.office_code, format!("GHZ-{:03}", number % 1_000));
            assert!(reference.book_number.ends_with("/7"));
        }
        assert!(rest.is_empty());
    }
}
