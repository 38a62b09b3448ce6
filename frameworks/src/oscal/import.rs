//! OSCAL files → one import of our own form.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use super::base::{Relationship, label, relationship, withdrawn};
use super::read::{Document, Model};
use super::resolve::{Documents, file_name, resolve};
use super::wire::{Catalog, Control, Group};
use super::{Fault, LOSSES, SourceFile, SourceFiles};
use crate::catalogue::ProblemPlace;
use crate::catalogue::{Framework, normal};
use crate::official::{
    Definition, Metadata, Official, OfficialControl, OfficialGroup, Origin, OriginFile, Role, SCHEMA, VERSION,
};

/// What the user said about an import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The id it is to have.
    pub id: Option<String>,
    /// The prefix of its controls in a line of text.
    pub short: Option<String>,
    /// The framework it belongs to, whatever its controls look like.
    pub of: Option<String>,
}

/// An import, and what people should know of how it went.
#[derive(Debug)]
pub struct Imported {
    pub official: Official,
    pub notes: Vec<String>,
}

/// Reads files and what they refer to. `builtin` are the frameworks that come with the program, `user` the user's own
/// and those imported before.
///
/// # Errors
/// The first thing that is wrong, where, and what to do.
pub fn import(
    given: Vec<SourceFile>,
    files: &mut dyn SourceFiles,
    options: &ImportOptions,
    builtin: &[Arc<Framework>],
    user: &[Arc<Framework>],
) -> Result<Imported, Fault> {
    let everything: Vec<Arc<Framework>> = builtin.iter().chain(user).cloned().collect();
    let frameworks = everything.as_slice();
    let mut documents = Documents::new(files);
    let given: Vec<Rc<Document>> =
        given.into_iter().map(|file| documents.add(file)).collect::<Result<_, _>>()?;
    let mut notes = Vec::new();
    let root = root(&mut documents, &given)?;
    let definitions: Vec<Definition> = given
        .iter()
        .filter_map(|document| match &document.model {
            Model::Components(definition) => Some((**definition).clone()),
            _ => None,
        })
        .collect();
    let mut official = match &root {
        Some(document) => {
            let catalog = resolve(&mut documents, document, &mut Vec::new(), &mut notes)?;
            documents.forget();
            of_catalog(document, Rc::unwrap_or_clone(catalog), options, builtin, user, &mut notes)?
        }
        None => of_definitions(&given, &definitions, options, frameworks, &mut notes)?,
    };
    official.definitions = definitions;
    note_unknown_claims(&official, frameworks, &mut notes);
    let is_taken = builtin.iter().any(|framework| framework.id == official.id) && official.role != Role::Text;
    if is_taken {
        let place = given.first().map_or(String::new(), |document| document.name.clone());
        return Err(Fault::new(
            place,
            format!("would become `{}`, which is a framework already", official.id),
        )
        .help("give it another name with `--id`, or say `--of` with that name if it is its official text"));
    }
    check(&official, frameworks, &documents)?;
    let mut losses = BTreeSet::new();
    for document in documents.read.values() {
        let model = match document.model {
            Model::Catalog(_) => "catalog",
            Model::Profile(_) => "profile",
            Model::Components(_) => "component-definition",
        };
        losses.extend(
            LOSSES
                .iter()
                .filter(|loss| [model, "any"].contains(&loss.model))
                .map(|loss| loss.what.to_owned()),
        );
        losses
            .extend(document.unknown.iter().map(|path| format!("`{path}`, which OSCAL does not have there")));
    }
    official.losses = losses.into_iter().collect();
    let mut files: Vec<OriginFile> = documents
        .read
        .values()
        .map(|document| OriginFile {
            name: file_name(&document.name).to_owned(),
            sha256: document.sha256.clone(),
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    official.origin.files = files;
    Ok(Imported { official, notes })
}

/// What no run would read once it is written: the first of it, and where it came from.
fn check(official: &Official, frameworks: &[Arc<Framework>], documents: &Documents<'_>) -> Result<(), Fault> {
    let base = official.base.as_deref().and_then(|id| frameworks.iter().find(|framework| framework.id == id));
    let objectives = crate::builtin::objectives();
    let problems = official
        .problems(base.map(|base| &**base), &|id| objectives.iter().any(|objective| objective.id == id));
    let Some(problem) = problems.first() else { return Ok(()) };
    // A control is found by the id it has in its file.
    let word = match &problem.at {
        ProblemPlace::Control { id, .. } | ProblemPlace::Repeated { id, .. } => {
            official.find(id).map_or(id.as_str(), |control| control.oscal.as_str())
        }
        ProblemPlace::Group { id } | ProblemPlace::Objective { id } => id,
        ProblemPlace::Key(key) => key,
        ProblemPlace::Nameless { .. } => "groups",
        ProblemPlace::File | ProblemPlace::Read { .. } => "",
    };
    let quoted = format!("\"{word}\"");
    let all = || documents.read.values();
    let document = all().find(|one| one.text.contains(&quoted)).or_else(|| all().next());
    let place = document.map_or_else(|| official.source.clone(), |document| document.place(word));
    Err(Fault::new(place, problem.to_string()).help("put it right in the file, or ask its publisher"))
}

/// The catalogue or profile that no other file given refers to; none where only component definitions were given.
fn root(documents: &mut Documents<'_>, given: &[Rc<Document>]) -> Result<Option<Rc<Document>>, Fault> {
    let mut referred = HashSet::new();
    for document in given {
        let Model::Profile(profile) = &document.model else { continue };
        for import in &profile.imports {
            let source = documents.follow(document, &import.href)?;
            referred.insert(source.name.clone());
        }
    }
    let selecting: Vec<&Rc<Document>> =
        given.iter().filter(|document| !matches!(document.model, Model::Components(_))).collect();
    let mut roots = selecting.iter().filter(|document| !referred.contains(&document.name));
    match (roots.next(), roots.next()) {
        (Some(one), None) => Ok(Some(Rc::clone(one))),
        (Some(one), Some(other)) => Err(Fault::new(
            &other.name,
            format!("and `{}` are two catalogues or profiles, and one import makes one file", one.name),
        )
        .help("import them one after the other")),
        // Where each refers to another they go in a circle, and resolving any of them tells which.
        (None, _) => Ok(selecting.first().map(|document| Rc::clone(document))),
    }
}

fn of_catalog(
    document: &Document,
    catalog: Catalog,
    options: &ImportOptions,
    builtin: &[Arc<Framework>],
    user: &[Arc<Framework>],
    notes: &mut Vec<String>,
) -> Result<Official, Fault> {
    let name = options.id.clone().unwrap_or_else(|| slug(&catalog.metadata.title));
    // What it was imported as before is not what it rests on.
    let others: Vec<Arc<Framework>> =
        builtin.iter().chain(user).filter(|one| one.id != name || options.of.is_some()).cloned().collect();
    let profile = matches!(document.model, Model::Profile(_));
    distinct(document, &catalog)?;
    let found = match &options.of {
        Some(id) => Relationship::Same(framework_named(document, &catalog, id, &others)?),
        None => match relationship(&catalog, &others) {
            // Another release of something imported before is a framework beside it.
            Relationship::Same(other) if !profile && builtin.iter().all(|one| one.id != other.id) => {
                Relationship::None
            }
            relationship => relationship,
        },
    };
    let (role, base) = match found {
        // A profile is a selection even where it selects everything.
        Relationship::Same(framework) if !profile || options.of.is_some() => (Role::Text, Some(framework)),
        Relationship::Same(framework) | Relationship::Part(framework) => (Role::Baseline, Some(framework)),
        Relationship::None => (Role::Framework, None),
    };
    let metadata = catalog.metadata.clone();
    let (id, short) = match (&role, &base) {
        (Role::Text, Some(base)) => (base.id.clone(), base.short.clone()),
        _ => (name.clone(), options.short.clone().unwrap_or(name)),
    };
    if id.is_empty()
        || id.contains(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)))
    {
        let what = match (&options.id, role) {
            (None, Role::Framework | Role::Baseline) => {
                format!("has the title `{}`, of which no id can be made", metadata.title)
            }
            _ => format!("would get the id `{id}`, which is none for a framework"),
        };
        return Err(Fault::new(&document.name, what)
            .help("give it one with `--id`: lower-case letters, digits, `-` and `.`"));
    }
    if role == Role::Text && options.id.is_some() {
        notes.push(format!("`--id` says nothing here: this is the text of `{id}`"));
    }
    let mut official = Official { short, ..empty(id, role, &metadata, document, &catalog.uuid) };
    official.base = base.as_ref().filter(|_| role != Role::Text).map(|base| base.id.clone());
    official.origin.back_matter.clone_from(&catalog.back_matter);
    official.params.clone_from(&catalog.params);
    official.groups = GroupBuilder::of(&catalog, base.as_deref()).build(catalog);
    Ok(official)
}

