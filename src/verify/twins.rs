//! The twins that rows have under the index key that is to come into use.

use std::collections::{HashMap, HashSet};

use super::content::says_of;
use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, reading};
use crate::protocol::{Decided, Known, Wanted, twins};
use crate::registration::Key;
use crate::store::Reader;

/// Checks that whatever these entries hold they hold under both keys, as far as their turns wrote under both.
pub(super) async fn check<R: Reader>(
    subject: &Subject<'_, R>,
    entries: &[Known],
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    let Some((other, since)) = &subject.twin else {
        return Ok(());
    };
    let later = entries.iter().filter(|known| known.entry.position >= *since);
    let pairs_of = |known: &Known| {
        let says = says_of(&known.entry, subject.keys)?;
        let known = known.clone();
        let decided = Decided { known, says };
        Some(twins(&decided, &[], (&subject.index, other), subject.rules.codes))
    };
    let pairs: Vec<(_, HashMap<Key, Key>)> = later
        .filter_map(|known| Some((known.entry.position, pairs_of(known)?)))
        .collect();
    let keys: HashSet<Key> = pairs
        .iter()
        .flat_map(|(_, pairs)| pairs)
        .flat_map(|(key, twin)| [*key, *twin])
        .collect();
    let mut keys: Vec<Key> = keys.into_iter().collect();
    keys.sort_unstable();
    let wanted = Wanted {
        strict: keys.clone(),
        blocking: keys,
        ..Wanted::default()
    };
    let holders = subject.reader.holders(&wanted).await;
    let Some(found) = reading::read_or_report(holders, Place::Ledger, tally)? else {
        return Ok(());
    };
    for (position, pairs) in &pairs {
        let strict = |key| found.strict.get(key).filter(|holder| *holder == position);
        let blocking = |key| {
            found
                .blocking
                .get(key)
                .is_some_and(|holders| holders.contains(position))
        };
        for (check, same) in [
            (
                Check::StrictKeys,
                pairs.iter().all(|(key, twin)| strict(key) == strict(twin)),
            ),
            (
                Check::BlockingKeys,
                pairs.iter().all(|(key, twin)| blocking(key) == blocking(twin)),
            ),
        ] {
            let what = format_args!("it does not hold the same under the index key that is to come into use");
            tally.expect(check, same, Place::Position(*position), what);
        }
    }
    Ok(())
}
