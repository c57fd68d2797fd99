//! Who is calling.

mod certified;
mod dev;

use std::borrow::Cow;
use std::sync::Arc;

use http::{Extensions, HeaderMap};
use jiff::{SignedDuration, Timestamp};
use tonic::metadata::MetadataMap;
use uuid::Uuid;

pub use self::certified::CertifiedIdentity;
pub use self::dev::DevIdentity;
use super::roles::Call;
use crate::engine::Sender;
use crate::ledger::{Context, Moment, RequestKey};
use crate::policy::{MAX_CODE_CHARS, Policy, Role};
use crate::protocol::Standpoint;
use crate::refusal::Refusal;

/// The longest officer, purpose or role, in characters.
const MAX_WORD: usize = 64;
/// Why a mission may not make a call whose certificate has expired, or that was closed.
const ONLY_SETTLING: &str = "the client certificate has expired, or the office has been closed: for a while it may still \
     settle numbers handed out before, and nothing else";
/// Why an office that is listed may not call.
const NOT_OPEN: &str = "the office is not open yet";
const CLOSED: &str = "the office has been closed: its successor acts for it";
/// The metadata that names an office.
const OFFICE: &str = "x-dinhdanh-office";

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
    /// Whether its certificate has expired or its office was closed, so lately that it may settle what it handed out before, and
    /// do nothing else.
    pub only_settles: bool,
}

impl Caller {
    /// A caller of this role and office, by a policy, at a time.
    ///
    /// # Errors
    /// [`Refusal::NoIdentity`] for an office that does not act on that day.
    fn new(
        (role, office): (Role, String),
        context: Context,
        policy: Arc<Policy>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let day = Moment::new(now).day;
        let listed = policy.office(&office);
        if listed.is_some_and(|listed| !listed.is_open_on(day)) {
            return Err(Refusal::NoIdentity(NOT_OPEN));
        }
        let closed_on = |day| listed.is_some_and(|listed| listed.is_closed_on(day));
        let closed = closed_on(day);
        // What a mission handed out on its last days is on paper: it must be able to say so.
        let grace = SignedDuration::from_secs(policy.settling_grace());
        if closed && (role != Role::Mission || closed_on(Moment::new(now - grace).day)) {
            return Err(Refusal::NoIdentity(CLOSED));
        }
        Ok(Self {
            role,
            standpoint: policy.standpoint(role, &office, day),
            sender: Sender { office, context },
            policy,
            only_settles: closed,
        })
    }

    /// Whether what is an office's is the caller's own: its own code's, or that of an office it has taken over.
    pub(super) fn acts_for(&self, office: &str) -> bool {
        self.sender.office == office
            || (self.standpoint.as_ref()).is_some_and(|standpoint| standpoint.taken_over.contains(office))
    }

    /// The request to which its office, or one that it has taken over, gave this id: its own first.
    pub(super) fn requests(&self, id: Uuid) -> Vec<RequestKey> {
        let taken_over = self
            .standpoint
            .iter()
            .flat_map(|standpoint| standpoint.taken_over.iter());
        let offices = [&self.sender.office].into_iter().chain(taken_over);
        let key = |office: &String| RequestKey {
            id,
            office: office.clone(),
        };
        offices.map(key).collect()
    }

    /// The request to which its office gave this id.
    pub(super) fn request(&self, id: Uuid) -> RequestKey {
        RequestKey {
            id,
            office: self.sender.office.clone(),
        }
    }

    /// Lets the caller pass if its role may make the call, and its certificate still counts for it.
    ///
    /// # Errors
    /// [`Refusal::NoIdentity`] or [`Refusal::Role`].
    pub fn allowed(self, call: Call) -> Result<Self, Refusal> {
        match (self.role.may(call), self.only_settles) {
            (false, _) => Err(Refusal::Role),
            (true, true) if !call.settles() => Err(Refusal::NoIdentity(ONLY_SETTLING)),
            (true, _) => Ok(self),
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

    /// The office such a call counts for when room is shared out; empty for one that has none. Told before the message is
    /// read, so as cheaply as can be.
    fn office<'a>(&self, headers: &'a HeaderMap, connection: &Extensions) -> Cow<'a, str>;
}

/// Officer and purpose, which any call may carry.
fn context(metadata: &MetadataMap) -> Result<Context, Refusal> {
    let officer = text(
        metadata,
        "x-dinhdanh-officer",
        MAX_WORD,
        "x-dinhdanh-officer is too long or not plain text",
    )?;
    let purpose = text(
        metadata,
        "x-dinhdanh-purpose",
        MAX_WORD,
        "x-dinhdanh-purpose is too long or not plain text",
    )?;
    Ok(Context {
        officer: officer.unwrap_or_default(),
        purpose: purpose.unwrap_or_default(),
    })
}

/// The office that a call names.
fn named_office(metadata: &MetadataMap) -> Result<Option<String>, Refusal> {
    text(
        metadata,
        OFFICE,
        MAX_CODE_CHARS,
        "x-dinhdanh-office is too long or not plain text",
    )
}

/// A header as it is written, if it is text.
fn word<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
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
