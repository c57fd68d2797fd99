//! Which numbers a message names: whoever sends it asks about them, whoever gets it is told of them.

use crate::proto::v1;

/// A message that may name numbers, as it writes them.
pub(super) trait Names {
    /// All of them, some perhaps twice.
    fn numbers(&self) -> Vec<&str>;
}

macro_rules! names {
    ($($message:ident($it:ident): $numbers:expr,)+) => {$(
        impl Names for v1::$message {
            fn numbers(&self) -> Vec<&str> {
                let $it = self;
                $numbers
            }
        }
    )+};
}

names! {
    GetIssuanceRequest(_it): Vec::new(),
    GetIssuanceResponse(it): match &it.outcome {
        Some(v1::get_issuance_response::Outcome::Issued(number)) => of_number(Some(number)),
        _ => Vec::new(),
    },

    GetNumberRequest(it): vec![&it.number],
    GetNumberResponse(it): of_number(it.number.as_ref()),
    VerifyNumberRequest(it): vec![&it.number],
    VerifyNumberResponse(_it): Vec::new(),
    BatchVerifyNumbersRequest(it): it.requests.iter().map(|item| item.number.as_str()).collect(),
    BatchVerifyNumbersResponse(_it): Vec::new(),
    ResolveIdentifierRequest(it): it.identifier.iter().map(|paper| paper.value.as_str()).collect(),
    ResolveIdentifierResponse(it): vec![&it.number],

    ConfirmNumberRequest(it): vec![&it.number],
    ConfirmNumberResponse(it): of_number(it.number.as_ref()),
    DisputeNumberRequest(it): vec![&it.number, &it.held_number],
    DisputeNumberResponse(it): of_number(it.number.as_ref()),
    AttachNumberRequest(it): vec![&it.number],
    AttachNumberResponse(it): of_number(it.number.as_ref()),
    ProposeRevocationRequest(it): vec![&it.number],
    ProposeRevocationResponse(it): of_case(it.case.as_ref()),
    ProposeReissueRequest(it): vec![&it.number],
    ProposeReissueResponse(it): of_case(it.case.as_ref()),
    ProposeMergeRequest(it): vec![&it.number, &it.other_number],
    ProposeMergeResponse(it): of_case(it.case.as_ref()),
    ProposeSplitRequest(it): vec![&it.number],
    ProposeSplitResponse(it): of_case(it.case.as_ref()),
    ApproveCaseRequest(_it): Vec::new(),
    ApproveCaseResponse(it): of_case(it.case.as_ref()),
    RejectCaseRequest(_it): Vec::new(),
    RejectCaseResponse(it): of_case(it.case.as_ref()),
    WithdrawCaseRequest(_it): Vec::new(),
    WithdrawCaseResponse(it): of_case(it.case.as_ref()),
    GetCaseRequest(_it): Vec::new(),
    GetCaseResponse(it): of_case(it.case.as_ref()),
    ListCasesRequest(_it): Vec::new(),
    ListCasesResponse(it): it.cases.iter().flat_map(|case| of_case(Some(case))).collect(),

    ReserveBlockRequest(_it): Vec::new(),
    ReserveBlockResponse(_it): Vec::new(),
    SettleNumberRequest(it): vec![&it.number],
    SettleNumberResponse(it): match &it.outcome {
        Some(v1::settle_number_response::Outcome::Settled(number)) => of_number(Some(number)),
        _ => Vec::new(),
    },
    SettleBlockResponse(it): match &it.result {
        Some(v1::settle_block_response::Result::Settled(number)) => of_number(Some(number)),
        _ => Vec::new(),
    },
    CloseBlockRequest(_it): Vec::new(),
    // The numbers of a block are nobody's data before they are settled.
    CloseBlockResponse(_it): Vec::new(),
    GetBlockRequest(_it): Vec::new(),
    GetBlockResponse(_it): Vec::new(),

    // Of each item it is recorded whether its number was told of.
    ImportBatchRequest(_it): Vec::new(),
    ImportBatchResponse(_it): Vec::new(),

    RecordChangeRequest(it): vec![&it.number],
    RecordChangeResponse(it): of_number(it.number.as_ref()),

    // Checkpoints and proofs tell nothing of anybody.
    GetEntryRequest(_it): Vec::new(),
    GetEntryResponse(it): it.event.iter().map(|event| event.number.as_str()).collect(),

    ListAccessesRequest(it): match &it.subject {
        Some(v1::list_accesses_request::Subject::Number(number)) => vec![number.as_str()],
        _ => Vec::new(),
    },
    // Those of an answer are masked.
    ListAccessesResponse(_it): Vec::new(),
}

fn of_number(number: Option<&v1::Number>) -> Vec<&str> {
    let linked = number.map(|it| [it.number.as_str(), &it.replaced_by, &it.replaces]);
    linked.into_iter().flatten().collect()
}

fn of_case(case: Option<&v1::Case>) -> Vec<&str> {
    case.into_iter()
        .flat_map(|it| &it.numbers)
        .map(String::as_str)
        .collect()
}
