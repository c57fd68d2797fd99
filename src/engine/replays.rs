//! The replay cache: final answers, so that a resent request need not touch the store.

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::ledger::RequestKey;
use crate::protocol::{Reply, Standing};

/// Answers by request, bounded in bytes.
pub(crate) struct Replays {
    cache: Cache<RequestKey, Answered, Weight>,
}

#[derive(Clone)]
struct Answered {
    digest: [u8; 16],
    reply: Reply,
}

#[derive(Clone)]
struct Weight;

impl Weighter<RequestKey, Answered> for Weight {
    fn weight(&self, key: &RequestKey, answered: &Answered) -> u64 {
        // The facts dominate; their own estimate is added to the fixed parts and the cache's own bookkeeping.
        let fixed = size_of::<RequestKey>() + size_of::<Answered>() + 64;
        (fixed + key.office.len() + answered.reply.facts.memory()) as u64
    }
}

impl Replays {
    /// An empty cache of at most `bytes`.
    pub fn new(bytes: u64) -> Self {
        // The count is only a hint for its tables: about one answer a kilobyte.
        let items = usize::try_from(bytes / 1024).unwrap_or(usize::MAX).max(1);
        Self {
            cache: Cache::with_weighter(items, bytes, Weight),
        }
    }

    /// The answer to a request of this content, if it is known and final.
    pub fn get(&self, key: &RequestKey, digest: &[u8; 16]) -> Option<Reply> {
        let answered = self.cache.get(key)?;
        (answered.digest == *digest).then_some(answered.reply)
    }

    /// Keeps an answer, if it is final: what is under review will change.
    pub fn keep(&self, key: RequestKey, digest: [u8; 16], reply: &Reply) {
        if matches!(reply.standing, Standing::UnderReview(_)) {
            return;
        }
        self.cache.insert(
            key,
            Answered {
                digest,
                reply: Reply {
                    replayed: true,
                    ..reply.clone()
                },
            },
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::number::Codes;
    use crate::proto::google::r#type::Date;
    use crate::proto::v1;
    use crate::registration::{Content, Registration, check};

    const DIGEST: [u8; 16] = [1; 16];

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
            let replays = Replays::new(bytes);
            for id in 0..2_000 {
                replays.keep(
                    request(id),
                    DIGEST,
                    &reply(Standing::NotEligible, 1 + id as usize % 200),
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
        let replays = Replays::new(1 << 20);
        replays.keep(
            request(1),
            DIGEST,
            &reply(Standing::UnderReview(Uuid::from_u128(9)), 10),
        );
        assert!(replays.get(&request(1), &DIGEST).is_none());
        assert!(replays.cache.is_empty());
    }

    #[test]
    fn a_kept_answer_is_given_as_replayed_and_for_the_same_content_only() {
        let replays = Replays::new(1 << 20);
        replays.keep(request(1), DIGEST, &reply(Standing::NotEligible, 10));
        let again = replays.get(&request(1), &DIGEST).unwrap();
        assert_eq!(
            (again.standing, again.position, again.replayed),
            (Standing::NotEligible, 7, true)
        );
        assert!(replays.get(&request(1), &[2; 16]).is_none());
        assert!(replays.get(&request(2), &DIGEST).is_none());
        let elsewhere = RequestKey {
            office: "00001".to_owned(),
            ..request(1)
        };
        assert!(replays.get(&elsewhere, &DIGEST).is_none());
    }
}
