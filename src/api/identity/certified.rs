//! Who is calling, by the certificate of its connection.

use std::borrow::Cow;
use std::sync::Arc;

use http::{Extensions, HeaderMap};
use tonic::metadata::MetadataMap;

use super::{Caller, Identity, OFFICE, context, named_office, word};
use crate::policy::{Policies, Policy};
use crate::refusal::Refusal;
use crate::shell::Clock;
use crate::tls::{Holder, Name, Presented, Tls};

/// Believes what the certificate of a connection proves, and of a call's metadata only which office a shared system acts
/// for.
pub struct CertifiedIdentity {
    tls: Arc<Tls>,
    policies: Arc<Policies>,
    clock: Arc<dyn Clock>,
}

impl CertifiedIdentity {
    /// By these authorities and policies, at the time of each call.
    pub fn new(tls: Arc<Tls>, policies: Arc<Policies>, clock: Arc<dyn Clock>) -> Self {
        Self { tls, policies, clock }
    }

    /// Whom the connection's certificate names.
    fn holder(&self, connection: &Extensions, policy: &Arc<Policy>) -> Result<Holder, Refusal> {
        let presented = connection.get::<Arc<Presented>>().ok_or(Refusal::Bug)?;
        let found = presented.holder(&self.tls.current(), policy, self.clock.now());
        found.map_err(Refusal::NoIdentity)
    }
}

impl Identity for CertifiedIdentity {
    fn caller(&self, metadata: &MetadataMap, connection: &Extensions) -> Result<Caller, Refusal> {
        let policy = self.policies.current();
        let Holder { name, expired } = self.holder(connection, &policy)?;
        let (role, office) = match name {
            Name::Office { role, office } => (role, office),
            Name::Gateway { system } => {
                let office = named_office(metadata)?.ok_or(Refusal::NoIdentity(
                    "metadata x-dinhdanh-office is missing: a shared system names the office it acts for",
                ))?;
                let acts_for = policy.gateway(&system).is_some_and(|offices| offices.contains(&office));
                let listed = policy.office(&office).filter(|_| acts_for);
                let listed = listed.ok_or(Refusal::NoIdentity("the shared system may not act for this office"))?;
                (listed.role, office)
            }
        };
        let caller = Caller::new((role, office), context(metadata)?, policy, self.clock.now())?;
        Ok(Caller {
            only_settles: expired || caller.only_settles,
            ..caller
        })
    }

    fn office<'a>(&self, headers: &'a HeaderMap, connection: &Extensions) -> Cow<'a, str> {
        match self
            .holder(connection, &self.policies.current())
            .map(|holder| holder.name)
        {
            Ok(Name::Office { office, .. }) => office.into(),
            Ok(Name::Gateway { .. }) => word(headers, OFFICE).into(),
            Err(_) => "".into(),
        }
    }
}
