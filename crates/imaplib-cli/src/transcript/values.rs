//! Values that several kinds of responses have, as JSON.

use serde_json::{Map, Value};

/// Names with their values. One that is there more than once has a list of all its values.
pub(super) fn by_name(pairs: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut names = Map::new();
    for (name, value) in pairs {
        if let Value::Array(values) = names.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            values.push(value);
        }
    }
    for value in names.values_mut() {
        if let Value::Array(values) = value
            && values.len() == 1
        {
            *value = values.pop().unwrap_or_default();
        }
    }
    names
}

/// Ranges as the protocol writes them: `1:3,7`.
pub(super) fn set(ranges: impl IntoIterator<Item = (u32, u32)>) -> String {
    let parts =
        ranges.into_iter().map(|(low, high)| if low == high { low.to_string() } else { format!("{low}:{high}") });
    parts.collect::<Vec<_>>().join(",")
}
