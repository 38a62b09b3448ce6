//! All imports together: what is said of a control, whoever published it.

use std::collections::HashMap;
use std::sync::Arc;

use super::text::{assignment, fill};
use super::{Claim, Official, OfficialControl, Passage, Role};
use crate::catalogue::normal;

/// What was imported, ready to be asked by framework and control.
#[derive(Debug, Clone, Default)]
pub struct OfficialTexts {
    files: Vec<Arc<Official>>,
    /// Framework → normal spelling of a control's id → file, group, control.
    texts: HashMap<String, HashMap<String, (usize, usize, usize)>>,
    /// Normal spelling of a control's id → files with claims about it, with the framework they speak of.
    claims: HashMap<String, Vec<usize>>,
}

impl OfficialTexts {
    pub fn of(files: Vec<Official>) -> Self {
        let mut out = Self { files: files.into_iter().map(Arc::new).collect(), ..Self::default() };
        for (place, file) in out.files.iter().enumerate() {
            if file.role != Role::Claims {
                let texts = out.texts.entry(file.id.clone()).or_default();
                for (at, group) in file.groups.iter().enumerate() {
                    for (which, control) in group.controls.iter().enumerate() {
                        for id in [&control.id, &control.oscal] {
                            texts.entry(normal(id)).or_insert((place, at, which));
                        }
                    }
                }
            }
            for (id, _) in file.definitions.iter().flat_map(|definition| definition.claims()) {
                let list = out.claims.entry(normal(id)).or_default();
                if list.last() != Some(&place) {
                    list.push(place);
                }
            }
        }
        out
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn files(&self) -> &[Arc<Official>] {
        &self.files
    }

    /// The import that is or belongs to a framework.
    pub fn file(&self, framework: &str) -> Option<&Arc<Official>> {
        self.files.iter().find(|file| file.id == framework)
    }

    /// The publisher's text of a control, with the file it stands in.
    pub fn control(&self, framework: &str, id: &str) -> Option<(&Official, &OfficialControl)> {
        let (file, group, control) = *self.texts.get(framework)?.get(&normal(id))?;
        let file = self.files.get(file)?;
        Some((file, file.groups.get(group)?.controls.get(control)?))
    }

    /// The text of a control, passage by passage; empty where none was imported.
    pub fn passages(&self, framework: &str, id: &str) -> Vec<Passage> {
        self.control(framework, id).map(|(file, control)| file.passages(control)).unwrap_or_default()
    }

    /// Its statement as one text; empty where none was imported.
    pub fn statement(&self, framework: &str, id: &str) -> String {
        self.control(framework, id).map(|(file, control)| file.statement(control)).unwrap_or_default()
    }

    /// What a claim says of a control, with the values it gives to the control's parameters; for the others stands
    /// what the text has, where it was imported.
    pub fn filled(&self, framework: &str, id: &str, claim: &Claim<'_>, text: &str) -> String {
        let wanted = normal(id);
        let definitions = || self.files.iter().flat_map(|file| &file.definitions);
        let claimed = |param: &str| definitions().find_map(|one| one.value(claim.by, &wanted, param));
        let text = fill(text, &|param| {
            claimed(param).unwrap_or_else(|| format!("{{{{ insert: param, {param} }}}}"))
        });
        match self.control(framework, id) {
            Some((file, control)) => file.filled(&text, control, 0),
            None => fill(&text, &assignment),
        }
    }

    /// Who claims to carry it out. Claims about a framework hold for the baselines that select from it.
    pub fn claims(&self, framework: &str, id: &str) -> Vec<Claim<'_>> {
        let wanted = normal(id);
        let base = self.file(framework).and_then(|file| file.base.as_deref());
        let about = |file: &Official| {
            file.id == framework
                || file.base.as_deref() == Some(framework)
                || (file.role == Role::Claims && file.base.as_deref() == base && base.is_some())
        };
        let places = self.claims.get(&wanted).into_iter().flatten();
        let files = places.filter_map(|place| self.files.get(*place)).filter(|file| about(file));
        let definitions = files.flat_map(|file| &file.definitions);
        let claims = definitions.flat_map(|definition| definition.claims());
        claims.filter(|(id, _)| normal(id) == wanted).map(|(_, claim)| claim).collect()
    }
}
