//! Listing pages of forty events each, in the HTML that a content management system writes.

use std::fmt::Write as _;

use super::words::{TOWNS, plain, title, word, words};
use super::{Chance, SEED};

/// Records of a page.
pub(crate) const RECORDS: usize = 40;

/// The definition that reads the pages.
pub(crate) const DEFINITION: &str = r#"
format  = "html"
records = "article.card"
[fields]
id        = "@data-id"
title     = "h3.title a"
url       = "h3.title a@href"
start     = "time.start@datetime"
place     = ".meta .place span"
organiser = "footer .by a"
price     = ".meta .price"
tags      = { select = "ul.tags li", all = true }
summary   = "p.lead"
"#;

/// The page of a number.
pub(crate) fn page(number: usize) -> String {
    let mut chance = Chance::of(SEED, number);
    let mut html = String::from("<!doctype html>\n<html lang=fr><head><meta charset=utf-8>");
    write!(html, "<title>Agenda, page {number}</title>").expect(TEXT);
    html.push_str("<style>.card{display:grid}</style></head>\n<body><nav><ul>");
    for _ in 0..24 {
        let item = word(&mut chance);
        write!(html, "<li><a href=\"/r/{}\">{item}</a>", plain(&item)).expect(TEXT);
    }
    html.push_str("</ul></nav>\n<main>\n");
    for record in 0..RECORDS {
        card(&mut html, &mut chance, number * RECORDS + record);
    }
    html.push_str("</main><footer><p>Mentions &amp; contact</footer></body></html>\n");
    html
}

const TEXT: &str = "a String takes any text";

/// A record among icons, wrappers and texts that nobody asks for.
fn card(html: &mut String, chance: &mut Chance, id: usize) {
    let name = title(chance, 4);
    let path = plain(&name);
    let (town, code) = chance.pick(&TOWNS);
    let (month, day, hour) = (
        1 + chance.below(12),
        1 + chance.below(28),
        8 + chance.below(11),
    );
    write!(
        html,
        "<article class=\"card card--event\" data-id=\"e{id}\">\n  <div class=\"media\"><picture>\
         <source srcset=\"/i/{id}-2x.webp 2x\"><img src=\"/i/{id}.jpg\" alt=\"\" loading=lazy></picture></div>\n  \
         <h3 class=\"title\"><a href=\"/agenda/{path}-{id}.html\">\n      {name} &amp; <em>{}</em></a></h3>\n  \
         <div class=\"meta\"><svg width=16><path d=\"M3 4h10v9H3z\"/></svg>\
         <time class=\"start\" datetime=\"2026-{month:02}-{day:02}T{hour:02}:00:00+01:00\">{day}/{month}</time>\
         <span class=\"place\"><b>Lieu&nbsp;:</b> <span>{}, {code} {town}</span></span>",
        word(chance),
        title(chance, 2),
    )
    .expect(TEXT);
    if chance.percent(60) {
        write!(
            html,
            "<span class=\"price\">{}&nbsp;&euro;</span>",
            chance.below(40)
        )
        .expect(TEXT);
    }
    html.push_str("</div>\n  <ul class=\"tags\">");
    for _ in 0..=chance.below(4) {
        write!(html, "<li>{}</li>", word(chance)).expect(TEXT);
    }
    let lead = words(chance, 25);
    write!(
        html,
        "</ul>\n  <p class=\"lead\">{lead},\n    l&rsquo;<strong>{}</strong>.</p><p>{}</p>\n  \
         <footer><span class=\"by\">par <a href=\"/o/{}\">{}</a></span></footer>\n</article>\n",
        word(chance),
        words(chance, 40),
        chance.below(500),
        title(chance, 2),
    )
    .expect(TEXT);
}
