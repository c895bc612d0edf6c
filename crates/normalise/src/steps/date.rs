//! `date`: dates other than those of events, each by itself: a plain date, or an instant where the column holds
//! one. A column of text (`as_of`, where the schema says so `founded`) keeps a month or a year as such.

use moisson_model::Shape;
use serde_json::Value;

use super::{Field, Notes};
use crate::dates::{Partial, read};
use crate::mapping::scalar;

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let text = scalar(&value).unwrap_or_default();
        match read(&text, &field.language, &field.zone, field.epoch) {
            Ok(reading) => match shaped(field.shape, reading.start) {
                Some(date) => found.push(Value::String(date)),
                None => notes.lost(
                    "unreadable-date",
                    format!("`{}` is not precise enough", field.name),
                ),
            },
            Err(why) => notes.lost("unreadable-date", format!("`{}` {why}", field.name)),
        }
    }
    found
}

fn shaped(shape: Shape, partial: Partial) -> Option<String> {
    match (shape, partial) {
        (Shape::Timestamp, Partial::Minute(instant, _)) => Some(instant.to_string()),
        (Shape::Timestamp, _) => None,
        (_, Partial::Minute(_, day) | Partial::Day(day)) => Some(day.to_string()),
        (Shape::Text, partial) => Some(partial.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use moisson_model::Shape;
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn a_date_is_a_day_in_the_zone_of_the_source() {
        let mut published = field("published", Sort::Date);
        published.shape = Shape::Date;
        assert_eq!(
            run(&published, json!("2017-11-05T23:30:00Z")).0,
            ["2017-11-06"]
        );
        assert_eq!(run(&published, json!("6 novembre 2017")).0, ["2017-11-06"]);
        assert_eq!(
            run(&published, json!("novembre 2017")).1,
            ["unreadable-date"]
        );
        assert_eq!(run(&published, json!("6 novembre")).1, ["unreadable-date"]);
    }

    #[test]
    fn a_column_of_text_keeps_a_month() {
        let as_of = field("as_of", Sort::Date);
        assert_eq!(run(&as_of, json!("2017-11")).0, ["2017-11"]);
        assert_eq!(run(&as_of, json!("novembre 2017")).0, ["2017-11"]);
        assert_eq!(run(&as_of, json!(2018)).0, ["2018"]);
    }

    #[test]
    fn an_instant_stays_one() {
        let mut updated = field("updated", Sort::Date);
        updated.shape = Shape::Timestamp;
        assert_eq!(
            run(&updated, json!("2017-11-06T00:30:00+01:00")).0,
            ["2017-11-05T23:30:00Z"]
        );
    }
}
