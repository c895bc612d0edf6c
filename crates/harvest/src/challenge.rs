//! Pages that keep programs out: recognised, named, and never worked around.
//!
//! A challenge may come with any status, 200 included, and read as a listing it would empty the source. It is told by
//! headers, and by marks that the makers of such guards leave in the markup of their own pages. Ordinary pages embed the
//! same captchas in a form, carry the same guards' scripts, and write about them: on a success, only a small page of HTML
//! counts, and only marks of a challenge itself, outside of its text. On a refusal, where nothing can be lost, more do.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Match};

/// How much of a page is looked at. No challenge is larger, so a larger success is none.
pub(crate) const LOOKED_AT: usize = 64 << 10;

/// Headers with which a guard says what it does.
const HEADERS: [(&str, &str); 3] = [
    ("cf-mitigated", "Cloudflare"),
    ("x-amzn-waf-action", "AWS WAF"),
    ("x-vercel-mitigated", "Vercel"),
];

/// What a mark tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// A challenge, on any status.
    Challenge,
    /// A challenge on a refusal; on a success it is part of ordinary pages.
    Refusal,
    /// The title of a challenge, or of a page about something else: it needs a captcha beside it.
    Title,
    /// A captcha, of a challenge or of a form: it needs the title.
    Captcha,
}

use Tells::{Captcha, Challenge, Refusal, Title};

/// A mark, what it tells, and whose it is.
const MARKS: [(&str, Tells, &str); 47] = [
    ("_cf_chl_opt", Challenge, "Cloudflare"),
    ("/orchestrate/chl_page", Challenge, "Cloudflare"),
    ("/orchestrate/jsch/", Challenge, "Cloudflare"),
    ("/orchestrate/managed/", Challenge, "Cloudflare"),
    ("/orchestrate/captcha/", Challenge, "Cloudflare"),
    ("<title>Just a moment...</title>", Challenge, "Cloudflare"),
    (
        "<title>Attention Required! | Cloudflare</title>",
        Challenge,
        "Cloudflare",
    ),
    ("cf-error-details", Refusal, "Cloudflare"),
    (
        "/.well-known/ddos-guard/js-challenge/",
        Challenge,
        "DDoS-Guard",
    ),
    ("<title>DDoS-Guard</title>", Challenge, "DDoS-Guard"),
    ("check.ddos-guard.net/", Refusal, "DDoS-Guard"),
    ("sucuri_cloudproxy_js", Challenge, "Sucuri"),
    ("<title>Sucuri WebSite Firewall", Challenge, "Sucuri"),
    ("/_sec/cp_challenge/", Challenge, "Akamai"),
    ("sec-if-cpt-container", Challenge, "Akamai"),
    ("bm-verify=", Challenge, "Akamai"),
    ("Reference&#32;&#35;", Refusal, "Akamai"),
    ("Reference #", Refusal, "Akamai"),
    ("/_Incapsula_Resource?SWUDNSAI=", Challenge, "Imperva"),
    ("<title>Pardon Our Interruption", Challenge, "Imperva"),
    ("Incapsula incident ID", Refusal, "Imperva"),
    ("window.gokuProps", Challenge, "AWS WAF"),
    (".captcha-sdk.awswaf.com/", Refusal, "AWS WAF"),
    (".token.awswaf.com/", Refusal, "AWS WAF"),
    ("var dd={'rt':", Challenge, "DataDome"),
    ("captcha-delivery.com/", Refusal, "DataDome"),
    ("id=\"px-captcha\"", Challenge, "PerimeterX"),
    (
        "<title>Access to this page has been denied",
        Challenge,
        "PerimeterX",
    ),
    ("window._pxAppId", Refusal, "PerimeterX"),
    ("id=\"anubis_challenge\"", Challenge, "Anubis"),
    (
        "/.within.website/x/cmd/anubis/static/js/main",
        Challenge,
        "Anubis",
    ),
    ("url=/.well-known/sgcaptcha/", Challenge, "SiteGround"),
    ("<title>Client Challenge</title>", Challenge, "Fastly"),
    (
        "<title>Vercel Security Checkpoint</title>",
        Challenge,
        "Vercel",
    ),
    ("<title>Are you a robot", Title, "captcha"),
    ("<title>Are you human", Title, "captcha"),
    ("<title>Verify you are human", Title, "captcha"),
    ("<title>Human Verification", Title, "captcha"),
    ("<title>Security Check", Title, "captcha"),
    ("<title>Robot Check", Title, "captcha"),
    ("<title>Checking your browser", Title, "captcha"),
    ("<title>Vérification de sécurité", Title, "captcha"),
    ("<title>Captcha", Title, "captcha"),
    ("g-recaptcha", Captcha, "captcha"),
    ("h-captcha", Captcha, "captcha"),
    ("cf-turnstile", Captcha, "captcha"),
    ("frc-captcha", Captcha, "captcha"),
];

