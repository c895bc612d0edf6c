//! Raw actors as directories list them: a CSV file, and the records that reading it would give.

use moisson_model::{Digest, Fields, Provenance, Record};
use serde_json::Value;

use super::words::{TOWNS, plain, siren, title, words};
use super::{Chance, SEED};

/// The columns.
const HEADER: [&str; 10] = [
    "id",
    "nom",
    "categorie",
    "forme",
    "ville",
    "code_postal",
    "pays",
    "site",
    "siren",
    "creation",
];

/// The definition that normalises the records.
pub(crate) const DEFINITION: &str = r#"
schema = "actor/1"
key    = ["id"]
[map]
name        = "nom"
families    = { from = "categorie", split = ",", lookup = "families" }
legal_form  = { from = "forme", lookup = "forms" }
kind        = { value = "organisation" }
town        = "ville"
postal_code = "code_postal"
country     = "pays"
website     = "site"
siren       = "siren"
founded     = "creation"
[lookup.families]
"civic tech"         = "civic-tech"
"communs numériques" = "communs-numeriques"
"logiciel libre"     = "logiciel-libre"
"divers"             = []
[lookup.forms]
"association loi 1901" = "association-declaree"
"SCIC"                 = "scic"
"SAS"                  = "sas"
"#;

const CATEGORIES: [&str; 5] = [
    "civic tech",
    "Communs numériques, logiciel libre",
    "Logiciel libre",
    "divers",
    "",
];
const FORMS: [&str; 4] = ["Association loi 1901", "SCIC", "SAS", ""];
const COUNTRIES: [&str; 4] = ["France", "FR", "france ", ""];
const MONTHS: [&str; 4] = ["janvier", "mars", "août", "décembre"];

/// The cells of an actor, in the order of the header.
pub(crate) fn cells(number: usize) -> [String; 10] {
    let mut chance = Chance::of(SEED, number);
    let name = match chance.below(100) {
        0 => String::new(),
        1..20 => format!(" L&rsquo;{}  ", words(&mut chance, 2)),
        20..40 => format!("{} \"{}\"", title(&mut chance, 2), title(&mut chance, 1)),
        _ => title(&mut chance, 3),
    };
    let (town, code) = chance.pick(&TOWNS);
    let host = plain(&title(&mut chance, 2));
    let site = match chance.below(4) {
        0 => format!("www.{host}.example"),
        1 => format!("HTTPS://{host}.example/?utm_source=annuaire"),
        2 => format!("http://{host}.example/accueil"),
        _ => String::new(),
    };
    let (day, year) = (1 + chance.below(28), 1980 + chance.below(45));
    let founded = match chance.below(3) {
        0 => format!("{day:02}/{:02}/{year}", 1 + chance.below(12)),
        1 => format!("{day} {} {year}", chance.pick(&MONTHS)),
        _ => String::new(),
    };
    let has_siren = chance.percent(60);
    let siren = siren(&mut chance);
    [
        format!("A{number:07}"),
        name,
        chance.pick(&CATEGORIES).to_owned(),
        chance.pick(&FORMS).to_owned(),
        town.to_owned(),
        code.to_owned(),
        chance.pick(&COUNTRIES).to_owned(),
        site,
        if has_siren { siren } else { String::new() },
        founded,
    ]
}

/// A file of so many actors, semicolons between cells.
pub(crate) fn csv(count: usize) -> String {
    let mut text = HEADER.join(";") + "\n";
    for number in 0..count {
        let quoted = cells(number).map(|cell| quoted(&cell));
        text.push_str(&quoted.join(";"));
        text.push('\n');
    }
    text
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ';', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// The same actors as records.
pub(crate) fn records(count: usize) -> Vec<Record> {
    let provenance = Provenance {
        url: "https://annuaire.example/acteurs.csv".to_owned(),
        fetched_at: jiff::Timestamp::UNIX_EPOCH,
        sha256: Digest::of(b"acteurs"),
    };
    let fields = |number| -> Fields {
        let names = HEADER.iter().map(|name| (*name).to_owned());
        names.zip(cells(number).map(Value::String)).collect()
    };
    (0..count)
        .map(|index| Record {
            index,
            fields: fields(index),
            provenance: provenance.clone(),
        })
        .collect()
}
