//! All frameworks and objectives in force, and the edges between rules and controls.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use compline_rules::{RuleInfo, RuleSet};

use crate::amend::Amends;
use crate::catalogue::{Framework, Objective, Strength};
use crate::edges::{EdgeTable, FrameworkInfo};
use crate::official::{Held, Official, Role};

include!(concat!(env!("OUT_DIR"), "/frameworks.rs"));
static EDGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/edges.bin"));
static OBJECTIVES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/objectives.bin"));

/// The frameworks a finding speaks of where nobody has chosen any; all others are shown when they are named.
pub const USUAL: [&str; 3] = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"];

/// The frameworks, the objectives, and for each rule the controls it bears on. Texts are decoded when they are
/// first asked for; edges need none.
#[derive(Debug)]
pub struct Library {
    shelves: Vec<Shelf>,
    pub(crate) edges: HashMap<Arc<str>, Vec<ControlRef>>,
    held: Held,
    /// What people said of mappings, and what was learned of others' checks.
    pub(crate) amends: Amends,
}

/// One framework, decoded or not.
#[derive(Debug)]
struct Shelf {
    info: FrameworkInfo,
    bytes: &'static [u8],
    framework: OnceLock<Arc<Framework>>,
}

/// One edge from a rule to a control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlRef {
    pub framework: Arc<str>,
    /// The control's id as published.
    pub id: Arc<str>,
    pub strength: Strength,
    /// The objective it goes through; none for a pin.
    pub objective: Option<Arc<str>>,
    pub provenance: Provenance,
}

/// Objective → framework, control and how fully it wants the objective.
pub(crate) type Wants = BTreeMap<Arc<str>, Vec<(Arc<str>, Arc<str>, Strength)>>;

/// Who says so.
#[derive(Debug, Clone, PartialEq)]
pub enum Provenance {
    /// Written by us after a source.
    Curated(Arc<str>),
    /// Carried over a crosswalk, with the IR 8477 relation.
    Crosswalk { source: Arc<str>, relation: Arc<str> },
    /// A person confirmed it.
    Confirmed { by: Arc<str>, date: Arc<str> },
    /// The index inferred it.
    Inferred { score: f32, why: Arc<str> },
}

impl Library {
    /// The built-in frameworks joined to these rules.
    pub fn builtin(rules: &RuleSet) -> Self {
        Self::with(rules, Vec::new())
    }

    /// The same with what was imported: baselines and catalogues become frameworks, texts and claims are there to be
    /// shown.
    pub fn holding(rules: &RuleSet, mut own: Vec<Framework>, imports: Vec<Official>) -> Self {
        own.extend(made(&imports, &own));
        Self { held: Held::of(imports), ..Self::with(rules, own) }
    }

    /// The built-in frameworks and a user's own, joined to these rules; one with a known id takes its place.
    ///
    /// # Panics
    /// Never in a built program: the tables are made by the build script, and a test decodes them all.
    pub fn with(rules: &RuleSet, own: Vec<Framework>) -> Self {
        #[allow(clippy::expect_used)] // See above.
        let (infos, table): (Vec<FrameworkInfo>, EdgeTable) =
            postcard::from_bytes(EDGES).expect("the embedded edges decode");
        let replaced = |id: &str| own.iter().any(|framework| framework.id == id);
        let hidden: Vec<bool> = infos.iter().map(|info| replaced(&info.id)).collect();
        let mut join = Join::default();
        join.add(rules, &infos, &table, &hidden);
        let own_infos: Vec<FrameworkInfo> = own.iter().map(FrameworkInfo::of).collect();
        join.add(rules, &own_infos, &EdgeTable::of(&own), &[]);
        let built_in = infos.into_iter().zip(FRAMEWORKS).zip(&hidden).filter(|(_, hidden)| !**hidden);
        let mut shelves: Vec<Shelf> =
            built_in.map(|((info, bytes), _)| Shelf { info, bytes, framework: OnceLock::new() }).collect();
        shelves.extend(own_infos.into_iter().zip(own).map(|(info, framework)| Shelf {
            info,
            bytes: &[],
            framework: OnceLock::from(Arc::new(framework)),
        }));
        Self { shelves, edges: join.edges, held: Held::default(), amends: Amends::default() }
    }

