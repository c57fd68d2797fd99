//! `PlaceService` with a table of districts and communes that is brought while the server runs.

use std::path::Path;

use dinhdanh::proto::google::r#type::Date;
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::place_service_client::PlaceServiceClient;
use dinhdanh::proto::v1::resolve_place_request::Place;
use dinhdanh::proto::v1::{PlaceKind, UnitFilter};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::births::date;
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;
use crate::support::units::{bring, example, example_file};
use crate::support::until;

struct Desk {
    channel: Channel,
    office: Office,
}

impl Desk {
    async fn resolve(&self, place: Place, on: Option<Date>) -> Result<v1::ResolvePlaceResponse, Status> {
        let place = Some(place);
        let request = self.office.sends(v1::ResolvePlaceRequest { place, on });
        let mut client = PlaceServiceClient::new(self.channel.clone());
        Ok(client.resolve_place(request).await?.into_inner())
    }

    async fn text(&self, text: &str, on: Option<Date>) -> v1::ResolvePlaceResponse {
        self.resolve(Place::Text(text.into()), on).await.unwrap()
    }

    async fn code(&self, code: &str, on: Option<Date>) -> v1::ResolvePlaceResponse {
        self.resolve(Place::UnitCode(code.into()), on).await.unwrap()
    }

    async fn list(&self, request: v1::ListPlacesRequest) -> Result<v1::ListPlacesResponse, Status> {
        let request = self.office.sends(request);
        let mut client = PlaceServiceClient::new(self.channel.clone());
        Ok(client.list_places(request).await?.into_inner())
    }

    /// The codes of all units that are listed, page by page.
    async fn listed(&self, on: Option<Date>, units: UnitFilter, page_size: i32) -> Vec<String> {
        let (mut codes, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::ListPlacesRequest {
                on,
                units: Some(units.clone()),
                page_size,
                page_token,
            };
            let page = self.list(request).await.unwrap();
            assert!(page.places.is_empty() && page.units.len() <= page_size as usize);
            codes.extend(page.units.into_iter().map(|unit| unit.code));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return codes;
            }
        }
    }
}

fn codes(units: &[v1::PlaceUnit]) -> Vec<&str> {
    units.iter().map(|unit| unit.code.as_str()).collect()
}

async fn desk() -> (TempDir, Server, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let office = Office::new(channel.clone(), "26734");
    (folder, server, Desk { channel, office })
}

/// Brings a file, and waits until the server has taken it up.
async fn taken_up(desk: &Desk, folder: &Path, file: &Path, code: &str) {
    bring(folder, file);
    until("the table is taken up", async || desk.code(code, None).await.unit).await;
}

#[tokio::test]
async fn a_running_server_takes_up_a_table_and_what_extends_it() {
    let (folder, server, desk) = desk().await;
    let eve = date(2025, 6, 30);
    let address = "Xã Tân Lập, huyện Đan Phượng, Hà Tây";
    let unknown = desk.text(address, eve).await;
    assert!(unknown.place.is_none() && unknown.unit.is_none() && unknown.unit_suggestions.is_empty());
    assert_eq!(desk.listed(None, UnitFilter::default(), 500).await, [""; 0]);

    taken_up(&desk, folder.path(), &example_file(), "09820").await;
    let found = desk.text(address, eve).await;
    assert_eq!(found.unit.unwrap().code, "09820");
    assert_eq!(found.place.unwrap().code, "001");

    let more = folder.path().join("more.csv");
    let rows = "code,name,kind,place_code,from\n09832,Hoài Đức Mới,COMMUNE,001,01/07/2025\nX1,Xa,COMMUNE,004,\n";
    std::fs::write(&more, rows).unwrap();
    taken_up(&desk, folder.path(), &more, "X1").await;
    assert_eq!(desk.code("09832", None).await.unit.unwrap().name, "Hoài Đức Mới");
    assert_eq!(desk.code("09820", None).await.unit.unwrap().name, "Tân Lập");
    // It is there for the next server, too, and is no matter of the ledger.
    server.stop().await;
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let office = Office::new(channel.clone(), "26734");
    let desk = Desk { channel, office };
    assert_eq!(desk.code("X1", None).await.unit.unwrap().name, "Xa");
    server.stop().await;
    assert_eq!(ledger::entries(folder.path()).await.len(), 1);
    ledger::verify(folder.path(), &[]);
}

