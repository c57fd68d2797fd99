//! Who is calling a development server: whoever it says.

use std::borrow::Cow;
use std::sync::Arc;

use http::{Extensions, HeaderMap};
use tonic::metadata::MetadataMap;

use super::{Caller, Identity, MAX_WORD, OFFICE, context, named_office, text, word};
use crate::ledger::SYSTEM_OFFICE;
use crate::policy::{Policies, Role};
use crate::refusal::Refusal;
use crate::shell::Clock;

/// For development: believes the metadata `x-dinhdanh-office` and `x-dinhdanh-role`, as far as they do not contradict the
/// policy. Only ever served on loopback.
pub struct DevIdentity {
    policies: Arc<Policies>,
    clock: Arc<dyn Clock>,
}

impl DevIdentity {
    /// By these policies, at the time of each call.
    pub fn new(policies: Arc<Policies>, clock: Arc<dyn Clock>) -> Self {
        Self { policies, clock }
    }
}

impl Identity for DevIdentity {
    fn caller(&self, metadata: &MetadataMap, _: &Extensions) -> Result<Caller, Refusal> {
        let office = named_office(metadata)?.ok_or(Refusal::NoIdentity("metadata x-dinhdanh-office is missing"))?;
        if office == SYSTEM_OFFICE {
            return Err(Refusal::NoIdentity("no caller can be the office 'system'"));
        }
        let role = text(metadata, "x-dinhdanh-role", MAX_WORD, "x-dinhdanh-role is not a role")?;
        let role = role.map_or(Some(Role::Registrar), |name| Role::named(&name));
        let role = role.ok_or(Refusal::NoIdentity("x-dinhdanh-role is not a role"))?;
        let policy = self.policies.current();
        if policy.office(&office).is_some_and(|listed| listed.role != role) {
            return Err(Refusal::NoIdentity("the office is registered with another role"));
        }
        Caller::new((role, office), context(metadata)?, policy, self.clock.now())
    }

    fn office<'a>(&self, headers: &'a HeaderMap, _: &Extensions) -> Cow<'a, str> {
        word(headers, OFFICE).into()
    }
}
