//! Languages: BCP 47 tags in lower case, and the names of those that listings of the subject use.

use crate::fold::fold;

/// Two-letter codes of ISO 639-1 that are accepted as they are.
const CODES: &str = "af ar be bg bn br bs ca co cs cy da de el en eo es et eu fa fi fo fr fy ga gd gl gu he hi hr ht hu hy \
    id is it ja ka kk km ko ku la lb lt lv mg mi mk mn ms mt my nb ne nl nn no oc pa pl ps pt qu rm ro ru sc sk sl \
    so sq sr sv sw ta te th ti tr uk ur uz vi wo xh yi yo zh zu";

/// Tag, and folded names: French, English, its own, and three-letter codes.
const NAMES: &[(&str, &str)] = &[
    ("ar", "arabe|arabic|ara"),
    ("bg", "bulgare|bulgarian|bul"),
    ("br", "breton|brezhoneg|bre"),
    ("ca", "catalan|catala|cat"),
    ("co", "corse|corsican|corsu|cos"),
    ("cs", "tcheque|czech|cestina|ces|cze"),
    ("da", "danois|danish|dansk|dan"),
    (
        "de",
        "allemand|german|deutsch|aleman|tedesco|alemao|deu|ger",
    ),
    ("el", "grec|greek|ell|gre"),
    ("en", "anglais|english|ingles|inglese|englisch|eng"),
    ("eo", "esperanto|epo"),
    (
        "es",
        "espagnol|spanish|espanol|castellano|spanisch|spagnolo|espanhol|spa",
    ),
    ("et", "estonien|estonian|eesti|est"),
    ("eu", "basque|euskara|eus|baq"),
    ("fi", "finnois|finnish|suomi|fin"),
    ("fr", "francais|french|frances|francese|franzosisch|fra|fre"),
    ("ga", "irlandais|irish|gaeilge|gle"),
    ("gl", "galicien|galician|galego|glg"),
    ("hr", "croate|croatian|hrvatski|hrv"),
    ("hu", "hongrois|hungarian|magyar|hun"),
    ("it", "italien|italian|italiano|italienisch|ita"),
    ("lb", "luxembourgeois|luxembourgish|letzebuergesch|ltz"),
    ("lt", "lituanien|lithuanian|lietuviu|lit"),
    ("lv", "letton|latvian|latviesu|lav"),
    ("mt", "maltais|maltese|malti|mlt"),
    ("nl", "neerlandais|dutch|nederlands|nld|dut"),
    ("no", "norvegien|norwegian|norsk|nor"),
    ("oc", "occitan|oci"),
    ("pl", "polonais|polish|polski|pol"),
    (
        "pt",
        "portugais|portuguese|portugues|portoghese|portugiesisch|por",
    ),
    ("ro", "roumain|romanian|romana|ron|rum"),
    ("ru", "russe|russian|rus"),
    ("sk", "slovaque|slovak|slovencina|slk|slo"),
    ("sl", "slovene|slovenian|slovenscina|slv"),
    ("sv", "suedois|swedish|svenska|swe"),
    ("tr", "turc|turkish|turkce|tur"),
    ("uk", "ukrainien|ukrainian|ukr"),
    ("zh", "chinois|chinese|zho|chi"),
    ("fsl", "langue des signes francaise|lsf"),
];

/// The tag of a tag or name.
pub(crate) fn tag(text: &str) -> Option<String> {
    let word = fold(text).replace('_', "-");
    if let Some((tag, _)) = NAMES
        .iter()
        .find(|(tag, names)| *tag == word || names.split('|').any(|name| name == word))
    {
        return Some((*tag).to_owned());
    }
    let mut parts = word.split('-');
    let language = parts.next()?;
    let known = CODES.split_whitespace().any(|code| code == language);
    let subtags = parts.all(|part| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    (known && subtags).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::{NAMES, tag};
    use crate::fold::fold;

    #[test]
    fn names_and_tags_become_tags() {
        for (raw, expected) in [
            ("Français", "fr"),
            ("fr-FR", "fr-fr"),
            ("pt_BR", "pt-br"),
            ("ENG", "en"),
            ("lsf", "fsl"),
        ] {
            assert_eq!(tag(raw).as_deref(), Some(expected));
        }
        assert_eq!(tag("volapuk moderne"), None);
        assert_eq!(tag("xx"), None);
    }

    #[test]
    fn names_are_folded() {
        for (_, names) in NAMES {
            assert!(names.split('|').all(|name| fold(name) == name));
        }
    }
}