/// The framework the user named, if the catalogue has much to do with it.
fn framework_named(
    document: &Document,
    catalog: &Catalog,
    id: &str,
    frameworks: &[Arc<Framework>],
) -> Result<Arc<Framework>, Fault> {
    let Some(framework) = frameworks.iter().find(|framework| framework.id == id) else {
        let ids: Vec<&str> = frameworks.iter().map(|framework| framework.id.as_str()).collect();
        return Err(Fault::new("--of", format!("no framework is called `{id}`"))
            .help(format!("there are {}", ids.join(", "))));
    };
    let controls = super::merge::all(catalog);
    let ids: HashSet<String> = framework.controls().map(|control| normal(&control.id)).collect();
    let met = controls
        .iter()
        .filter(|control| ids.contains(&normal(&control.id)) || ids.contains(&normal(&label(control))))
        .count();
    if met * 2 < controls.len() {
        return Err(Fault::new(
            &document.name,
            format!("has {} controls, and `{id}` knows {met} of them", controls.len()),
        )
        .help("leave `--of` out to make it a framework of its own"));
    }
    Ok(Arc::clone(framework))
}

fn distinct(document: &Document, catalog: &Catalog) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let controls = super::merge::all(catalog);
    super::read::check_control_count(&document.name, controls.len())?;
    for control in controls {
        if control.id.trim().is_empty() {
            let after = if control.title.is_empty() { "id" } else { &control.title };
            return Err(Fault::new(
                document.place(after),
                format!("has a control without an id, titled `{}`", control.title),
            )
            .help("give the control an `id`, or ask the publisher"));
        }
        if !seen.insert(&control.id) {
            return Err(Fault::new(
                document.place(&control.id),
                format!("has the control `{}` twice", control.id),
            )
            .help("an id must be unlike any other; ask the publisher"));
        }
    }
    if seen.is_empty() {
        return Err(Fault::new(&document.name, "has no control"));
    }
    Ok(())
}

