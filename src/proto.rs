//! The contract, as Rust: what `build.rs` generates from `proto/`.
//!
//! Nearly every message carries personal data, so none of them can be printed: `Debug` shows the name of the type and
//! nothing of its content. Reading a message into checked types is the work of `registration` and `api`.

use std::fmt;

pub use dinhdanh::v1;

mod dinhdanh {
    /// Package `dinhdanh.v1`: the service's own messages and calls.
    pub mod v1 {
        tonic::include_proto!("dinhdanh.v1");
    }
}

/// Common types of Google's that the contract uses. Those of `google.rpc` are [`tonic_types::pb`].
pub mod google {
    /// Package `google.type`.
    pub mod r#type {
        tonic::include_proto!("google.r#type");
    }
}

/// All files of the contract, with what they import, as an encoded `google.protobuf.FileDescriptorSet` for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.bin"));

/// Gives the types of one module a `Debug` that shows their name and none of their content.
macro_rules! redact {
    ($($module:path { $($name:ident),+ $(,)? })+) => {$(
        const _: () = {
            use $module as module;
            $(
                impl fmt::Debug for module::$name {
                    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!(stringify!($name), " { .. }"))
                    }
                }
            )+
        };
    )+};
}

redact! {
    google::r#type { Date }
    v1 {
        Access, ApproveCaseRequest, ApproveCaseResponse, AttachNumberRequest, AttachNumberResponse,
        Block, CloseBlockRequest, CloseBlockResponse, GetBlockRequest, GetBlockResponse, ReserveBlockRequest,
        ReserveBlockResponse, SettleBlockRequest, SettleBlockResponse, SettleNumberRequest, SettleNumberResponse,
        BatchVerifyNumbersRequest, BatchVerifyNumbersResponse, BirthRegistration, Case, CaseResolution, Child,
        ConfirmNumberRequest, ConfirmNumberResponse, DisputeNumberRequest, DisputeNumberResponse, Event, Facts,
        FieldResult, ImportBatchRequest, ImportBatchResponse, ImportHeader, ImportItem, ImportRecordsRequest,
        ImportRecordsResponse, ImportWarning, GetCaseRequest, GetCaseResponse, GetCheckpointRequest,
        GetCheckpointResponse, GetConsistencyProofRequest, GetConsistencyProofResponse, GetEntryRequest, GetEntryResponse,
        GetInclusionProofRequest, GetInclusionProofResponse, GetIssuanceRequest, GetIssuanceResponse, GetNumberRequest,
        GetNumberResponse, Ground, Identifier, IssueNumberRequest, IssueNumberResponse, IssueNumbersRequest,
        IssueNumbersResponse, ListAccessesRequest, ListAccessesResponse, ListCasesRequest, ListCasesResponse,
        ListGroundsRequest, ListGroundsResponse, ListPlacesRequest, ListPlacesResponse, Mismatch, Number, Person, Place, PlaceName, PlaceUnit, ProposeMergeRequest, ProposeMergeResponse,
        ProposeReissueRequest, ProposeReissueResponse, ProposeRevocationRequest, ProposeRevocationResponse,
        ProposeSplitRequest, ProposeSplitResponse, ReadEventsRequest, ReadEventsResponse, ReconcileRequest,
        ReconcileResponse, ReconciliationHeader, ReconciliationRecord, ReconciliationScope, ReconciliationSummary,
        RecordChangeRequest,
        RecordChangeResponse, RecordChangesRequest, RecordChangesResponse, RecordError, RegistrationPlace, RegistrationRef, RejectCaseRequest,
        RejectCaseResponse, ResolveIdentifierRequest, ResolveIdentifierResponse, ResolvePlaceRequest, ResolvePlaceResponse, UnderReview, UnitFilter, VerifyNumberRequest,
        VerifyNumberResponse, WithdrawCaseRequest, WithdrawCaseResponse,
    }
    v1::attach_number_request { Target }
    v1::case_resolution { Answer }
    v1::get_issuance_request { Key }
    v1::get_issuance_response { Outcome }
    v1::issue_number_response { Outcome }
    v1::issue_numbers_response { Result }
    v1::list_accesses_request { Subject }
    v1::person { Born }
    v1::read_events_response { Item }
    v1::reconcile_request { Item }
    v1::reconcile_response { Item }
    v1::resolve_place_request { Place }
    v1::record_changes_response { Result }
    v1::settle_block_response { Result }
    v1::settle_number_response { Outcome }
}

impl From<v1::IssueNumbersRequest> for v1::IssueNumberRequest {
    fn from(item: v1::IssueNumbersRequest) -> Self {
        Self {
            request_id: item.request_id,
            registration: item.registration,
            validate_only: item.validate_only,
        }
    }
}

impl From<v1::SettleBlockRequest> for v1::SettleNumberRequest {
    fn from(item: v1::SettleBlockRequest) -> Self {
        Self {
            request_id: item.request_id,
            block_id: item.block_id,
            number: item.number,
            registration: item.registration,
            handed_out_at: item.handed_out_at,
        }
    }
}

