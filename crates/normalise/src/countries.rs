//! Countries: names in six languages, folded, and codes, to ISO 3166-1 alpha-2.
//!
//! Every code of the standard is known; names only of Europe and of the countries that listings of the subject
//! name. A country that is not known is an issue, and one line here.

use crate::fold::fold;

/// All codes of the standard, the one in use for Kosovo, and `EU`.
const CODES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO \
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM \
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW EU";

/// Code, and folded names in French, English, German, Spanish, Italian, Portuguese, with the three-letter code.
const NAMES: &[(&str, &str)] = &[
    ("AD", "andorre|andorra|and"),
    ("AL", "albanie|albania|albanien|alb"),
    ("AT", "autriche|austria|osterreich|aut"),
    (
        "BA",
        "bosnie-herzegovine|bosnia and herzegovina|bosnien und herzegowina|bosnia y herzegovina|bosnia ed erzegovina|bosnia-herzegovina|bih",
    ),
    ("BE", "belgique|belgium|belgien|belgica|belgio|bel"),
    ("BG", "bulgarie|bulgaria|bulgarien|bgr"),
    (
        "BY",
        "bielorussie|belarus|bielorrusia|bielorussia|bielorrussia|blr",
    ),
    ("CH", "suisse|switzerland|schweiz|suiza|svizzera|suica|che"),
    ("CY", "chypre|cyprus|zypern|chipre|cipro|cyp"),
    (
        "CZ",
        "republique tcheque|czech republic|czechia|tschechische republik|tschechien|republica checa|repubblica ceca|chequia|cze",
    ),
    (
        "DE",
        "allemagne|germany|deutschland|alemania|germania|alemanha|deu",
    ),
    ("DK", "danemark|denmark|dinamarca|danimarca|dnk"),
    ("EE", "estonie|estonia|estland|est"),
    ("ES", "espagne|spain|spanien|espana|spagna|espanha|esp"),
    ("FI", "finlande|finland|finnland|finlandia|fin"),
    (
        "FR",
        "france|frankreich|francia|franca|republique francaise|france metropolitaine|fra",
    ),
    (
        "GB",
        "royaume-uni|united kingdom|uk|great britain|vereinigtes konigreich|grossbritannien|reino unido|regno unito|grande-bretagne|angleterre|england|ecosse|scotland|pays de galles|wales|gbr",
    ),
    ("GE", "georgie|georgia|georgien|geo"),
    ("GR", "grece|greece|griechenland|grecia|el|grc"),
    ("HR", "croatie|croatia|kroatien|croacia|croazia|hrv"),
    ("HU", "hongrie|hungary|ungarn|hungria|ungheria|hun"),
    ("IE", "irlande|ireland|irland|irlanda|irl"),
    ("IS", "islande|iceland|island|islandia|islanda|isl"),
    ("IT", "italie|italy|italien|italia|ita"),
    ("LI", "liechtenstein|lie"),
    ("LT", "lituanie|lithuania|litauen|lituania|ltu"),
    ("LU", "luxembourg|luxemburg|luxemburgo|lussemburgo|lux"),
    ("LV", "lettonie|latvia|lettland|letonia|lettonia|lva"),
    ("MC", "monaco|mco"),
    ("MD", "moldavie|moldawien|moldavia|mda"),
    ("ME", "montenegro|mne"),
    (
        "MK",
        "macedoine du nord|the republic of north macedonia|north macedonia|nordmazedonien|macedonia del norte|macedonia del nord|macedonia do norte|mkd",
    ),
    ("MT", "malte|malta|mlt"),
    (
        "NL",
        "pays-bas|netherlands|the netherlands|niederlande|paises bajos|paesi bassi|paises baixos|holland|hollande|holanda|olanda|nld",
    ),
    ("NO", "norvege|norway|norwegen|noruega|norvegia|nor"),
    ("PL", "pologne|poland|polen|polonia|pol"),
    ("PT", "portugal|portogallo|prt"),
    ("RO", "roumanie|romania|rumanien|rumania|romenia|rou"),
    ("RS", "serbie|serbia|serbien|servia|srb"),
    (
        "RU",
        "russie|russian federation|russia|russische foderation|russland|rusia|rus",
    ),
    ("SE", "suede|sweden|schweden|suecia|svezia|swe"),
    ("SI", "slovenie|slovenia|slowenien|eslovenia|svn"),
    (
        "SK",
        "slovaquie|slovakia|slowakei|eslovaquia|slovacchia|svk",
    ),
    ("SM", "saint-marin|san marino|smr"),
    ("TR", "turquie|turkiye|turkey|turkei|turquia|turchia|tur"),
    ("UA", "ukraine|ucrania|ucraina|ukr"),
    (
        "VA",
        "vatikanstadt|santa sede|citta del vaticano|santa se|vatican|vat",
    ),
    ("XK", "kosovo|xkk"),
    (
        "US",
        "etats-unis d'amerique|united states of america|united states|usa|u.s.a.|us|u.s.|vereinigte staaten von amerika|vereinigte staaten|estados unidos|stati uniti d'america|estados unidos da america|etats-unis|stati uniti",
    ),
    ("CA", "canada|kanada|can"),
    ("MX", "mexique|mexico|mexiko|messico|mex"),
    ("BR", "bresil|brazil|brasilien|brasil|brasile|bra"),
    ("AR", "argentine|argentina|argentinien|arg"),
    ("CL", "chili|chile|cile|chl"),
    ("CO", "colombie|colombia|kolumbien|col"),
    ("PE", "perou|peru|per"),
    ("MA", "maroc|morocco|marokko|marruecos|marocco|marrocos|mar"),
    ("DZ", "algerie|algeria|algerien|argelia|dza"),
    ("TN", "tunisie|tunisia|tunesien|tunez|tun"),
    ("EG", "egypte|egypt|agypten|egipto|egitto|egito|egy"),
    ("SN", "senegal|sen"),
    (
        "CI",
        "cote-d'ivoire|cote d'ivoire|ivory coast|elfenbeinkuste|costa de marfil|costa d'avorio|costa do marfim|civ",
    ),
    ("CM", "cameroun|cameroon|kamerun|camerun|camaroes|cmr"),
    ("ML", "mali|mli"),
    ("BF", "burkina faso|bfa"),
    ("BJ", "benin|benim|ben"),
    ("TG", "togo|tgo"),
    ("NE", "niger|ner"),
    (
        "CD",
        "republique democratique du congo|democratic republic of the congo|congo|kongo|repubblica democratica del congo|republica popular do congo|rdc|cod",
    ),
    (
        "CG",
        "republique du congo|republic of the congo|republik kongo|repubblica del congo|republica democratica do congo|cog",
    ),
    ("GA", "gabon|gabun|gabao|gab"),
    ("MG", "madagascar|madagaskar|mdg"),
    ("RW", "rwanda|ruanda|rwa"),
    (
        "ZA",
        "afrique du sud|south africa|sudafrika|sudafrica|africa do sul|zaf",
    ),
    ("NG", "nigeria|nga"),
    ("KE", "kenya|kenia|quenia|ken"),
    ("IN", "inde|india|indien|ind"),
    ("CN", "chine|people's republic of china|china|cina|chn"),
    ("JP", "japon|japan|giappone|japao|jpn"),
    (
        "KR",
        "coree du sud|south korea|republic of korea|sudkorea|republica de corea|corea del sud|coreia do sul|kor",
    ),
    ("TW", "taiwan|repubblica di cina|twn"),
    ("AU", "australie|australia|australien|aus"),
    (
        "NZ",
        "nouvelle-zelande|new zealand|neuseeland|nueva zelanda|nuova zelanda|nova zelandia|nzl",
    ),
    ("IL", "israel|israele|isr"),
    ("LB", "liban|lebanon|libanon|libano|lbn"),
    ("HT", "haiti|hti"),
    (
        "EU",
        "union europeenne|europe|european union|europaische union|union europea|unione europea|uniao europeia|ue",
    ),
];

/// The code of a name or code.
pub(crate) fn code(text: &str) -> Option<&'static str> {
    let word = fold(text);
    let code = match word.as_str() {
        "uk" => "GB".to_owned(),
        "el" => "GR".to_owned(),
        _ => word.to_uppercase(),
    };
    if code.len() == 2
        && let Some(known) = CODES.split_whitespace().find(|known| *known == code)
    {
        return Some(known);
    }
    NAMES
        .iter()
        .find(|(_, names)| names.split('|').any(|name| name == word))
        .map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{NAMES, code};
    use crate::fold::fold;

    #[test]
    fn names_are_folded_and_mean_one_country() {
        let mut seen = BTreeMap::new();
        for (country, names) in NAMES {
            assert_eq!(code(country), Some(*country));
            for name in names.split('|') {
                assert_eq!(fold(name), name);
                assert_eq!(seen.insert(name, country), None, "{name}");
            }
        }
    }
}
