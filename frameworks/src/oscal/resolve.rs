//! A profile → the catalogue it makes: import, merge, modify, as the profile resolution specification has it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::merge::{Picked, merge};
use super::modify::modify;
use super::read::{Document, Model, read};
use super::select::{Order, selected};
use super::wire::{Catalog, Profile};
use super::{Fault, SourceFile, SourceFiles};
use crate::official::BackMatter;

/// What profiles may copy out of what they import, all of them together, in bytes of the files they draw from.
const MAX_COPIED_BYTES: u64 = 4 * super::MAX_TOTAL_BYTES;

/// The files of one import, each read once and resolved once.
pub struct Documents<'a> {
    files: &'a mut dyn SourceFiles,
    pub read: BTreeMap<String, Rc<Document>>,
    bytes: u64,
    /// The catalogue a file makes, and the bytes of the files it draws from.
    resolved: HashMap<String, (Rc<Catalog>, u64)>,
    copied: u64,
}

impl<'a> Documents<'a> {
    pub fn new(files: &'a mut dyn SourceFiles) -> Self {
        Self { files, read: BTreeMap::new(), bytes: 0, resolved: HashMap::new(), copied: 0 }
    }

    /// Reads a file, unless it was read already.
    pub fn add(&mut self, file: SourceFile) -> Result<Rc<Document>, Fault> {
        if let Some(document) = self.read.get(&file.name) {
            return Ok(Rc::clone(document));
        }
        self.bytes += file.bytes.len() as u64;
        if self.bytes > super::MAX_TOTAL_BYTES {
            return Err(Fault::new(
                file.name,
                format!("brings the import over {} bytes in all, which is the most", super::MAX_TOTAL_BYTES),
            )
            .help("import the resolved catalogue that its publisher offers beside a profile"));
        }
        let document = Rc::new(read(file)?);
        self.read.insert(document.name.clone(), Rc::clone(&document));
        Ok(document)
    }

    /// Lets go of what was resolved on the way.
    pub fn forget(&mut self) {
        self.resolved.clear();
    }

    /// The file an import refers to.
    pub fn follow(&mut self, from: &Document, href: &str) -> Result<Rc<Document>, Fault> {
        let references = references(from, href)?;
        match self.files.follow(&from.name, &references)? {
            Some(file) => self.add(file),
            None => Err(missing(from, href, &references)),
        }
    }
}

/// What a reference may mean: itself, or the links of the document in the back matter it points at.
fn references(from: &Document, href: &str) -> Result<Vec<String>, Fault> {
    let Some(uuid) = href.strip_prefix('#') else { return Ok(vec![href.to_owned()]) };
    let back = match &from.model {
        Model::Profile(profile) => profile.back_matter.as_ref(),
        Model::Catalog(catalog) => catalog.back_matter.as_ref(),
        Model::Components(_) => None,
    };
    let resource = back
        .iter()
        .flat_map(|back| &back.resources)
        .find(|one| one.get("uuid").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(uuid)));
    let links: Vec<String> = resource
        .and_then(|one| one.get("rlinks"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|link| link.get("href").and_then(Value::as_str).map(str::to_owned))
        .collect();
    if links.is_empty() {
        return Err(Fault::new(
            from.place(href),
            format!("imports `{href}`, and no resource of its back matter has that id and a link"),
        )
        .help("give the import the file's name, or add the resource with an `rlinks` entry"));
    }
    Ok(links)
}

fn missing(from: &Document, href: &str, references: &[String]) -> Fault {
    let remote = references.iter().find(|one| one.contains("://"));
    let name = references.iter().map(|one| file_name(one)).find(|name| !name.is_empty()).unwrap_or(href);
    let what = match remote {
        Some(url) => format!("imports `{url}`, and nothing is ever fetched"),
        None => format!("imports `{}`, which is not there", references.first().map_or(href, String::as_str)),
    };
    let help = format!(
        "put `{name}` beside it, or name it on the command line too: `compline frameworks import {} {name}`",
        from.name
    );
    Fault::new(from.place(href), what).help(help)
}

/// The last part of a path or address.
pub fn file_name(reference: &str) -> &str {
    let plain = reference.split(['?', '#']).next().unwrap_or(reference);
    plain.rsplit(['/', '\\']).next().unwrap_or(plain)
}

