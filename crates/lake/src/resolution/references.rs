//! References followed: a record key of the same source, or a type, name and website, become an identifier.
//!
//! A reference by name is compared by the very rules that compare statements, but never joins two of them: it points
//! to exactly one entity, or stays open. An open end of a relation makes the relation a reject; elsewhere the column
//! stays empty and an issue says so.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::{
    Column, Entity, EntityId, Issue, Kind, Member, Reference, Reject, Schema, Stage,
};
use moisson_resolve::{Features, Rules, Zone};
use serde_json::Value;

use super::pairs::Index;
use crate::StoredEntity;

/// What one kind came to: features and keys of its statements, and the entity of each.
struct Known {
    features: Vec<Features>,
    index: Index,
    ids: Vec<EntityId>,
}

/// Follows references, and remembers those by name that it has followed.
pub(crate) struct Linker<'a> {
    rules: &'a Rules,
    base_iri: &'a str,
    members: BTreeMap<Member, EntityId>,
    known: BTreeMap<Kind, Known>,
    followed: BTreeMap<Reference, Result<EntityId, &'static str>>,
}

impl<'a> Linker<'a> {
    pub(crate) fn new(rules: &'a Rules, base_iri: &'a str) -> Self {
        let (members, known, followed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self {
            rules,
            base_iri,
            members,
            known,
            followed,
        }
    }

    /// Learns the entities of a kind.
    pub(crate) fn learn(
        &mut self,
        kind: Kind,
        features: &[Features],
        index: Index,
        sets: &[Vec<usize>],
        ids: &[EntityId],
        entities: &[&Entity],
    ) {
        let mut of_statement: Vec<Option<EntityId>> = vec![None; features.len()];
        for (set, id) in sets.iter().zip(ids) {
            for at in set {
                of_statement[*at] = Some(id.clone());
                self.members.insert(entities[*at].member(), id.clone());
            }
        }
        let ids = of_statement.into_iter().flatten().collect();
        self.known.insert(
            kind,
            Known {
                features: features.to_vec(),
                index,
                ids,
            },
        );
    }

    /// Puts identifiers in place of the references of one statement that can be followed already; the others stay,
    /// to be compared by name.
    pub(crate) fn link_known(&mut self, schema: &Schema, entity: &mut Entity) {
        for column in schema
            .columns
            .iter()
            .filter(|column| column.reference.is_some())
        {
            self.link_column(column, entity, false);
        }
    }

    /// Puts identifiers in place of all references, in every statement.
    pub(crate) fn link(
        &mut self,
        schemas: &BTreeMap<Kind, Schema>,
        statements: Vec<StoredEntity>,
        rejects: &mut Vec<Reject>,
        issues: &mut Vec<Issue>,
    ) -> Vec<StoredEntity> {
        let mut linked = Vec::with_capacity(statements.len());
        for mut statement in statements {
            let Some(schema) = schemas.get(&statement.entity.kind) else {
                continue;
            };
            let mut open = Vec::new();
            for column in schema
                .columns
                .iter()
                .filter(|column| column.reference.is_some())
            {
                open.extend(self.link_column(column, &mut statement.entity, true));
            }
            let whole = open.iter().all(|open| !open.required);
            let entity = &statement.entity;
            issues.extend(
                open.iter()
                    .filter(|open| !open.required)
                    .map(|open| open.issue(entity)),
            );
            rejects.extend(
                open.iter()
                    .filter(|open| open.required)
                    .map(|open| open.reject(entity)),
            );
            if whole {
                linked.push(statement);
            }
        }
        linked
    }

    /// What stays open is what the last pass gives up; an earlier one leaves it as it is.
    fn link_column(&mut self, column: &Column, entity: &mut Entity, last: bool) -> Vec<Open> {
        let Some(value) = entity.columns.remove(&column.name) else {
            return Vec::new();
        };
        let stated = if let Value::Array(items) = value {
            items
        } else {
            vec![value]
        };
        let mut open = Vec::new();
        let mut found: Vec<Value> = Vec::new();
        for value in stated {
            let Some(reference) = Reference::from_value(&value) else {
                found.push(value);
                continue;
            };
            match self.follow(entity, &reference) {
                Ok(id) => found.push(Value::String(id.iri(self.base_iri))),
                Err(_) if !last => found.push(value),
                Err(why) => {
                    let (column, required) = (column.name.clone(), column.required);
                    open.push(Open {
                        column,
                        required,
                        why,
                        reference,
                    });
                }
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|value| seen.insert(value.to_string()));
        if column.list && !found.is_empty() {
            entity
                .columns
                .insert(column.name.clone(), Value::Array(found));
        } else if let Some(value) = found.into_iter().next() {
            entity.columns.insert(column.name.clone(), value);
        }
        open
    }

    fn follow(&mut self, entity: &Entity, reference: &Reference) -> Result<EntityId, &'static str> {
        if let Some(key) = &reference.record {
            let member = Member {
                kind: reference.kind,
                source: entity.source.clone(),
                key: key.clone(),
            };
            return self
                .members
                .get(&member)
                .cloned()
                .ok_or("no record of this source has that key");
        }
        if !self.known.contains_key(&reference.kind) {
            return Err("nothing of this type is known");
        }
        if let Some(followed) = self.followed.get(reference) {
            return followed.clone();
        }
        let found = self.search(reference);
        self.followed.insert(reference.clone(), found.clone());
        found
    }

    fn search(&self, reference: &Reference) -> Result<EntityId, &'static str> {
        let known = self
            .known
            .get(&reference.kind)
            .ok_or("nothing of this type is known")?;
        let features = moisson_resolve::reference_features(self.rules, reference);
        let mut ids = BTreeSet::new();
        for at in known.index.sharing(&features) {
            let compared = moisson_resolve::compare(self.rules, &features, &known.features[at]);
            if compared.zone == Zone::Same {
                ids.insert(&known.ids[at]);
            }
        }
        let mut ids = ids.into_iter();
        match (ids.next(), ids.next()) {
            (Some(id), None) => Ok(id.clone()),
            (Some(_), Some(_)) => Err("several entities could be meant"),
            (None, _) => Err("no entity has this name and website"),
        }
    }
}

/// A reference that led nowhere.
struct Open {
    column: String,
    required: bool,
    why: &'static str,
    reference: Reference,
}

impl Open {
    fn message(&self) -> String {
        format!(
            "the {} in `{}` is not resolved: {}",
            self.reference.kind, self.column, self.why
        )
    }

    fn issue(&self, entity: &Entity) -> Issue {
        Issue::warning(Stage::Resolve, "unresolved-reference", self.message())
            .in_source(&entity.source)
            .in_record(entity.key.as_str())
            .at(format!("/{}", self.column))
    }

    fn reject(&self, entity: &Entity) -> Reject {
        Reject {
            source: entity.source.clone(),
            kind: entity.kind,
            key: Some(entity.key.clone()),
            pointer: format!("/{}", self.column),
            code: "unresolved-reference".to_owned(),
            message: self.message(),
            raw: self.reference.to_value(),
        }
    }
}
