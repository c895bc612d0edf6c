//! How long the pages of a source stay in the archive: `retention = "90 days"`, in its definition.
//!
//! What is older goes when a run of the source has ended, and when an operator says so. The newest harvest that was
//! whole stays, whatever its age: it is what a replay reads.

use std::str::FromStr;
use std::sync::Arc;

use jiff::{Span, Timestamp, tz::TimeZone};
use moisson_lake::Removed;
use moisson_model::SourceId;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::engine::Engine;
use crate::error::Error;
use crate::schedule::lease_of;

/// A span of a day or more.
#[derive(Debug, Clone, Copy)]
pub struct Retention(Span);

impl Retention {
    /// The instant that what is kept is younger than.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        let since = now.to_zoned(TimeZone::UTC).checked_sub(self.0);
        since.map_or(Timestamp::MIN, |since| since.timestamp())
    }
}

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span: Option<Span> = text.parse().ok();
        let day = Timestamp::UNIX_EPOCH.saturating_sub(Span::new().hours(24));
        let long =
            |span: &Span| day.is_ok_and(|day| Self(*span).since(Timestamp::UNIX_EPOCH) <= day);
        span.filter(long).map(Self).ok_or_else(|| {
            format!("expected a day or more, such as `90 days` or `1 year`, found `{text}`")
        })
    }
}

impl<'de> Deserialize<'de> for Retention {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl Engine {
    /// Takes out of the archive what a source, or the operator, no longer wants kept; under the source's lease.
    pub async fn prune_source(
        self: &Arc<Self>,
        id: &SourceId,
        retention: Retention,
        owner: &str,
    ) -> Result<Removed, Error> {
        let pruned = self
            .leased(&lease_of(id), owner, self.prune(id, retention))
            .await?;
        pruned.ok_or_else(|| Error::Busy(id.to_string()))
    }

    /// What a definition asks for once a run has ended. The run stands either way: where this fails, the next tries
    /// again.
    pub(crate) async fn retain(self: &Arc<Self>, id: &SourceId) -> Result<(), Error> {
        if let Some(retention) = self.definition(id)?.retention
            && let Err(error) = self.prune(id, retention).await
        {
            tracing::warn!(target: "archive", source = %id, %error, "pages over their time could not be removed");
        }
        Ok(())
    }

    async fn prune(
        self: &Arc<Self>,
        id: &SourceId,
        retention: Retention,
    ) -> Result<Removed, Error> {
        let (engine, id) = (Arc::clone(self), id.clone());
        let since = retention.since(self.now());
        let pruned = tokio::task::spawn_blocking(move || engine.lake.prune(&id, since));
        let pruned = pruned
            .await
            .map_err(|error| Error::Panicked(error.to_string()))?;
        Ok(pruned?)
    }
}

#[cfg(test)]
mod tests {
    use super::Retention;

    #[test]
    fn a_span_is_counted_back_on_the_calendar() {
        let now = "2026-03-31T08:00:00Z".parse().unwrap();
        let since = |text: &str| text.parse::<Retention>().unwrap().since(now).to_string();
        assert_eq!(since("30 days"), "2026-03-01T08:00:00Z");
        assert_eq!(since("1 month"), "2026-02-28T08:00:00Z");
        assert_eq!(since("1y"), "2025-03-31T08:00:00Z");
        assert_eq!(since("24h"), "2026-03-30T08:00:00Z");
    }

    #[test]
    fn less_than_a_day_and_what_is_no_span_are_refused() {
        for text in ["", "soon", "23h", "-90 days", "0 days", "90 days ago"] {
            assert!(text.parse::<Retention>().is_err(), "{text}");
        }
    }
}
