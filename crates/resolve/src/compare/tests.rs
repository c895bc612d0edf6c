//! Each gate and each rule on pairs of our own invention, and the symmetry of all of them.

use jiff::Timestamp;
use moisson_model::{Digest, Entity, Kind, Provenance, RecordKey, Reference, SourceId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Zone, compare};
use crate::{Features, Rules, Spec, features, reference_features};

fn entity(kind: Kind, columns: &Value) -> Entity {
    Entity {
        kind,
        source: SourceId::new("essai").unwrap(),
        key: RecordKey::join([columns.to_string().as_str()]),
        columns: columns.as_object().unwrap().clone(),
        provenance: Provenance {
            url: "https://essai.example/".to_owned(),
            fetched_at: Timestamp::UNIX_EPOCH,
            sha256: Digest::of(b""),
        },
        traces: Vec::new(),
    }
}

fn rules() -> Rules {
    Rules::new(&Spec::default()).unwrap()
}

fn read(kind: Kind, columns: &Value) -> Features {
    features(&rules(), &entity(kind, columns))
}

#[track_caller]
fn check(kind: Kind, left: &Value, right: &Value, zone: Zone) {
    let (left, right) = (read(kind, left), read(kind, right));
    let there = compare(&rules(), &left, &right);
    let back = compare(&rules(), &right, &left);
    assert_eq!(there.zone, zone, "{:?}", there.reasons);
    assert_eq!(
        (there.zone, there.score.to_bits()),
        (back.zone, back.score.to_bits())
    );
}

fn actors(left: &Value, right: &Value, zone: Zone) {
    check(Kind::Actor, left, right, zone);
}

#[test]
fn types_never_merge() {
    let organisation =
        json!({"name": "Les Grands Tilleuls", "kind": "organisation", "siren": "356000000"});
    let project = json!({"name": "Les Grands Tilleuls", "kind": "project", "siren": "356000000"});
    actors(&organisation, &project, Zone::Different);
    let one = read(Kind::Event, &json!({"name": "Les Grands Tilleuls"}));
    let other = read(Kind::Actor, &organisation);
    assert_eq!(compare(&rules(), &one, &other).zone, Zone::Different);
}

#[test]
fn two_different_keys_are_two_bodies_whatever_the_name() {
    let one = json!({"name": "Les Grands Tilleuls", "siren": "111111111", "rna": "W751000001"});
    let other = json!({"name": "Les Grands Tilleuls", "siren": "222222222", "rna": "W751000001"});
    actors(&one, &other, Zone::Different);
}

#[test]
fn a_strong_key_in_common_is_enough() {
    let one = json!({"name": "Tilleul noir", "siren": "356 000 000"});
    actors(
        &one,
        &json!({"name": "TN Édition", "siren": "356000000"}),
        Zone::Same,
    );
}

#[test]
fn numbers_must_be_the_same() {
    actors(
        &json!({"name": "Tilleulade 12"}),
        &json!({"name": "Tilleulade 14"}),
        Zone::Different,
    );
    actors(
        &json!({"name": "Tilleulade 12"}),
        &json!({"name": "Tilleulade"}),
        Zone::Different,
    );
    actors(
        &json!({"name": "Tilleulade 12"}),
        &json!({"name": "tilleulade12"}),
        Zone::Same,
    );
}

#[test]
fn a_qualifier_on_one_side_is_another_body() {
    let plain = json!({"name": "Grands Tilleuls", "website": "https://gt.example/"});
    for name in [
        "Grands Tilleuls France",
        "Fondation Grands Tilleuls",
        "Grands Tilleuls Lyon",
    ] {
        let other = json!({"name": name, "website": "https://gt.example/"});
        actors(&plain, &other, Zone::Different);
    }
}

#[test]
fn an_attested_alias_or_a_register_lifts_the_gate_of_qualifiers() {
    let plain = json!({"name": "Grands Tilleuls", "alternate_names": ["Grands Tilleuls EU"]});
    actors(&plain, &json!({"name": "Grands Tilleuls EU"}), Zone::Same);
    let one = json!({"name": "Grands Tilleuls", "transparency_register": "123456789-12"});
    let other = json!({"name": "Grands Tilleuls EU", "transparency_register": "123456789-12"});
    actors(&one, &other, Zone::Same);
    let brand = json!({"name": "Grands Tilleuls Prod", "siren": "356000000"});
    actors(
        &json!({"name": "Grands Tilleuls", "siren": "356000000"}),
        &brand,
        Zone::Review,
    );
}

