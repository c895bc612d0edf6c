//! Union-find: which statements hang together by edges.

/// A forest over `0..n`; the root of a tree is its least member, so that the result does not depend on the order of
/// the edges.
pub(crate) struct Components {
    parents: Vec<usize>,
}

impl Components {
    /// `n` statements, each alone.
    pub(crate) fn new(n: usize) -> Self {
        Self {
            parents: (0..n).collect(),
        }
    }

    /// Joins two trees.
    pub(crate) fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        let (least, other) = (left.min(right), left.max(right));
        self.parents[other] = least;
    }

    /// The root of a statement, flattening the path to it.
    pub(crate) fn root(&mut self, statement: usize) -> usize {
        let mut root = statement;
        while self.parents[root] != root {
            root = self.parents[root];
        }
        let mut step = statement;
        while self.parents[step] != root {
            step = std::mem::replace(&mut self.parents[step], root);
        }
        root
    }

    /// The components, each sorted, in the order of their least members.
    pub(crate) fn sets(mut self) -> Vec<Vec<usize>> {
        let n = self.parents.len();
        let mut sets = vec![Vec::new(); n];
        for statement in 0..n {
            let root = self.root(statement);
            sets[root].push(statement);
        }
        sets.retain(|set| !set.is_empty());
        sets
    }
}

#[cfg(test)]
mod tests {
    use super::Components;

    #[test]
    fn the_order_of_edges_does_not_matter() {
        let edges = [(0, 3), (3, 5), (1, 2)];
        let sets = |edges: &mut dyn Iterator<Item = (usize, usize)>| {
            let mut components = Components::new(6);
            edges.for_each(|(left, right)| components.join(left, right));
            components.sets()
        };
        let forwards = sets(&mut edges.into_iter());
        assert_eq!(forwards, [vec![0, 3, 5], vec![1, 2], vec![4]]);
        assert_eq!(
            forwards,
            sets(&mut edges.into_iter().rev().map(|(l, r)| (r, l)))
        );
    }
}
