//! Acts of the service itself that are no command: they are about no number, no case and no registration.

use uuid::Uuid;

use super::{Changes, Fields, says};
use crate::ledger::{
    Context, Draft, EntryKind, KeyRing, Moment, NONCE_BYTES, RequestKey, SALT_BYTES, SYSTEM_OFFICE, SealError,
};

/// Fresh randomness of such an act: id, salt and nonce.
pub type Seed = (Uuid, [u8; SALT_BYTES], [u8; NONCE_BYTES]);

impl Changes {
    /// Writes the entry of such an act at the end of the ledger.
    pub(super) fn write_own(
        &mut self,
        kind: EntryKind,
        fields: &Fields,
        (ring, moment): (&KeyRing, Moment),
        (id, salt, nonce): Seed,
    ) -> Result<(), SealError> {
        let request = RequestKey {
            id,
            office: SYSTEM_OFFICE.to_owned(),
        };
        let digest = fields.digest(&ring.index.current(), kind);
        let content = says::encode(fields, None);
        let draft = Draft::seal(ring, request, Context::default(), digest, &content, (salt, nonce))?;
        let at = self.head.at.max(moment.at);
        self.entries.push(self.head.write(draft, kind, at));
        Ok(())
    }
}
