//! The frameworks a run rests on: chosen, imported, narrowed to a baseline, amended by people.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::feedback::{self, Mappings};
use compline_frameworks::official::Official;
use compline_frameworks::{Control, Framework, Library, Statement, USUAL, builtin, library};
use compline_rules::RuleSet;

use crate::config::Config;
use crate::embedder::{Choice, Named};
use crate::exit::Stop;
use crate::imports::{self, Import};
use crate::said;
use crate::suggest::did_you_mean;

/// The frameworks and the library a run rests on.
pub struct Shelf {
    pub library: Library,
    /// In the order in which they were named.
    pub chosen: Vec<Arc<Framework>>,
    /// What people confirmed and rejected.
    pub mappings: Mappings,
    pub model: Choice,
    pub config: Config,
}

impl Shelf {
    /// The frameworks named on the command line, else those of the configuration. A name with a dot and an ending
    /// is a file of the user's own.
    ///
    /// # Errors
    /// A name that is none, or a file that is no framework.
    pub fn open(named: &[String], config: &Config, rules: &RuleSet) -> Result<Self, Stop> {
        let from_config = named.is_empty();
        let names: Vec<(String, String)> = match from_config {
            true => config.frameworks.iter().map(|(name, at)| (name.clone(), format!("{at}: "))).collect(),
            false => named.iter().map(|name| (name.clone(), String::new())).collect(),
        };
        let beside = config.path.as_deref().and_then(Path::parent).filter(|_| from_config);
        let (mut own, mut imports, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut baselines: BTreeSet<String> = BTreeSet::new();
        for (name, at) in names {
            let file = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
            if let Some((id, baseline)) = name.split_once(':').filter(|_| !file) {
                let one = narrowed(&Library::builtin(rules), id, baseline, &at)?;
                baselines.insert(one.id.clone());
                ids.push((one.id.clone(), at));
                own.push(one);
                continue;
            }
            let held = if file {
                let path = beside.map_or_else(|| PathBuf::from(&name), |beside| beside.join(&name));
                Some(imports::read(&path)?)
            } else {
                imports::named(&name, config)?
            };
            match held {
                Some(Import::Own(framework)) => {
                    ids.push((framework.id.clone(), at));
                    own.push(*framework);
                }
                Some(Import::Official(official)) => {
                    ids.push((official.id.clone(), at));
                    imports.push(*official);
                }
                None => ids.push((name, at)),
            }
        }
        // A framework and its baseline have one id: neither may stand for the other unasked.
        let mut named = BTreeSet::new();
        if let Some((id, at)) = ids.iter().find(|(id, _)| !named.insert(id) && baselines.contains(id)) {
            return Err(Stop::mistake(format!("{at}`{id}` is named twice, and not with the same controls"))
                .help("name it once in each report: whole, or with one baseline"));
        }
        rest_on(&mut own, &mut imports, config)?;
        let imported = library::from_imports(&imports, &own);
        own.extend(imported);
        let library = Library::with_frameworks(rules, own);
        let mut chosen: Vec<Arc<Framework>> = Vec::new();
        for (id, at) in ids {
            let Some(framework) = library.find(&id) else { return Err(no_framework(&library, &id, &at)) };
            if !chosen.iter().any(|known| known.id == framework.id) {
                chosen.push(Arc::clone(framework));
            }
        }
        let model = Choice::of(&Named::default(), config);
        Ok(Self { library, chosen, mappings: Mappings::default(), model, config: config.clone() })
    }

    /// The same shelf with what people said of mappings in the file at a workspace's root; what of it does nothing
    /// is told of.
    ///
    /// # Errors
    /// The file says something it cannot.
    pub fn amended(mut self, root: &Path, rules: &RuleSet) -> Result<Self, Stop> {
        self.mappings = mappings(root)?;
        said::warn(&self.mappings, &self.library, &self.config);
        self.library = self.library.with_mappings(&self.mappings, rules);
        Ok(self)
    }

    /// The same with everything that was imported, so that texts and claims can be shown.
    ///
    /// # Errors
    /// As [`Shelf::open`], and an import that is wrong.
    pub fn with_texts(self, config: &Config) -> Result<Self, Stop> {
        let (_, imports) = imports::all(config)?;
        Ok(Self { library: self.library.with_official_texts(imports), ..self })
    }

    /// The frameworks whose controls a finding names: the chosen ones, or the usual ones.
    pub fn ids(&self) -> Vec<&str> {
        if self.chosen.is_empty() {
            return USUAL.to_vec();
        }
        self.chosen.iter().map(|framework| framework.id.as_str()).collect()
    }
}

/// A framework with the controls of one baseline alone: `fedramp-rev5:moderate`.
///
/// # Errors
/// There is no such framework, or it has no such baseline.
pub fn narrowed(library: &Library, id: &str, baseline: &str, at: &str) -> Result<Framework, Stop> {
    let whole = library.find(id).ok_or_else(|| no_framework(library, id, at))?;
    whole.at_baseline(baseline).ok_or_else(|| {
        let known: Vec<&str> = whole.baselines().into_iter().map(|(name, _)| name).collect();
        let help = match known.as_slice() {
            [] => format!("its controls are members of none; give `{id}` alone"),
            known => did_you_mean(baseline, known.iter().copied())
                .unwrap_or_else(|| format!("there are {}", known.join(", "))),
        };
        Stop::mistake(format!("{at}`{id}` has no baseline `{baseline}`")).help(help)
    })
}

/// A framework's control as a person names it: by its id alone (`AC-2`), or after the framework's id, its short name
/// or the code of law it is a part of (`nist-800-53-r5/AC-2`, `NIST AC-2`, `45 CFR 164.308(a)(1)`).
pub fn control_named<'f>(framework: &'f Framework, name: &str) -> Option<&'f Control> {
    let led = after_lead(framework, name).and_then(|rest| framework.find(rest));
    led.or_else(|| framework.find(name).filter(|_| !name.contains('/')))
}

