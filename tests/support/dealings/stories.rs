//! The stories. Each is of a number, or a case, that is in no other.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::NumberState::{Confirmed, Issued, Quarantined, Revoked};
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::settle_number_response::Outcome;
use dinhdanh::proto::v1::{DisputeReason, ImportResult, NumberState};

use super::{AUTHORITY, Answered, COMMUNE, DEPARTMENT, Dealings, MISSION, NEIGHBOUR};
use crate::support::births::{asking, birth, changed, child, name, request};
use crate::support::calls::{
    Import, approve, attach_to_case, born_abroad, confirm, correct, dispute, dispute_for, known, merge, new_id,
    reissue, reject, reserve, resolve, revoke, settle, split, withdraw,
};
use crate::support::extract::{Comparison, header, record};
use crate::support::load::nth;
use crate::support::office::under_review;

/// The first digits of numbers that another registry has, too: those of a place where nothing else is.
const COMPARED: &str = "008325";
/// How many stories there are: those of numbers, and that of a case.
pub const COUNT: usize = OF_NUMBERS as usize + 1;
/// Added to the number of a child, it is that of one born abroad, of whom nobody else tells.
const ABROAD: u64 = 1_000_000_000_000;
const OF_NUMBERS: u64 = 12;

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
            8 => self.handed_out(n).await?,
            9 => self.imported(n).await?,
            10 => self.compared(n).await?,
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

    /// A mission hands out a number to one child, and one to another that it has registered over the line before; what is left
    /// is given to nobody.
    async fn handed_out(&self, n: u64) -> Option<()> {
        let reserved = self.does(MISSION, reserve(3)).await?.block.unwrap();
        let [first, second, third] = [0, 1, 2].map(|nth| reserved.numbers[nth].clone());
        let new = born_abroad(MISSION.0, ABROAD + n);
        let settled = self.does(MISSION, settle(&reserved, &first, new.clone())).await?;
        assert!(matches!(settled.outcome, Some(Outcome::Settled(number)) if number.number == first));
        self.was_given(first.clone());
        // An old copy of the journal hands the number out once more.
        let twice = settle(&reserved, &first, born_abroad(MISSION.0, 2 * ABROAD + n));
        assert_eq!(
            self.insists(MISSION, twice).await?.map(drop),
            Err("WRONG_STATE".to_owned())
        );
        let online = born_abroad(MISSION.0, 3 * ABROAD + n);
        let online_request = asking(new_id(), online.clone());
        self.load.is_of_another_book(&online_request.request_id);
        let known = self.does(MISSION, online_request).await?;
        let number = crate::support::office::issued(&known).number.clone();
        let mut again = online;
        again.r#ref.as_mut().unwrap().entry_number.push('A');
        let doubtful = settle(&reserved, &second, again);
        self.load.is_of_another_book(&doubtful.request_id);
        let Some(Outcome::UnderReview(review)) = self.does(MISSION, doubtful).await?.outcome else {
            panic!("a child who has a number was given another");
        };
        let close = v1::CloseBlockRequest {
            request_id: new_id(),
            block_id: reserved.block_id.clone(),
        };
        self.does(MISSION, close).await?;
        let case = self.case(AUTHORITY, &review.case_id).await;
        let decision = resolve(&case, Answer::SamePerson(number.clone()));
        let attached = self.one_of((AUTHORITY, decision), (MISSION, withdraw(&case))).await?;
        let printed = self.number(&second).await;
        let instead = if attached { number } else { String::new() };
        assert_eq!((printed.state(), printed.replaced_by), (Revoked, instead));
        self.is(&first, Issued).await;
        self.is(&third, Quarantined).await;
        Some(())
    }

    /// An old book brings a child with a number, then with another one; and a child without, then with one.
    async fn imported(&self, n: u64) -> Option<()> {
        let [first, other, third] = ["004", "005", "006"].map(|place| format!("{place}325{n:06}"));
        let child = birth(COMMUNE.0, 4 * ABROAD + n);
        let brought = self.does(DEPARTMENT, Import::of(child.clone(), Some(&first))).await?;
        assert_eq!(brought.result(), ImportResult::Imported);
        self.is(&first, Issued).await;
        // Whoever registers that entry anew is told of its number.
        let registered = self.does(COMMUNE, asking(new_id(), child.clone())).await?;
        assert_eq!(crate::support::office::issued(&registered).number, first);
        let contradicted = self.does(DEPARTMENT, Import::of(child, Some(&other))).await?;
        assert_eq!(contradicted.result(), ImportResult::Conflict);
        let case = self.case(AUTHORITY, &contradicted.case_id).await;
        let same = resolve(&case, Answer::SamePerson(first.clone()));
        let decided = self.one_of((AUTHORITY, same), (DEPARTMENT, withdraw(&case))).await?;
        let led_to = self.number(&other).await;
        match decided {
            true => assert_eq!((led_to.state(), &led_to.replaced_by), (Revoked, &first)),
            false => assert_eq!(led_to.state(), Quarantined),
        }
        self.is(&first, Issued).await;
        let child = birth(NEIGHBOUR.0, 5 * ABROAD + n);
        let bare = self.does(AUTHORITY, Import::of(child.clone(), None)).await?;
        assert_eq!(bare.result(), ImportResult::Imported);
        let completed = self.does(AUTHORITY, Import::of(child, Some(&third))).await?;
        assert_eq!(completed.result(), ImportResult::Completed);
        self.is(&third, Issued).await;
        Some(())
    }

    /// Another registry has another name for a child, and is told of one case about it until that is taken back.
    async fn compared(&self, n: u64) -> Option<()> {
        let number = format!("{COMPARED}{n:06}");
        let child = birth(COMMUNE.0, 6 * ABROAD + n);
        let brought = self.does(DEPARTMENT, Import::of(child.clone(), Some(&number))).await?;
        assert_eq!(brought.result(), ImportResult::Imported);
        let mut there = record(&number, &child);
        there.facts.as_mut().unwrap().full_name = Some(name("Nguyễn Thị Khác", n));
        let case_id = self.compares(&there).await;
        let case = self.case(DEPARTMENT, &case_id).await;
        let decisions = ((DEPARTMENT, approve(&case)), (AUTHORITY, withdraw(&case)));
        let approved = self.one_of(decisions.0, decisions.1).await?;
        let again = self.compares(&there).await;
        assert_eq!(again == case_id, approved, "what was decided is not opened again");
        self.is(&number, Issued).await;
        // Other comparisons may have told that it is missing there: no more.
        self.does(AUTHORITY, confirm(&number)).await?;
        self.is(&number, Confirmed).await;
        Some(())
    }

    /// Compares a record with all numbers of its place, whatever else is found. The case about it.
    async fn compares(&self, record: &v1::ReconciliationRecord) -> String {
        let scope = v1::ReconciliationScope {
            place_codes: vec![COMPARED[..3].to_owned()],
            ..v1::ReconciliationScope::default()
        };
        let comparison = Comparison {
            header: v1::ReconciliationHeader {
                open_cases: true,
                ..header(scope, "")
            },
            records: vec![record.clone()],
        };
        let answers = self.answer(AUTHORITY, &comparison).await.expect("a comparison");
        let mut own = answers
            .mismatches
            .into_iter()
            .filter(|found| found.number == record.number);
        let case_id = own.next().map(|found| found.case_id);
        let case_id = case_id.filter(|case_id| !case_id.is_empty());
        let case_id = case_id.expect("a case about the record");
        self.reported(&case_id);
        case_id
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
