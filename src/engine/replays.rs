//! The replay cache: final answers, so that a resent request need not touch the store.
//!
//! An answer is final until a later entry changes its number. Such an entry may be another server's, so every server
//! follows the ledger (see [`super::follower`]) and forgets what an entry touches; while it does not know how the
//! ledger stands, nothing is answered from here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};

use crate::ledger::{Position, RequestKey};
use crate::number::Slot;
use crate::protocol::{Reply, Standing};

/// An answer is given from the cache only if the ledger was looked at no longer ago than this.
const FRESH: Duration = Duration::from_secs(1);

/// Answers by request, bounded in bytes.
pub(crate) struct Replays {
    cache: Cache<RequestKey, Answered, Weight, DefaultHashBuilder, Forgotten>,
    by_slot: Arc<Mutex<BySlot>>,
    followed: Mutex<Followed>,
}

/// How far the ledger was followed.
#[derive(Debug, Clone, Copy)]
struct Followed {
    /// The position up to which every touched number was forgotten.
    position: Position,
    /// When the ledger stood there, at the earliest, on the monotonic clock.
    at: Duration,
}

/// An answer to keep.
pub(crate) struct Kept<'a> {
    /// The request.
    pub request: RequestKey,
    /// The digest of its content.
    pub digest: [u8; 16],
    /// The digest of what was sent.
    pub as_sent: [u8; 16],
    /// What it was answered.
    pub reply: &'a Reply,
}

#[derive(Clone)]
struct Answered {
    digest: [u8; 16],
    as_sent: [u8; 16],
    reply: Reply,
}

/// Which requests were answered with the number of a slot.
type BySlot = HashMap<Slot, Vec<RequestKey>>;

/// Keeps the list by slot in step with what the cache drops by itself.
#[derive(Clone)]
struct Forgotten(Arc<Mutex<BySlot>>);

impl Lifecycle<RequestKey, Answered> for Forgotten {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), key: RequestKey, answered: Answered) {
        let Some(slot) = answered.slot() else { return };
        let mut by_slot = self.0.lock();
        if let Some(requests) = by_slot.get_mut(&slot) {
            requests.retain(|request| *request != key);
            if requests.is_empty() {
                by_slot.remove(&slot);
            }
        }
    }
}

