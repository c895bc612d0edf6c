//! From the statements of all sources to entities: which are the same, under which identifier, linked to which.
//!
//! Sets are moved here: keys sorted, blocks read, components joined, references followed. What a key is, how two
//! statements compare, where a component splits and how an identifier is made are functions of `resolve`, called
//! one, two or a few statements at a time.

mod components;
mod identity;
mod pairs;
mod references;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use moisson_model::{Cluster, Edge, Entity, EntityId, Issue, Kind, Member, Reject, Schema};
use moisson_resolve::{Decision, Features, Judgements, Rules};

use crate::{Ledger, LedgerChange, StoredEntity, Tombstone};
use components::Components;
use pairs::Index;
use references::Linker;

/// What is asked: the rules, what people decided, what was decided before.
pub struct Question<'a> {
    /// The dataset's slug: part of every new identifier.
    pub dataset: &'a str,
    /// The base of identifiers.
    pub base_iri: &'a str,
    /// Keys, weights, gates.
    pub rules: &'a Rules,
    /// What people decided.
    pub judgements: &'a Judgements,
    /// Identifiers known.
    pub ledger: &'a Ledger,
    /// The schemas: which columns are references.
    pub schemas: &'a BTreeMap<Kind, Schema>,
    /// When new identifiers are minted.
    pub at: Timestamp,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Clusters, by kind in the order of resolution.
    pub clusters: Vec<Cluster>,
    /// The statements, their references now whole IRIs.
    pub linked: Vec<StoredEntity>,
    /// Merges.
    pub edges: Vec<Edge>,
    /// Pairs for a person to look at.
    pub reviews: Vec<Edge>,
    /// Relations with an end that is no entity.
    pub rejects: Vec<Reject>,
    /// References left open.
    pub issues: Vec<Issue>,
    /// What the ledger has to learn.
    pub change: LedgerChange,
}

/// The order of resolution: actors and places first, since the others are told apart by them.
const ORDER: [Kind; 5] = [
    Kind::Actor,
    Kind::Place,
    Kind::Programme,
    Kind::Document,
    Kind::Event,
];

/// Resolves statements, sorted by kind, source and key.
pub fn resolution(question: &Question<'_>, statements: Vec<StoredEntity>) -> Resolution {
    resolve(question, statements, None)
}

/// The identifiers that a file of clusters states, by kind and record.
pub type Stated = BTreeMap<(Kind, String), EntityId>;

/// Puts statements together as was decided before; what nothing was decided of stands alone.
pub fn given(
    question: &Question<'_>,
    statements: Vec<StoredEntity>,
    stated: &Stated,
) -> Resolution {
    resolve(question, statements, Some(stated))
}

fn resolve(
    question: &Question<'_>,
    mut statements: Vec<StoredEntity>,
    stated: Option<&Stated>,
) -> Resolution {
    let mut found = Resolution::default();
    let mut linker = Linker::new(question.rules, question.base_iri);
    for kind in ORDER {
        if let Some(schema) = question.schemas.get(&kind) {
            let of_kind = statements
                .iter_mut()
                .filter(|statement| statement.entity.kind == kind);
            of_kind.for_each(|statement| linker.link_known(schema, &mut statement.entity));
        }
        resolve_kind(question, kind, &statements, stated, &mut linker, &mut found);
    }
    found.linked = linker.link(
        question.schemas,
        statements,
        &mut found.rejects,
        &mut found.issues,
    );
    resolve_relations(question, &mut found);
    withdraw(question, &mut found);
    found.change.edges.clone_from(&found.edges);
    found
}

/// Identifiers that nothing stands behind any more get a tombstone; those in use again lose theirs.
fn withdraw(question: &Question<'_>, found: &mut Resolution) {
    let ledger = question.ledger;
    let alive: BTreeSet<&EntityId> = found.clusters.iter().map(|cluster| &cluster.id).collect();
    let merged: BTreeSet<&EntityId> = ledger
        .redirects
        .iter()
        .chain(&found.change.redirects)
        .map(|redirect| &redirect.old)
        .collect();
    let buried: BTreeSet<&EntityId> = ledger
        .tombstones
        .iter()
        .map(|tombstone| &tombstone.id)
        .collect();
    let gone = ledger
        .ids
        .keys()
        .filter(|id| !alive.contains(id) && !merged.contains(id) && !buried.contains(id));
    let tombstone = |id: &EntityId| Tombstone {
        id: id.clone(),
        deleted_at: question.at,
        reason: "withdrawn".to_owned(),
        replaced_by: None,
    };
    let tombstones: Vec<Tombstone> = gone.map(tombstone).collect();
    let returned = buried
        .into_iter()
        .filter(|id| alive.contains(id))
        .cloned()
        .collect();
    found.change.tombstones = tombstones;
    found.change.returned = returned;
}

