//! Licences as IRIs: what `dct:license` points to for an SPDX identifier.

/// The IRI of a licence: its own page for those that open data is under, the SPDX page for the others.
pub fn licence_iri(spdx: &str) -> String {
    let known = match spdx {
        "etalab-2.0" => "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        "CC0-1.0" => "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC-BY-4.0" => "https://creativecommons.org/licenses/by/4.0/",
        "CC-BY-SA-4.0" => "https://creativecommons.org/licenses/by-sa/4.0/",
        "ODbL-1.0" => "https://opendatacommons.org/licenses/odbl/1-0/",
        "ODC-By-1.0" => "https://opendatacommons.org/licenses/by/1-0/",
        "PDDL-1.0" => "https://opendatacommons.org/licenses/pddl/1-0/",
        _ => return format!("https://spdx.org/licenses/{spdx}"),
    };
    known.to_owned()
}

/// The name of a licence, for readers; the SPDX identifier where there is no better one.
pub(crate) fn licence_name(spdx: &str) -> &str {
    match spdx {
        "etalab-2.0" => "Licence Ouverte 2.0",
        "CC0-1.0" => "Creative Commons Zero 1.0",
        "CC-BY-4.0" => "Creative Commons Attribution 4.0",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::licence_iri;

    #[test]
    fn an_identifier_becomes_the_page_of_its_licence() {
        assert_eq!(
            licence_iri("etalab-2.0"),
            "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
        );
        assert_eq!(licence_iri("MIT"), "https://spdx.org/licenses/MIT");
    }
}
