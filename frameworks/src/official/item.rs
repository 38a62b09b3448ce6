//! One item of a control's text, found by its id or by the labels that lead to it.

use super::leaf::Part;
use super::{Line, Official, OfficialControl};
use crate::catalogue::{Statement, normal, pieces};

impl Official {
    /// The lines of a statement, its own first; none where the text has no such item.
    pub fn item(&self, control: &OfficialControl, named: &Statement<'_>) -> Option<Vec<Line>> {
        let part = by_id(&control.parts, named).or_else(|| {
            let statements = control.parts.iter().filter(|part| part.name == "statement");
            let mut found = statements.filter_map(|part| by_path(part, &named.path, control));
            found.next().filter(|_| !named.path.is_empty())
        })?;
        let mut lines = Vec::new();
        self.lines(part, control, 0, &mut lines);
        Some(lines)
    }
}

fn by_id<'p>(parts: &'p [Part], named: &Statement<'_>) -> Option<&'p Part> {
    let wanted = named.id.as_deref()?;
    parts.iter().find_map(|part| {
        let is_meant = part.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(wanted));
        if is_meant { Some(part) } else { by_id(&part.parts, named) }
    })
}

/// Ids change from one release to the next, and labels stay: `a.`, `(a)`, or with the control's before it, `AC-02a.`.
fn by_path<'p>(part: &'p Part, path: &[String], control: &OfficialControl) -> Option<&'p Part> {
    let Some((first, rest)) = path.split_first() else { return Some(part) };
    let is = |below: &Part| {
        let labels = below.props.iter().filter(|prop| prop.name == "label");
        labels.map(|prop| normal(&prop.value)).any(|label| {
            let labels: Vec<&str> = pieces(&label).collect();
            let lead: Vec<String> = pieces(&normal(&control.id)).map(str::to_owned).collect();
            labels == [first.as_str()]
                || (labels.len() > lead.len()
                    && labels.starts_with(&lead.iter().map(String::as_str).collect::<Vec<_>>()))
                    && labels.last() == Some(&first.as_str())
        })
    };
    let below = part.parts.iter().filter(|below| is(below));
    let mut found = below.filter_map(|below| by_path(below, rest, control));
    // An item without a label of its own holds those that have one.
    found.next().or_else(|| {
        let bare = part.parts.iter().filter(|below| below.props.iter().all(|prop| prop.name != "label"));
        bare.filter(|below| !below.parts.is_empty()).find_map(|below| by_path(below, path, control))
    })
}
