//! The rules of a dataset: the built-in lists and what its `[resolve]` table adds, made ready for look-ups.
//!
//! They are declared, never estimated from the data: that is what makes an incremental result equal the full one.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::{Entity, SourceId};

use crate::name::fold;
use crate::{Error, Spec, words};

/// What a phrase in a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// It makes another body of the name.
    Qualifier,
    /// It is a country, a region or a town.
    Territory,
}

/// The rules of a dataset.
#[derive(Debug, Clone)]
pub struct Rules {
    prefer: Vec<SourceId>,
    hosts: BTreeSet<String>,
    common: BTreeSet<String>,
    phrases: BTreeMap<String, (String, Phrase)>,
}

impl Rules {
    /// Reads the `[resolve]` table of a dataset.
    pub fn new(spec: &Spec) -> Result<Self, Error> {
        Ok(Self {
            prefer: sources(&spec.prefer)?,
            hosts: hosts(&spec.shared_hosts)?,
            common: common(&spec.common_names)?,
            phrases: phrases(&spec.qualifiers)?,
        })
    }

    /// The rank of an entity's statement: trusted sources first, then by slug and key.
    pub(crate) fn rank<'a>(&self, entity: &'a Entity) -> (usize, &'a str, &'a str) {
        let trust = self.prefer.iter().position(|slug| *slug == entity.source);
        (
            trust.unwrap_or(self.prefer.len()),
            entity.source.as_str(),
            entity.key.as_str(),
        )
    }

    /// Whether a domain or a host serves many actors.
    pub(crate) fn is_shared(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    /// Whether a word, or a text glued of two words, is common.
    pub(crate) fn is_common(&self, glued: &str) -> bool {
        let halves = |at: usize| glued.split_at_checked(at);
        self.common.contains(glued)
            || (1..glued.len())
                .filter_map(halves)
                .any(|(head, tail)| self.common.contains(head) && self.common.contains(tail))
    }

    /// What a phrase in normal form says, with its canonical form.
    pub(crate) fn phrase(&self, phrase: &str) -> Option<(&str, Phrase)> {
        let (canonical, meaning) = self.phrases.get(phrase)?;
        Some((canonical, *meaning))
    }
}

fn sources(slugs: &[String]) -> Result<Vec<SourceId>, Error> {
    let read = |slug: &String| {
        SourceId::new(slug).ok_or_else(|| Error::Slug {
            slug: slug.to_owned(),
        })
    };
    slugs.iter().map(read).collect()
}

fn hosts(declared: &[String]) -> Result<BTreeSet<String>, Error> {
    let mut hosts: BTreeSet<String> = words::entries(words::SHARED_HOSTS)
        .map(str::to_owned)
        .collect();
    for host in declared {
        let fault = || Error::Host {
            host: host.to_owned(),
        };
        let plain = !host.contains(['/', ':', '@', ' ']) && host.contains('.');
        let ascii = url::Host::parse(host).map_err(|_| fault())?.to_string();
        if !plain {
            return Err(fault());
        }
        hosts.insert(ascii.trim_start_matches("www.").to_owned());
    }
    Ok(hosts)
}

fn common(declared: &[String]) -> Result<BTreeSet<String>, Error> {
    let mut common: BTreeSet<String> = words::entries(words::COMMON).map(str::to_owned).collect();
    for word in declared {
        common.insert(folded("common_names", word)?.replace(' ', ""));
    }
    Ok(common)
}

fn phrases(declared: &[String]) -> Result<BTreeMap<String, (String, Phrase)>, Error> {
    let mut phrases = BTreeMap::new();
    for list in [words::TERRITORIES, words::TOWNS, words::FRENCH_TOWNS] {
        for line in words::entries(list) {
            let mut variants = line.split(", ");
            let canonical = variants.next().unwrap_or(line);
            for variant in variants.chain([canonical]) {
                let meaning = (canonical.to_owned(), Phrase::Territory);
                phrases.insert(variant.to_owned(), meaning);
            }
        }
    }
    for &(canonical, variants) in words::QUALIFIERS {
        for &variant in variants {
            let meaning = (canonical.to_owned(), Phrase::Qualifier);
            phrases.insert(variant.to_owned(), meaning);
        }
    }
    for word in declared {
        let word = folded("qualifiers", word)?;
        phrases.insert(word.clone(), (word, Phrase::Qualifier));
    }
    Ok(phrases)
}

fn folded(field: &'static str, word: &str) -> Result<String, Error> {
    let tokens = fold(word);
    if tokens.is_empty() {
        return Err(Error::Word {
            field,
            word: word.to_owned(),
        });
    }
    Ok(tokens.join(" "))
}

#[cfg(test)]
mod tests {
    use super::Rules;
    use crate::Spec;

    #[test]
    fn a_host_with_a_path_is_refused_and_named() {
        let spec = Spec {
            shared_hosts: vec!["https://partage.example/".to_owned()],
            ..Spec::default()
        };
        let error = Rules::new(&spec).unwrap_err();
        assert!(error.to_string().contains("https://partage.example/"));
    }

    #[test]
    fn a_declared_common_name_is_common_glued_too() {
        let spec = Spec {
            common_names: vec!["Le Grand Bain".to_owned()],
            ..Spec::default()
        };
        let rules = Rules::new(&spec).unwrap();
        assert!(rules.is_common("grandbain") || rules.is_common("legrandbain"));
        assert!(rules.is_common("shareit"));
        assert!(!rules.is_common("tilleuls"));
    }
}
