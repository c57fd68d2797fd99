//! What a URI may be.

use super::super::Name;
use crate::policy::Role;

#[test]
fn every_role_and_a_shared_system_have_a_uri_that_is_read_back() {
    let offices = Role::ALL.map(|(role, _)| Name::Office {
        role,
        office: "79-stp".to_owned(),
    });
    let system = Name::Gateway {
        system: "cong-79".to_owned(),
    };
    for name in offices.into_iter().chain([system]) {
        assert_eq!(Name::parse(&name.uri()), Ok(name));
    }
    let written = Name::parse("spiffe://dinhdanh/population_authority/c06").unwrap();
    assert_eq!(written.path(), "population_authority/c06");
}

#[test]
fn nothing_else_is_a_name() {
    let long = format!("spiffe://dinhdanh/registrar/{}", "1".repeat(33));
    for uri in [
        "",
        "registrar/1",
        "spiffe://dinhdanh",
        "spiffe://dinhdanh/",
        "spiffe://dinhdanh/registrar",
        "spiffe://dinhdanh/registrar/",
        "spiffe://dinhdanh//1",
        "spiffe://dinhdanh/registrar/1/",
        "spiffe://dinhdanh/registrar/1?x",
        "spiffe://dinhdanh/registrar/xã",
        "spiffe://dinhdanh/Registrar/1",
        "spiffe://dinhdanh/registrar/system",
        "spiffe://dinhdanh/gateway/",
        "SPIFFE://dinhdanh/registrar/1",
        " spiffe://dinhdanh/registrar/1",
        &long,
    ] {
        assert!(Name::parse(uri).is_err(), "{uri}");
    }
}
