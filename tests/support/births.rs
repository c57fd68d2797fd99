//! Registrations to send: each of a child of its own, with nothing wrong.

use dinhdanh::proto::google::r#type::Date;
use dinhdanh::proto::v1;

/// A date of the contract.
pub fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// The registration of the birth of child `n` by an office. Different `n` are different children of different mothers.
pub fn birth(office: &str, n: u64) -> v1::BirthRegistration {
    let day = i32::try_from(n % 28).unwrap() + 1;
    v1::BirthRegistration {
        r#ref: Some(v1::RegistrationRef {
            office_code: office.into(),
            register: v1::Register::Birth.into(),
            book_year: 2025,
            book_number: String::new(),
            entry_number: n.to_string(),
        }),
        kind: v1::RegistrationKind::OnTime.into(),
        registered_on: date(2025, 8, 19),
        place_code: "079".into(),
        child: Some(v1::Child {
            full_name: name("Nguyễn Thị", n),
            date_of_birth: date(2025, 7, day),
            sex: v1::Sex::Female.into(),
            ethnicity: "Kinh".into(),
            nationalities: vec!["VN".into()],
            home_town: Some(place("Xã Tân Hòa, tỉnh Đắk Lắk")),
            place_of_birth: Some(place("Bệnh viện Từ Dũ")),
            birth_order: 0,
            births: 0,
            existing_identifiers: Vec::new(),
        }),
        mother: Some(person("Trần Thị", n, day)),
        father: Some(person("Lê Văn", n, day)),
        representative: None,
        foundling: false,
        former_ref: None,
    }
}

fn person(first: &str, n: u64, day: i32) -> v1::Person {
    v1::Person {
        full_name: name(first, n),
        born: date(1998, 3, day).map(v1::person::Born::DateOfBirth),
        nationality: "VN".into(),
        ..v1::Person::default()
    }
}

fn place(text: &str) -> v1::Place {
    v1::Place {
        text: text.into(),
        unit_code: String::new(),
        country: "VN".into(),
    }
}

/// A name that no other `n` has.
pub fn name(first: &str, n: u64) -> String {
    const SYLLABLES: [&str; 10] = [
        "an", "bình", "cúc", "dung", "hòa", "giang", "hương", "lan", "mai", "xuân",
    ];
    let digits = n.to_string();
    let rest: Vec<_> = digits
        .bytes()
        .map(|digit| SYLLABLES[usize::from(digit - b'0')])
        .collect();
    format!("{first} {}", rest.join(" "))
}

/// A request for a number, with an id that belongs to `n`.
pub fn request(office: &str, n: u64) -> v1::IssueNumberRequest {
    asking(id(n), birth(office, n))
}

/// A request for a number for this registration.
pub fn asking(request_id: String, registration: v1::BirthRegistration) -> v1::IssueNumberRequest {
    v1::IssueNumberRequest {
        request_id,
        registration: Some(registration),
        validate_only: false,
    }
}

/// The request id that belongs to `n`.
pub fn id(n: u64) -> String {
    uuid::Uuid::from_u64_pair(0x0197_a1b2_0000_7000, 0x8000_0000_0000_0000 | n).to_string()
}

/// The same request after a change to its registration.
pub fn changed(
    mut request: v1::IssueNumberRequest,
    change: impl FnOnce(&mut v1::BirthRegistration),
) -> v1::IssueNumberRequest {
    change(request.registration.as_mut().unwrap());
    request
}

/// A short way to the child.
pub fn child(registration: &mut v1::BirthRegistration) -> &mut v1::Child {
    registration.child.as_mut().unwrap()
}

/// A request as an item of a stream.
pub fn item(request: v1::IssueNumberRequest) -> v1::IssueNumbersRequest {
    let v1::IssueNumberRequest {
        request_id,
        registration,
        validate_only,
    } = request;
    v1::IssueNumbersRequest {
        request_id,
        registration,
        validate_only,
    }
}