    /// Whether it holds the frameworks that come with the program, all of them and no other.
    pub(crate) fn is_builtin(&self) -> bool {
        self.shelves.len() == FRAMEWORKS.len() && self.shelves.iter().all(|shelf| !shelf.bytes.is_empty())
    }

    /// The same with texts and claims to be shown; its frameworks stay as they are.
    #[must_use]
    pub fn hold(self, imports: Vec<Official>) -> Self {
        Self { held: Held::of(imports), ..self }
    }

    /// What publishers say of controls, where it was imported.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// What there is to know of each framework without decoding it, in their order.
    pub fn infos(&self) -> impl Iterator<Item = &FrameworkInfo> {
        self.shelves.iter().map(|shelf| &shelf.info)
    }

    /// What there is to know of one framework without decoding it.
    pub fn info(&self, id: &str) -> Option<&FrameworkInfo> {
        self.infos().find(|info| info.id == id)
    }

    /// All frameworks, in their order; decodes them.
    pub fn frameworks(&self) -> impl Iterator<Item = &Arc<Framework>> {
        self.shelves.iter().map(Shelf::framework)
    }

    /// A framework by its id; decodes it.
    pub fn find(&self, id: &str) -> Option<&Arc<Framework>> {
        self.shelves.iter().find(|shelf| shelf.info.id == id).map(Shelf::framework)
    }

    pub fn objectives(&self) -> &'static [Objective] {
        builtin_objectives()
    }

    pub fn objective(&self, id: &str) -> Option<&'static Objective> {
        self.objectives().iter().find(|objective| objective.id == id)
    }

    /// The controls that want each objective, and how fully; what the control index joins its texts by.
    ///
    /// # Panics
    /// Never in a built program: the build script encoded the table, and a test decodes it.
    pub(crate) fn wanted(&self) -> Wants {
        #[allow(clippy::expect_used)] // See above.
        let (infos, built_in): (Vec<FrameworkInfo>, EdgeTable) =
            postcard::from_bytes(EDGES).expect("the embedded edges decode");
        let own: Vec<&Shelf> = self.shelves.iter().filter(|shelf| shelf.bytes.is_empty()).collect();
        let own_table = EdgeTable::of(own.iter().map(|shelf| &**shelf.framework()));
        // A user's own framework takes the place of a built-in one of its id.
        let from_file =
            |id: &String| self.shelves.iter().any(|shelf| shelf.info.id == *id && !shelf.bytes.is_empty());
        let names: Vec<Option<Arc<str>>> =
            infos.iter().map(|info| from_file(&info.id).then(|| Arc::from(info.id.as_str()))).collect();
        let own_names: Vec<Option<Arc<str>>> =
            own.iter().map(|shelf| Some(Arc::from(shelf.info.id.as_str()))).collect();
        let mut out = Wants::new();
        for (table, names) in [(built_in, names), (own_table, own_names)] {
            let ids: Vec<Arc<str>> = table.controls.iter().map(|(_, id)| Arc::from(id.as_str())).collect();
            for (objective, places) in table.wants {
                let list = out.entry(Arc::from(objective)).or_default();
                for (at, strength) in places {
                    let (Some((place, _)), Some(id)) = (table.controls.get(at), ids.get(at)) else {
                        continue;
                    };
                    let Some(Some(framework)) = names.get(*place) else { continue };
                    list.push((Arc::clone(framework), Arc::clone(id), strength));
                }
            }
        }
        out
    }

    /// The controls a rule bears on, in the order of frameworks, then of their controls; each control once, by
    /// the strongest edge.
    pub fn controls_of(&self, rule: &str) -> &[ControlRef] {
        self.edges.get(rule).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Shelf {
    #[allow(clippy::expect_used)] // The build script encoded it, and a test decodes them all.
    fn framework(&self) -> &Arc<Framework> {
        self.framework.get_or_init(|| {
            Arc::new(postcard::from_bytes(self.bytes).expect("an embedded framework decodes"))
        })
    }
}

/// The frameworks that imports make, with the objectives of the framework each rests on.
pub fn made(imports: &[Official], own: &[Framework]) -> Vec<Framework> {
    let mut made: Vec<Framework> = Vec::new();
    // Catalogues first: a baseline may rest on one of them.
    let mut order: Vec<&Official> = imports.iter().collect();
    order.sort_by_key(|import| import.role == Role::Baseline);
    for import in order {
        let base = import.base.as_deref();
        let known = base.and_then(|id| own.iter().chain(&made).find(|one| one.id == id).cloned());
        let base = known.or_else(|| base.and_then(shipped));
        made.extend(import.framework(base.as_ref()));
    }
    made
}

/// A framework that comes with the program.
pub fn shipped(id: &str) -> Option<Framework> {
    let (infos, _): (Vec<FrameworkInfo>, EdgeTable) = postcard::from_bytes(EDGES).ok()?;
    let place = infos.iter().position(|info| info.id == id)?;
    postcard::from_bytes(FRAMEWORKS.get(place)?).ok()
}

/// The objectives that come with the program, in the order of their file.
pub fn builtin_objectives() -> &'static [Objective] {
    static DECODED: OnceLock<Vec<Objective>> = OnceLock::new();
    #[allow(clippy::expect_used)] // The build script encoded it, and a test decodes them.
    DECODED.get_or_init(|| postcard::from_bytes(OBJECTIVES).expect("the embedded objectives decode"))
}