/// One pass for all marks, by vector instructions: gigabytes a second. None on processors that have none.
static QUICK: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(marks()));
/// The same for those.
static PLAIN: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(marks()).ok());

fn marks() -> impl Iterator<Item = &'static str> {
    MARKS.iter().map(|(mark, _, _)| *mark)
}

/// The marks of a page, in its order.
fn found(page: &[u8]) -> Box<dyn Iterator<Item = Match> + '_> {
    if let Some(quick) = &*QUICK {
        return Box::new(quick.find_iter(page));
    }
    let plain = PLAIN.iter().flat_map(move |plain| plain.find_iter(page));
    Box::new(plain)
}

/// Whose challenge an answer is, if it is one.
pub(crate) fn guard(
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> Option<&'static str> {
    let header = |name: &str| headers.iter().find(|(key, _)| key == name);
    let said = HEADERS.iter().find(|(name, _)| header(name).is_some());
    if let Some((_, guard)) = said {
        return Some(guard);
    }
    let refusal = matches!(status, 401 | 403 | 405 | 406 | 429 | 503);
    if refusal && header("x-datadome").is_some() {
        return Some("DataDome");
    }
    let kind = header("content-type").map(|(_, value)| value.as_str());
    if !refusal && (body.len() >= LOOKED_AT || !is_html(kind, body)) {
        return None;
    }
    marked(body.get(..LOOKED_AT).unwrap_or(body), refusal)
}

fn marked(page: &[u8], refusal: bool) -> Option<&'static str> {
    let (mut title, mut captcha) = (false, false);
    for found in found(page) {
        let (mark, tells, guard) = MARKS.get(found.pattern().as_usize())?;
        let counts = refusal || mark.starts_with('<') || is_markup(page, found.start());
        match tells {
            Challenge if counts => return Some(guard),
            Refusal | Title | Captcha if refusal => return Some(guard),
            Title => title = true,
            Captcha => captcha |= counts,
            Challenge | Refusal => {}
        }
        if title && captcha {
            return Some(guard);
        }
    }
    None
}

/// Whether a page is HTML: as stated, else as it begins.
fn is_html(stated: Option<&str>, body: &[u8]) -> bool {
    let begins = || body.trim_ascii_start().first() == Some(&b'<');
    stated.map_or_else(begins, |kind| kind.to_ascii_lowercase().contains("html"))
}

