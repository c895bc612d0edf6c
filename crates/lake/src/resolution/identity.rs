//! Which identifier a cluster has: the ledger's, or a new one.
//!
//! An identifier follows the record that it was minted for. Where clusters merge, the oldest identifier stays and the
//! others redirect to it; where one splits, the part that holds the identifier's first record keeps it. After
//! minting, only the ledger decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use moisson_model::{EntityId, Kind, Member};

use crate::{Ledger, LedgerChange, Minted, Redirect};

/// Gives every cluster, its members sorted, its identifier; what is new goes into `change`.
pub(crate) fn identify(
    dataset: &str,
    kind: Kind,
    clusters: &[Vec<Member>],
    ledger: &Ledger,
    at: Timestamp,
    change: &mut LedgerChange,
) -> Vec<EntityId> {
    let claims = claims(clusters, ledger);
    let mut taken: BTreeSet<String> = ledger.ids.keys().map(|id| id.local.clone()).collect();
    taken.extend(change.minted.iter().map(|(id, _)| id.local.clone()));
    let mut ids = Vec::with_capacity(clusters.len());
    for (cluster, members) in clusters.iter().enumerate() {
        let mut claimed: Vec<&EntityId> = claims
            .iter()
            .filter(|claim| *claim.1 == cluster)
            .map(|claim| *claim.0)
            .collect();
        claimed.sort_by_key(|id| (ledger.ids.get(*id).map(|minted| minted.at), (*id).clone()));
        let id = match claimed.split_first() {
            Some((oldest, merged)) => {
                change
                    .redirects
                    .extend(merged.iter().map(|old| merge(old, oldest, at)));
                (*oldest).clone()
            }
            None => mint(dataset, kind, &members[0], at, &mut taken, change),
        };
        let moved = members
            .iter()
            .filter(|member| ledger.members.get(member) != Some(&id));
        change
            .members
            .extend(moved.map(|member| (member.clone(), id.clone())));
        ids.push(id);
    }
    ids
}

fn merge(old: &EntityId, new: &EntityId, since: Timestamp) -> Redirect {
    Redirect {
        old: old.clone(),
        new: new.clone(),
        reason: "merge".to_owned(),
        since,
    }
}

fn mint(
    dataset: &str,
    kind: Kind,
    first: &Member,
    at: Timestamp,
    taken: &mut BTreeSet<String>,
    change: &mut LedgerChange,
) -> EntityId {
    let local = moisson_resolve::mint(dataset, first, &|local| taken.contains(local));
    taken.insert(local.clone());
    let id = EntityId { kind, local };
    change.minted.push((
        id.clone(),
        Minted {
            at,
            first: first.clone(),
        },
    ));
    id
}

/// Which cluster each known, living identifier belongs to.
fn claims<'a>(clusters: &[Vec<Member>], ledger: &'a Ledger) -> BTreeMap<&'a EntityId, usize> {
    let redirected: BTreeSet<&EntityId> = ledger
        .redirects
        .iter()
        .map(|redirect| &redirect.old)
        .collect();
    let mut claims = BTreeMap::new();
    for (cluster, members) in clusters.iter().enumerate() {
        for member in members {
            let Some(id) = ledger
                .members
                .get(member)
                .filter(|id| !redirected.contains(id))
            else {
                continue;
            };
            let first = ledger
                .ids
                .get(id)
                .is_some_and(|minted| minted.first == *member);
            if first {
                claims.insert(id, cluster);
            } else {
                claims.entry(id).or_insert(cluster);
            }
        }
    }
    claims
}