/// Edges while they are being made.
#[derive(Default)]
struct Join {
    edges: HashMap<Arc<str>, Vec<ControlRef>>,
    /// Texts that many edges share.
    shared: HashMap<String, Arc<str>>,
}

impl Join {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.shared.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.shared.insert(text.to_owned(), Arc::clone(&new));
        new
    }

    fn add(&mut self, rules: &RuleSet, infos: &[FrameworkInfo], table: &EdgeTable, hidden: &[bool]) {
        let frameworks: Vec<(Arc<str>, Arc<str>)> =
            infos.iter().map(|info| (self.share(&info.id), self.share(&info.source))).collect();
        let ids: Vec<Arc<str>> = table.controls.iter().map(|(_, id)| Arc::from(id.as_str())).collect();
        for rule in rules.infos() {
            let found = reached(rule, table);
            if found.is_empty() {
                continue;
            }
            let mut list = Vec::with_capacity(found.len());
            for (at, (strength, objective)) in found {
                let (Some((place, _)), Some(id)) = (table.controls.get(at), ids.get(at)) else { continue };
                let Some((framework, source)) = frameworks.get(*place) else { continue };
                if hidden.get(*place).copied().unwrap_or(false) {
                    continue;
                }
                list.push(ControlRef {
                    framework: Arc::clone(framework),
                    id: Arc::clone(id),
                    strength,
                    objective: objective.map(|objective| self.share(objective)),
                    provenance: Provenance::Curated(Arc::clone(source)),
                });
            }
            let rule = self.share(&rule.id);
            self.edges.entry(rule).or_default().extend(list);
        }
    }
}

