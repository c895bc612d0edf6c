//! What a release is told of itself: the `[publish]` table, the dataset, the edition.

use moisson_model::{Label, Publisher, Version};
use serde::{Deserialize, Serialize};

/// The table `[publish]` of a dataset. It has no key yet: every dataset is published in every format.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {}

/// What is published, whatever the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Stem of its file.
    pub slug: String,
    /// Its title.
    pub title: Label,
    /// What is in it.
    pub description: Label,
    /// The base of every identifier; ends in `/`.
    pub base_iri: String,
    /// SPDX identifier of its licence.
    pub licence: String,
    /// Who publishes it.
    pub publisher: Publisher,
}

/// One version of a dataset, and the program that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The version: the instant of publication.
    pub version: Version,
    /// The version before; none for the first.
    pub previous: Option<Version>,
    /// 40 hexadecimal digits; zeros where the commit is not known.
    pub git_commit: String,
    /// Version of the program.
    pub generator_version: String,
}