/// Clusters the statements of one kind: types never merge with each other.
fn resolve_kind(
    question: &Question<'_>,
    kind: Kind,
    statements: &[StoredEntity],
    stated: Option<&Stated>,
    linker: &mut Linker<'_>,
    found: &mut Resolution,
) {
    let entities: Vec<&Entity> = statements
        .iter()
        .map(|statement| &statement.entity)
        .filter(|entity| entity.kind == kind)
        .collect();
    let features: Vec<Features> = entities
        .iter()
        .map(|entity| moisson_resolve::features(question.rules, entity))
        .collect();
    let index = Index::of(&features);
    let sets = if let Some(stated) = stated {
        stated_sets(stated, &entities)
    } else {
        let pairs = pairs::compare(
            question.rules,
            question.judgements,
            &entities,
            &features,
            &index,
        );
        let sets = sets(question.judgements, &entities, &features, &pairs.same);
        found
            .edges
            .extend(pairs.same.into_iter().map(|(_, _, edge)| edge));
        found.reviews.extend(pairs.review);
        sets
    };
    let members: Vec<Vec<Member>> = sets
        .iter()
        .map(|set| set.iter().map(|at| entities[*at].member()).collect())
        .collect();
    let (ledger, at) = (question.ledger, question.at);
    let mut ids = identity::identify(
        question.dataset,
        kind,
        &members,
        ledger,
        at,
        &mut found.change,
    );
    if let Some(stated) = stated {
        for (id, members) in ids.iter_mut().zip(&members) {
            *id = stated
                .get(&(kind, members[0].to_string()))
                .cloned()
                .unwrap_or_else(|| id.clone());
        }
    }
    linker.learn(kind, &features, index, &sets, &ids, &entities);
    found
        .clusters
        .extend(
            members
                .into_iter()
                .zip(ids)
                .map(|(members, id)| Cluster { kind, id, members }),
        );
}

/// Statements grouped by the identifier stated of them.
fn stated_sets(stated: &Stated, entities: &[&Entity]) -> Vec<Vec<usize>> {
    let mut sets: BTreeMap<Result<&EntityId, usize>, Vec<usize>> = BTreeMap::new();
    for (at, entity) in entities.iter().enumerate() {
        let id = stated.get(&(entity.kind, entity.member().to_string()));
        sets.entry(id.ok_or(at)).or_default().push(at);
    }
    let mut sets: Vec<Vec<usize>> = sets.into_values().collect();
    sets.sort();
    sets
}

/// Components without contradictions, each sorted by member.
fn sets(
    judgements: &Judgements,
    entities: &[&Entity],
    features: &[Features],
    same: &[(usize, usize, Edge)],
) -> Vec<Vec<usize>> {
    let mut components = Components::new(entities.len());
    for (left, right, _) in same {
        components.join(*left, *right);
    }
    let different = |left: &Member, right: &Member| {
        judgements
            .between(left, right)
            .is_some_and(|judgement| judgement.decision == Decision::Different)
    };
    let mut sets = Vec::new();
    for set in components.sets() {
        if set.len() == 1 {
            sets.push(set);
            continue;
        }
        let members: Vec<(Member, Features)> = set
            .iter()
            .map(|at| (entities[*at].member(), features[*at].clone()))
            .collect();
        let within = |edge: &&(usize, usize, Edge)| set.binary_search(&edge.0).is_ok();
        let edges: Vec<Edge> = same
            .iter()
            .filter(within)
            .map(|edge| edge.2.clone())
            .collect();
        let parts = moisson_resolve::split(&members, &edges, &different);
        sets.extend(
            parts
                .into_iter()
                .map(|part| part.into_iter().map(|at| set[at]).collect()),
        );
    }
    sets.sort();
    sets
}

/// Relations are the same where their ends and their predicate are.
fn resolve_relations(question: &Question<'_>, found: &mut Resolution) {
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, statement) in found.linked.iter().enumerate() {
        let entity = &statement.entity;
        if entity.kind != Kind::Relation {
            continue;
        }
        let end = |column| EntityId::from_iri(question.base_iri, entity.text(column)?);
        if let (Some(subject), Some(predicate), Some(object)) =
            (end("subject"), entity.text("predicate"), end("object"))
        {
            let key = moisson_resolve::relation_key(&subject, predicate, &object);
            groups.entry(key).or_default().push(at);
        }
    }
    let sets: Vec<Vec<usize>> = groups.into_values().collect();
    let member = |at: &usize| found.linked[*at].entity.member();
    let members: Vec<Vec<Member>> = sets
        .iter()
        .map(|set| set.iter().map(member).collect())
        .collect();
    let (kind, ledger, at) = (Kind::Relation, question.ledger, question.at);
    let ids = identity::identify(
        question.dataset,
        kind,
        &members,
        ledger,
        at,
        &mut found.change,
    );
    found
        .clusters
        .extend(
            members
                .into_iter()
                .zip(ids)
                .map(|(members, id)| Cluster { kind, id, members }),
        );
}

/// The identifier of each member.
pub fn identifiers(resolution: &Resolution) -> BTreeMap<&Member, &EntityId> {
    let clusters = resolution.clusters.iter();
    clusters
        .flat_map(|cluster| {
            cluster
                .members
                .iter()
                .map(move |member| (member, &cluster.id))
        })
        .collect()
}
