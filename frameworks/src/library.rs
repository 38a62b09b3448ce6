//! All frameworks and objectives in force, and the edges that lead to their controls.
//!
//! It knows the catalogue, official texts, crosswalks and what people said; none of those knows it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use compline_rules::{RuleInfo, RuleSet, Verdict};

use crate::builtin;
use crate::catalogue::{Framework, FrameworkInfo, Objective};
use crate::crosswalk;
use crate::edge::ControlRef;
use crate::edge_table::EdgeTable;
use crate::feedback::{Mapping, Mappings};
use crate::join::ControlTable;
use crate::official::{Official, OfficialTexts, Role};
use crate::overrides::{self, MappingOverrides};

/// The frameworks, the objectives, and for each rule the controls it bears on. Texts are decoded when they are
/// first asked for; edges need none.
#[derive(Debug)]
pub struct Library {
    frameworks: Vec<LazyFramework>,
    /// Rule, or check of another scanner → the controls it bears on, with what people said of it.
    edges: HashMap<Arc<str>, Edges>,
    /// The edges of the built-in frameworks, and those of the user's.
    tables: [ControlTable; 2],
    official_texts: OfficialTexts,
    overrides: MappingOverrides,
}

/// The controls of a rule, joined when they are first asked for: most rules say nothing in a run.
#[derive(Debug)]
struct Edges {
    objectives: Vec<String>,
    joined: OnceLock<Arc<[ControlRef]>>,
}

impl From<Arc<[ControlRef]>> for Edges {
    fn from(joined: Arc<[ControlRef]>) -> Self {
        Self { objectives: Vec::new(), joined: OnceLock::from(joined) }
    }
}

/// One framework, decoded or not.
#[derive(Debug)]
struct LazyFramework {
    info: FrameworkInfo,
    /// Empty for a user's own.
    encoded: &'static [u8],
    decoded: OnceLock<Arc<Framework>>,
}

impl Library {
    /// The built-in frameworks joined to these rules.
    pub fn builtin(rules: &RuleSet) -> Self {
        Self::with_frameworks(rules, Vec::new())
    }

    /// The same with what was imported: baselines and catalogues become frameworks, texts and claims are there to be
    /// shown.
    pub fn with_imports(rules: &RuleSet, mut frameworks: Vec<Framework>, imports: Vec<Official>) -> Self {
        frameworks.extend(from_imports(&imports, &frameworks));
        let library = Self::with_frameworks(rules, frameworks);
        Self { official_texts: OfficialTexts::of(imports), ..library }
    }

    /// The built-in frameworks and a user's, joined to these rules; a user's with the id of a built-in one takes its
    /// place.
    pub fn with_frameworks(rules: &RuleSet, frameworks: Vec<Framework>) -> Self {
        let (builtin_infos, builtin_table) = builtin::edge_table();
        let user_infos: Vec<FrameworkInfo> = frameworks.iter().map(FrameworkInfo::of).collect();
        let is_replaced = |info: &FrameworkInfo| user_infos.iter().any(|user| user.id == info.id);
        let tables = [
            ControlTable::new(&builtin_infos, builtin_table, &is_replaced),
            ControlTable::new(&user_infos, EdgeTable::of(&frameworks), &|_| false),
        ];
        let not_joined =
            |rule: &RuleInfo| Edges { objectives: rule.objectives.clone(), joined: OnceLock::new() };
        let edges = rules.infos().map(|rule| (Arc::from(rule.id.as_str()), not_joined(rule))).collect();
        let encoded = builtin::encoded_frameworks().iter();
        let kept: Vec<bool> = builtin_infos.iter().map(|info| !is_replaced(info)).collect();
        let builtin = builtin_infos.into_iter().zip(encoded).zip(kept).filter(|(_, kept)| *kept);
        let mut all: Vec<LazyFramework> = builtin
            .map(|((info, encoded), _)| LazyFramework { info, encoded, decoded: OnceLock::new() })
            .collect();
        all.extend(user_infos.into_iter().zip(frameworks).map(|(info, framework)| LazyFramework {
            info,
            encoded: &[],
            decoded: OnceLock::from(Arc::new(framework)),
        }));
        Self {
            frameworks: all,
            edges,
            tables,
            official_texts: OfficialTexts::default(),
            overrides: MappingOverrides::default(),
        }
    }

