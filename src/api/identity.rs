//! Who is calling.

use std::sync::Arc;

use http::Extensions;
use tonic::metadata::MetadataMap;

use super::roles::Call;
use crate::engine::Sender;
use crate::ledger::{Context, SYSTEM_OFFICE};
use crate::policy::{Policies, Policy, Role};
use crate::protocol::Standpoint;
use crate::refusal::Refusal;

/// The longest office code, officer or purpose, in characters.
const MAX_OFFICE: usize = 32;
const MAX_OFFICER: usize = 64;

/// A caller, as far as the service is sure of it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its role.
    pub role: Role,
    /// Its office, officer and purpose.
    pub sender: Sender,
    /// The side it is on and whose registrations it reaches, if it takes part in cases.
    pub standpoint: Option<Standpoint>,
    /// The policy by which this call is judged, whatever policy comes into force meanwhile.
    pub policy: Arc<Policy>,
}

impl Caller {
    /// A caller of this role and office, by a policy.
    fn new(role: Role, office: String, context: Context, policy: Arc<Policy>) -> Self {
        Self {
            role,
            standpoint: policy.standpoint(role, &office),
            sender: Sender { office, context },
            policy,
        }
    }

    /// Lets the caller pass if its role may make the call.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub fn allowed(self, call: Call) -> Result<Self, Refusal> {
        if self.role.may(call) {
            Ok(self)
        } else {
            Err(Refusal::Role)
        }
    }
}

/// A way to tell who is calling: from what the connection proved, or what the call claims.
pub trait Identity: Send + Sync + 'static {
    /// The caller of a request with this metadata on a connection with these extensions.
    ///
    /// # Errors
    /// [`Refusal::NoIdentity`].
    fn caller(&self, metadata: &MetadataMap, connection: &Extensions) -> Result<Caller, Refusal>;
}

/// For development: believes the metadata `x-dinhdanh-office` and `x-dinhdanh-role`, as far as they do not contradict the
/// policy. Only ever served on loopback.
#[derive(Debug)]
pub struct DevIdentity {
    policies: Arc<Policies>,
}

impl DevIdentity {
    /// By these policies.
    pub fn new(policies: Arc<Policies>) -> Self {
        Self { policies }
    }
}

impl Identity for DevIdentity {
    fn caller(&self, metadata: &MetadataMap, _: &Extensions) -> Result<Caller, Refusal> {
        let office = text(
            metadata,
            "x-dinhdanh-office",
            MAX_OFFICE,
            "x-dinhdanh-office is too long or not plain text",
        )?;
        let office = office.ok_or(Refusal::NoIdentity("metadata x-dinhdanh-office is missing"))?;
        if office == SYSTEM_OFFICE {
            return Err(Refusal::NoIdentity("no caller can be the office 'system'"));
        }
        let role = text(
            metadata,
            "x-dinhdanh-role",
            MAX_OFFICER,
            "x-dinhdanh-role is not a role",
        )?;
        let role = role.map_or(Some(Role::Registrar), |name| Role::named(&name));
        let role = role.ok_or(Refusal::NoIdentity("x-dinhdanh-role is not a role"))?;
        let policy = self.policies.current();
        if policy.office(&office).is_some_and(|listed| listed.role != role) {
            return Err(Refusal::NoIdentity("the office is registered with another role"));
        }
        Ok(Caller::new(role, office, context(metadata)?, policy))
    }
}

/// Officer and purpose, which any call may carry.
fn context(metadata: &MetadataMap) -> Result<Context, Refusal> {
    let officer = text(
        metadata,
        "x-dinhdanh-officer",
        MAX_OFFICER,
        "x-dinhdanh-officer is too long or not plain text",
    )?;
    let purpose = text(
        metadata,
        "x-dinhdanh-purpose",
        MAX_OFFICER,
        "x-dinhdanh-purpose is too long or not plain text",
    )?;
    Ok(Context {
        officer: officer.unwrap_or_default(),
        purpose: purpose.unwrap_or_default(),
    })
}

fn text(
    metadata: &MetadataMap,
    name: &'static str,
    longest: usize,
    problem: &'static str,
) -> Result<Option<String>, Refusal> {
    let Some(value) = metadata.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Refusal::NoIdentity(problem))?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > longest || !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(Refusal::NoIdentity(problem));
    }
    Ok(Some(text.to_owned()))
}
