//! What was written by hand about mappings and does nothing as it stands.

use std::collections::HashMap;

use compline_frameworks::feedback::{FILE, Mapping, Mappings};
use compline_frameworks::{Framework, Library, builtin};

use crate::clock::is_day;
use crate::config::Config;
use crate::imports::{self, Import};
use crate::output::tell;
use crate::suggest::did_you_mean;

/// Tells of every mapping that names no framework, no control or no day, and of those without a reason, a line each.
pub fn warn(mappings: &Mappings, library: &Library, config: &Config) {
    let mut known: HashMap<&str, Option<Framework>> = HashMap::new();
    for (line, mapping) in mappings.written() {
        let framework =
            known.entry(&mapping.framework).or_insert_with(|| framework(&mapping.framework, library, config));
        if let Some(odd) = odd(mapping, framework.as_ref(), library) {
            tell(&format!("warning: {FILE}:{line}: {odd}"));
        }
    }
}

/// The whole of a framework: one that was narrowed to a baseline has not all of its controls at hand.
fn framework(id: &str, library: &Library, config: &Config) -> Option<Framework> {
    builtin::framework(id).or_else(|| match imports::named(id, config).ok().flatten() {
        Some(Import::Own(framework)) => Some(*framework),
        Some(Import::Official(official)) => {
            official.framework(official.base.as_deref().and_then(builtin::framework).as_ref())
        }
        None => library.find(id).map(|framework| (**framework).clone()),
    })
}

fn odd(mapping: &Mapping, framework: Option<&Framework>, library: &Library) -> Option<String> {
    let idle = format!("what is said of `{}` does nothing", mapping.subject);
    let meant = |help: Option<String>| help.map_or(String::new(), |help| format!("; {help}"));
    let Some(framework) = framework else {
        let infos: Vec<_> = library.infos().collect();
        let short = infos.iter().find(|info| info.short.eq_ignore_ascii_case(&mapping.framework));
        let near = match short {
            Some(info) => Some(format!("did you mean `{}`?", info.id)),
            None => did_you_mean(&mapping.framework, infos.iter().map(|info| info.id.as_str())),
        };
        return Some(format!("no framework is called `{}`, so {idle}{}", mapping.framework, meant(near)));
    };
    match framework.find(&mapping.control) {
        None => {
            let ids = framework.controls().map(|control| control.id.as_str());
            let near = meant(did_you_mean(&mapping.control, ids));
            return Some(format!("`{}` has no control `{}`, so {idle}{near}", framework.id, mapping.control));
        }
        Some(control) => {
            if let Some(into) = &control.withdrawn {
                let into = if into.is_empty() { String::new() } else { format!(" into {}", into.join(", ")) };
                return Some(format!("`{}` of {} was withdrawn{into}, so {idle}", control.id, framework.id));
            }
        }
    }
    if !is_day(&mapping.date) {
        return Some(format!("`{}` is no day: write `2026-11-21`", mapping.date));
    }
    mapping.why.trim().is_empty().then(|| format!("what is said of `{}` has no `why`", mapping.subject))
}