    /// The same with texts and claims to be shown; its frameworks stay as they are.
    #[must_use]
    pub fn with_official_texts(self, imports: Vec<Official>) -> Self {
        Self { official_texts: OfficialTexts::of(imports), ..self }
    }

    /// The same library with what people said: a rejected edge is gone, a confirmed one is there, with who and when.
    #[must_use]
    pub fn with_mappings(mut self, mappings: &Mappings, rules: &RuleSet) -> Self {
        if mappings.is_empty() {
            return self;
        }
        let mappings = mappings.clone().resolved(self.frameworks());
        let mut by_rule: HashMap<Arc<str>, Vec<Mapping>> = HashMap::new();
        for rule in rules.infos() {
            let about: Vec<Mapping> = mappings.latest_for_any(&names(rule)).into_iter().cloned().collect();
            if about.is_empty() {
                continue;
            }
            let id: Arc<str> = Arc::from(rule.id.as_str());
            let mut edges = self.controls_of(&id).to_vec();
            overrides::apply(&mut edges, about.iter());
            self.edges.insert(Arc::clone(&id), Edges::from(Arc::from(edges)));
            by_rule.insert(id, about);
        }
        self.overrides = MappingOverrides { mappings, by_rule };
        self
    }

    /// The same library with checks of other scanners, by the name their verdicts carry, and the controls each bears
    /// on.
    #[must_use]
    pub fn with_external_checks(mut self, checks: &HashMap<Arc<str>, Vec<ControlRef>>) -> Self {
        let checks =
            checks.iter().map(|(check, edges)| (Arc::clone(check), Edges::from(Arc::from(edges.as_slice()))));
        self.edges.extend(checks);
        self
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &ControlTable> {
        self.tables.iter()
    }

    /// Whether it holds the frameworks that come with the program, all of them and no other.
    pub fn is_builtin(&self) -> bool {
        self.frameworks.len() == builtin::encoded_frameworks().len()
            && self.frameworks.iter().all(LazyFramework::is_builtin)
    }

    /// What publishers say of controls, where it was imported.
    pub fn official_texts(&self) -> &OfficialTexts {
        &self.official_texts
    }

    /// What there is to know of each framework without decoding it, in their order.
    pub fn infos(&self) -> impl Iterator<Item = &FrameworkInfo> {
        self.frameworks.iter().map(|framework| &framework.info)
    }

    /// What there is to know of one framework without decoding it.
    pub fn info(&self, id: &str) -> Option<&FrameworkInfo> {
        self.infos().find(|info| info.id == id)
    }

    /// All frameworks, in their order; decodes them.
    pub fn frameworks(&self) -> impl Iterator<Item = &Arc<Framework>> {
        self.frameworks.iter().map(LazyFramework::get)
    }

    /// A framework by its id; decodes it.
    pub fn find(&self, id: &str) -> Option<&Arc<Framework>> {
        self.frameworks.iter().find(|framework| framework.info.id == id).map(LazyFramework::get)
    }

    pub fn objectives(&self) -> &'static [Objective] {
        builtin::objectives()
    }

