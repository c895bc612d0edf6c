//! The `[extract]` table of a source: which format, where the records are, which fields they have.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Format;

/// The `[extract]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The format of the listing.
    pub format: Format,
    /// Where the records are: a CSS selector, a JSON pointer, or JSON-LD types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Records>,
    /// The fields of a record, in the order of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Ordered<Field>>,
    /// What is read in the page of one record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// The dialect of a CSV, where it must be stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<Csv>,
}

/// The `[extract.detail]` table: the page of one record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// The record field that holds the absolute address of its detail page.
    pub link: String,
    /// The fields, as in `fields`. The page is JSON where the listing is, else HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Ordered<Field>>,
}

/// The `[extract.csv]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Csv {
    /// One ASCII character; found in the file if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// A label of the Encoding Standard; found in the file if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

/// Where the records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Records {
    /// A CSS selector or a JSON pointer.
    One(String),
    /// JSON-LD types; none = every object.
    Types(Vec<String>),
}

/// How a field is read: `"h2@title"`, or a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// `selector@attribute`, or a JSON pointer.
    Short(String),
    /// With options.
    Table(FieldTable),
}

/// A field with options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FieldTable {
    /// CSS selector (with or without `@attribute`) or JSON pointer; absent = the record itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<String>,
    /// The attribute to read; absent = text. HTML only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attr: Option<String>,
    /// A list of every match, instead of the first.
    #[serde(default)]
    pub all: bool,
    /// A regular expression on the value: its first group, or the whole match where it has none. A value
    /// without a match is passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

impl Field {
    /// The field as a table.
    pub fn table(&self) -> FieldTable {
        match self {
            Self::Short(select) => FieldTable {
                select: Some(select.clone()),
                ..FieldTable::default()
            },
            Self::Table(table) => table.clone(),
        }
    }
}

/// A table in the order of its file, which is the order of the fields in every record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered<V>(pub Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Table<V> {
            type Value = Ordered<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Table(PhantomData))
    }
}

impl<V: Serialize> Serialize for Ordered<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Place;
        impl<'de> Visitor<'de> for Place {
            type Value = Records;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a selector, a JSON pointer or a list of types")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Records, E> {
                Ok(Records::One(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Records, A::Error> {
                let mut types = Vec::new();
                while let Some(name) = seq.next_element()? {
                    types.push(name);
                }
                Ok(Records::Types(types))
            }
        }
        deserializer.deserialize_any(Place)
    }
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(text) => text.serialize(serializer),
            Self::Types(types) => types.serialize(serializer),
        }
    }
}

// By hand rather than `untagged`, whose errors name no key.
impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Field;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a selector, a JSON pointer or a table")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Field, E> {
                Ok(Field::Short(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                FieldTable::deserialize(MapAccessDeserializer::new(map)).map(Field::Table)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Short(text) => text.serialize(serializer),
            Self::Table(table) => table.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Records, Spec};

    #[test]
    fn the_table_of_a_page_is_read() {
        let spec: Spec = toml::from_str(
            "format = 'html'\nrecords = 'li'\n[fields]\nnom = 'h2'\ntags = { select = '.tag', all = true }\n\
             [detail]\nlink = 'lien'\nfields = { site = 'a@href' }",
        )
        .unwrap();
        assert_eq!(spec.records, Some(Records::One("li".to_owned())));
        let fields = spec.fields.unwrap().0;
        assert!(fields.contains(&("nom".to_owned(), Field::Short("h2".to_owned()))));
        assert!(fields.iter().any(|(_, field)| field.table().all));
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let error = toml::from_str::<Spec>("format = 'html'\n[fields]\na = { selct = 'b' }");
        assert!(error.unwrap_err().to_string().contains("selct"));
        let error = toml::from_str::<Spec>("format = 'html'\nrecord = 'b'");
        assert!(error.unwrap_err().to_string().contains("record"));
        let error = toml::from_str::<Spec>("format = 'word'");
        assert!(error.unwrap_err().to_string().contains("word"));
    }
}
