//! Literals of a page against values of a file. Coercion follows the page's literal.

use std::cmp::Ordering;

use compline_iac::{Data, Piece, Value};

use super::holed;
use super::truth::Truth;
use crate::check::Scalar;

/// Whether a known scalar equals the page's literal. `fold_case`: names and enum values ignore case (ARM, azurerm).
pub fn equals(literal: &Scalar, value: &Value, fold_case: bool) -> Truth {
    let text_is =
        |wanted: &str, got: &str| if fold_case { wanted.eq_ignore_ascii_case(got) } else { wanted == got };
    match (&value.data, literal) {
        (Data::Holed(pieces), _) => may_equal(pieces, &literal.to_string(), fold_case),
        (Data::Bool(got), Scalar::Bool(wanted)) => Truth::of(got == wanted),
        (Data::Text(got), Scalar::Bool(wanted)) => Truth::of(boolean(got) == Some(*wanted)),
        (Data::Number(got), Scalar::Int(wanted)) => Truth::of(got.as_f64() == *wanted as f64),
        (Data::Number(got), Scalar::Float(wanted)) => Truth::of(got.as_f64() == *wanted),
        (Data::Text(got), Scalar::Int(wanted)) => Truth::of(got.trim().parse::<f64>() == Ok(*wanted as f64)),
        (Data::Text(got), Scalar::Float(wanted)) => Truth::of(got.trim().parse::<f64>() == Ok(*wanted)),
        (Data::Text(got), Scalar::Text(wanted)) => Truth::of(text_is(wanted, got)),
        (Data::Bool(got), Scalar::Text(wanted)) => Truth::of(text_is(wanted, &got.to_string())),
        (Data::Number(got), Scalar::Text(wanted)) => Truth::of(text_is(wanted, &got.to_string())),
        _ => Truth::False,
    }
}

/// The boolean that a text means: Terraform takes `"true"`, and YAML 1.1, which CloudFormation and Kubernetes read, has
/// `yes`, `no`, `on` and `off` too. Where one of these is no boolean, the tool refuses the file.
fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "on"]) {
        return Some(true);
    }
    is(["false", "no", "off"]).then_some(false)
}

/// A string with holes can be shown to differ, never to be equal.
fn may_equal(pieces: &[Piece], wanted: &str, fold_case: bool) -> Truth {
    match holed::can_be(&holed::parts_in(pieces), wanted, fold_case) {
        true => Truth::Unknown,
        false => Truth::False,
    }
}

/// Whether a regular expression is found. In a string with holes it may be found whatever stands in them, or nowhere.
pub fn matches(regex: &regex::Regex, value: &Value) -> Truth {
    match &value.data {
        Data::Text(text) => Truth::of(regex.is_match(text)),
        Data::Bool(value) => Truth::of(regex.is_match(&value.to_string())),
        Data::Number(value) => Truth::of(regex.is_match(&value.to_string())),
        Data::Holed(pieces) => holed::matches(regex.as_str(), pieces),
        _ => Truth::False,
    }
}

/// How a known scalar stands to the page's literal; `None` when they cannot be ordered.
pub fn order(value: &Value, literal: &Scalar) -> Option<Ordering> {
    let number = |value: &Value| match &value.data {
        Data::Number(number) => Some(number.as_f64()),
        Data::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    match literal {
        Scalar::Int(wanted) => number(value)?.partial_cmp(&(*wanted as f64)),
        Scalar::Float(wanted) => number(value)?.partial_cmp(wanted),
        Scalar::Bool(_) => None,
        Scalar::Text(wanted) => {
            let got = match &value.data {
                Data::Text(text) => text.to_string(),
                Data::Number(number) => number.to_string(),
                _ => return None,
            };
            if let Some(wanted) = quantity(wanted) {
                let got = quantity(&got).or_else(|| got.trim().parse().ok())?;
                return got.partial_cmp(&wanted);
            }
            Some(version(&got)?.cmp(&version(wanted)?))
        }
    }
}

/// Seconds of a duration (`90d`, `7776000s`, `1h30m`, `P90D`) or bytes and cores of a quantity (`128Mi`, `500m`).
fn quantity(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (digits, unit) = text.split_at(split);
    let factor = match unit {
        "s" => 1.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        "y" => 31_536_000.0,
        "m" | "min" => 60.0,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0_f64.powi(4),
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        _ => {
            let (head, rest) = (unit.find(|c: char| c.is_ascii_digit())?, unit);
            let first = quantity(&format!("{digits}{}", &rest[..head]))?;
            return Some(first + quantity(&rest[head..])?);
        }
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

fn version(text: &str) -> Option<Vec<u64>> {
    let text = text.trim().trim_start_matches('v');
    let mut parts: Vec<u64> =
        text.split(['.', '-', '_']).map(|part| part.parse().ok()).collect::<Option<Vec<_>>>()?;
    while parts.last() == Some(&0) {
        parts.pop();
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use compline_iac::{Number, Origin, Why, WhyKind};

    fn text(value: &str) -> Value {
        Value::text(value, Origin::default())
    }

    #[test]
    fn literals_decide_the_coercion() {
        assert_eq!(equals(&Scalar::Bool(true), &text("True"), false), Truth::True);
        assert_eq!(equals(&Scalar::Bool(true), &text("1"), false), Truth::False);
        assert_eq!(equals(&Scalar::Int(14), &text("14"), false), Truth::True);
        let number = Value::new(Data::Number(Number::Int(5432)), Origin::default());
        assert_eq!(equals(&Scalar::Text("5432".into()), &number, false), Truth::True);
        assert_eq!(equals(&Scalar::Text("Deny".into()), &text("deny"), false), Truth::False);
        assert_eq!(equals(&Scalar::Text("Deny".into()), &text("deny"), true), Truth::True);
    }

    #[test]
    fn durations_quantities_and_versions_are_ordered() {
        let at = |value: &str, literal: &str| order(&text(value), &Scalar::Text(literal.into()));
        assert_eq!(at("7776000s", "90d"), Some(Ordering::Equal));
        assert_eq!(at("7776001s", "90d"), Some(Ordering::Greater));
        assert_eq!(at("64Mi", "128Mi"), Some(Ordering::Less));
        assert_eq!(at("1.30", "1.29"), Some(Ordering::Greater));
        assert_eq!(at("1.9", "1.29"), Some(Ordering::Less));
        assert_eq!(at("latest", "1.29"), None);
    }

    #[test]
    fn holes_can_be_shown_to_differ_only() {
        let hole = Piece::Hole(Why::new(WhyKind::Variable, "`x` has no value"));
        let star =
            Value::new(Data::Holed([hole.clone(), Piece::Text("/*".into())].into()), Origin::default());
        assert_eq!(equals(&Scalar::Text("*".into()), &star, false), Truth::False);
        let middle = [Piece::Text("a".into()), hole.clone(), Piece::Text("c".into())];
        let middle = Value::new(Data::Holed(middle.into()), Origin::default());
        assert_eq!(equals(&Scalar::Text("abc".into()), &middle, false), Truth::Unknown);
        assert_eq!(equals(&Scalar::Text("ac".into()), &middle, false), Truth::Unknown);
        assert_eq!(equals(&Scalar::Text("a".into()), &middle, false), Truth::False);
        let open = Value::new(Data::Holed([hole].into()), Origin::default());
        assert_eq!(equals(&Scalar::Text("*".into()), &open, false), Truth::Unknown);
    }
}
