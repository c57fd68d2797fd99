//! The stories. Each is of a number, or a case, that is in no other.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::NumberState::{Confirmed, Issued, Revoked};
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::{DisputeReason, NumberState};

use super::{AUTHORITY, Answered, COMMUNE, DEPARTMENT, Dealings, NEIGHBOUR};
use crate::support::births::{asking, birth, changed, child, name, request};
use crate::support::calls::{
    approve, attach_to_case, confirm, correct, dispute, dispute_for, known, merge, new_id, reissue, reject, resolve,
    revoke, split, withdraw,
};
use crate::support::load::nth;
use crate::support::office::under_review;

/// How many stories there are: those of numbers, and that of a case.
pub const COUNT: usize = OF_NUMBERS as usize + 1;
const OF_NUMBERS: u64 = 9;

/// A number that the population database holds for child `n`: of a place where no birth of a load is.
fn held(n: u64) -> String {
    format!("001325{n:06}")
}

impl Dealings {
    /// Tells one of the stories of a number; answers which.
    pub(super) async fn of_number(&self, n: u64, number: String) -> Option<u64> {
        let story = n % OF_NUMBERS;
        match story {
            0 => self.confirmed_and_changed(n, &number).await?,
            1 => self.disputed_for_its_facts(&number).await?,
            2 => self.disputed_as_nobodys(&number).await?,
            3 => self.disputed_for_another(n, &number).await?,
            4 => self.revoked_or_not(&number).await?,
            5 => self.withdrawn_or_approved(&number).await?,
            6 => self.reissued(n, &number).await?,
            7 => self.merged(number).await?,
            _ => self.shared(n, &number).await?,
        }
        Some(story)
    }

    async fn is(&self, number: &str, state: NumberState) {
        assert_eq!(self.number(number).await.state(), state);
    }

    async fn confirmed_and_changed(&self, n: u64, number: &str) -> Option<()> {
        self.does(AUTHORITY, confirm(number)).await?;
        // The same registration under another id.
        let registration = nth(n).registration.unwrap();
        let bound = self.does(COMMUNE, asking(new_id(), registration.clone())).await?;
        assert_eq!(crate::support::office::issued(&bound).number, number);
        let mut facts = known(&registration);
        for first in ["Nguyễn Thúy", "Nguyễn Bích"] {
            let renamed = v1::Facts {
                full_name: Some(name(first, n)),
                ..v1::Facts::default()
            };
            self.does(COMMUNE, correct(number, facts.clone(), renamed.clone(), &["full_name"]))
                .await?;
            facts.full_name = renamed.full_name;
        }
        self.is(number, Confirmed).await;
        Some(())
    }

    /// Has the justice department decide a dispute both ways at once. Whether it was upheld.
    async fn decided(&self, disputed: &v1::DisputeNumberResponse) -> Option<bool> {
        let case = self.case(DEPARTMENT, &disputed.case_id).await;
        self.one_of((DEPARTMENT, approve(&case)), (DEPARTMENT, reject(&case)))
            .await
    }

    async fn disputed_for_its_facts(&self, number: &str) -> Option<()> {
        let disputed = self
            .does(AUTHORITY, dispute(number, DisputeReason::FactsDiffer))
            .await?;
        self.decided(&disputed).await?;
        self.is(number, Issued).await;
        self.does(AUTHORITY, confirm(number)).await.map(drop)
    }

    async fn disputed_as_nobodys(&self, number: &str) -> Option<()> {
        let disputed = self
            .does(AUTHORITY, dispute(number, DisputeReason::NoSuchPerson))
            .await?;
        let upheld = self.decided(&disputed).await?;
        self.is(number, if upheld { Revoked } else { Issued }).await;
        let confirmed = self.insists(AUTHORITY, confirm(number)).await?;
        assert_eq!(
            confirmed.is_err(),
            upheld,
            "a revoked number was confirmed, or one that stands was not"
        );
        Some(())
    }