#[tokio::test]
async fn an_address_or_a_code_means_the_unit_of_its_day_and_leads_to_what_came_after() {
    let (folder, server, desk) = desk().await;
    taken_up(&desk, folder.path(), &example_file(), "09820").await;
    let (eve, merged) = (date(2025, 6, 30), date(2025, 7, 1));

    let found = desk.text("xã Tân Lập, huyện Đan Phượng, Hà Tây", None).await;
    let unit = found.unit.unwrap();
    assert_eq!(
        (unit.kind(), unit.name.as_str(), unit.address.as_str()),
        (PlaceKind::Commune, "Tân Lập", "Xã Tân Lập, Huyện Đan Phượng, Hà Nội")
    );
    assert_eq!(
        (
            unit.parent_code.as_str(),
            unit.place_code.as_str(),
            unit.from,
            unit.until
        ),
        ("273", "001", None, merged)
    );
    assert_eq!(unit.successor_codes, ["09817", "09832"]);
    assert_eq!(codes(&found.unit_successors), ["09817", "09832"]);
    assert_eq!(found.unit_successors[0].address, "Xã Ô Diên, Hà Nội");
    // On its own day it has not been taken over.
    let then = desk.code("09820", date(2001, 5, 1)).await;
    assert!(then.unit_successors.is_empty());
    assert_eq!(then.unit.unwrap().address, "Xã Tân Lập, Huyện Đan Phượng, Tỉnh Hà Tây");
    // A district of a province that is called otherwise since.
    for (on, name, kind) in [
        (date(2020, 12, 31), "Kiên Giang", PlaceKind::RuralDistrict),
        (eve, "Kiên Giang", PlaceKind::City),
        (merged, "An Giang", PlaceKind::City),
    ] {
        let found = desk.code("911", on).await;
        assert_eq!(
            (found.unit.unwrap().kind(), found.place.unwrap().name.as_str()),
            (kind, name)
        );
        assert!(found.unit_successors.is_empty());
    }
    // The same code, another unit.
    for (on, name) in [(eve, "Bến Nghé"), (merged, "Sài Gòn")] {
        assert_eq!(desk.code("26740", on).await.unit.unwrap().name, name);
    }
    assert_eq!(desk.code("09832", eve).await, v1::ResolvePlaceResponse::default());

    let several = desk.text("Tân Lập", eve).await;
    assert!(several.unit.is_none() && several.place.is_none());
    assert_eq!(codes(&several.unit_suggestions), ["03997", "09820"]);
    let narrowed = desk.text("Tân Lập, Sơn La", eve).await;
    assert_eq!(narrowed.unit.unwrap().code, "03997");
    let like = desk.text("Xã Tan Lap, huyện Đan Phượng, Hà Nội", eve).await;
    assert_eq!(like.place.unwrap().code, "001");
    assert_eq!(like.unit_suggestions[0].code, "09820");
    let like = desk.text("Tan Lap", eve).await;
    assert!(like.place.is_none() && like.unit.is_none());
    assert_eq!(codes(&like.unit_suggestions)[..2], ["03997", "09820"]);
    assert!(like.suggestions.len() + like.unit_suggestions.len() <= 5);
    // What was answered without a table still is.
    let province = desk.text("tỉnh Hà Giang", None).await;
    assert_eq!(
        (province.place.unwrap().code, province.successor.unwrap().code),
        ("002".into(), "008".into())
    );
    server.stop().await;
}

