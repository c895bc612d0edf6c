//! Rows of events as `publish` is given them: merged, with identifiers, every column that a good source fills.

use moisson_model::{EntityId, Kind, Row};
use serde_json::{Map, Value, json};

use super::words::{plain, title, words};
use super::{Chance, SEED};

/// The base of their identifiers.
pub(crate) const BASE: &str = "https://data.example.org/";

const TYPES: [&str; 4] = ["conference", "workshop", "hackathon", "webinar"];
const MODES: [&str; 3] = ["in-person", "online", "hybrid"];
const FAMILIES: [&str; 4] = [
    "civic-tech",
    "communs-numeriques",
    "logiciel-libre",
    "outils-ess",
];
const AUDIENCES: [&str; 3] = ["general-public", "associations", "researchers"];

/// So many rows, sorted by identifier.
pub(crate) fn rows(count: usize) -> impl Iterator<Item = Row> {
    (0..count).map(row)
}

fn row(number: usize) -> Row {
    let mut chance = Chance::of(SEED, number);
    let id = EntityId {
        kind: Kind::Event,
        local: format!("e{number:09}"),
    };
    let Value::Object(columns) = stated(&mut chance, number, &id.iri(BASE)) else {
        unreachable!("the columns are written as an object")
    };
    // A row holds what is not null.
    let columns: Map<String, Value> = columns
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    Row { id, columns }
}

fn stated(chance: &mut Chance, number: usize, iri: &str) -> Value {
    let name = title(chance, 5);
    let (month, day, hour) = (
        1 + chance.below(12),
        1 + chance.below(28),
        8 + chance.below(9),
    );
    let date = format!("2026-{month:02}-{day:02}");
    let mode = chance.pick(&MODES);
    let online = (mode != "in-person").then(|| format!("https://visio.example/{number}"));
    let series = chance.percent(20).then(|| title(chance, 2));
    let place = chance.below(2000);
    let organiser = chance.below(3000);
    json!({
        "id": iri,
        "name": name,
        "alternate_names": if chance.percent(10) { vec![title(chance, 4)] } else { Vec::new() },
        "event_type": chance.pick(&TYPES),
        "series": series,
        "edition": series.is_some().then(|| chance.below(20).to_string()),
        "start": format!("{date}T{hour:02}:30:00Z"),
        "end": format!("{date}T{:02}:00:00Z", hour + 2),
        "start_date": date,
        "end_date": date,
        "date_precision": "minute",
        "dates_as_stated": format!("le {day}/{month}, {}", words(chance, 3)),
        "date_basis": "stated",
        "timezone": "Europe/Paris",
        "attendance_mode": mode,
        "event_status": "scheduled",
        "place_ids": [format!("{BASE}place/p{place:06}")],
        "online_url": online,
        "organiser_ids": [format!("{BASE}actor/a{organiser:06}")],
        "families": [chance.pick(&FAMILIES)],
        "audience": [chance.pick(&AUDIENCES)],
        "languages": ["fr"],
        "free": chance.percent(70),
        "url": format!("https://agenda.example/{}-{number}", plain(&name)),
        "status": "active",
        "confidence": "stated",
        "licence": "etalab-2.0",
        "first_seen": "2026-11-01",
        "last_seen": "2026-11-22",
        "modified": "2026-11-22T04:00:00Z",
        "derived_from": [format!("{BASE}source/agenda#event/e{number}")],
    })
}
