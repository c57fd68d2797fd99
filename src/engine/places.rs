//! The table of districts and communes, taken up anew whenever somebody has brought another.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::{Engine, Shared};
use crate::number::Codes;
use crate::places::Units;
use crate::store::{PlaceVersion, Reader, Store, StoreError};

/// How often it is looked whether there is another.
const EVERY: Duration = Duration::from_secs(2);

/// The table in force, as far as this server knows.
#[derive(Default)]
pub(crate) struct Known {
    units: ArcSwap<Units>,
    version: Mutex<Option<PlaceVersion>>,
}

impl Known {
    /// Takes up the table of the store, if it is another. One that this release cannot read leaves the one before in force:
    /// no birth waits for it.
    pub async fn look(&self, reader: &impl Reader, provinces: &'static Codes) -> Result<(), StoreError> {
        let known = *self.version.lock();
        let Some(table) = reader.places_other_than(known).await? else {
            return Ok(());
        };
        let (found, version) = (table.version, table.version.number);
        // A large one takes a moment, in which this thread has others to serve.
        let read = tokio::task::spawn_blocking(move || Units::from_text(&table.text, provinces));
        match read.await.map_err(|error| StoreError::Corrupt(error.to_string()))? {
            Ok(units) => {
                tracing::info!(
                    version,
                    units = units.len(),
                    "took up a table of districts and communes"
                );
                self.units.store(Arc::new(units));
            }
            Err(error) => tracing::error!(version, %error, "a table of districts and communes cannot be read"),
        }
        *self.version.lock() = Some(found);
        Ok(())
    }
}

impl<S: Store> Engine<S> {
    /// The table of districts and communes in force.
    pub fn units(&self) -> Arc<Units> {
        self.shared.units()
    }
}

impl<S> Shared<S> {
    /// The table of districts and communes in force.
    pub fn units(&self) -> Arc<Units> {
        self.places.units.load_full()
    }
}

/// Looks again and again whether there is another. Ends with the engine.
pub(super) async fn follow<S: Store>(shared: Arc<Shared<S>>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = shared.places.look(shared.store.reader(), shared.rules.codes).await {
            // Whoever follows the ledger tells of a store that is away.
            tracing::debug!(%error, "the table of districts and communes cannot be looked for");
        }
    }
}