#[test]
fn a_note_in_parentheses_is_a_qualifier() {
    let (one, other) = (
        json!({"name": "Grand Tilleul (revue)"}),
        json!({"name": "Grand Tilleul (fonds)"}),
    );
    actors(&one, &other, Zone::Different);
    actors(&one, &json!({"name": "Grand Tilleul"}), Zone::Review);
    let site = |name: &str| json!({"name": name, "website": "https://tilleul.example"});
    actors(
        &site("Grand Tilleul (revue)"),
        &site("Grand Tilleul"),
        Zone::Same,
    );
}

#[test]
fn the_other_sides_own_town_is_no_qualifier() {
    actors(
        &json!({"name": "CCAS de Hem"}),
        &json!({"name": "CCAS", "town": "Hem"}),
        Zone::Same,
    );
    actors(
        &json!({"name": "CCAS de Lille"}),
        &json!({"name": "CCAS", "town": "LILLE"}),
        Zone::Same,
    );
    actors(
        &json!({"name": "CCAS de Lille"}),
        &json!({"name": "CCAS", "town": "Lyon"}),
        Zone::Different,
    );
}

#[test]
fn a_domain_decides_only_with_a_name() {
    let site = |name: &str| json!({"name": name, "website": "https://www.tilleul.example/a"});
    actors(
        &site("Grand Tilleul"),
        &site("Le Grand Tilleul"),
        Zone::Same,
    );
    actors(
        &site("Grand Tilleul"),
        &site("Grand Tilleul Conseil"),
        Zone::Same,
    );
    actors(&site("Tilleulade"), &site("Tilleuladedes"), Zone::Same);
    actors(
        &site("Grand Tilleul"),
        &site("Petite Ruche noire"),
        Zone::Review,
    );
    let shared = |name: &str| json!({"name": name, "website": "https://helloasso.com/"});
    actors(
        &shared("Grand Tilleul"),
        &shared("Petite Ruche noire"),
        Zone::Different,
    );
}

#[test]
fn a_name_decides_where_nothing_speaks_against_it() {
    actors(
        &json!({"name": "microTILLEUL"}),
        &json!({"name": "Micro Tilleul"}),
        Zone::Same,
    );
    actors(
        &json!({"name": "Tilleulade", "country": "FR"}),
        &json!({"name": "Tilleulade"}),
        Zone::Same,
    );
    let (fr, be) = (
        json!({"name": "Tilleulade", "country": "FR"}),
        json!({"name": "Tilleulade", "country": "BE"}),
    );
    actors(&fr, &be, Zone::Different);
    let (hem, pau) = (
        json!({"name": "Tilleulade", "town": "Hem"}),
        json!({"name": "Tilleulade", "town": "Pau"}),
    );
    actors(&hem, &pau, Zone::Review);
}

#[test]
fn short_and_common_names_need_a_key() {
    actors(
        &json!({"name": "Tiol"}),
        &json!({"name": "TIOL"}),
        Zone::Review,
    );
    actors(
        &json!({"name": "Jeudi"}),
        &json!({"name": "jeudi"}),
        Zone::Review,
    );
    actors(
        &json!({"name": "La Passerelle"}),
        &json!({"name": "Passerelle"}),
        Zone::Review,
    );
    let near = json!({"name": "La Passerelle", "town": "Hem", "postal_code": "59510"});
    actors(&near, &near, Zone::Same);
}

#[test]
fn what_is_not_equal_is_at_most_a_review() {
    let pairs = [
        ("Tilleulade", "Tilleulades", Zone::Review),
        ("Tilleulade", "Tilleulade Conseil", Zone::Review),
        ("Tilleulade.org", "Tilleulade", Zone::Review),
        ("Tilleulade.co", "Tilleulade", Zone::Same),
        ("Tilleulade.org", "tilleulade.org SAS", Zone::Same),
        ("Union des Jardins Libres", "UJL", Zone::Review),
        (
            "Union des Jardins Libres",
            "Union des Jardins",
            Zone::Different,
        ),
        ("Tilleuladesdans", "Tilleulades", Zone::Same),
    ];
    for (left, right, zone) in pairs {
        actors(&json!({"name": left}), &json!({"name": right}), zone);
    }
}

