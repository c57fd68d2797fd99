//! `PlaceService`. Places are no personal data: who asks counts against the quota of its office, and is not recorded.

use std::sync::Arc;

use jiff::civil::Date;
use tonic::{Request, Response, Status};

use super::answers::date_message;
use super::identity::Identity;
use super::reception::{Reception, given, read_day};
use super::roles::Call;
use crate::engine::Engine;
use crate::number::{Codes, Place, PlaceCode, PlaceKind};
use crate::proto::v1;
use crate::proto::v1::place_service_server::PlaceService;
use crate::proto::v1::resolve_place_request::Place as Asked;
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::Store;

/// The longest text that is looked for, in characters: that of a place in a registration.
const MAX_TEXT_CHARS: usize = 300;

/// The service.
pub struct Places<S> {
    reception: Reception<S>,
}

impl<S: Store> Places<S> {
    /// The service over an engine.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self {
            reception: Reception::new(engine, identity),
        }
    }

    fn resolve(&self, request: &Request<v1::ResolvePlaceRequest>) -> Result<v1::ResolvePlaceResponse, Refusal> {
        self.reception.looker_up(request, Call::ResolvePlace)?;
        let (message, codes) = (request.get_ref(), self.reception.engine.codes());
        let day = read_day(message.on, || self.reception.engine.day())?;
        match message.place.as_ref() {
            None => Err(Refusal::invalid("place", Problem::Required)),
            Some(Asked::Code(code)) => {
                let code = PlaceCode::parse(code.trim());
                let code = code.map_err(|_| Refusal::invalid("code", Problem::PlaceCode))?;
                Ok(found(codes, codes.place(code), day))
            }
            Some(Asked::Text(text)) => match text.trim() {
                "" => Err(Refusal::invalid("text", Problem::Required)),
                text if text.chars().count() > MAX_TEXT_CHARS => {
                    Err(Refusal::invalid("text", Problem::TooLong { max: MAX_TEXT_CHARS }))
                }
                text => Ok(match codes.meant(text, day) {
                    Some(place) => found(codes, Some(place), day),
                    None => v1::ResolvePlaceResponse {
                        suggestions: messages(codes.like(text, day), day),
                        ..v1::ResolvePlaceResponse::default()
                    },
                }),
            },
        }
    }

    fn list(&self, request: &Request<v1::ListPlacesRequest>) -> Result<v1::ListPlacesResponse, Refusal> {
        self.reception.looker_up(request, Call::ListPlaces)?;
        let codes = self.reception.engine.codes();
        let day = read_day(request.get_ref().on, || self.reception.engine.day())?;
        let issuing = codes.places().filter(|place| codes.issuing(place.code, day).is_ok());
        Ok(v1::ListPlacesResponse {
            places: messages(issuing, day),
        })
    }
}

fn found(codes: &Codes, place: Option<&Place>, day: Date) -> v1::ResolvePlaceResponse {
    let successor = place.filter(|place| place.closed_on(day));
    let successor = successor.and_then(|place| codes.place(codes.successor_on(place.code, day)));
    v1::ResolvePlaceResponse {
        place: place.map(|place| message(place, day)),
        successor: successor.map(|place| message(place, day)),
        suggestions: Vec::new(),
    }
}

fn messages<'a>(places: impl IntoIterator<Item = &'a Place>, day: Date) -> Vec<v1::RegistrationPlace> {
    places.into_iter().map(|place| message(place, day)).collect()
}

fn message(place: &Place, day: Date) -> v1::RegistrationPlace {
    let kind = match place.kind {
        PlaceKind::Province => v1::PlaceKind::Province,
        PlaceKind::Country => v1::PlaceKind::Country,
    };
    let names = place.names().map(|(name, from)| v1::PlaceName {
        name: name.to_owned(),
        from: from.map(date_message),
    });
    v1::RegistrationPlace {
        code: place.code.to_string(),
        kind: kind.into(),
        name: place.name_on(day).unwrap_or(place.last_name()).to_owned(),
        names: names.collect(),
        active_from: Some(date_message(place.active_from)),
        active_until: place.active_until.map(date_message),
        successor_code: place.successor.map(|code| code.to_string()).unwrap_or_default(),
        country: place.iso_alpha2.clone().unwrap_or_default(),
    }
}

#[tonic::async_trait]
impl<S: Store> PlaceService for Places<S> {
    async fn resolve_place(
        &self,
        request: Request<v1::ResolvePlaceRequest>,
    ) -> Result<Response<v1::ResolvePlaceResponse>, Status> {
        given(&request, self.resolve(&request))
    }

    async fn list_places(
        &self,
        request: Request<v1::ListPlacesRequest>,
    ) -> Result<Response<v1::ListPlacesResponse>, Status> {
        given(&request, self.list(&request))
    }
}
