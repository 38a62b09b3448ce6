//! The third step of a profile: parameters set, contents added and removed.

use std::collections::BTreeSet;

use super::Fault;
use super::read::Document;
use super::wire::{Add, Alter, Catalog, Control, Group, Modify, Remove, SetParameter};
use crate::official::leaf::{Link, Param, Part, Prop};

/// Carries out a profile's changes. A change to a control that its sources have and it does not select does nothing;
/// a part that is not there is told of.
///
/// # Errors
/// A control that no source has; a position or a removal that says nothing.
pub fn modify(
    catalog: &mut Catalog,
    modify: &Modify,
    profile: &Document,
    is_control: &dyn Fn(&str) -> bool,
    notes: &mut Vec<String>,
) -> Result<(), Fault> {
    let mut idle = BTreeSet::new();
    for set in &modify.set_parameters {
        let mut found = false;
        each_param(catalog, &mut |param| {
            if param.id == set.param_id {
                set_parameter(param, set);
                found = true;
            }
        });
        if !found {
            idle.insert(set.param_id.as_str());
        }
    }
    let mut lost = BTreeSet::new();
    let mut outside = BTreeSet::new();
    for alter in &modify.alters {
        if !is_control(&alter.control_id) {
            return Err(Fault::new(
                profile.place(&alter.control_id),
                format!("alters the control `{}`, which none of its sources has", alter.control_id),
            )
            .help("is it the release of the catalogue the profile was written for?"));
        }
        let Some(control) = find(catalog, &alter.control_id) else {
            outside.insert(alter.control_id.as_str());
            continue;
        };
        change(control, alter, profile, &mut lost)?;
    }
    note(notes, &profile.name, "parameters it sets are in no selected control", &idle);
    note(notes, &profile.name, "controls it alters are not selected", &outside);
    note(
        notes,
        &profile.name,
        "places its additions name are not there, so these additions are left out",
        &lost,
    );
    Ok(())
}

fn note<T: AsRef<str>>(notes: &mut Vec<String>, name: &str, what: &str, ids: &BTreeSet<T>) {
    if ids.is_empty() {
        return;
    }
    let few: Vec<&str> = ids.iter().take(4).map(AsRef::as_ref).collect();
    let more = if ids.len() > few.len() { ", …" } else { "" };
    notes.push(format!("{name}: {} {what} ({}{more})", ids.len(), few.join(", ")));
}

fn each_param(catalog: &mut Catalog, visit: &mut dyn FnMut(&mut Param)) {
    fn control(control_: &mut Control, visit: &mut dyn FnMut(&mut Param)) {
        control_.params.iter_mut().for_each(&mut *visit);
        control_.controls.iter_mut().for_each(|child| control(child, visit));
    }
    fn group(group_: &mut Group, visit: &mut dyn FnMut(&mut Param)) {
        group_.params.iter_mut().for_each(&mut *visit);
        group_.controls.iter_mut().for_each(|child| control(child, visit));
        group_.groups.iter_mut().for_each(|child| group(child, visit));
    }
    catalog.params.iter_mut().for_each(&mut *visit);
    catalog.controls.iter_mut().for_each(|child| control(child, visit));
    catalog.groups.iter_mut().for_each(|child| group(child, visit));
}

fn find<'a>(catalog: &'a mut Catalog, id: &str) -> Option<&'a mut Control> {
    fn within<'a>(controls: &'a mut [Control], id: &str) -> Option<&'a mut Control> {
        for control in controls {
            if control.id == id {
                return Some(control);
            }
            if let Some(found) = within(&mut control.controls, id) {
                return Some(found);
            }
        }
        None
    }
    fn groups<'a>(list: &'a mut [Group], id: &str) -> Option<&'a mut Control> {
        for group in list {
            if let Some(found) = within(&mut group.controls, id) {
                return Some(found);
            }
            if let Some(found) = groups(&mut group.groups, id) {
                return Some(found);
            }
        }
        None
    }
    if let Some(found) = within(&mut catalog.controls, id) {
        return Some(found);
    }
    groups(&mut catalog.groups, id)
}

/// What the profile says replaces what was there; properties and links are added.
fn set_parameter(param: &mut Param, set: &SetParameter) {
    fn replace<T: Clone>(into: &mut Option<T>, new: &Option<T>) {
        if new.is_some() {
            into.clone_from(new);
        }
    }
    fn replace_all<T: Clone>(into: &mut Vec<T>, new: &[T]) {
        if !new.is_empty() {
            *into = new.to_vec();
        }
    }
    replace(&mut param.class, &set.class);
    replace(&mut param.depends_on, &set.depends_on);
    replace(&mut param.label, &set.label);
    replace(&mut param.usage, &set.usage);
    replace_all(&mut param.constraints, &set.constraints);
    replace_all(&mut param.guidelines, &set.guidelines);
    if !set.values.is_empty() {
        // A value takes the place of the choice it was made from.
        param.values.clone_from(&set.values);
        param.select = None;
    } else if set.select.is_some() {
        param.values.clear();
        param.select.clone_from(&set.select);
    }
    for prop in &set.props {
        param
            .props
            .retain(|other| (&other.name, &other.ns) != (&prop.name, &prop.ns) || other.class != prop.class);
        param.props.push(prop.clone());
    }
    param.links.extend(set.links.iter().cloned());
}

