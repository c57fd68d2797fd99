//! `PlaceService`: what codes and names meant on which day.

use dinhdanh::proto::google::r#type::Date;
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::place_service_client::PlaceServiceClient;
use dinhdanh::proto::v1::resolve_place_request::Place;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::births::date;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

struct Desk {
    channel: Channel,
    office: Office,
}

impl Desk {
    async fn resolve(&self, place: Option<Place>, on: Option<Date>) -> Result<v1::ResolvePlaceResponse, Status> {
        let request = self.office.sends(v1::ResolvePlaceRequest { place, on });
        let mut client = PlaceServiceClient::new(self.channel.clone());
        Ok(client.resolve_place(request).await?.into_inner())
    }

    async fn text(&self, text: &str, on: Option<Date>) -> v1::ResolvePlaceResponse {
        self.resolve(Some(Place::Text(text.into())), on).await.unwrap()
    }

    async fn list(&self, on: Option<Date>) -> Vec<v1::RegistrationPlace> {
        let request = self.office.sends(v1::ListPlacesRequest {
            on,
            ..v1::ListPlacesRequest::default()
        });
        let mut client = PlaceServiceClient::new(self.channel.clone());
        client.list_places(request).await.unwrap().into_inner().places
    }
}

async fn desk() -> (tempfile::TempDir, Server, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let office = Office::new(channel.clone(), "26734");
    (folder, server, Desk { channel, office })
}

#[tokio::test]
async fn a_code_or_a_name_means_what_it_did_on_the_day() {
    let (_folder, server, desk) = desk().await;
    let (eve, merged) = (date(2025, 6, 30), date(2025, 7, 1));
    for (on, name) in [(eve, "Bắc Giang"), (merged, "Bắc Ninh")] {
        let found = desk.resolve(Some(Place::Code("024".into())), on).await.unwrap();
        let place = found.place.unwrap();
        assert_eq!((place.kind(), place.name.as_str()), (v1::PlaceKind::Province, name));
        let names: Vec<_> = place.names.iter().map(|name| (name.name.as_str(), name.from)).collect();
        assert_eq!(names, [("Bắc Giang", None), ("Bắc Ninh", merged)]);
        assert!(found.successor.is_none());
    }
    for (on, code) in [(eve, "027"), (merged, "024"), (None, "024")] {
        assert_eq!(desk.text("tỉnh Bắc Ninh", on).await.place.unwrap().code, code);
    }
    let closed = desk.text("Xã nào đó, Hà Giang", None).await;
    let place = closed.place.unwrap();
    assert_eq!(
        (place.code.as_str(), place.name.as_str(), place.active_until),
        ("002", "Hà Giang", merged)
    );
    assert_eq!(place.successor_code, "008");
    assert_eq!(closed.successor.unwrap().name, "Tuyên Quang");
    let unknown = desk.text("Ha Noi", None).await;
    assert!(unknown.place.is_none() && unknown.successor.is_none());
    assert_eq!(unknown.suggestions[0].name, "Hà Nội");
    let unknown = desk.resolve(Some(Place::Code("097".into())), None).await.unwrap();
    assert!(unknown.place.is_none() && unknown.suggestions.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn the_places_of_a_day_are_those_that_numbers_are_given_under() {
    let (_folder, server, desk) = desk().await;
    for (on, count) in [
        (date(2025, 6, 30), 63),
        (date(2025, 7, 1), 34),
        (None, 34),
        (date(2015, 12, 31), 0),
    ] {
        let places = desk.list(on).await;
        assert!(places.is_sorted_by_key(|place| place.code.clone()));
        let provinces = places.iter().filter(|place| place.kind() == v1::PlaceKind::Province);
        assert_eq!(provinces.count(), count, "{on:?}");
    }
    let countries = desk.list(None).await.into_iter().skip(34);
    assert!(
        countries
            .map(|country| (country.code, country.country))
            .any(|pair| pair == ("104".into(), "DZ".into()))
    );
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused_naming_the_field() {
    let (_folder, server, desk) = desk().await;
    let code = |code: &str| Some(Place::Code(code.into()));
    let text = |text: &str| Some(Place::Text(text.into()));
    for (place, on, field) in [
        (None, None, "place"),
        (code(""), None, "code"),
        (code("24"), None, "code"),
        (code("0024"), None, "code"),
        (code("000"), None, "code"),
        (code("٠٢٤"), None, "code"),
        (text("  "), None, "text"),
        (text(&"ă".repeat(301)), None, "text"),
        (code("024"), date(2025, 2, 30), "on"),
        (code("024"), date(2025, 2, 0), "on"),
    ] {
        let refused = told(&desk.resolve(place, on).await.unwrap_err());
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), [field]);
    }
    server.stop().await;
}
