//! The report of a mismatch, by which a case is opened.

use uuid::Uuid;

use super::{Mismatch, Record};
use crate::ledger::{EntryKind, IndexKey, Position};
use crate::protocol::asked::Asked;
use crate::protocol::{CaseCause, Deed, Fields};
use crate::registration::facts_fields;

/// A mismatch as it was found when it was compared.
#[derive(Debug, Clone)]
pub struct Report {
    /// The record; of a number that is missing there, nothing but that number.
    pub record: Record,
    /// In what it disagrees.
    pub mismatch: Mismatch,
    /// The entry that held what it was compared with; 0 where nothing was known.
    pub version: Position,
}

impl Mismatch {
    /// Why a case about it is opened.
    pub fn cause(&self) -> CaseCause {
        match self {
            Self::Differs(_) => CaseCause::Differs,
            Self::MissingHere => CaseCause::MissingHere,
            Self::MissingThere => CaseCause::MissingThere,
        }
    }
}

/// Reports a mismatch. Of what the other registry holds, the fields that differ are kept and no others; what is held here
/// is named by its entry, so that after a change the same difference is another mismatch.
pub fn report(record: Record, mismatch: Mismatch, version: Position) -> Asked {
    let mut fields = Fields::default();
    fields.add("kind", mismatch.cause().code());
    fields.add("version", version);
    fields.add(
        "number",
        record.number.map(|number| number.to_string()).unwrap_or_default(),
    );
    if let Some(reference) = &record.reference {
        fields.add_reference("ref", reference);
    }
    if let Mismatch::Differs(differing) = &mismatch {
        for field in differing {
            fields.add("fields", field);
        }
        for (field, values) in facts_fields(&record.facts) {
            for value in values.into_iter().filter(|_| differing.contains(&field)) {
                fields.add(format!("facts.{field}"), value);
            }
        }
    }
    let report = Report {
        record,
        mismatch,
        version,
    };
    Asked {
        fields,
        deed: Deed::Report(Box::new(report)),
    }
}

/// The request id under which a comparison that began when the ledger ended at `end` makes a report: the same however often
/// its stream is resumed. `names` is the key of names, which outlasts an index key.
pub fn report_id(report: &Asked, end: Position, names: &IndexKey) -> Uuid {
    let report = report.fields.digest(names, EntryKind::MismatchReported);
    let tag = names.tag("request/mismatch", &[&report, &end.to_be_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&tag[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