impl Answered {
    fn slot(&self) -> Option<Slot> {
        match &self.reply.standing {
            Standing::Issued(number) => Some(number.slot),
            Standing::UnderReview(_) | Standing::NotEligible | Standing::CaseClosed(_) => None,
        }
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<RequestKey, Answered> for Weight {
    fn weight(&self, key: &RequestKey, answered: &Answered) -> u64 {
        // The facts dominate; their own estimate is added to the fixed parts, the list by slot and the bookkeeping of
        // both.
        let request = size_of::<RequestKey>() + key.office.len();
        let by_slot = size_of::<(Slot, Vec<RequestKey>)>() + request;
        let fixed = request + by_slot + size_of::<Answered>() + 128;
        (fixed + answered.reply.facts.memory()) as u64
    }
}

impl Replays {
    /// An empty cache of at most `bytes`, at a moment when the ledger stood at `position`.
    pub fn new(bytes: u64, position: Position, at: Duration) -> Self {
        // The count is only a hint for its tables: about one answer a kilobyte.
        let items = usize::try_from(bytes / 1024).unwrap_or(usize::MAX).max(1);
        let by_slot = Arc::<Mutex<BySlot>>::default();
        let forgotten = Forgotten(Arc::clone(&by_slot));
        Self {
            cache: Cache::with(items, bytes, Weight, DefaultHashBuilder::default(), forgotten),
            by_slot,
            followed: Mutex::new(Followed { position, at }),
        }
    }

    /// The answer to a request of this content, if it is known, final, and not behind the ledger at this moment.
    pub fn get(&self, key: &RequestKey, digest: &[u8; 16], now: Duration) -> Option<Reply> {
        self.answered(key, now, |answered| answered.digest == *digest)
    }

    /// The same to a request that says so in the very same bytes, which need not even be read to know what they say.
    pub fn resent(&self, key: &RequestKey, as_sent: &[u8; 16], now: Duration) -> Option<Reply> {
        self.answered(key, now, |answered| answered.as_sent == *as_sent)
    }

    fn answered(&self, key: &RequestKey, now: Duration, same: impl Fn(&Answered) -> bool) -> Option<Reply> {
        let answered = self.cache.get(key)?;
        let fresh = now.saturating_sub(self.followed.lock().at) <= FRESH;
        (fresh && same(&answered)).then_some(answered.reply)
    }

    /// The position up to which the ledger was followed.
    pub fn followed(&self) -> Position {
        self.followed.lock().position
    }

    /// Keeps answers that were true when the ledger stood at `seen`, if they are final: a registration without a number may
    /// still get one. Should the ledger have been followed beyond that meanwhile, they may have been touched, and are not
    /// kept.
    pub fn keep<'a>(&self, seen: Position, answers: impl IntoIterator<Item = Kept<'a>>) {
        let followed = self.followed.lock();
        if followed.position > seen {
            return;
        }
        for Kept {
            request,
            digest,
            as_sent,
            reply,
        } in answers
        {
            if !matches!(reply.standing, Standing::Issued(_)) {
                continue;
            }
            let reply = Reply {
                replayed: true,
                ..reply.clone()
            };
            let answered = Answered { digest, as_sent, reply };
            if let Some(slot) = answered.slot() {
                let mut by_slot = self.by_slot.lock();
                let requests = by_slot.entry(slot).or_default();
                if !requests.contains(&request) {
                    requests.push(request.clone());
                }
            }
            self.cache.insert(request, answered);
        }
    }

    /// Forgets every answer with one of these numbers: entries up to `position` changed them. If that is as far as the
    /// ledger went, `at` is a moment when it did.
    pub fn follow(&self, position: Position, at: Option<Duration>, touched: impl IntoIterator<Item = Slot>) {
        let mut followed = self.followed.lock();
        for slot in touched {
            // Out of the list first: the cache must not be called while the list is locked.
            let requests = self.by_slot.lock().remove(&slot);
            for request in requests.into_iter().flatten() {
                self.cache.remove(&request);
            }
        }
        let at = at.unwrap_or(followed.at);
        *followed = Followed { position, at };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::ledger::KeyRing;
    use crate::number::Codes;
    use crate::proto::google::r#type::Date;
    use crate::proto::v1;
    use crate::protocol::{LifeStatus, NumberRow, NumberState};
    use crate::registration::{Content, Registration, check};

    const DIGEST: [u8; 16] = [1; 16];
    const SENT: [u8; 16] = [3; 16];
    const NOW: Duration = Duration::from_secs(100);

    fn keep(replays: &Replays, request: RequestKey, reply: &Reply) {
        replays.keep(
            7,
            [Kept {
                request,
                digest: DIGEST,
                as_sent: SENT,
                reply,
            }],
        );
    }

    /// A registration whose child has a name of so many letters.
    fn facts(letters: usize) -> Arc<Registration> {
        let day = Some(Date {
            year: 2026,
            month: 3,
            day: 9,
        });
        let birth = v1::BirthRegistration {
            r#ref: Some(v1::RegistrationRef {
                office_code: "26734".into(),
                register: v1::Register::Birth.into(),
                book_year: 2026,
                book_number: String::new(),
                entry_number: "1".into(),
            }),
            kind: v1::RegistrationKind::OnTime.into(),
            registered_on: day,
            place_code: "079".into(),
            child: Some(v1::Child {
                full_name: "a".repeat(letters),
                date_of_birth: day,
                sex: v1::Sex::Female.into(),
                nationalities: vec!["VN".into()],
                ..v1::Child::default()
            }),
            foundling: true,
            ..v1::BirthRegistration::default()
        };
        Arc::new(check(&Content::of(&birth), Codes::embedded(), date(2026, 3, 17)).unwrap())
    }

    fn reply(standing: Standing, letters: usize) -> Reply {
        let facts = facts(letters);
        Reply {
            standing,
            position: 7,
            replayed: false,
            request_id: Uuid::from_u128(1),
            facts,
        }
    }

    fn request(id: u128) -> RequestKey {
        RequestKey {
            id: Uuid::from_u128(id),
            office: "26734".to_owned(),
        }
    }

    #[test]
    fn answers_never_weigh_more_than_allowed_in_all() {
        for bytes in [0, 5_000, 100_000] {
            let replays = Replays::new(bytes, 7, NOW);
            for id in 0..2_000 {
                keep(
                    &replays,
                    request(id),
                    &Reply {
                        facts: facts(1 + id as usize % 200),
                        ..issued(id as i64)
                    },
                );
                assert!(
                    replays.cache.weight() <= bytes,
                    "{} of {bytes} bytes",
                    replays.cache.weight()
                );
            }
            assert_eq!(replays.cache.is_empty(), bytes == 0);
        }
    }

