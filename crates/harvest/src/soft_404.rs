//! Soft 404s: an answer of success whose page says that it is not there.
//!
//! Sites do it out of kindness to people, and a program that believes the status reads an empty record. Only plain cases
//! are told: a title or a single heading that says nothing else, WordPress's own class, and a deep address that was
//! redirected to the front page. What lists records is never one, whatever its title says.

use url::Url;

/// How much of a page is looked at: title and heading stand at its beginning.
const LOOKED_AT: usize = 64 << 10;
/// From this many articles or rows of a table on, a page lists something.
const LISTING: usize = 3;
/// The longest title that is read; no way of saying "not found" is longer.
const LONGEST: usize = 400;

/// Words that stand beside the rest and say nothing.
const NOISE: [&str; 14] = [
    "404", "error", "erreur", "fehler", "errore", "erro", "fout", "http", "oops", "ooops", "oups",
    "ups", "sorry", "desole",
];

/// Whole titles, folded: no case, no accents, no punctuation.
const SAYINGS: [&str; 66] = [
    "page introuvable",
    "page non trouvee",
    "page inexistante",
    "page inconnue",
    "contenu introuvable",
    "document introuvable",
    "evenement introuvable",
    "fiche introuvable",
    "page demandee introuvable",
    "cette page est introuvable",
    "cette page n existe pas",
    "cette page n existe plus",
    "la page n existe pas",
    "la page est introuvable",
    "la page demandee n existe pas",
    "la page demandee est introuvable",
    "la page que vous cherchez n existe pas",
    "la page que vous recherchez n existe pas",
    "la page que vous recherchez est introuvable",
    "not found",
    "page not found",
    "file not found",
    "content not found",
    "event not found",
    "the page was not found",
    "page cannot be found",
    "the page cannot be found",
    "that page can t be found",
    "this page can t be found",
    "page does not exist",
    "this page does not exist",
    "this page doesn t exist",
    "page no longer available",
    "we can t find that page",
    "the requested page could not be found",
    "the page you requested could not be found",
    "the page you are looking for could not be found",
    "seite nicht gefunden",
    "nicht gefunden",
    "seite wurde nicht gefunden",
    "die seite wurde nicht gefunden",
    "diese seite wurde nicht gefunden",
    "die angeforderte seite wurde nicht gefunden",
    "diese seite existiert nicht",
    "pagina no encontrada",
    "no encontrado",
    "no se encontro la pagina",
    "no se ha encontrado la pagina",
    "la pagina no existe",
    "esta pagina no existe",
    "pagina non trovata",
    "non trovato",
    "la pagina non esiste",
    "questa pagina non esiste",
    "impossibile trovare la pagina",
    "pagina nao encontrada",
    "nao encontrado",
    "a pagina nao existe",
    "esta pagina nao existe",
    "a pagina nao foi encontrada",
    "pagina niet gevonden",
    "niet gevonden",
    "de pagina is niet gevonden",
    "deze pagina is niet gevonden",
    "deze pagina bestaat niet",
    "de pagina kon niet worden gevonden",
];

/// Whether a page that came with success stands in for one that is not there.
///
/// `requested` is the address asked for, `served` the one that answered after redirects. A deep address that leads to a
/// front page is one whatever the front page shows: it is not what was asked for.
pub(crate) fn is_soft_404(requested: &Url, served: &Url, body: &[u8]) -> bool {
    is_led_home(requested, served) || says_not_found(body)
}

/// From at least two levels down to the root. A language (`/fr/agenda`) is no level.
fn is_led_home(requested: &Url, served: &Url) -> bool {
    let home = served.path() == "/" && served.query().is_none();
    let levels = requested.path().split('/').filter(|part| part.len() > 2);
    home && levels.count() >= 2
}

fn says_not_found(body: &[u8]) -> bool {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return false;
    }
    let outline = Outline::of(body.get(..LOOKED_AT).unwrap_or(body));
    let heading = || outline.headings == 1 && outline.heading.is_some_and(is_saying);
    outline.listed < LISTING
        && (outline.wordpress || outline.title.is_some_and(is_saying) || heading())
}

/// What the beginning of a page shows.
#[derive(Default)]
struct Outline<'a> {
    title: Option<&'a [u8]>,
    heading: Option<&'a [u8]>,
    headings: usize,
    /// Articles or rows of tables, whichever are more.
    listed: usize,
    /// Whether WordPress marked its body as an error.
    wordpress: bool,
}

impl<'a> Outline<'a> {
    fn of(page: &'a [u8]) -> Self {
        let mut outline = Self::default();
        let (mut articles, mut rows) = (0, 0);
        for at in memchr::memchr_iter(b'<', page) {
            let tag = page.get(at + 1..).unwrap_or_default();
            if outline.title.is_none() && opens(tag, b"title") {
                outline.title = Some(text(tag));
            } else if opens(tag, b"h1") {
                outline.headings += 1;
                outline.heading = Some(text(tag));
            } else if opens(tag, b"article") {
                articles += 1;
            } else if opens(tag, b"tr") {
                rows += 1;
            } else if opens(tag, b"body") {
                outline.wordpress = memchr::memmem::find(until(tag, b'>'), b"error404").is_some();
            }
        }
        outline.listed = articles.max(rows);
        outline
    }
}