/// Resolves a profile; catalogues are themselves. Profiles that many import are carried out once.
///
/// # Errors
/// The first thing in it that cannot be done, and where it says so.
pub fn resolve(
    documents: &mut Documents<'_>,
    document: &Rc<Document>,
    above: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<Rc<Catalog>, Fault> {
    if let Some((catalog, _)) = documents.resolved.get(&document.name) {
        return Ok(Rc::clone(catalog));
    }
    let (catalog, bytes) = match &document.model {
        Model::Catalog(catalog) => (Rc::clone(catalog), document.text.len() as u64),
        Model::Components(_) => {
            return Err(Fault::new(
                &document.name,
                "is a component definition, and a profile can only import catalogues and profiles",
            ));
        }
        Model::Profile(profile) => {
            above.push(document.name.clone());
            let (catalog, bytes) = profile_catalog(documents, document, profile, above, notes)?;
            above.pop();
            documents.copied += bytes;
            if documents.copied > MAX_COPIED_BYTES {
                return Err(Fault::new(
                    &document.name,
                    format!(
                        "brings what its profiles copy from one another over {MAX_COPIED_BYTES} bytes, which is the most"
                    ),
                )
                .help("import the resolved catalogue that its publisher offers beside a profile"));
            }
            (Rc::new(catalog), bytes)
        }
    };
    documents.resolved.insert(document.name.clone(), (Rc::clone(&catalog), bytes));
    Ok(catalog)
}

fn profile_catalog(
    documents: &mut Documents<'_>,
    document: &Rc<Document>,
    profile: &Profile,
    above: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<(Catalog, u64), Fault> {
    let mut picked = Vec::new();
    let mut bytes = document.text.len() as u64;
    if profile.imports.is_empty() {
        return Err(Fault::new(
            document.place("imports"),
            "imports nothing, so there is nothing to select from",
        ));
    }
    for import in &profile.imports {
        let source = documents.follow(document, &import.href)?;
        if let Some(at) = above.iter().position(|name| *name == source.name) {
            let mut round: Vec<String> = above.iter().skip(at).map(|name| format!("`{name}`")).collect();
            round.push(format!("`{}`", source.name));
            return Err(Fault::new(
                document.place(&import.href),
                format!("the imports go round in a circle: {}", round.join(" imports ")),
            )
            .help("a profile cannot rest on itself; take one of these imports out"));
        }
        let catalog = resolve(documents, &source, above, notes)?;
        bytes += documents.resolved.get(&source.name).map_or(0, |(_, bytes)| *bytes);
        let order = Order::of(&catalog);
        let all = import.include_all.is_some() || import.include_controls.is_empty();
        if import.include_all.is_none() && import.include_controls.is_empty() {
            notes.push(format!(
                "{}: the import of `{}` does not say what to include, so all of it is",
                document.name, source.name
            ));
        }
        let chosen = selected(
            &order,
            all,
            &import.include_controls,
            &import.exclude_controls,
            document,
            &source.name,
        )?;
        picked.push(Picked { catalog, chosen });
    }
    let mut back = profile.back_matter.clone().unwrap_or_default();
    for one in &picked {
        join(&mut back, one.catalog.back_matter.as_ref());
    }
    let orders: Vec<Order> = picked.iter().map(|one| Order::of(&one.catalog)).collect();
    let mut catalog = merge(picked, profile.merge.as_ref(), document, notes)?;
    if let Some(directives) = &profile.modify {
        modify(&mut catalog, directives, document, &|id| orders.iter().any(|order| order.has(id)), notes)?;
    }
    catalog.uuid.clone_from(&profile.uuid);
    catalog.metadata = profile.metadata.clone();
    catalog.back_matter = Some(back).filter(|back| !back.resources.is_empty());
    if Order::of(&catalog).ids.is_empty() {
        return Err(Fault::new(&document.name, "selects no control at all"));
    }
    // A control is in it once, by however many ways it came.
    Ok((catalog, bytes.min(documents.bytes)))
}

/// Documents of another back matter that are not there yet.
fn join(into: &mut BackMatter, other: Option<&BackMatter>) {
    let uuid = |one: &Map<String, Value>| one.get("uuid").and_then(Value::as_str).map(str::to_owned);
    for resource in other.iter().flat_map(|other| &other.resources) {
        if !into.resources.iter().any(|other| uuid(other) == uuid(resource)) {
            into.resources.push(resource.clone());
        }
    }
}
