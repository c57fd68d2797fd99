//! Records of another registry, sent to be compared, and what is told of them.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::MismatchKind;
use dinhdanh::proto::v1::reconcile_request::Item as Sent;
use dinhdanh::proto::v1::reconcile_response::Item;
use dinhdanh::proto::v1::reconciliation_service_client::ReconciliationServiceClient;
use dinhdanh::registration::{Content, facts_of};
use tonic::Status;

use super::calls::Call;
use super::desk::Desk;
use super::told::{Told, told_of};

/// A mismatch in short: its number, kind and fields.
pub type Line = (String, MismatchKind, Vec<String>);

/// All that a stream was answered.
#[derive(Default)]
pub struct Answers {
    pub mismatches: Vec<v1::Mismatch>,
    /// Key and refusal of the records that could not be compared.
    pub errors: Vec<(String, Told)>,
    /// Each token, how many records it covers, and how many mismatches and errors were told before it.
    pub progress: Vec<(String, i64, usize)>,
    pub summary: Option<v1::ReconciliationSummary>,
    /// How it ended, if not well.
    pub refused: Option<Status>,
}

/// A record that says what a registration says.
pub fn record(number: &str, registration: &v1::BirthRegistration) -> v1::ReconciliationRecord {
    v1::ReconciliationRecord {
        key: format!("k{number}"),
        number: number.into(),
        r#ref: registration.r#ref.clone(),
        facts: Some(facts_of(&Content::of(registration))),
    }
}

pub fn header(scope: v1::ReconciliationScope, token: &str) -> v1::ReconciliationHeader {
    v1::ReconciliationHeader {
        scope: Some(scope),
        resume_token: token.into(),
        open_cases: false,
        names: false,
    }
}

pub fn request(item: Sent) -> v1::ReconcileRequest {
    v1::ReconcileRequest { item: Some(item) }
}

/// Compares all of these records, in the order of their numbers.
pub async fn reconcile(desk: &Desk, mut records: Vec<v1::ReconciliationRecord>) -> Answers {
    records.sort_by(|a, b| a.number.cmp(&b.number));
    sent(desk, v1::ReconciliationHeader::default(), records).await
}

/// Compares these records as they come.
pub async fn sent(desk: &Desk, header: v1::ReconciliationHeader, records: Vec<v1::ReconciliationRecord>) -> Answers {
    let items = records.into_iter().map(Box::new).map(Sent::Record);
    let items: Vec<_> = [Sent::Header(header)].into_iter().chain(items).map(request).collect();
    streamed(desk, items).await
}

/// A comparison, to be made as any other call is.
#[derive(Clone)]
pub struct Comparison {
    pub header: v1::ReconciliationHeader,
    pub records: Vec<v1::ReconciliationRecord>,
}

impl Call for Comparison {
    type Answer = Answers;

    async fn sent_by(self, desk: &Desk) -> Result<Answers, Status> {
        let mut answers = sent(desk, self.header, self.records).await;
        match answers.refused.take() {
            None => Ok(answers),
            Some(status) => Err(status),
        }
    }
}

/// Sends these items, whatever they are.
pub async fn streamed(desk: &Desk, items: Vec<v1::ReconcileRequest>) -> Answers {
    let mut client = ReconciliationServiceClient::new(desk.channel.clone());
    let mut answers = Answers::default();
    let sent = client.reconcile(desk.sends(futures_util::stream::iter(items))).await;
    let mut stream = match sent {
        Ok(stream) => stream.into_inner(),
        Err(status) => {
            answers.refused = Some(status);
            return answers;
        }
    };
    loop {
        match stream.message().await {
            Ok(Some(answer)) => answers.add(answer),
            Ok(None) => return answers,
            Err(status) => {
                answers.refused = Some(status);
                return answers;
            }
        }
    }
}

impl Answers {
    fn add(&mut self, answer: v1::ReconcileResponse) {
        assert!(self.summary.is_none(), "nothing comes after the summary");
        match answer.item.unwrap() {
            Item::Mismatch(mismatch) => self.mismatches.push(mismatch),
            Item::Progress(token) => {
                let told = self.mismatches.len() + self.errors.len();
                self.progress.push((token, answer.records, told));
            }
            Item::Summary(summary) => self.summary = Some(summary),
            Item::Error(error) => self.errors.push((error.key, told_of(&error.status.unwrap()))),
        }
    }

    /// Of each mismatch its number, kind and fields, in the order in which they were told.
    pub fn told(&self) -> Vec<Line> {
        let short = |it: &v1::Mismatch| (it.number.clone(), it.kind(), it.fields.clone());
        self.mismatches.iter().map(short).collect()
    }

    /// The counts: records, same, differs, missing here, missing there, errors.
    pub fn counts(&self) -> [i64; 6] {
        let refused = self.refused.as_ref();
        let summary = self
            .summary
            .as_ref()
            .unwrap_or_else(|| panic!("no summary: {refused:?}"));
        [
            summary.records,
            summary.same,
            summary.differs,
            summary.missing_here,
            summary.missing_there,
            summary.errors,
        ]
    }
}
