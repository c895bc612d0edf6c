//! The schemas and vocabularies of this project, and a source and a capture as the stages expect them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{
    Capture, Change, Kind, Label, Licence, Publisher, Redistribution, Role, Schema, Source,
    SourceId, Vocabularies, Vocabulary,
};

const SCHEMAS: [&str; 6] = [
    include_str!("../../../schemas/v1/actor.schema.json"),
    include_str!("../../../schemas/v1/event.schema.json"),
    include_str!("../../../schemas/v1/programme.schema.json"),
    include_str!("../../../schemas/v1/relation.schema.json"),
    include_str!("../../../schemas/v1/place.schema.json"),
    include_str!("../../../schemas/v1/document.schema.json"),
];

/// Those that the measured mapping reaches.
const VOCABULARIES: [&str; 3] = [
    include_str!("../../../schemas/v1/vocabularies/actor-kinds.json"),
    include_str!("../../../schemas/v1/vocabularies/families.json"),
    include_str!("../../../schemas/v1/vocabularies/legal-forms.json"),
];

/// The schemas by kind.
pub(crate) fn schemas() -> Result<BTreeMap<Kind, Schema>> {
    let read = |text: &&str| Ok(Schema::from_json(text).map(|schema| (schema.kind, schema))?);
    SCHEMAS.iter().map(read).collect()
}

/// The vocabularies by scheme.
pub(crate) fn vocabularies() -> Result<Vocabularies> {
    let read = |text: &&str| {
        let vocabulary = Vocabulary::from_json(text)?;
        Ok((vocabulary.scheme.clone(), vocabulary))
    };
    VOCABULARIES.iter().map(read).collect()
}

/// A French source.
pub(crate) fn source(slug: &str) -> Result<Source> {
    let text = "Mesure".to_owned();
    Ok(Source {
        id: SourceId::new(slug).with_context(|| format!("`{slug}` is no slug"))?,
        title: label("Mesure"),
        homepage: None,
        publisher: publisher(),
        licence: Licence {
            id: "etalab-2.0".to_owned(),
            redistribution: Redistribution::Open,
            attribution: text,
            evidence: None,
            checked: None,
        },
        language: "fr".to_owned(),
        timezone: "Europe/Paris".to_owned(),
    })
}

/// Who publishes what is generated.
pub(crate) fn publisher() -> Publisher {
    Publisher {
        name: "Mesure".to_owned(),
        url: None,
        official: false,
        email: None,
    }
}

/// The same text in both languages.
pub(crate) fn label(text: &str) -> Label {
    Label {
        fr: text.to_owned(),
        en: text.to_owned(),
    }
}

/// A response of the site of generated pages.
pub(crate) fn capture(path: &str, content_type: &str, body: Vec<u8>) -> Capture {
    let url = format!("https://agenda.example/{path}");
    Capture {
        final_url: url.clone(),
        url,
        fetched_at: Timestamp::UNIX_EPOCH,
        status: 200,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: Bytes::from(body),
        role: Role::Listing,
        change: Change::New,
    }
}