    async fn disputed_for_another(&self, n: u64, number: &str) -> Option<()> {
        let disputed = self.does(AUTHORITY, dispute_for(number, &held(n))).await?;
        if self.decided(&disputed).await? {
            let old = self.number(number).await;
            assert_eq!((old.state(), old.replaced_by), (Revoked, held(n)));
            self.is(&held(n), Confirmed).await;
        } else {
            self.is(number, Issued).await;
        }
        Some(())
    }

    async fn revoked_or_not(&self, number: &str) -> Option<()> {
        let case = self.does(COMMUNE, revoke(number)).await?.case.unwrap();
        let decisions = ((AUTHORITY, approve(&case)), (AUTHORITY, reject(&case)));
        let revoked = self.one_of(decisions.0, decisions.1).await?;
        self.is(number, if revoked { Revoked } else { Issued }).await;
        Some(())
    }

    async fn withdrawn_or_approved(&self, number: &str) -> Option<()> {
        let case = self.does(COMMUNE, revoke(number)).await?.case.unwrap();
        let decisions = ((COMMUNE, withdraw(&case)), (AUTHORITY, approve(&case)));
        let withdrawn = self.one_of(decisions.0, decisions.1).await?;
        self.is(number, if withdrawn { Issued } else { Revoked }).await;
        Some(())
    }

    async fn reissued(&self, n: u64, number: &str) -> Option<()> {
        let mut corrected = birth(COMMUNE.0, n);
        child(&mut corrected).sex = v1::Sex::Male.into();
        let case = self.does(COMMUNE, reissue(number, corrected)).await?.case.unwrap();
        self.does(AUTHORITY, approve(&case)).await?;
        let old = self.number(number).await;
        assert_eq!(old.state(), Revoked);
        self.was_given(old.replaced_by.clone());
        let new = self.number(&old.replaced_by).await;
        assert_eq!((new.state(), new.replaces.as_str()), (Issued, number));
        self.does(AUTHORITY, confirm(&new.number)).await.map(drop)
    }

    /// Together with the number of another birth.
    async fn merged(&self, number: String) -> Option<()> {
        let other = loop {
            if let (_, Answered::Number(other, _)) = self.next_birth().await? {
                break other;
            }
        };
        let case = self.does(COMMUNE, merge(&number, &other)).await?.case.unwrap();
        let answer = Answer::StandingNumber(other.clone());
        self.does(AUTHORITY, resolve(&case, answer)).await?;
        let old = self.number(&number).await;
        assert_eq!((old.state(), &old.replaced_by), (Revoked, &other));
        self.is(&other, Issued).await;
        Some(())
    }

    /// By mistake of a sister too, until that is found.
    async fn shared(&self, n: u64, number: &str) -> Option<()> {
        let sister = changed(asking(new_id(), birth(NEIGHBOUR.0, n)), |registration| {
            child(registration).full_name = name("Nguyễn Thị Út", n);
            child(registration).date_of_birth.as_mut().unwrap().month = 6;
        });
        self.load.is_of_another_book(&sister.request_id);
        let waits = self.does(NEIGHBOUR, sister.clone()).await?;
        let case = self.case(AUTHORITY, &under_review(&waits).case_id).await;
        let same = resolve(&case, Answer::SamePerson(number.to_owned()));
        self.does(AUTHORITY, same).await?;
        let second = birth(NEIGHBOUR.0, n).r#ref.unwrap();
        let case = self.does(COMMUNE, split(number, second)).await?.case.unwrap();
        let first = request(COMMUNE.0, n).registration.unwrap().r#ref.unwrap();
        let decided = self.does(AUTHORITY, resolve(&case, Answer::Keeper(first))).await?;
        self.is(number, Issued).await;
        let others = decided.case.unwrap().numbers;
        for other in others.into_iter().filter(|other| other != number) {
            self.is(&other, Issued).await;
            self.was_given(other);
        }
        Some(())
    }

    /// A registration that waits: the population database holds a number of the child.
    pub(super) async fn of_case(&self, n: u64, case_id: &str) -> Option<u64> {
        self.load.will_have(n, held(n));
        let attached = self.does(AUTHORITY, attach_to_case(&held(n), case_id)).await?;
        assert_eq!(attached.case_id, case_id);
        self.is(&held(n), Confirmed).await;
        Some(OF_NUMBERS)
    }
}
