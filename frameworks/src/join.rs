//! The one place where rules are joined to controls: a rule names the objectives it shows, a control names the
//! objectives it wants, and may pin a rule or exclude it. Everything else reads the edges that are made here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::catalogue::{FrameworkInfo, Strength};
use crate::edge::{ControlRef, Provenance};
use crate::edge_table::EdgeTable;

/// The edges of some frameworks, with the names that many of them share.
#[derive(Debug)]
pub(crate) struct ControlTable {
    table: EdgeTable,
    /// Id and source of each framework; none of one that is hidden.
    frameworks: Vec<Option<(Arc<str>, Arc<str>)>>,
    /// The id of each control of the table.
    ids: Vec<Arc<str>>,
    objectives: HashMap<String, Arc<str>>,
}

/// What a control asks of a parameter, in its own words.
pub(crate) struct Asked<'t> {
    pub framework: &'t Arc<str>,
    pub control: &'t Arc<str>,
    pub value: &'t str,
    /// The publisher's parameter that an import gave the value to.
    pub imported: Option<&'t str>,
}

impl ControlTable {
    /// `is_hidden` says which of the frameworks have no edges, because another one takes their place.
    pub(crate) fn new(
        infos: &[FrameworkInfo],
        table: EdgeTable,
        is_hidden: &dyn Fn(&FrameworkInfo) -> bool,
    ) -> Self {
        let names = |info: &FrameworkInfo| (Arc::from(info.id.as_str()), Arc::from(info.source.as_str()));
        let frameworks = infos.iter().map(|info| (!is_hidden(info)).then(|| names(info))).collect();
        let ids = table.controls.iter().map(|(_, id)| Arc::from(id.as_str())).collect();
        let objectives = table.wants.keys().map(|id| (id.clone(), Arc::from(id.as_str()))).collect();
        Self { table, frameworks, ids, objectives }
    }

    /// The controls a rule bears on, in the order of the frameworks and of their controls; each once, by its strongest
    /// edge.
    pub(crate) fn of_rule(&self, rule: &str, objectives: &[String]) -> Vec<ControlRef> {
        let mut edges: BTreeMap<usize, (Strength, Option<&str>)> = BTreeMap::new();
        for objective in objectives {
            for (place, strength) in self.table.wants.get(objective).into_iter().flatten() {
                let edge = edges.entry(*place).or_insert((*strength, Some(objective)));
                if *strength > edge.0 {
                    *edge = (*strength, Some(objective));
                }
            }
        }
        // A pin carries no objective, so it can show a part and never the whole.
        for place in self.table.pins.get(rule).into_iter().flatten() {
            edges.entry(*place).or_insert((Strength::Partly, None));
        }
        for place in self.table.excludes.get(rule).into_iter().flatten() {
            edges.remove(place);
        }
        let edges = edges.into_iter();
        edges.filter_map(|(place, (strength, objective))| self.edge(place, strength, objective)).collect()
    }

    /// Whether any control asks something of a parameter.
    pub(crate) fn knows_parameter(&self, name: &str) -> bool {
        self.table.parameters.contains_key(name)
    }

    /// What controls ask of a parameter.
    pub(crate) fn asked<'t>(&'t self, name: &str) -> impl Iterator<Item = Asked<'t>> + use<'t> {
        self.table.parameters.get(name).into_iter().flatten().filter_map(|(place, value, imported)| {
            let (framework, _) = self.table.controls.get(*place)?;
            let (framework, _) = self.frameworks.get(*framework)?.as_ref()?;
            Some(Asked { framework, control: self.ids.get(*place)?, value, imported: imported.as_deref() })
        })
    }

    /// What controls ask of all parameters, by name.
    pub(crate) fn all_asked(&self) -> impl Iterator<Item = (&str, Asked<'_>)> {
        let names = self.table.parameters.keys();
        names.flat_map(|name| self.asked(name).map(move |asked| (name.as_str(), asked)))
    }

    /// Each objective with the controls that want it.
    pub(crate) fn by_objective(&self) -> impl Iterator<Item = (&Arc<str>, Vec<ControlRef>)> {
        self.table.wants.iter().filter_map(|(objective, places)| {
            let edge = |(place, strength): &(usize, Strength)| self.edge(*place, *strength, Some(objective));
            Some((self.objectives.get(objective)?, places.iter().filter_map(edge).collect()))
        })
    }

    fn edge(&self, place: usize, strength: Strength, objective: Option<&str>) -> Option<ControlRef> {
        let (framework, _) = self.table.controls.get(place)?;
        let (framework, source) = self.frameworks.get(*framework)?.as_ref()?;
        Some(ControlRef {
            framework: Arc::clone(framework),
            id: Arc::clone(self.ids.get(place)?),
            strength,
            objective: objective.and_then(|id| self.objectives.get(id)).map(Arc::clone),
            provenance: Provenance::Curated(Arc::clone(source)),
        })
    }
}
