//! `country`: names in six languages and codes to ISO 3166-1 alpha-2; `EU` stands for the Union.

use serde_json::Value;

use super::{Field, Notes, each_text};
use crate::countries;

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    each_text(values, |text| {
        let found = countries::code(&text);
        if found.is_none() {
            let message = format!("`{}` is no country that is known", field.name);
            notes.lost("unknown-country", message);
        }
        found.map(Value::from)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn a_name_or_a_code_becomes_two_letters() {
        let country = field("country", Sort::Country);
        for (raw, code) in [
            ("France", "FR"),
            ("fr", "FR"),
            ("Allemagne", "DE"),
            ("ESPAÑA", "ES"),
            ("EU", "EU"),
            ("UK", "GB"),
        ] {
            assert_eq!(run(&country, json!(raw)).0, [code]);
        }
        assert_eq!(run(&country, json!("Atlantide")).1, ["unknown-country"]);
        assert_eq!(run(&country, json!("XX")).1, ["unknown-country"]);
    }
}
