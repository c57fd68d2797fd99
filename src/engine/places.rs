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
    /// Takes up the table of the store. No birth waits for one that is damaged.
    pub async fn first_look(&self, reader: &impl Reader, provinces: &'static Codes) -> Result<(), StoreError> {
        match self.look(reader, provinces).await {
            Err(StoreError::Corrupt(reason)) => {
                tracing::error!(
                    reason,
                    "the table of districts and communes cannot be read; none is in force"
                );
                Ok(())
            }
            looked => looked,
        }
    }

    /// Takes up the table of the store, if it is another. One that this release cannot read leaves the one before in
    /// force.
    async fn look(&self, reader: &impl Reader, provinces: &'static Codes) -> Result<(), StoreError> {
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
    let mut behind = false;
    loop {
        tokio::time::sleep(EVERY).await;
        let outcome = shared.places.look(shared.store.reader(), shared.rules.codes).await;
        match &outcome {
            Err(error) if !behind => {
                tracing::warn!(%error, "the table of districts and communes cannot be looked for; the one before stays");
            }
            Ok(()) if behind => tracing::info!("the table of districts and communes is looked for again"),
            _ => {}
        }
        behind = outcome.is_err();
    }
}
