//! What another resource or data source says of an attribute that the provider computes: a policy that was looked up
//! by its name has an ARN that ends with it.

use std::sync::Arc;

use compline_iac::{Data, Form, Mode, Piece, Reference, Resource, Value};

use super::evaluator::Evaluator;
use super::path::why_of;
use crate::table::Tables;

/// Terraform's data source of a stored parameter.
const PARAMETER: &str = "aws_ssm_parameter";

impl Evaluator<'_> {
    /// The text of a reference, as far as the attributes of what it refers to make it up. The shape is the table's:
    /// `arn:*:iam::aws:policy/{name}`, of a data source under its name with `data.`; of several, parted by `|`, the
    /// first whose attributes are set. None where the shape names none.
    pub(super) fn looked_up(&self, value: &Value) -> Option<Value> {
        let reference = value.refers.as_ref()?;
        // What a public parameter holds is told by its path.
        if let Some(path) = reference.public_parameter() {
            return Some(Value { data: Data::Text(path.into()), refers: None, ..value.clone() });
        }
        let target = self.context.inventory.find(&reference.address)?;
        if target.mode == Mode::Data && &*target.kind == PARAMETER {
            let parameter = Reference::to_public_parameter(attribute(target, "name")?.as_text()?)?;
            let path = parameter.public_parameter()?;
            return Some(Value { data: Data::Text(path.into()), refers: None, ..value.clone() });
        }
        let shapes = &self.context.rules.tables().shapes;
        let shapes = match target.mode {
            Mode::Data => shapes.get(&format!("data.{}", target.kind)),
            Mode::Managed => shapes.get(&*target.kind),
        }?;
        // CloudFormation's `Ref` names no attribute.
        let shape = shapes.get(if reference.attribute.is_empty() { "Ref" } else { &*reference.attribute })?;
        if !shape.contains('{') {
            return None;
        }
        let shape = shape.split('|').find_map(|shape| filled(shape, value, target))?;
        let data = match shape.as_slice() {
            [Piece::Text(text)] => Data::Text(Arc::clone(text)),
            _ => Data::Holed(shape.into()),
        };
        Some(Value { data, refers: None, ..value.clone() })
    }
}

/// Whether what a resource says can decide what a reference to it comes to.
pub(super) fn is_looked_up(resource: &Resource, tables: &Tables) -> bool {
    let shapes = match resource.mode {
        Mode::Data if &*resource.kind == PARAMETER => return true,
        Mode::Data => tables.shapes.get(&format!("data.{}", resource.kind)),
        Mode::Managed => tables.shapes.get(&*resource.kind),
    };
    shapes.is_some_and(|shapes| shapes.values().any(|shape| shape.contains('{')))
}

/// A shape with the attributes it names; none where one of them is not set.
fn filled(shape: &str, value: &Value, target: &Resource) -> Option<Vec<Piece>> {
    let why = why_of(value)?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut text = String::new();
    let mut rest = shape;
    while let Some(at) = rest.find(['*', '#', '{']) {
        text.push_str(rest.get(..at)?);
        let after = rest.get(at..)?;
        if let Some(named) = after.strip_prefix('{') {
            let (name, behind) = named.split_once('}')?;
            rest = behind;
            let attribute = attribute(target, name)?;
            match &attribute.data {
                Data::Text(known) => text.push_str(known),
                Data::Holed(parts) => {
                    flush(&mut text, &mut pieces);
                    pieces.extend(parts.iter().cloned());
                }
                _ => {
                    flush(&mut text, &mut pieces);
                    pieces.push(Piece::Hole(why_of(attribute).unwrap_or_else(|| Arc::clone(&why))));
                }
            }
            continue;
        }
        let stars = after.len() - after.trim_start_matches('*').len();
        let form = match stars {
            0 => Form::Account,
            1 => Form::Segment,
            _ => Form::Any,
        };
        flush(&mut text, &mut pieces);
        pieces.push(Piece::Hole(why.of_form(form)));
        rest = after.get(stars.max(1)..)?;
    }
    text.push_str(rest);
    flush(&mut text, &mut pieces);
    Some(pieces)
}

/// An attribute that is set; `filter[name]` is what the block `filter` of that name asks for, where that is one thing.
fn attribute<'r>(target: &'r Resource, name: &str) -> Option<&'r Value> {
    let Some((list, key)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) else {
        return target.body.get(name).filter(|attribute| !attribute.is_null());
    };
    let list = target.body.get(list)?.as_list()?;
    let named = |block: &&Value| block.get("name").and_then(Value::as_text) == Some(key);
    let values = list.items.iter().find(named)?.get("values")?;
    match values.as_list().map(|values| (values.items.as_slice(), &values.open)) {
        Some(([only], None)) => Some(only),
        _ => None,
    }
}

fn flush(text: &mut String, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text).into()));
    }
}

#[cfg(test)]
mod tests {
    use compline_iac::{MemorySources, Options, Snapshot, Workspace};

    use crate::verdict::Outcome;
    use crate::{RuleSet, judge, judge_incremental};

    fn read(text: &str) -> Snapshot {
        let sources = MemorySources::of([("main.tf", text)]);
        let mut workspace = Workspace::new(Options::default());
        workspace.read(&sources, &["main.tf".to_owned()]);
        workspace.snapshot(&sources)
    }

    #[test]
    fn what_was_looked_up_is_asked_again_after_an_edit() {
        let rules = RuleSet::builtin().only(|info| info.id.as_str() == "aws-iam-admin-policy-attached");
        let text = |name: &str| {
            format!(
                "resource \"aws_iam_role_policy_attachment\" \"a\" {{\n  role = \"a\"\n  policy_arn = data.aws_iam_policy.p.arn\n}}\n\
                 data \"aws_iam_policy\" \"p\" {{ name = \"{name}\" }}\n"
            )
        };
        let (before, after) = (read(&text("ReadOnlyAccess")), read(&text("AdministratorAccess")));
        let earlier = judge(&before.inventories[0], &rules, &before);
        assert!(earlier.len() == 1 && matches!(earlier[0].outcome, Outcome::Pass), "{earlier:?}");
        let known = Some((&*before.inventories[0], earlier.as_slice()));
        let again = judge_incremental(&after.inventories[0], &rules, &after, known);
        assert!(again.len() == 1 && matches!(again[0].outcome, Outcome::Fail), "{again:?}");
    }
}