/// A statement of a framework's control, named in the same ways: `NIST AC-2a.`.
pub fn statement_named<'f>(framework: &'f Framework, name: &str) -> Option<Statement<'f>> {
    framework.statement(after_lead(framework, name).unwrap_or(name))
}

fn after_lead<'n>(framework: &Framework, name: &'n str) -> Option<&'n str> {
    // The version of a part of a code names both: `45 CFR Part 164, Subpart C`.
    let code = framework.version.split_once(" Part ").map(|(code, _)| code);
    let leads = [framework.id.as_str(), framework.short.as_str()].into_iter().chain(code);
    leads.into_iter().find_map(|lead| {
        let (head, rest) = name.split_at_checked(lead.len())?;
        let rest = rest.strip_prefix(['/', ' ']).filter(|_| head.eq_ignore_ascii_case(lead))?;
        Some(rest.trim_start())
    })
}

/// What people said of mappings in the file at a workspace's root.
///
/// # Errors
/// The file says something it cannot.
pub fn mappings(root: &Path) -> Result<Mappings, Stop> {
    match std::fs::read_to_string(root.join(feedback::FILE)) {
        Ok(text) => {
            Mappings::read(&text).map_err(|error| Stop::mistake(format!("{}: {error}", feedback::FILE)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Mappings::default()),
        Err(error) => Err(Stop::mistake(format!("`{}` cannot be read: {error}", feedback::FILE))),
    }
}

/// The mistake of naming a framework that is none.
pub fn no_framework(library: &Library, id: &str, at: &str) -> Stop {
    let known: Vec<&str> = library.infos().map(|info| info.id.as_str()).collect();
    let shorts =
        library.infos().find(|info| info.short.eq_ignore_ascii_case(id)).map(|info| info.id.as_str());
    let help = shorts
        .map(|id| format!("did you mean `{id}`?"))
        .or_else(|| did_you_mean(id, known.iter().copied()))
        .unwrap_or_else(|| format!("there are {}", known.join(", ")));
    Stop::mistake(format!("{at}no framework is called `{id}`")).help(help)
}

/// Adds the imported frameworks that imported baselines rest on.
fn rest_on(own: &mut Vec<Framework>, imports: &mut Vec<Official>, config: &Config) -> Result<(), Stop> {
    let bases: Vec<String> = imports.iter().filter_map(|import| import.base.clone()).collect();
    for base in bases {
        let known = own.iter().any(|one| one.id == base) || imports.iter().any(|one| one.id == base);
        if known || builtin::framework(&base).is_some() {
            continue;
        }
        match imports::named(&base, config)? {
            Some(Import::Own(framework)) => own.push(*framework),
            Some(Import::Official(official)) => imports.push(*official),
            None => {}
        }
    }
    Ok(())
}