#[test]
fn a_short_alias_needs_something_else_to_agree() {
    let long =
        json!({"name": "Union des Jardins Libres", "alternate_names": ["UJL"], "town": "Hem"});
    actors(&long, &json!({"name": "UJL"}), Zone::Review);
    actors(&long, &json!({"name": "UJL", "town": "Hem"}), Zone::Same);
    actors(
        &json!({"name": "UJL", "legal_name": "Union des Jardins Libres"}),
        &long,
        Zone::Same,
    );
}

#[test]
fn a_reference_is_compared_by_the_same_rules() {
    let reference = Reference {
        kind: Kind::Actor,
        record: None,
        name: Some("Tilleul2 Conseil".to_owned()),
        website: Some("http://tilleul.example/x".to_owned()),
    };
    let named = reference_features(&rules(), &reference);
    let whole = read(
        Kind::Actor,
        &json!({"name": "Tilleul 2", "website": "https://tilleul.example"}),
    );
    assert_eq!(compare(&rules(), &named, &whole).zone, Zone::Same);
}

#[test]
fn editions_are_apart_and_one_edition_is_one() {
    let week = |name: &str, edition: Value| json!({"name": name, "series": "Semaine du Tilleul", "edition": edition, "event_type": "week"});
    let event = |a: &Value, b: &Value, zone| check(Kind::Event, a, b, zone);
    event(
        &week("Semaine du Tilleul 2030", json!(null)),
        &week("Semaine du Tilleul", json!("2030")),
        Zone::Same,
    );
    event(
        &week("Semaine du Tilleul", json!("2031")),
        &week("Semaine du Tilleul", json!("2030")),
        Zone::Different,
    );
    event(
        &week("Semaine du Tilleul 2030", json!(null)),
        &week("Semaine du Tilleul", json!(null)),
        Zone::Different,
    );
    let opening =
        json!({"name": "Ouverture de la Semaine du Tilleul 2030", "start_date": "2030-05-02"});
    event(
        &opening,
        &json!({"name": "Semaine du Tilleul 2030", "start_date": "2030-05-02"}),
        Zone::Different,
    );
}

#[test]
fn a_title_needs_its_day() {
    let talk =
        |day: Value| json!({"name": "Tilleuls et communs, quel avenir ?", "start_date": day});
    let event = |a: &Value, b: &Value, zone| check(Kind::Event, a, b, zone);
    event(
        &talk(json!("2030-05-02")),
        &talk(json!("2030-05-02")),
        Zone::Same,
    );
    event(
        &talk(json!("2030-05-02")),
        &talk(json!("2030-05-09")),
        Zone::Different,
    );
    event(&talk(json!("2030-05-02")), &talk(json!(null)), Zone::Review);
    let organised = |by: &str| json!({"name": "Nuit des tilleuls", "start_date": "2030-05-02", "organiser_ids": [{"type": "actor", "name": by}]});
    event(
        &organised("Jardin noir"),
        &organised("Ruche bleue"),
        Zone::Review,
    );
    event(
        &organised("Jardin noir"),
        &organised("Le Jardin Noir SAS"),
        Zone::Same,
    );
    let dated = json!({"name": "Forum Tilleul", "start_date": "2030-05-02"});
    event(
        &dated,
        &json!({"name": "ForumTilleul 2030", "start_date": "2030-05-02"}),
        Zone::Same,
    );
}

#[test]
fn a_day_in_a_title_is_no_edition() {
    let on = |name: &str, day: &str| json!({"name": name, "start_date": day});
    for (left, right, zone) in [
        (
            on("Bal du 8 mai", "2017-05-08"),
            on("Bal du 8 mai", "2018-05-08"),
            Zone::Different,
        ),
        (
            on("Bal du 8 mai", "2018-05-08"),
            on("Bal du 8 mai", "2018-05-08"),
            Zone::Same,
        ),
        (
            json!({"name": "Bal du 8 mai"}),
            json!({"name": "Bal du 9 mai"}),
            Zone::Different,
        ),
    ] {
        check(Kind::Event, &left, &right, zone);
    }
}