fn of_definitions(
    given: &[Rc<Document>],
    definitions: &[Definition],
    options: &ImportOptions,
    frameworks: &[Arc<Framework>],
    notes: &mut Vec<String>,
) -> Result<Official, Fault> {
    let (Some(document), Some(first)) = (given.first(), definitions.first()) else {
        return Err(Fault::new("import", "no file was given"));
    };
    let ids: BTreeSet<&str> =
        definitions.iter().flat_map(|one| one.claims()).map(|(control, _)| control).collect();
    if ids.is_empty() {
        return Err(Fault::new(&document.name, "says nothing of any control"));
    }
    let controls_in = |framework: &Framework| ids.iter().filter(|id| framework.find(id).is_some()).count();
    let base = match &options.of {
        Some(id) => {
            let found = frameworks.iter().find(|framework| framework.id == *id);
            found.ok_or_else(|| Fault::new("--of", format!("no framework is called `{id}`")))?
        }
        None => {
            let fits = frameworks.iter().filter(|framework| controls_in(framework) * 2 > ids.len());
            // The first of those that have most of them: the built-in ones come first.
            let best =
                fits.max_by(|a, b| controls_in(a).cmp(&controls_in(b)).then(std::cmp::Ordering::Greater));
            best.ok_or_else(|| {
                Fault::new(
                    &document.name,
                    format!("names controls that no framework has ({})", first_few(&ids)),
                )
                .help("import its catalogue first, or together with it")
            })?
        }
    };
    notes.push(format!(
        "its claims are read as claims about `{}`; name another framework with `--of`",
        base.id
    ));
    let id = options.id.clone().unwrap_or_else(|| slug(&first.metadata.title));
    let mut official =
        Official { short: id.clone(), ..empty(id, Role::Claims, &first.metadata, document, &first.uuid) };
    official.base = Some(base.id.clone());
    Ok(official)
}