    #[test]
    fn an_answer_weighs_at_least_what_it_holds() {
        let weigh = |letters: usize| {
            let answered = Answered {
                digest: DIGEST,
                as_sent: SENT,
                reply: reply(Standing::NotEligible, letters),
            };
            Weight.weight(&request(1), &answered)
        };
        let least = size_of::<RequestKey>() + size_of::<Answered>() + size_of::<Registration>();
        assert!(weigh(1) > least as u64);
        // The name is held as it was written and in its normal form.
        assert_eq!(weigh(200) - weigh(100), 200);
    }

    #[test]
    fn what_is_under_review_is_not_kept() {
        let replays = Replays::new(1 << 20, 7, NOW);
        keep(
            &replays,
            request(1),
            &reply(Standing::UnderReview(Uuid::from_u128(9)), 10),
        );
        assert!(replays.get(&request(1), &DIGEST, NOW).is_none());
        assert!(replays.cache.is_empty());
    }

    #[test]
    fn a_kept_answer_is_given_as_replayed_and_for_the_same_content_only() {
        let replays = Replays::new(1 << 20, 7, NOW);
        let first = issued(1);
        keep(&replays, request(1), &first);
        let again = replays.get(&request(1), &DIGEST, NOW).unwrap();
        assert_eq!(
            (again.standing, again.position, again.replayed),
            (first.standing, 7, true)
        );
        assert!(replays.get(&request(1), &[2; 16], NOW).is_none());
        assert!(replays.get(&request(2), &DIGEST, NOW).is_none());
        assert!(replays.resent(&request(1), &SENT, NOW).unwrap().replayed);
        assert!(replays.resent(&request(1), &DIGEST, NOW).is_none());
        assert!(replays.resent(&request(2), &SENT, NOW).is_none());
        let elsewhere = RequestKey {
            office: "00001".to_owned(),
            ..request(1)
        };
        assert!(replays.get(&elsewhere, &DIGEST, NOW).is_none());
        assert!(replays.resent(&elsewhere, &SENT, NOW).is_none());
    }

    /// An answer with the number of a slot.
    fn issued(slot: i64) -> Reply {
        let slot = Slot::from_value(79_126_000_000 + slot).unwrap();
        let number = NumberRow {
            slot,
            number: KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap().picker.at(slot),
            state: NumberState::Issued,
            life: LifeStatus::Alive,
            replaced_by: None,
            replaces: None,
            case_id: None,
            issued_at: 0,
            decision: 7,
            registration: 7,
            facts: 7,
        };
        reply(Standing::Issued(number), 10)
    }

    fn slot(reply: &Reply) -> Slot {
        match &reply.standing {
            Standing::Issued(number) => number.slot,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_entry_makes_every_answer_with_its_number_forgotten_and_no_other() {
        let replays = Replays::new(1 << 20, 7, NOW);
        let (first, second) = (issued(1), issued(2));
        keep(&replays, request(1), &first);
        keep(&replays, request(2), &first);
        keep(&replays, request(3), &second);
        replays.follow(9, Some(NOW), [slot(&first)]);
        let kept = |id| replays.get(&request(id), &DIGEST, NOW).is_some();
        assert_eq!([kept(1), kept(2), kept(3)], [false, false, true]);
        assert_eq!(replays.by_slot.lock().len(), 1);
    }

    #[test]
    fn what_was_true_before_the_ledger_was_followed_further_is_not_kept() {
        let replays = Replays::new(1 << 20, 7, NOW);
        replays.follow(8, Some(NOW), []);
        keep(&replays, request(1), &issued(1));
        assert!(replays.get(&request(1), &DIGEST, NOW).is_none());
        assert_eq!(replays.followed(), 8);
    }

    #[test]
    fn nothing_is_answered_from_memory_while_the_ledger_was_not_looked_at_for_a_second() {
        let replays = Replays::new(1 << 20, 7, NOW);
        keep(&replays, request(1), &issued(1));
        let after = |millis| {
            let now = NOW + Duration::from_millis(millis);
            let known = replays.get(&request(1), &DIGEST, now).is_some();
            assert_eq!(replays.resent(&request(1), &SENT, now).is_some(), known);
            known
        };
        assert!(after(1000) && !after(1001));
        // Part of the way is not the whole of it.
        replays.follow(8, None, []);
        assert!(!after(1001));
        replays.follow(8, Some(NOW + Duration::from_millis(500)), []);
        assert!(after(1500) && !after(1501));
    }

    #[test]
    fn the_list_by_slot_holds_no_more_than_the_cache() {
        let replays = Replays::new(20_000, 7, NOW);
        for id in 0..500 {
            keep(&replays, request(id), &issued(i64::try_from(id).unwrap() / 2));
        }
        let listed: usize = replays.by_slot.lock().values().map(Vec::len).sum();
        assert_eq!(listed, replays.cache.len());
    }
}