    pub fn objective(&self, id: &str) -> Option<&'static Objective> {
        self.objectives().iter().find(|objective| objective.id == id)
    }

    /// The controls a rule or a check of another scanner bears on, in the order of frameworks, then of their controls;
    /// each control once, by the strongest edge.
    pub fn controls_of(&self, rule: &str) -> &[ControlRef] {
        self.joined(rule).map(|edges| &**edges).unwrap_or_default()
    }

    fn joined(&self, rule: &str) -> Option<&Arc<[ControlRef]>> {
        let edges = self.edges.get(rule)?;
        let join = || self.tables.iter().flat_map(|table| table.of_rule(rule, &edges.objectives)).collect();
        Some(edges.joined.get_or_init(join))
    }

    /// The controls a rule bears on, with those its curated edges lead to over a crosswalk. What people said of the
    /// rule, by any of its names, counts last: what was rejected does not come back.
    pub fn controls_with_crosswalks(&self, rule: &str) -> Vec<ControlRef> {
        let mut edges = self.controls_of(rule).to_vec();
        edges.extend(crosswalk::carried(crosswalk::builtin(), &edges));
        overrides::apply(&mut edges, self.overrides.of_rule(rule));
        edges
    }

    /// The controls that want an objective, with those they lead to over a crosswalk.
    pub fn controls_wanting(&self, objective: &str) -> Vec<ControlRef> {
        let mut edges = self.controls_by_objective().remove(objective).unwrap_or_default();
        edges.extend(crosswalk::carried(crosswalk::builtin(), &edges));
        edges
    }

    /// Each objective with the controls that want it, in the order of frameworks, then of their controls.
    pub fn controls_by_objective(&self) -> BTreeMap<Arc<str>, Vec<ControlRef>> {
        let mut out: BTreeMap<Arc<str>, Vec<ControlRef>> = BTreeMap::new();
        for table in &self.tables {
            for (objective, edges) in table.by_objective() {
                out.entry(Arc::clone(objective)).or_default().extend(edges);
            }
        }
        out
    }

    /// The controls a verdict bears on: those of its rule, and what people said of its kind and its address.
    pub fn controls_of_verdict(&self, verdict: &Verdict) -> Arc<[ControlRef]> {
        self.overridden_controls(verdict).unwrap_or_else(|| self.shared_controls_of(&verdict.rule))
    }

    /// The controls of a verdict of whose kind or address people said something; none where its rule's are its own.
    pub(crate) fn overridden_controls(&self, verdict: &Verdict) -> Option<Arc<[ControlRef]>> {
        let about = self.overrides.of_subjects(&[&verdict.kind, &verdict.address]);
        if about.is_empty() {
            return None;
        }
        let mut edges = self.controls_of(&verdict.rule).to_vec();
        overrides::apply(&mut edges, about.into_iter());
        Some(Arc::from(edges))
    }

    pub(crate) fn shared_controls_of(&self, rule: &str) -> Arc<[ControlRef]> {
        self.joined(rule).map(Arc::clone).unwrap_or_default()
    }

    /// Corrects edges of something by what people said of the names it is asked for by.
    pub(crate) fn apply_mappings(&self, subjects: &[&str], edges: &mut Vec<ControlRef>) {
        overrides::apply(edges, self.overrides.of_subjects(subjects).into_iter());
    }
}

impl LazyFramework {
    fn is_builtin(&self) -> bool {
        !self.encoded.is_empty()
    }

    #[allow(clippy::expect_used)] // The build script encoded it, and a test decodes them all.
    fn get(&self) -> &Arc<Framework> {
        self.decoded.get_or_init(|| {
            Arc::new(postcard::from_bytes(self.encoded).expect("an embedded framework decodes"))
        })
    }
}

/// The frameworks that imports make, with the objectives of the framework each rests on: one of `frameworks`, another
/// import or a built-in one.
pub fn from_imports(imports: &[Official], frameworks: &[Framework]) -> Vec<Framework> {
    let mut out: Vec<Framework> = Vec::new();
    // Catalogues first: a baseline may rest on one of them.
    let mut order: Vec<&Official> = imports.iter().collect();
    order.sort_by_key(|import| import.role == Role::Baseline);
    for import in order {
        let base = import.base.as_deref();
        let user = base.and_then(|id| frameworks.iter().chain(&out).find(|one| one.id == id).cloned());
        let base = user.or_else(|| base.and_then(builtin::framework));
        out.extend(import.framework(base.as_ref()));
    }
    out
}

