//! A site of listings and the pages that they lead to, as large and as messy as those of an agenda.
//!
//! Of forty pages one is a listing: it leads to the next, to a page for each of its thirty-nine events, and to one that
//! robots.txt forbids. Whoever follows links from the start page meets every page.

use std::fmt::Write as _;

use super::words::{TOWNS, title, word, words};
use super::{Chance, SEED};

/// Pages of a listing, itself included.
pub(crate) const BLOCK: usize = 40;
/// What the site asks of those who follow links.
pub(crate) const ROBOTS: &str = "User-agent: *\nDisallow: /private/\nAllow: /\n";
/// Where a reader begins.
pub(crate) const START: &str =
    "<!doctype html>\n<title>Accueil</title>\n<p><a href=\"/list/0.html\">Agenda</a></p>\n";

const TEXT: &str = "a String takes any text";

/// A page of the site.
pub(crate) struct Page {
    /// From the root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) html: String,
}

/// The paths of a site of so many pages, a multiple of [`BLOCK`].
pub(crate) fn paths(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(path)
}

/// The pages of a site of so many, a multiple of [`BLOCK`].
pub(crate) fn pages(count: usize) -> impl Iterator<Item = Page> {
    (0..count).map(move |number| Page {
        path: path(number),
        html: match number % BLOCK {
            0 => listing(number / BLOCK, count / BLOCK),
            _ => event(number),
        },
    })
}

/// The path of a forbidden page, which each listing leads to.
pub(crate) fn forbidden(listing: usize) -> String {
    format!("/private/{listing}.html")
}

fn path(number: usize) -> String {
    match (number / BLOCK, number % BLOCK) {
        (listing, 0) => format!("/list/{listing}.html"),
        (listing, place) => format!("/e/{listing}/{place}.html"),
    }
}

fn listing(number: usize, count: usize) -> String {
    let mut chance = Chance::of(SEED, number * BLOCK);
    let mut html = head(&mut chance, &format!("Agenda, page {number}"));
    html.push_str("<p class=\"pager\">");
    if number > 0 {
        write!(
            html,
            "<a rel=\"prev\" href=\"/list/{}.html\">Avant</a> ",
            number - 1
        )
        .expect(TEXT);
    }
    if number + 1 < count {
        write!(
            html,
            "<a rel=\"next\" href=\"/list/{}.html\">Suite</a> ",
            number + 1
        )
        .expect(TEXT);
    }
    writeln!(html, "<a href=\"{}\">Interne</a></p>", forbidden(number)).expect(TEXT);
    for place in 1..BLOCK {
        card(&mut html, &mut chance, &path(number * BLOCK + place));
    }
    foot(html, &mut chance)
}

fn event(number: usize) -> String {
    let mut chance = Chance::of(SEED, number);
    let name = title(&mut chance, 5);
    let mut html = head(&mut chance, &name);
    let (town, code) = chance.pick(&TOWNS);
    let day = day(&mut chance);
    write!(
        html,
        "<article class=\"event\" data-id=\"{number}\"><h1>{name}</h1><time datetime=\"{day}\">{day}</time>\
         <p class=\"place\">{code} {town}</p>"
    )
    .expect(TEXT);
    for _ in 0..13 {
        write!(html, "<p>{}.</p>", title(&mut chance, 30)).expect(TEXT);
    }
    write!(
        html,
        "<p><a href=\"/list/{}.html\">Retour</a></p></article>\n<script type=\"application/ld+json\">\
         {{\"@context\":\"https://schema.org\",\"@type\":\"Event\",\"@id\":\"#e{number}\",\"name\":\"{name}\",\
         \"startDate\":\"{day}\",\"location\":{{\"@type\":\"Place\",\"name\":\"{town}\"}}}}</script>\n",
        number / BLOCK
    )
    .expect(TEXT);
    foot(html, &mut chance)
}

/// An event of a listing, among what a theme puts around it.
fn card(html: &mut String, chance: &mut Chance, path: &str) {
    let (town, code) = chance.pick(&TOWNS);
    let day = day(chance);
    write!(
        html,
        "<div class=\"cell cell--third\">\n  <article class=\"card card--event js-hover\" data-rank=\"{}\">\n    \
         <div class=\"inner\"><div class=\"media\"><picture><span class=\"empty\" style=\"min-height:180px\"></span>\
         </picture></div>\n      <header><h3 class=\"title\"><a class=link href=\"{path}\">\n        {} &amp; \
         <em>{}</em></a></h3></header>\n      ",
        chance.below(1000),
        title(chance, 4),
        word(chance),
    )
    .expect(TEXT);
    write!(
        html,
        "<div class=\"meta\"><span class=\"when\"><svg class=\"icon\" width=16 height=16><path d=\"M3 4h10v9H3z\"/>\
         </svg><time datetime=\"{day}\"><b>{day}</b></time></span>\n        <span class=\"where\">\
         <svg class=\"icon\" width=16 height=16><path d=\"M8 1l4 6-4 8z\"/></svg><b>Lieu&nbsp;:</b> \
         <span itemprop=\"name\">{}, {code} {town}</span></span><span class=\"price\">{}&nbsp;&euro;</span></div>\n",
        title(chance, 2),
        chance.below(40),
    )
    .expect(TEXT);
    write!(
        html,
        "      <div class=\"body\"><p class=\"lead\">{}, <strong>{}</strong>.<ul class=tags role=list>",
        title(chance, 28),
        word(chance),
    )
    .expect(TEXT);
    for _ in 0..=chance.below(4) {
        write!(html, "<li class=tag>{}", word(chance)).expect(TEXT);
    }
    write!(
        html,
        "</ul></div>\n      <footer><span class=\"by\">par <a href=\"#o{}\" rel=nofollow>{}</a></span> \
         <button class=\"button js-keep\"><i></i>Garder</button></footer>\n    </div></article></div>\n",
        chance.below(500),
        title(chance, 3),
    )
    .expect(TEXT);
}

fn day(chance: &mut Chance) -> String {
    let (month, day, hour) = (
        1 + chance.below(12),
        1 + chance.below(28),
        8 + chance.below(11),
    );
    format!("2026-{month:02}-{day:02}T{hour:02}:00:00+01:00")
}

/// What a theme puts before the content of every page.
fn head(chance: &mut Chance, name: &str) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=fr><head><meta charset=utf-8><title>{name}</title><style>"
    );
    for step in 0..24 {
        write!(html, ".c{step}{{margin:{step}px 0;padding:{}px}}", step * 2).expect(TEXT);
    }
    html.push_str("</style><script>window.texts={");
    for step in 0..16 {
        write!(html, "\"t{step}\":\"<b>{}</b>\",", word(chance)).expect(TEXT);
    }
    html.push_str("};</script></head>\n<body><nav><ul>");
    for step in 0..16 {
        write!(html, "<li><a href=\"#n{step}\">{}</a>", word(chance)).expect(TEXT);
    }
    html.push_str("</ul></nav>\n<main>\n");
    html
}

fn foot(mut html: String, chance: &mut Chance) -> String {
    let words = words(chance, 150);
    write!(
        html,
        "</main>\n<footer><p>{words}</p></footer></body></html>\n"
    )
    .expect(TEXT);
    html
}
