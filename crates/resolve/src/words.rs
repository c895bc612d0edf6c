//! The built-in word lists of the rules: general words of the field, never names of actors.
//!
//! All entries are in normal form (lower case, no diacritics, words separated by one space). A dataset adds to
//! them in its `[resolve]` table.

/// Articles dropped wherever they stand.
pub(crate) const ARTICLES: &[&str] = &["le", "la", "les", "el", "the"];

/// Articles that are also words or letters of their own: dropped only as the first word.
pub(crate) const FIRST_ARTICLES: &[&str] = &["o", "a", "os", "as"];

/// Legal forms, dropped at either end of a name.
pub(crate) const LEGAL_FORMS: &[&str] = &[
    "sas", "sasu", "sarl", "eurl", "sa", "snc", "scic", "scop", "gie", "asbl", "vzw", "aisbl",
    "ivzw", "ev", "eg", "gmbh", "ggmbh", "ug", "ag", "lda", "srl", "srls", "sl", "slu", "bv", "nv",
    "cic", "inc", "ltd", "llc", "plc", "oy", "ab",
];

/// Suffixes that brands bear and drop at will.
pub(crate) const BRAND_SUFFIXES: &[&str] = &["co", "io", "fr", "eu", "coop", "cc"];

/// Words of activity: dropped only where a key or an attested alias agrees.
pub(crate) const ACTIVITY: &[&str] = &[
    "conseil",
    "conseils",
    "consulting",
    "solutions",
    "groupe",
    "group",
    "association",
    "asso",
    "services",
    "corporation",
    "company",
];

/// Ends of a glued next word, and whether the repair is sure enough to decide.
pub(crate) const GLUED_ENDS: &[(&str, bool)] = &[
    ("les", true),
    ("des", true),
    ("dans", true),
    ("ou", false),
    ("et", false),
];

/// Suffixes of ordinals: `11e`, `1er`, `2nd`.
pub(crate) const ORDINALS: &[&str] = &[
    "e", "er", "ere", "re", "eme", "nd", "nde", "th", "st", "rd", "o", "a",
];

/// Abbreviations of general nouns, spelt out before names are compared.
pub(crate) const ABBREVIATIONS: &[(&str, &str)] = &[
    ("ess", "economie sociale et solidaire"),
    ("st", "saint"),
    ("ste", "sainte"),
];

/// Words without weight in titles and in acronyms.
pub(crate) const STOP_WORDS: &[&str] = &[
    "de", "du", "des", "d", "l", "et", "en", "a", "au", "aux", "un", "une", "pour", "par", "sur",
    "dans", "s", "of", "and", "for", "in", "on", "at", "to", "da", "do", "das", "dos", "e", "y",
    "und", "der", "die",
];

/// Words between a name and its town.
pub(crate) const LINKS: &[&str] = &[
    "de", "du", "d", "a", "au", "en", "of", "in", "em", "da", "do", "sur",
];

/// Words of a part of an event: an opening is not its week.
pub(crate) const PARTS: &[&str] = &[
    "ouverture",
    "opening",
    "abertura",
    "lancement",
    "launch",
    "inauguration",
    "cloture",
    "closing",
    "encerramento",
    "ceremonie",
    "ceremony",
    "soiree",
];

/// Types of event that are one whole: a series, its edition and the type name it.
pub(crate) const WHOLE_TYPES: &[&str] = &[
    "week",
    "month",
    "summit",
    "series",
    "award",
    "hackathon",
    "exhibition",
];

/// Kinds of programme that say little: they agree with any other.
pub(crate) const VAGUE_PROGRAMMES: &[&str] = &["programme", "initiative", "project", "offer"];

/// Names of places that many towns have.
pub(crate) const GENERIC_PLACES: &str = include_str!("../data/generic-places.txt");

/// Common words as names: such a name needs a key.
pub(crate) const COMMON: &str = include_str!("../data/common-words.txt");

/// Words that make another body of a name: canonical form, variants.
pub(crate) const QUALIFIERS: &[(&str, &[&str])] = &[
    ("europe", &["europe", "europa", "eu", "ue"]),
    (
        "international",
        &[
            "international",
            "internationale",
            "internacional",
            "worldwide",
            "global",
            "world",
        ],
    ),
    (
        "fondation",
        &[
            "fondation",
            "foundation",
            "fundacao",
            "fundacion",
            "fondazione",
            "stiftung",
        ],
    ),
    ("fonds", &["fonds", "fund", "fundo"]),
    ("connect", &["connect"]),
    ("start", &["start"]),
    ("prod", &["prod", "production", "productions"]),
    ("lab", &["lab", "labs"]),
    ("journal", &["journal"]),
    ("pro", &["pro"]),
];

/// Countries and regions: canonical form, variants.
pub(crate) const TERRITORIES: &str = include_str!("../data/territories.txt");

/// Towns: canonical form, variants. A town's name in an entity's own address is known without this list.
pub(crate) const TOWNS: &str = include_str!("../data/towns.txt");

/// Towns of France whose name is a qualifier, all with one spelling.
pub(crate) const FRENCH_TOWNS: &str = include_str!("../data/french-towns.txt");

/// Hosts that many actors share.
pub(crate) const SHARED_HOSTS: &str = include_str!("../data/shared-hosts.txt");

/// The entries of a list in a file: lines, comments left out.
pub(crate) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}