/// Claims about controls that are in no framework they could be shown with.
fn note_unknown_claims(official: &Official, frameworks: &[Arc<Framework>], notes: &mut Vec<String>) {
    let base = official.base.as_deref().and_then(|id| frameworks.iter().find(|framework| framework.id == id));
    let is_control =
        |id: &str| official.find(id).is_some() || base.is_some_and(|base| base.find(id).is_some());
    let lost: BTreeSet<&str> = official
        .definitions
        .iter()
        .flat_map(|one| one.claims())
        .map(|(id, _)| id)
        .filter(|id| !is_control(id))
        .collect();
    if !lost.is_empty() {
        notes.push(format!("{} controls named in claims do not exist ({})", lost.len(), first_few(&lost)));
    }
}

fn first_few(ids: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = ids.iter().take(4).copied().collect();
    format!("{}{}", shown.join(", "), if ids.len() > shown.len() { ", …" } else { "" })
}

fn empty(id: String, role: Role, metadata: &Metadata, document: &Document, uuid: &str) -> Official {
    let model = match document.model {
        Model::Catalog(_) => "catalog",
        Model::Profile(_) => "profile",
        Model::Components(_) => "component-definition",
    };
    let day = metadata.published.as_ref().unwrap_or(&metadata.last_modified);
    Official {
        schema: Some(SCHEMA.to_owned()),
        official: VERSION,
        id: id.clone(),
        title: metadata.title.clone(),
        short: id,
        version: metadata.version.clone(),
        publisher: publisher(metadata),
        published: day.chars().take(10).collect(),
        licence: "as its publisher says".to_owned(),
        source: file_name(&document.name).to_owned(),
        role,
        base: None,
        origin: Origin {
            model: model.to_owned(),
            uuid: uuid.to_owned(),
            metadata: metadata.clone(),
            back_matter: None,
            files: Vec::new(),
        },
        losses: Vec::new(),
        params: Vec::new(),
        groups: Vec::new(),
        definitions: Vec::new(),
    }
}

/// The publisher of what does not name one.
pub const NOBODY: &str = "not named";

/// The party that made it, by its role; else the first one named.
fn publisher(metadata: &Metadata) -> String {
    let list = |key: &str| metadata.rest.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let parties = list("parties");
    let responsible = list("responsible-parties");
    let uuid = ["publisher", "creator", "prepared-by"].iter().find_map(|role| {
        let one = responsible.iter().find(|one| word(one, "role-id").as_deref() == Some(role))?;
        one.get("party-uuids")?.as_array()?.first()?.as_str().map(str::to_owned)
    });
    let party =
        parties.iter().find(|party| uuid.is_some() && word(party, "uuid") == uuid).or(parties.first());
    party.and_then(|party| word(party, "name")).unwrap_or_else(|| NOBODY.to_owned())
}

/// Letters of an id that is made of a title.
const MAX_ID_LENGTH: usize = 60;

fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            // A release number keeps its dot.
            '.' if out.ends_with(|c: char| c.is_ascii_digit()) => out.push('.'),
            _ if out.ends_with(['-', '.']) || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    let out = out.trim_matches(['-', '.']);
    match out.get(..MAX_ID_LENGTH) {
        // Whole words only.
        Some(head) => head.rsplit_once('-').map_or(head, |(words, _)| words).to_owned(),
        None => out.to_owned(),
    }
}

