//! `PlaceService`. Places are no personal data: who asks counts against the quota of its office, and is not recorded.

use std::sync::Arc;

use jiff::civil::Date;
use tonic::{Request, Response, Status};

use super::identity::Identity;
use super::place_messages::{found, place_messages, unit_kind, unit_messages, with_unit};
use super::reception::{Reception, given, read_day, read_page_size};
use super::roles::Call;
use crate::engine::Engine;
use crate::number::PlaceCode;
use crate::places::{Gazetteer, Like, MAX_CODE, MOST_BEARERS, Unit, UnitKind};
use crate::proto::v1;
use crate::proto::v1::place_service_server::PlaceService;
use crate::proto::v1::resolve_place_request::Place as Asked;
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::Store;

/// The longest text that is looked for, in characters: that of a place in a registration.
const MAX_TEXT_CHARS: usize = 300;

/// Which units are asked for.
pub(super) struct Wanted<'a> {
    place: Option<PlaceCode>,
    parent: &'a str,
    kinds: Vec<UnitKind>,
}

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
        let message = request.get_ref();
        let units = self.reception.engine.units();
        let known = Gazetteer {
            codes: self.reception.engine.codes(),
            units: &units,
        };
        let day = read_day(message.on, || self.reception.engine.day())?;
        match message.place.as_ref() {
            None => Err(Refusal::invalid("place", Problem::Required)),
            Some(Asked::Code(code)) => {
                let code = PlaceCode::parse(code.trim());
                let code = code.map_err(|_| Refusal::invalid("code", Problem::PlaceCode))?;
                Ok(found(known.codes, known.codes.place(code), day))
            }
            Some(Asked::UnitCode(code)) => {
                let code = bounded("unit_code", code.trim(), MAX_CODE)?;
                Ok(match units.by_code(code, day) {
                    Some(unit) => with_unit(
                        found(known.codes, known.codes.place(unit.place), day),
                        &known,
                        unit,
                        day,
                    ),
                    None => v1::ResolvePlaceResponse::default(),
                })
            }
            Some(Asked::Text(text)) => Ok(meant(&known, bounded("text", text.trim(), MAX_TEXT_CHARS)?, day)),
        }
    }

    fn list(&self, request: &Request<v1::ListPlacesRequest>) -> Result<v1::ListPlacesResponse, Refusal> {
        self.reception.looker_up(request, Call::ListPlaces)?;
        let message = request.get_ref();
        let codes = self.reception.engine.codes();
        let day = read_day(message.on, || self.reception.engine.day())?;
        if let Some(filter) = &message.units {
            return self.list_units(message, &Wanted::read(filter)?, day);
        }
        let issuing = codes.places().filter(|place| codes.issuing(place.code, day).is_ok());
        Ok(v1::ListPlacesResponse {
            places: place_messages(issuing, day),
            ..v1::ListPlacesResponse::default()
        })
    }

    fn list_units(
        &self,
        message: &v1::ListPlacesRequest,
        wanted: &Wanted<'_>,
        day: Date,
    ) -> Result<v1::ListPlacesResponse, Refusal> {
        let (codes, units) = (self.reception.engine.codes(), self.reception.engine.units());
        let known = Gazetteer { codes, units: &units };
        let size = usize::try_from(read_page_size(message.page_size)?).unwrap_or_default();
        let after = match message.page_token.as_str() {
            token if token.len() <= MAX_CODE => token,
            _ => return Err(Refusal::invalid("page_token", Problem::UnknownValue)),
        };
        let mut listed = units.listed(day, after, |unit| wanted.fits(&known, unit, day));
        let page: Vec<_> = listed.by_ref().take(size).collect();
        let last = page.last().filter(|_| listed.next().is_some());
        Ok(v1::ListPlacesResponse {
            next_page_token: last.map(|unit| unit.code.clone()).unwrap_or_default(),
            units: unit_messages(&known, page, day),
            ..v1::ListPlacesResponse::default()
        })
    }
}

/// What an address means.
fn meant(known: &Gazetteer<'_>, text: &str, day: Date) -> v1::ResolvePlaceResponse {
    let meaning = known.meant(text, day);
    let mut answer = found(known.codes, meaning.place, day);
    match meaning.unit() {
        Some(unit) => answer = with_unit(answer, known, unit, day),
        None => {
            let bearers = meaning.units.iter().copied().take(MOST_BEARERS);
            answer.unit_suggestions = unit_messages(known, bearers, day);
        }
    }
    if meaning.is_known() || meaning.units.len() > 1 {
        return answer;
    }
    for like in known.like(text, day) {
        match like {
            Like::Place(place) => answer.suggestions.extend(place_messages([place], day)),
            Like::Unit(unit) => answer.unit_suggestions.extend(unit_messages(known, [unit], day)),
        }
    }
    answer
}

/// A text that must be there and have at most so many characters.
fn bounded<'a>(field: &str, text: &'a str, max: usize) -> Result<&'a str, Refusal> {
    match text {
        "" => Err(Refusal::invalid(field, Problem::Required)),
        text if text.chars().count() > max => Err(Refusal::invalid(field, Problem::TooLong { max })),
        text => Ok(text),
    }
}

impl<'a> Wanted<'a> {
    pub(super) fn read(filter: &'a v1::UnitFilter) -> Result<Self, Refusal> {
        let place = match filter.place_code.as_str() {
            "" => None,
            code => Some(PlaceCode::parse(code).map_err(|_| Refusal::invalid("units.place_code", Problem::PlaceCode))?),
        };
        let parent = filter.parent_code.as_str();
        if parent.len() > MAX_CODE {
            return Err(Refusal::invalid(
                "units.parent_code",
                Problem::TooLong { max: MAX_CODE },
            ));
        }
        if filter.kinds.len() > UnitKind::ALL.len() {
            return Err(Refusal::invalid(
                "units.kinds",
                Problem::TooMany {
                    max: UnitKind::ALL.len(),
                },
            ));
        }
        let kind = |kind: &i32| v1::PlaceKind::try_from(*kind).ok().and_then(unit_kind);
        let kinds = filter.kinds.iter().map(kind).collect::<Option<Vec<_>>>();
        Ok(Self {
            place,
            parent,
            kinds: kinds.ok_or_else(|| Refusal::invalid("units.kinds", Problem::UnknownValue))?,
        })
    }

    fn fits(&self, known: &Gazetteer<'_>, unit: &Unit, day: Date) -> bool {
        let place = || known.codes.successor_on(unit.place, day);
        self.place.is_none_or(|wanted| place() == wanted)
            && (self.parent.is_empty() || unit.parent.as_deref() == Some(self.parent))
            && (self.kinds.is_empty() || self.kinds.contains(&unit.kind))
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
