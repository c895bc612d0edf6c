//! Real files of other projects, where they are beside the repository: harvested, released, counted.
