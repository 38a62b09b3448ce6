//! The second step of a profile: what was selected, in the structure it asks for.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Fault;
use super::read::Document;
use super::select::{Order, selected};
use super::wire::{Catalog, Control, CustomGroup, Group, Insert, Merge};

/// A catalogue and what was selected of it.
pub struct Picked {
    pub catalog: Rc<Catalog>,
    pub chosen: HashSet<String>,
}

/// Joins what was picked into one catalogue.
///
/// # Errors
/// Two controls of one id that are not the same, where the profile keeps both; two structures at once.
pub fn merge(
    picked: Vec<Picked>,
    directive: Option<&Merge>,
    profile: &Document,
    notes: &mut Vec<String>,
) -> Result<Catalog, Fault> {
    let method =
        directive.and_then(|merge| merge.combine.as_ref()).and_then(|combine| combine.method.as_deref());
    if method == Some("merge") {
        notes.push(format!(
            "{}: `combine` by `merge` is deprecated and undefined; the first definition of a control is used",
            profile.name
        ));
    }
    let keep = matches!(method, None | Some("keep"));
    let as_is = directive.is_some_and(|merge| merge.as_is == Some(true));
    let custom = directive.and_then(|merge| merge.custom.as_ref());
    let flat = directive.is_some_and(|merge| merge.flat.is_some());
    if [as_is, custom.is_some(), flat].into_iter().filter(|given| *given).count() > 1 {
        return Err(Fault::new(profile.place("merge"), "asks for more than one structure")
            .help("keep one of `flat`, `as-is` and `custom`"));
    }
    let mut joined = Catalog::default();
    let mut seen: HashMap<String, Control> = HashMap::new();
    for Picked { catalog, chosen } in picked {
        let mut fresh = HashSet::new();
        for control in all(&catalog).into_iter().filter(|control| chosen.contains(&control.id)) {
            let bare = Control { controls: Vec::new(), ..control.clone() };
            match seen.get(&control.id) {
                None => {
                    fresh.insert(control.id.clone());
                    seen.insert(control.id.clone(), bare);
                }
                Some(before) if *before == bare || !keep => {}
                Some(_) => {
                    return Err(Fault::new(
                        profile.place("imports"),
                        format!("selects two different controls `{}`, and keeps both", control.id),
                    )
                    .help("select it from one of them only, or say `\"combine\": { \"method\": \"use-first\" }`"));
                }
            }
        }
        for param in &catalog.params {
            if !joined.params.iter().any(|other| other.id == param.id) {
                joined.params.push(param.clone());
            }
        }
        joined.controls.extend(kept(&catalog.controls, &fresh));
        for group in &catalog.groups {
            if let Some(group) = kept_group(group, &fresh) {
                join_group(&mut joined.groups, group);
            }
        }
    }
    if as_is {
        return Ok(joined);
    }
    let everything: Vec<Control> = all(&joined).into_iter().cloned().collect();
    if let Some(custom) = custom {
        let mut left: HashSet<String> = everything.iter().map(|control| control.id.clone()).collect();
        let order = Order::of(&joined);
        let pool = Pool { controls: &joined, order: &order, profile };
        let controls = pool.insert(&custom.insert_controls, &mut left)?;
        let groups =
            custom.groups.iter().map(|group| pool.group(group, &mut left)).collect::<Result<_, _>>()?;
        if !left.is_empty() {
            notes.push(format!(
                "{}: {} selected controls are in none of its custom groups",
                profile.name,
                left.len()
            ));
        }
        return Ok(Catalog { params: joined.params.clone(), controls, groups, ..Catalog::default() });
    }
    let controls =
        everything.into_iter().map(|control| Control { controls: Vec::new(), ..control }).collect();
    Ok(Catalog { params: joined.params, controls, ..Catalog::default() })
}

/// All controls, parents before children.
pub fn all(catalog: &Catalog) -> Vec<&Control> {
    fn add<'a>(controls: &'a [Control], out: &mut Vec<&'a Control>) {
        for control in controls {
            out.push(control);
            add(&control.controls, out);
        }
    }
    fn add_groups<'a>(groups: &'a [Group], out: &mut Vec<&'a Control>) {
        for group in groups {
            add(&group.controls, out);
            add_groups(&group.groups, out);
        }
    }
    let mut out = Vec::new();
    add(&catalog.controls, &mut out);
    add_groups(&catalog.groups, &mut out);
    out
}

/// The selected ones; a child whose parent was not selected takes its parent's place.
fn kept(controls: &[Control], chosen: &HashSet<String>) -> Vec<Control> {
    let mut out = Vec::new();
    for control in controls {
        let below = kept(&control.controls, chosen);
        if chosen.contains(&control.id) {
            out.push(Control { controls: below, ..control.clone() });
        } else {
            out.extend(below);
        }
    }
    out
}

fn kept_group(group: &Group, chosen: &HashSet<String>) -> Option<Group> {
    let controls = kept(&group.controls, chosen);
    let groups: Vec<Group> = group.groups.iter().filter_map(|group| kept_group(group, chosen)).collect();
    (!controls.is_empty() || !groups.is_empty()).then(|| Group { controls, groups, ..group.clone() })
}

fn join_group(into: &mut Vec<Group>, group: Group) {
    match into.iter_mut().find(|other| other.id.is_some() && other.id == group.id) {
        None => into.push(group),
        Some(other) => {
            other.controls.extend(group.controls);
            for below in group.groups {
                join_group(&mut other.groups, below);
            }
        }
    }
}

/// What custom groups draw from.
struct Pool<'a> {
    controls: &'a Catalog,
    order: &'a Order,
    profile: &'a Document,
}

impl Pool<'_> {
    fn group(&self, group: &CustomGroup, left: &mut HashSet<String>) -> Result<Group, Fault> {
        let controls = self.insert(&group.insert_controls, left)?;
        let groups = group.groups.iter().map(|below| self.group(below, left)).collect::<Result<_, _>>()?;
        Ok(Group {
            id: group.id.clone(),
            class: group.class.clone(),
            title: group.title.clone(),
            params: group.params.clone(),
            props: group.props.clone(),
            links: group.links.clone(),
            parts: group.parts.clone(),
            groups,
            controls,
        })
    }

    fn insert(&self, inserts: &[Insert], left: &mut HashSet<String>) -> Result<Vec<Control>, Fault> {
        let mut out = Vec::new();
        for insert in inserts {
            let all_of_them = insert.include_all.is_some();
            let (include, exclude) = (&insert.include_controls, &insert.exclude_controls);
            let mut chosen =
                selected(self.order, all_of_them, include, exclude, self.profile, "its own selection")?;
            // A control stands in one place only: the first that asks for it.
            chosen.retain(|id| left.remove(id));
            let mut controls: Vec<Control> = all(self.controls)
                .into_iter()
                .filter(|control| chosen.contains(&control.id))
                .map(|control| Control { controls: Vec::new(), ..control.clone() })
                .collect();
            match insert.order.as_deref() {
                Some("ascending") => controls.sort_by(|a, b| a.id.cmp(&b.id)),
                Some("descending") => controls.sort_by(|a, b| b.id.cmp(&a.id)),
                _ => {}
            }
            out.extend(controls);
        }
        Ok(out)
    }
}