#[tokio::test]
async fn units_are_listed_as_asked_page_by_page() {
    let (folder, server, desk) = desk().await;
    taken_up(&desk, folder.path(), &example_file(), "09820").await;
    let (eve, merged) = (date(2025, 6, 30), date(2025, 7, 1));
    let all = |day: jiff::civil::Date| {
        let units = example();
        let codes: Vec<_> = units
            .rows()
            .filter(|unit| unit.in_force(day))
            .map(|unit| unit.code.clone())
            .collect();
        codes
    };
    for page_size in [1, 2, 7, 500] {
        let listed = desk.listed(merged, UnitFilter::default(), page_size).await;
        assert_eq!(listed, all(jiff::civil::date(2025, 7, 1)), "{page_size}");
    }
    let of = |place_code: &str, parent_code: &str, kinds: &[PlaceKind]| UnitFilter {
        place_code: place_code.into(),
        parent_code: parent_code.into(),
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
    };
    for (on, filter, expected) in [
        (eve, of("014", "", &[]), vec!["03997", "123"]),
        (
            eve,
            of("", "273", &[]),
            vec!["09784", "09805", "09817", "09820", "09823"],
        ),
        (merged, of("", "273", &[]), vec![]),
        (
            eve,
            of("079", "", &[PlaceKind::UrbanDistrict, PlaceKind::City]),
            vec!["760", "769"],
        ),
        (merged, of("", "", &[PlaceKind::SpecialZone]), vec!["31078", "31105"]),
        (eve, of("004", "", &[]), vec![]),
    ] {
        assert_eq!(desk.listed(on, filter, 3).await, expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_asked_of_units_is_refused_naming_the_field() {
    let (_folder, server, desk) = desk().await;
    for code in ["", " ", &"1".repeat(21)] {
        let refused = told(&desk.resolve(Place::UnitCode(code.into()), None).await.unwrap_err());
        assert_eq!(
            (refused.what(), refused.fields()),
            ((Code::InvalidArgument, "INVALID_FIELD"), vec!["unit_code"])
        );
    }
    let request = v1::ListPlacesRequest {
        units: Some(UnitFilter::default()),
        ..v1::ListPlacesRequest::default()
    };
    let filter = |units: UnitFilter| v1::ListPlacesRequest {
        units: Some(units),
        ..v1::ListPlacesRequest::default()
    };
    let of_kinds = |kinds: Vec<i32>| {
        filter(UnitFilter {
            kinds,
            ..UnitFilter::default()
        })
    };
    for (request, field) in [
        (
            v1::ListPlacesRequest {
                page_size: -1,
                ..request.clone()
            },
            "page_size",
        ),
        (
            v1::ListPlacesRequest {
                page_size: 501,
                ..request.clone()
            },
            "page_size",
        ),
        (
            v1::ListPlacesRequest {
                page_token: "9".repeat(21),
                ..request.clone()
            },
            "page_token",
        ),
        (
            v1::ListPlacesRequest {
                on: date(2025, 2, 30),
                ..request
            },
            "on",
        ),
        (
            filter(UnitFilter {
                place_code: "1".into(),
                ..UnitFilter::default()
            }),
            "units.place_code",
        ),
        (
            filter(UnitFilter {
                parent_code: "1".repeat(21),
                ..UnitFilter::default()
            }),
            "units.parent_code",
        ),
        (of_kinds(vec![PlaceKind::Province.into()]), "units.kinds"),
        (of_kinds(vec![0]), "units.kinds"),
        (of_kinds(vec![99]), "units.kinds"),
        (of_kinds(vec![PlaceKind::Ward.into(); 10]), "units.kinds"),
    ] {
        let refused = told(&desk.list(request).await.unwrap_err());
        assert_eq!(
            (refused.what(), refused.fields()),
            ((Code::InvalidArgument, "INVALID_FIELD"), vec![field])
        );
    }
    server.stop().await;
}
