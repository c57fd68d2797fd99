//! What the other end of a connection presented, and what was last found about it.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use rustls::pki_types::CertificateDer;

use super::Credentials;
use super::judge::{Holder, judge, same_during};
use crate::policy::Policy;

/// The certificates of which the other end has proved to hold the first; perhaps none.
pub struct Presented {
    chain: Vec<CertificateDer<'static>>,
    verdict: Mutex<Option<Verdict>>,
}

/// What was found, and for how long it holds: as long as these are in force, and during these seconds.
struct Verdict {
    credentials: Arc<Credentials>,
    policy: Arc<Policy>,
    seconds: Range<i64>,
    found: Result<Holder, &'static str>,
}

impl Verdict {
    fn holds(&self, credentials: &Arc<Credentials>, policy: &Arc<Policy>, now: i64) -> bool {
        Arc::ptr_eq(&self.credentials, credentials) && Arc::ptr_eq(&self.policy, policy) && self.seconds.contains(&now)
    }
}

impl Presented {
    /// Of a chain, the caller's own certificate first.
    pub fn new(chain: Vec<CertificateDer<'static>>) -> Self {
        Self {
            chain,
            verdict: Mutex::new(None),
        }
    }

    /// Whom the chain names, by the authorities and the policy in force now. Judged anew only when one of these, or the
    /// time, may have changed what is found.
    ///
    /// # Errors
    /// Why it names nobody, in words that hold nothing of the certificate.
    pub fn holder(
        &self,
        credentials: &Arc<Credentials>,
        policy: &Arc<Policy>,
        now: Timestamp,
    ) -> Result<Holder, &'static str> {
        let now = now.as_second();
        let mut verdict = self.verdict.lock();
        if let Some(verdict) = verdict
            .as_ref()
            .filter(|verdict| verdict.holds(credentials, policy, now))
        {
            return verdict.found.clone();
        }
        let found = judge(&self.chain, credentials, policy, now);
        *verdict = Some(Verdict {
            credentials: Arc::clone(credentials),
            policy: Arc::clone(policy),
            seconds: same_during(&self.chain, policy.settling_grace(), now),
            found: found.clone(),
        });
        found
    }
}
