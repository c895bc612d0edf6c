//! `coordinate`: a degree within its range, rounded to four decimals (eleven metres). That both halves of a point
//! are there, and that it is not the null point of the Atlantic, is judged with the whole entity.

use serde_json::{Map, Value};

use super::{Field, Notes, Sort};

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let Sort::Coordinate(limit) = field.sort else {
        return values;
    };
    let mut found = Vec::with_capacity(values.len());
    for degree in values.iter().filter_map(Value::as_f64) {
        if degree.abs() <= limit {
            found.push(Value::from((degree * 10_000.0).round() / 10_000.0 + 0.0));
        } else {
            notes.lost(
                "invalid-coordinates",
                format!("`{}` is out of range", field.name),
            );
        }
    }
    found
}

/// Takes half a point, and the point 0, 0, out of an entity's columns.
pub(crate) fn check_point(columns: &mut Map<String, Value>, notes: &mut Notes) {
    let degree = |name: &str| columns.get(name).and_then(Value::as_f64);
    let why = match (degree("lon"), degree("lat")) {
        (None, None) => return,
        (Some(lon), Some(lat)) if lon != 0.0 || lat != 0.0 => return,
        (Some(_), Some(_)) => "the point 0, 0 stands for no point",
        _ => "one of `lon` and `lat` is missing",
    };
    columns.shift_remove("lon");
    columns.shift_remove("lat");
    notes.lost("invalid-coordinates", why);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check_point;
    use crate::steps::tests::{field, run};
    use crate::steps::{Notes, Sort};

    #[test]
    fn degrees_are_rounded_and_kept_in_range() {
        let lat = field("lat", Sort::Coordinate(90.0));
        assert_eq!(run(&lat, json!("48,8566101")).0, [json!(48.8566)]);
        assert_eq!(run(&lat, json!(123.4)).1, ["invalid-coordinates"]);
    }

    #[test]
    fn half_a_point_and_the_null_point_are_none() {
        for point in [json!({"lon": 2.3}), json!({"lon": 0.0, "lat": 0.0})] {
            let mut columns = point.as_object().unwrap().clone();
            let mut issues = Vec::new();
            check_point(
                &mut columns,
                &mut Notes {
                    issues: &mut issues,
                    location: None,
                },
            );
            assert!(columns.is_empty());
            assert_eq!(issues.len(), 1);
        }
    }
}