#[test]
fn documents_need_an_address_or_all_three() {
    let doc = |a: &Value, b: &Value, zone| check(Kind::Document, a, b, zone);
    let by = |name: &str| json!({"type": "actor", "name": name});
    let whole = json!({"title": "Que font les tilleuls", "publisher_id": by("Jardin noir"), "published": "2030-05-02"});
    doc(&whole, &whole, Zone::Same);
    doc(
        &whole,
        &json!({"title": "Que font les tilleuls", "publisher_id": by("Jardin noir")}),
        Zone::Review,
    );
    let page =
        |title: Value| json!({"title": title, "url": "https://jardin.example/a?utm_medium=x"});
    doc(
        &page(json!(null)),
        &page(json!("Que font les tilleuls")),
        Zone::Same,
    );
    doc(
        &json!({"published": "2030-05-02"}),
        &json!({"published": "2030-05-02"}),
        Zone::Different,
    );
}

#[test]
fn programmes_part_by_operator_and_places_by_town() {
    let run = |by: &str| json!({"name": "Mille tilleuls", "operator_ids": [{"type": "actor", "name": by}]});
    check(
        Kind::Programme,
        &run("Jardin noir"),
        &run("Jardin noir"),
        Zone::Same,
    );
    check(
        Kind::Programme,
        &run("Jardin noir"),
        &run("Ruche bleue"),
        Zone::Review,
    );
    check(
        Kind::Programme,
        &json!({"name": "Mille tilleuls"}),
        &run("Ruche bleue"),
        Zone::Same,
    );
    let place = |a: &Value, b: &Value, zone| check(Kind::Place, a, b, zone);
    let lisbon = json!({"name": "Salle du Tilleul", "town": "Lisbon"});
    place(
        &lisbon,
        &json!({"name": "Salle du tilleul", "town": "Lisbonne"}),
        Zone::Same,
    );
    place(
        &json!({"name": "Mairie", "town": "Hem"}),
        &json!({"name": "Mairie"}),
        Zone::Review,
    );
    place(
        &json!({"name": "Mairie", "town": "Hem"}),
        &json!({"name": "Mairie", "town": "Pau"}),
        Zone::Different,
    );
    let at = |lat: f64| json!({"name": "Mairie", "lon": 2.35, "lat": lat});
    place(&at(48.85), &at(48.853), Zone::Same);
    place(&at(48.85), &at(48.87), Zone::Different);
}

fn columns() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "Tilleulade",
        "Tilleulades",
        "Tilleuladedes",
        "Tilleulade France",
        "Tilleulade 2",
        "UJL",
        "Union des Jardins Libres",
        "Tilleulade (revue)",
        "tilleulade.org",
        "La Passerelle",
        "é",
        "",
    ]);
    let some = |values: Vec<&'static str>| prop::option::of(prop::sample::select(values));
    let aliases = (
        some(vec!["UJL", "Tilleulade 2"]),
        some(vec!["Union des Jardins Libres", "Tilleulade"]),
    );
    let rest = (
        some(vec!["111111111", "222222222"]),
        some(vec!["https://a.example", "https://b.example"]),
        some(vec!["Hem", "Pau"]),
        some(vec!["2030-05-02", "2030-05-03"]),
        some(vec!["organisation", "project", "week", "series"]),
    );
    (name, aliases, rest).prop_map(
        |(name, (alias, other), (siren, site, town, day, kind))| {
            json!({
                "name": name, "title": name, "alternate_names": [alias, other], "siren": siren, "website": site, "url": site,
                "town": town, "start_date": day, "published": day, "kind": kind, "event_type": kind,
            })
        },
    )
}

proptest! {
    #[test]
    fn a_comparison_is_the_same_both_ways(
        kind in prop::sample::select(Kind::ALL.to_vec()), left in columns(), right in columns(),
    ) {
        let (left, right) = (read(kind, &left), read(kind, &right));
        let there = compare(&rules(), &left, &right);
        let back = compare(&rules(), &right, &left);
        prop_assert_eq!(there.zone, back.zone);
        prop_assert_eq!(there.score.to_bits(), back.score.to_bits());
        prop_assert!((0.0..=1.0).contains(&there.score));
    }

    #[test]
    fn no_text_is_a_trap(name in ".{0,60}", site in ".{0,30}", town in ".{0,20}") {
        let columns = json!({"name": name, "title": name, "website": site, "url": site, "town": town, "address": town, "series": town, "edition": town});
        for kind in Kind::ALL {
            let made = read(kind, &columns);
            crate::keys(&made);
            compare(&rules(), &made, &made);
        }
    }
}