/// What a rule is called by, in what people say of it.
fn names(rule: &RuleInfo) -> Vec<&str> {
    let names = [rule.id.as_str(), rule.title.as_str()].into_iter();
    names.chain(rule.aliases.values().flatten().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Strength;
    use crate::edge::Provenance;
    use crate::testing::{framework, page};

    fn rules(pages: Vec<compline_rules::Rule>) -> RuleSet {
        RuleSet::of(pages, compline_rules::table::Tables::default())
    }

    #[test]
    fn every_embedded_table_decodes() {
        let library = Library::builtin(&rules(Vec::new()));
        assert!(library.objectives().len() > 50);
        assert!(library.infos().count() > 5);
        assert_eq!(library.infos().count(), library.frameworks().count());
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
        assert!(rules.infos().count() > 100);
        for rule in rules.infos() {
            assert!(!rule.objectives.is_empty(), "{} shows no objective", rule.id);
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
        let library =
            Library::with_frameworks(&rules(vec![page("aws-a-b", &["two", "one"], "aws_a")]), vec![own]);
        let edges = library.controls_of("aws-a-b");
        let found: Vec<_> =
            edges.iter().map(|edge| (&*edge.id, edge.strength, edge.objective.as_deref())).collect();
        assert_eq!(found, [("1.1", Strength::Fully, Some("one")), ("1.2", Strength::Partly, Some("one"))]);
        assert_eq!(edges.first().map(|edge| &*edge.framework), Some("test-1"));
        assert!(library.controls_of("aws-a-c").is_empty());
    }

    #[test]
    fn pins_add_a_part_and_excludes_take_away() {
        let mut own = framework(&[("1.1", &["one"], &[]), ("1.2", &["two"], &[])]);
        own.groups[0].controls[0].excludes = vec!["aws-a-b".to_owned()];
        own.groups[0].controls[1].pins = vec!["aws-a-b".to_owned()];
        let library = Library::with_frameworks(&rules(vec![page("aws-a-b", &["one"], "aws_a")]), vec![own]);
        let found: Vec<_> =
            library.controls_of("aws-a-b").iter().map(|edge| (&*edge.id, edge.strength)).collect();
        assert_eq!(found, [("1.2", Strength::Partly)]);
    }

    #[test]
    fn a_users_framework_takes_the_place_of_a_built_in_one() {
        let mut own = framework(&[("1.1", &["storage-encrypted-at-rest"], &[])]);
        own.id = "pci-dss-4.0.1".to_owned();
        let set = rules(vec![page("aws-a-b", &["storage-encrypted-at-rest"], "aws_a")]);
        let library = Library::with_frameworks(&set, vec![own]);
        let pci: Vec<_> = library
            .controls_of("aws-a-b")
            .iter()
            .filter(|edge| &*edge.framework == "pci-dss-4.0.1")
            .collect();
        assert_eq!(pci.len(), 1);
        assert_eq!(library.infos().filter(|info| info.id == "pci-dss-4.0.1").count(), 1);
        assert!(Library::builtin(&set).controls_of("aws-a-b").len() > 1);
    }

    fn rejected(subject: &str, control: &str) -> Mappings {
        let text = format!(
            "mappings:\n- {{ subject: {subject}, framework: nist-800-53-r5, control: {control}, confirmed: false, by: ann, date: \"2026-11-21\" }}\n"
        );
        Mappings::read(&text).expect("reads")
    }

    #[test]
    fn a_rejected_edge_does_not_come_back_over_a_crosswalk() {
        let rules = RuleSet::builtin();
        let rule = "aws-rds-publicly-accessible";
        let bears = |library: &Library, framework: &str| {
            library
                .controls_with_crosswalks(rule)
                .iter()
                .any(|edge| &*edge.framework == framework && &*edge.id == "AC-4")
        };
        assert!(bears(&Library::builtin(&rules), "nist-800-53-r5"));
        for name in [rule, "CKV_AWS_17"] {
            let library = Library::builtin(&rules).with_mappings(&rejected(name, "AC-4"), &rules);
            assert!(!bears(&library, "nist-800-53-r5") && !bears(&library, "fedramp-rev5"), "{name}");
        }
    }

    #[test]
    fn an_objective_leads_to_the_controls_that_want_it() {
        let library = Library::builtin(&RuleSet::builtin());
        let edges = library.controls_wanting("storage-not-public");
        let control = |edge: &&ControlRef| &*edge.framework == "nist-800-53-r5" && &*edge.id == "AC-3";
        let edge = edges.iter().find(control).expect("it is there");
        assert_eq!(edge.objective.as_deref(), Some("storage-not-public"));
        assert!(edges.iter().any(|edge| matches!(edge.provenance, Provenance::Crosswalk { .. })));
        assert!(library.controls_wanting("nothing-of-that-name").is_empty());
    }
}