/// Turns groups and controls within one another into lists with parents.
struct GroupBuilder {
    /// OSCAL id → published id.
    names: HashMap<String, String>,
    groups: Vec<OfficialGroup>,
    taken: HashSet<String>,
}

impl GroupBuilder {
    fn of(catalog: &Catalog, base: Option<&Framework>) -> Self {
        let controls = super::merge::all(catalog);
        let mut count: HashMap<String, usize> = HashMap::new();
        let labels: Vec<String> = controls
            .iter()
            .map(|control| {
                let in_base =
                    base.and_then(|base| base.find(&control.id).or_else(|| base.find(&label(control))));
                in_base.map_or_else(|| label(control), |found| found.id.clone())
            })
            .collect();
        for label in &labels {
            *count.entry(normal(label)).or_default() += 1;
        }
        // A label that two controls share names neither.
        let names = controls.iter().zip(labels).map(|(control, label)| {
            let is_unique = count.get(&normal(&label)).is_some_and(|count| *count == 1);
            (control.id.clone(), if is_unique { label } else { control.id.clone() })
        });
        Self { names: names.collect(), groups: Vec::new(), taken: HashSet::new() }
    }

    fn build(mut self, catalog: Catalog) -> Vec<OfficialGroup> {
        if !catalog.controls.is_empty() {
            let id = self.unique_id("controls");
            let mut group =
                OfficialGroup { id, loose: true, title: catalog.metadata.title, ..OfficialGroup::default() };
            self.controls(catalog.controls, None, &mut group.controls);
            self.groups.push(group);
        }
        for group in catalog.groups {
            self.group(group, None);
        }
        self.groups
    }

    fn unique_id(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        let mut number = 1;
        while !self.taken.insert(id.clone()) {
            number += 1;
            id = format!("{wanted}-{number}");
        }
        id
    }

    fn group(&mut self, group: Group, parent: Option<String>) {
        let id = match (&group.id, group_label(&group)) {
            (_, Some(label)) => self.unique_id(&label),
            // Families are printed in capitals wherever their controls are.
            (Some(id), None)
                if group
                    .controls
                    .first()
                    .is_some_and(|first| is_printed_in_capitals(id, self.name(&first.id))) =>
            {
                self.unique_id(&id.to_uppercase())
            }
            (Some(id), None) => self.unique_id(id),
            (None, None) => self.unique_id("group"),
        };
        let mut out = OfficialGroup {
            id: id.clone(),
            oscal: group.id,
            loose: false,
            parent,
            class: group.class,
            title: group.title,
            params: group.params,
            props: group.props,
            links: group.links,
            parts: group.parts,
            controls: Vec::new(),
        };
        self.controls(group.controls, None, &mut out.controls);
        self.groups.push(out);
        for below in group.groups {
            self.group(below, Some(id.clone()));
        }
    }

    fn name(&self, id: &str) -> &str {
        self.names.get(id).map_or("", String::as_str)
    }

    fn controls(&self, controls: Vec<Control>, parent: Option<&str>, out: &mut Vec<OfficialControl>) {
        for control in controls {
            let id = self.name(&control.id).to_owned();
            let withdrawn = withdrawn(&control)
                .map(|into| into.iter().map(|id| self.names.get(id).unwrap_or(id).clone()).collect());
            out.push(OfficialControl {
                id: id.clone(),
                oscal: control.id,
                class: control.class,
                title: control.title,
                parent: parent.map(str::to_owned),
                withdrawn,
                params: control.params,
                props: control.props,
                links: control.links,
                parts: control.parts,
                ..OfficialControl::default()
            });
            self.controls(control.controls, Some(&id), out);
        }
    }
}

fn is_printed_in_capitals(group: &str, control: &str) -> bool {
    control.get(..group.len()).is_some_and(|head| head != group && head.eq_ignore_ascii_case(group))
}

fn group_label(group: &Group) -> Option<String> {
    let mut labels = group.props.iter().filter(|prop| prop.name == "label" && prop.class.is_none());
    labels.next().map(|prop| prop.value.trim().to_owned()).filter(|label| !label.is_empty())
}