/// Whether a place is within a tag or a script, as opposed to text and to data in a script's clothes.
fn is_markup(page: &[u8], at: usize) -> bool {
    let before = page.get(..at).unwrap_or_default();
    let last = |byte: u8| memchr::memrchr(byte, before);
    if last(b'<') > last(b'>') {
        return true;
    }
    let opened = memchr::memmem::rfind(before, b"<script");
    let closed = memchr::memmem::rfind(before, b"</script");
    let Some(script) = opened.filter(|_| opened > closed) else {
        return false;
    };
    let tag = before.get(script..).unwrap_or_default();
    let end = memchr::memchr(b'>', tag).unwrap_or(tag.len());
    memchr::memmem::find(tag.get(..end).unwrap_or_default(), b"json").is_none()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LOOKED_AT, MARKS, PLAIN, found, guard};

    fn on(status: u16, page: &str) -> Option<&'static str> {
        guard(status, &[], page.as_bytes())
    }

    #[test]
    fn a_guard_is_recognised_by_its_own_page_on_success_and_on_refusal() {
        for (page, whose) in [
            ("<title>Just a moment...</title>", "Cloudflare"),
            (
                "<html><script>window._cf_chl_opt={cvId:'3'}</script>",
                "Cloudflare",
            ),
            (
                "<script src=\"/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1\">",
                "Cloudflare",
            ),
            ("<title>DDoS-Guard</title>", "DDoS-Guard"),
            ("<script>sucuri_cloudproxy_js='';S='…'</script>", "Sucuri"),
            ("<div id=\"sec-if-cpt-container\">", "Akamai"),
            (
                "<iframe src=\"/_Incapsula_Resource?SWUDNSAI=31&xinfo=1\">",
                "Imperva",
            ),
            (
                "<script>window.gokuProps = {\"key\":\"x\"}</script>",
                "AWS WAF",
            ),
            ("<script>var dd={'rt':'c','cid':'x'}</script>", "DataDome"),
            ("<div id=\"px-captcha\"></div>", "PerimeterX"),
            (
                "<script id=\"anubis_challenge\" type=\"application/json\">{}",
                "Anubis",
            ),
            (
                "<meta http-equiv=\"refresh\" content=\"0;url=/.well-known/sgcaptcha/?r=x\">",
                "SiteGround",
            ),
            (
                "<title>Security Check</title><div class=\"g-recaptcha\">",
                "captcha",
            ),
        ] {
            assert_eq!(on(200, page), Some(whose), "{page}");
            assert_eq!(on(403, page), Some(whose), "{page}");
        }
        assert_eq!(
            on(403, "<H1>Access Denied</H1> Reference&#32;&#35;18.1"),
            Some("Akamai")
        );
        assert_eq!(
            on(
                429,
                "{\"url\":\"https://geo.captcha-delivery.com/captcha/\"}"
            ),
            Some("DataDome")
        );
    }

    #[test]
    fn a_guard_that_says_so_in_a_header_is_believed() {
        for name in ["cf-mitigated", "x-amzn-waf-action", "x-vercel-mitigated"] {
            let headers = [(name.to_owned(), "challenge".to_owned())];
            assert!(guard(202, &headers, b"").is_some(), "{name}");
        }
        let protected = [("x-datadome".to_owned(), "protected".to_owned())];
        assert_eq!(guard(200, &protected, b"<p>a"), None);
        assert_eq!(guard(403, &protected, b""), Some("DataDome"));
    }

    #[test]
    fn pages_that_embed_or_discuss_a_guard_are_ordinary() {
        for page in [
            "<title>Contact</title><form><div class=\"g-recaptcha\"></div></form>",
            "<title>Security Check of our code</title><p>g-recaptcha is a class name",
            "<script src=\"/cdn-cgi/challenge-platform/scripts/jsd/main.js\"></script>",
            "<script src=\"/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e\"></script>",
            "<script>window._pxAppId = 'PX'</script>",
            "<pre>window._cf_chl_opt = {}</pre>",
            "<script type=\"application/json\">{\"text\":\"window.gokuProps\"}</script>",
            "<p>Reference #18, Incapsula incident ID</p>",
            "{\"html\": \"<title>Just a moment...</title>\"}",
        ] {
            assert_eq!(on(200, page), None, "{page}");
        }
        let long = format!("<title>Just a moment...</title>{}", " ".repeat(LOOKED_AT));
        assert_eq!(on(200, &long), None);
        assert_eq!(on(503, "<h1>Maintenance</h1>"), None);
        assert_eq!(on(404, "<p>Reference #3</p>"), None);
    }

    #[test]
    fn every_mark_is_found_with_and_without_vector_instructions() {
        let plain = PLAIN.as_ref().expect("it is built");
        for (number, (mark, _, _)) in MARKS.iter().enumerate() {
            let page = format!("<p>{mark}");
            let first = found(page.as_bytes())
                .next()
                .map(|found| found.pattern().as_usize());
            assert_eq!(first, Some(number), "{mark}");
            let first = plain.find(&page).map(|found| found.pattern().as_usize());
            assert_eq!(first, Some(number), "{mark}");
        }
    }

    /// Real pages, where they are beside the repository; says so where they are not.
    #[test]
    fn no_real_page_is_taken_for_a_challenge() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        let pages = crate::testing::pages(&root);
        for (name, page) in &pages {
            assert_eq!(guard(200, &[], page), None, "{name}");
        }
        println!("{} real pages looked at", pages.len());
    }
}