fn opens(tag: &[u8], name: &[u8]) -> bool {
    let (begins, rest) = tag.split_at_checked(name.len()).unwrap_or_default();
    let ends = rest
        .first()
        .is_some_and(|byte| !byte.is_ascii_alphanumeric());
    ends && begins.eq_ignore_ascii_case(name)
}

/// What stands between a tag and the end of a short element.
fn text(tag: &[u8]) -> &[u8] {
    let inner = tag.get(until(tag, b'>').len() + 1..).unwrap_or_default();
    let inner = inner.get(..LONGEST).unwrap_or(inner);
    memchr::memmem::find(inner, b"</").map_or(inner, |end| inner.get(..end).unwrap_or_default())
}

fn until(bytes: &[u8], end: u8) -> &[u8] {
    let end = memchr::memchr(end, bytes).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

/// Whether a title says that nothing is there: one of its parts, between bars and dashes, says that and no more.
fn is_saying(title: &[u8]) -> bool {
    let title = String::from_utf8_lossy(title);
    let title = folded(&htmlize::unescape(title.as_ref()));
    let parts = title.split(['|', '–', '—', '·', ':', '»', '«', '•', '!']);
    parts.flat_map(|part| part.split(" - ")).any(|part| {
        let words = part
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let (noise, words): (Vec<&str>, Vec<&str>) = words.partition(|word| NOISE.contains(word));
        (words.is_empty() && noise.contains(&"404")) || SAYINGS.contains(&words.join(" ").as_str())
    })
}

/// Lower case, without accents: as titles are compared.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    };
    text.to_lowercase().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use url::Url;

    use super::{is_soft_404, says_not_found};

    fn leads(from: &str, to: &str) -> bool {
        let [from, to] =
            [from, to].map(|path| Url::parse("https://a.example").unwrap().join(path).unwrap());
        is_soft_404(&from, &to, b"<title>Accueil</title>")
    }

    #[test]
    fn a_title_or_a_single_heading_that_says_it_is_believed() {
        for title in [
            "Page introuvable - Ville de Villefranche",
            "Annuaire | Page non trouv&eacute;e",
            "404",
            "Erreur 404 – Annuaire",
            "404 Not Found",
            "Oops! That page can&rsquo;t be found.",
            "Seite nicht gefunden : Verein",
            "Página no encontrada",
            "Pagina non trovata",
            "Página não encontrada",
            "Pagina niet gevonden",
            "  Cette page\n n’existe plus  ",
        ] {
            assert!(
                says_not_found(format!("<!doctype html><TITLE>{title}</TITLE>").as_bytes()),
                "{title}"
            );
            assert!(
                says_not_found(format!("<title>Ville</title><h1 class=a>{title}</h1>").as_bytes()),
                "{title}"
            );
        }
        assert!(says_not_found(
            b"<title>Ville</title><body class=\"home error404 x\">"
        ));
    }

    #[test]
    fn a_page_about_something_is_not_taken_for_one_about_nothing() {
        for page in [
            "<title>Salle 404 - Lieux</title><h1>Salle 404</h1>",
            "<title>Le 404, tiers-lieu</title>",
            "<title>Objets non trouvés</title>",
            "<title>Erreur</title>",
            "<title>Agenda</title><h1>Page introuvable</h1><h1>Concert</h1>",
            "<title>Agenda</title><h2>Page introuvable</h2>",
            "<title>404</title><article>a</article><article>b</article><article>c</article>",
            "<title>404</title><table><tr><td>a<tr><td>b<tr><td>c</table>",
            "{\"title\": \"Not found\"}",
            "",
        ] {
            assert!(!says_not_found(page.as_bytes()), "{page}");
        }
    }

    #[test]
    fn a_deep_address_that_leads_to_the_front_page_is_not_there() {
        assert!(leads("/agenda/concert-12", "/"));
        assert!(leads("/agenda/concert-12", "http://autre.example/"));
        for (from, to) in [
            ("/", "/"),
            ("/agenda", "/"),
            ("/fr/agenda/", "/"),
            ("/index.html", "/"),
            ("/agenda/concert-12", "/agenda/concert-12/"),
            ("/agenda/concert-12", "/?id=12"),
        ] {
            assert!(!leads(from, to), "{from} {to}");
        }
    }

    /// Real pages, where they are beside the repository; says so where they are not.
    #[test]
    fn no_real_page_is_taken_for_missing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        for (name, page) in crate::testing::pages(&root) {
            assert!(!says_not_found(&page), "{name}");
        }
    }
}