impl From<v1::RecordChangesRequest> for v1::RecordChangeRequest {
    fn from(item: v1::RecordChangesRequest) -> Self {
        Self {
            request_id: item.request_id,
            number: item.number,
            r#match: item.r#match,
            kind: item.kind,
            effective_on: item.effective_on,
            decision_ref: item.decision_ref,
            facts: item.facts,
            update_mask: item.update_mask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request in which every field that can hold something does.
    fn filled_request() -> v1::IssueNumberRequest {
        let person = |name: &str, born| v1::Person {
            full_name: name.into(),
            born: Some(born),
            personal_number: "079199900001".into(),
            identifiers: vec![identifier("B7654321")],
            nationality: "VN".into(),
            organisation_name: "Mái ấm Hướng Dương".into(),
        };
        v1::IssueNumberRequest {
            request_id: "0197a1b2-0000-7000-8000-000000000001".into(),
            registration: Some(v1::BirthRegistration {
                r#ref: Some(reference("45")),
                kind: v1::RegistrationKind::OnTime.into(),
                registered_on: Some(date(2026, 3, 17)),
                place_code: "079".into(),
                child: Some(v1::Child {
                    full_name: "Nguyễn Thị Hoà Bình".into(),
                    date_of_birth: Some(date(2026, 3, 9)),
                    sex: v1::Sex::Female.into(),
                    ethnicity: "Ê Đê".into(),
                    nationalities: vec!["VN".into()],
                    home_town: Some(place("Buôn Đôn")),
                    place_of_birth: Some(place("Bệnh viện Từ Dũ")),
                    birth_order: 1,
                    births: 1,
                    existing_identifiers: vec![identifier("C1234567")],
                }),
                mother: Some(person("Trần Thị Mai", v1::person::Born::DateOfBirth(date(1999, 8, 21)))),
                father: Some(person("Nguyễn Văn Nam", v1::person::Born::BirthYear(1998))),
                representative: Some(person("Lê Văn Bảo", v1::person::Born::BirthYear(1971))),
                foundling: true,
                former_ref: Some(reference("12A")),
            }),
            validate_only: true,
        }
    }

    /// A change in which every field holds something.
    fn filled_change() -> v1::RecordChangeRequest {
        let facts = |full_name: &str| v1::Facts {
            full_name: Some(full_name.into()),
            date_of_birth: Some(date(2026, 3, 9)),
            ..v1::Facts::default()
        };
        v1::RecordChangeRequest {
            request_id: "0197a1b2-0000-7000-8000-000000000002".into(),
            number: "079326000001".into(),
            r#match: Some(facts("Nguyễn Thị Hoà Bình")),
            kind: v1::ChangeKind::Correction.into(),
            effective_on: Some(date(2026, 5, 4)),
            decision_ref: "12/QĐ-UBND".into(),
            facts: Some(facts("Nguyễn Thị Hoà An")),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["full_name".into()],
            }),
        }
    }

    fn reference(entry_number: &str) -> v1::RegistrationRef {
        v1::RegistrationRef {
            office_code: "26734".into(),
            register: v1::Register::Birth.into(),
            book_year: 2026,
            book_number: "03".into(),
            entry_number: entry_number.into(),
        }
    }

    fn date(year: i32, month: i32, day: i32) -> google::r#type::Date {
        google::r#type::Date { year, month, day }
    }

    fn place(text: &str) -> v1::Place {
        v1::Place {
            text: text.into(),
            unit_code: "26734".into(),
            country: "VN".into(),
        }
    }

    fn identifier(value: &str) -> v1::Identifier {
        v1::Identifier {
            r#type: v1::IdentifierType::Passport.into(),
            value: value.into(),
            country: "VN".into(),
        }
    }

    #[test]
    fn debug_shows_the_type_and_nothing_within() {
        let request = filled_request();
        let registration = request.registration.clone().unwrap_or_default();
        let child = registration.child.clone().unwrap_or_default();

        assert_eq!(format!("{request:?}"), "IssueNumberRequest { .. }");
        assert_eq!(format!("{registration:#?}"), "BirthRegistration { .. }");
        assert_eq!(format!("{child:?}"), "Child { .. }");
        assert_eq!(format!("{:?}", child.date_of_birth), "Some(Date { .. })");
        assert_eq!(
            format!("{:?}", registration.mother.and_then(|mother| mother.born)),
            "Some(Born { .. })"
        );
    }

    #[test]
    fn an_item_of_a_stream_is_the_same_bytes_as_a_request() {
        use prost::Message;

        let request = filled_request();
        let item = v1::IssueNumbersRequest::decode(request.encode_to_vec().as_slice());
        assert!(item.is_ok_and(|item| v1::IssueNumberRequest::from(item) == request));

        let change = filled_change();
        let item = v1::RecordChangesRequest::decode(change.encode_to_vec().as_slice());
        assert!(item.is_ok_and(|item| v1::RecordChangeRequest::from(item) == change));
    }

    #[test]
    fn the_descriptor_set_holds_our_services_and_every_error_detail() {
        use prost::Message;

        let set = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
        let names: Vec<&str> = set.file.iter().map(|file| file.name()).collect();
        for name in [
            "dinhdanh/v1/audit.proto",
            "dinhdanh/v1/civil_status.proto",
            "dinhdanh/v1/coordination.proto",
            "dinhdanh/v1/feed.proto",
            "dinhdanh/v1/issuance.proto",
            "dinhdanh/v1/number.proto",
            "dinhdanh/v1/reconciliation.proto",
            "google/protobuf/field_mask.proto",
            "google/rpc/error_details.proto",
        ] {
            assert!(names.contains(&name), "{name} is missing");
        }
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .build_v1();
        assert!(reflection.is_ok());
    }
}