fn change(
    control: &mut Control,
    alter: &Alter,
    profile: &Document,
    lost: &mut BTreeSet<String>,
) -> Result<(), Fault> {
    for removal in &alter.removes {
        let conditions =
            [&removal.by_name, &removal.by_class, &removal.by_id, &removal.by_item_name, &removal.by_ns];
        if conditions.iter().all(|one| one.is_none()) {
            return Err(Fault::new(
                profile.place(&alter.control_id),
                format!("removes from `{}` without saying what", alter.control_id),
            )
            .help("give the removal `by-id`, `by-name`, `by-class`, `by-ns` or `by-item-name`"));
        }
        remove_from_control(control, removal);
    }
    for addition in &alter.adds {
        let position = addition.position.as_deref().unwrap_or("ending");
        if !["before", "after", "starting", "ending"].contains(&position) {
            return Err(Fault::new(
                profile.place(position),
                format!("adds at `{position}`, which is no position"),
            )
            .help("the positions are before, after, starting and ending"));
        }
        match addition.by_id.as_deref().filter(|id| *id != control.id) {
            None => add_to_control(control, addition, matches!(position, "starting" | "before")),
            Some(id) => {
                if !add_by_id(control, id, addition, position) {
                    lost.insert(id.to_owned());
                }
            }
        }
    }
    Ok(())
}

fn extend<T: Clone>(into: &mut Vec<T>, new: &[T], first: bool) {
    let at = if first { 0 } else { into.len() };
    into.splice(at..at, new.iter().cloned());
}

fn add_to_control(control: &mut Control, add: &Add, first: bool) {
    if let Some(title) = &add.title {
        control.title.clone_from(title);
    }
    extend(&mut control.params, &add.params, first);
    extend(&mut control.props, &add.props, first);
    extend(&mut control.links, &add.links, first);
    extend(&mut control.parts, &add.parts, first);
}

/// Whether the place was found, in the control or in those it holds.
fn add_by_id(control: &mut Control, id: &str, add: &Add, position: &str) -> bool {
    if let Some(at) = control.params.iter().position(|param| param.id == id) {
        return match position {
            "before" | "after" => {
                let at = at + usize::from(position == "after");
                control.params.splice(at..at, add.params.iter().cloned());
                true
            }
            _ => {
                if let Some(param) = control.params.get_mut(at) {
                    extend(&mut param.props, &add.props, position == "starting");
                    extend(&mut param.links, &add.links, position == "starting");
                }
                true
            }
        };
    }
    if add_to_parts(&mut control.parts, id, add, position) {
        return true;
    }
    if let Some(child) = control.controls.iter_mut().find(|child| child.id == id) {
        add_to_control(child, add, matches!(position, "starting" | "before"));
        return true;
    }
    control.controls.iter_mut().any(|child| add_by_id(child, id, add, position))
}

fn add_to_parts(parts: &mut Vec<Part>, id: &str, add: &Add, position: &str) -> bool {
    if let Some(at) = parts.iter().position(|part| part.id.as_deref() == Some(id)) {
        match (position, parts.get_mut(at)) {
            ("before", _) => drop(parts.splice(at..at, add.parts.iter().cloned())),
            ("after", _) => drop(parts.splice(at + 1..at + 1, add.parts.iter().cloned())),
            (_, Some(part)) => {
                let first = position == "starting";
                if let Some(title) = &add.title {
                    part.title = Some(title.clone());
                }
                extend(&mut part.props, &add.props, first);
                extend(&mut part.links, &add.links, first);
                extend(&mut part.parts, &add.parts, first);
            }
            (_, None) => {}
        }
        return true;
    }
    parts.iter_mut().any(|part| add_to_parts(&mut part.parts, id, add, position))
}

/// Takes away everything in the control that all criteria fit.
fn remove_from_control(control: &mut Control, remove: &Remove) {
    control
        .params
        .retain(|param| !fits(remove, "param", None, param.class.as_deref(), Some(&param.id), None));
    for param in &mut control.params {
        remove_props(&mut param.props, remove);
        remove_links(&mut param.links, remove);
    }
    remove_props(&mut control.props, remove);
    remove_links(&mut control.links, remove);
    remove_parts(&mut control.parts, remove);
}

fn remove_parts(parts: &mut Vec<Part>, remove: &Remove) {
    parts.retain(|part| {
        !fits(remove, "part", Some(&part.name), part.class.as_deref(), part.id.as_deref(), part.ns.as_deref())
    });
    for part in parts {
        remove_props(&mut part.props, remove);
        remove_links(&mut part.links, remove);
        remove_parts(&mut part.parts, remove);
    }
}

fn remove_props(props: &mut Vec<Prop>, remove: &Remove) {
    props.retain(|prop| {
        !fits(
            remove,
            "prop",
            Some(&prop.name),
            prop.class.as_deref(),
            prop.uuid.as_deref(),
            prop.ns.as_deref(),
        )
    });
}

fn remove_links(links: &mut Vec<Link>, remove: &Remove) {
    links.retain(|_| !fits(remove, "link", None, None, None, None));
}

fn fits(
    remove: &Remove,
    item: &str,
    name: Option<&str>,
    class: Option<&str>,
    id: Option<&str>,
    ns: Option<&str>,
) -> bool {
    let agrees = |wanted: &Option<String>, value: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
    };
    agrees(&remove.by_item_name, Some(item))
        && agrees(&remove.by_name, name)
        && agrees(&remove.by_class, class)
        && agrees(&remove.by_id, id)
        && agrees(&remove.by_ns, ns)
}
