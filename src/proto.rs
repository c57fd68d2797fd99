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
        BirthRegistration, Case, CaseResolution, Child, Facts, FieldResult, GetIssuanceRequest, GetIssuanceResponse,
        GetNumberRequest, GetNumberResponse, Identifier, IssueNumberRequest, IssueNumberResponse, IssueNumbersRequest,
        IssueNumbersResponse, Number, Person, Place, RegistrationRef, UnderReview, VerifyNumberRequest,
        VerifyNumberResponse,
    }
    v1::case_resolution { Answer }
    v1::get_issuance_request { Key }
    v1::get_issuance_response { Outcome }
    v1::issue_number_response { Outcome }
    v1::issue_numbers_response { Result }
    v1::person { Born }
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
    }

    #[test]
    fn the_descriptor_set_holds_our_services_and_every_error_detail() {
        use prost::Message;

        let set = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
        let names: Vec<&str> = set.file.iter().map(|file| file.name()).collect();
        for name in [
            "dinhdanh/v1/issuance.proto",
            "dinhdanh/v1/number.proto",
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