/// The places of the controls a rule reaches, each with its strongest edge and the objective it goes through.
fn reached<'a>(rule: &'a RuleInfo, table: &EdgeTable) -> BTreeMap<usize, (Strength, Option<&'a str>)> {
    let mut found: BTreeMap<usize, (Strength, Option<&str>)> = BTreeMap::new();
    for objective in &rule.objectives {
        for (at, strength) in table.wants.get(objective).into_iter().flatten() {
            let edge = found.entry(*at).or_insert((*strength, Some(objective)));
            if *strength > edge.0 {
                *edge = (*strength, Some(objective));
            }
        }
    }
    // A pin carries no objective, so it can show a part and never the whole.
    for at in table.pins.get(&rule.id).into_iter().flatten() {
        found.entry(*at).or_insert((Strength::Partly, None));
    }
    for at in table.excludes.get(&rule.id).into_iter().flatten() {
        found.remove(at);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{framework, page};

    fn rules(pages: Vec<compline_rules::Rule>) -> RuleSet {
        RuleSet::of(pages, compline_rules::table::Tables::default())
    }

    #[test]
    fn every_embedded_table_decodes() {
        let library = Library::builtin(&rules(Vec::new()));
        assert!(library.objectives().len() > 50);
        for (info, framework) in library.infos().zip(library.frameworks()) {
            assert_eq!(*info, FrameworkInfo::of(framework));
            assert_eq!(info.controls, info.automatable + info.manual + info.inherited);
            let problems =
                crate::catalogue::check::problems(framework, &|id| library.objective(id).is_some());
            assert_eq!(problems, []);
        }
        assert!(library.info("pci-dss-4.0.1").is_some_and(|info| info.short == "PCI"));
        assert!(library.find("pci-dss").is_none());
    }

    #[test]
    fn built_in_rules_and_controls_name_each_other_rightly() {
        let rules = RuleSet::builtin();
        let library = Library::builtin(&rules);
        for rule in rules.infos() {
            for objective in &rule.objectives {
                assert!(library.objective(objective).is_some(), "{}: `{objective}` is no objective", rule.id);
            }
        }
        for framework in library.frameworks() {
            for control in framework.controls() {
                for rule in control.pins.iter().chain(&control.excludes) {
                    assert!(
                        rules.info(rule).is_some(),
                        "{}: {}: `{rule}` is no rule",
                        framework.id,
                        control.id
                    );
                }
            }
        }
    }

    #[test]
    fn a_control_is_reached_once_by_its_strongest_edge() {
        let own = framework(&[("1.1", &["one"], &["two"]), ("1.2", &[], &["one"])]);
        let library = Library::with(&rules(vec![page("aws-a-b", &["two", "one"], "aws_a")]), vec![own]);
        let edges = library.controls_of("aws-a-b");
        let told: Vec<_> =
            edges.iter().map(|edge| (&*edge.id, edge.strength, edge.objective.as_deref())).collect();
        assert_eq!(told, [("1.1", Strength::Fully, Some("one")), ("1.2", Strength::Partly, Some("one"))]);
        assert_eq!(edges.first().map(|edge| &*edge.framework), Some("test-1"));
        assert!(library.controls_of("aws-a-c").is_empty());
    }

    #[test]
    fn pins_add_a_part_and_excludes_take_away() {
        let mut own = framework(&[("1.1", &["one"], &[]), ("1.2", &["two"], &[])]);
        own.groups[0].controls[0].excludes = vec!["aws-a-b".to_owned()];
        own.groups[0].controls[1].pins = vec!["aws-a-b".to_owned()];
        let library = Library::with(&rules(vec![page("aws-a-b", &["one"], "aws_a")]), vec![own]);
        let told: Vec<_> =
            library.controls_of("aws-a-b").iter().map(|edge| (&*edge.id, edge.strength)).collect();
        assert_eq!(told, [("1.2", Strength::Partly)]);
    }

    #[test]
    fn a_users_framework_takes_the_place_of_a_built_in_one() {
        let mut own = framework(&[("1.1", &["storage-encrypted-at-rest"], &[])]);
        own.id = "pci-dss-4.0.1".to_owned();
        let set = rules(vec![page("aws-a-b", &["storage-encrypted-at-rest"], "aws_a")]);
        let library = Library::with(&set, vec![own]);
        let pci: Vec<_> = library
            .controls_of("aws-a-b")
            .iter()
            .filter(|edge| &*edge.framework == "pci-dss-4.0.1")
            .collect();
        assert_eq!(pci.len(), 1);
        assert_eq!(library.infos().filter(|info| info.id == "pci-dss-4.0.1").count(), 1);
        assert!(Library::builtin(&set).controls_of("aws-a-b").len() > 1);
    }
}
