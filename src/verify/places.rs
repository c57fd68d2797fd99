//! The table of districts and communes in force.

use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, reading};
use crate::places::Units;
use crate::store::{PlaceVersion, Reader};

/// Checks the table in force, where there is one.
pub(super) async fn check<R: Reader>(subject: &Subject<'_, R>, tally: &mut Tally) -> Result<(), VerifyError> {
    let table = subject.reader.places_other_than(None).await;
    let Some(Some(table)) = reading::read_or_report(table, Place::Units, tally)? else {
        return Ok(());
    };
    let number = table.version.number;
    let units = Units::from_text(&table.text, subject.rules.codes);
    let what = match units {
        Err(_) => "it is not one that a server takes up",
        Ok(_) if PlaceVersion::of(number, &table.text) != table.version => "its digest is another",
        Ok(units) if i64::try_from(units.len()) != Ok(table.units) => "its rows are not as many as it counts",
        Ok(_) => "",
    };
    let holds = what.is_empty();
    tally.expect(
        Check::Units,
        holds,
        Place::Units,
        format_args!("version {number}: {what}"),
    );
    Ok(())
}
