//! What a release brings up to date. Until then nothing is wrong: what is missing lowers a score.

use compline_frameworks::Library;
use compline_index::Mapper;
use compline_index::classifier::training_digest;
use compline_index::corpus::Source;
use compline_rules::RuleSet;

/// Exemplars that an objective should have, so that its votes are as sure as those of others.
const EXEMPLARS: usize = 10;

/// What is behind, a line each.
pub fn stale(mapper: &Mapper, library: &Library, rules: &RuleSet) -> Vec<String> {
    let mut out = Vec::new();
    #[cfg(feature = "fastembed")]
    {
        use compline_index::embedding_texts::all_texts;
        use compline_index::embeddings::Embeddings;
        let (texts, embeddings) = (all_texts().expect("the texts"), Embeddings::builtin().expect("reads"));
        let all = || texts.iter().map(String::as_str);
        let (missing, unused) = (embeddings.missing(all()).len(), embeddings.unused(all()));
        if missing + unused > 0 {
            out.push(format!(
                "{missing} texts have no vector of the reference model, {unused} vectors are of texts that are no more: `--embed DIR`"
            ));
        }
    }
    if mapper.classifiers().trained_on != training_digest(mapper.entries()) {
        out.push(
            "exemplars or judged texts have changed since the classifiers were trained: `--fit`".to_owned(),
        );
    }
    for objective in library.objectives() {
        let of = |source: Source, id: &str| source == Source::Exemplar && id == objective.id;
        let count = mapper.entries().iter().filter(|entry| of(entry.source, &entry.of)).count();
        if count < EXEMPLARS {
            out.push(format!("`{}` has {count} exemplars, and should have {EXEMPLARS}", objective.id));
        }
    }
    out.extend(superseded(mapper, rules));
    out
}

/// Ids in `checks/` that a rule says something else of, which counts.
fn superseded(mapper: &Mapper, rules: &RuleSet) -> Vec<String> {
    let mut out = Vec::new();
    for rule in rules.infos() {
        for id in rule.aliases.values().flatten() {
            let Some(mut table) = mapper.checks().objectives_of(id) else { continue };
            let mut shown: Vec<&str> = rule.objectives.iter().map(String::as_str).collect();
            table.sort_unstable();
            shown.sort_unstable();
            if table != shown {
                out.push(format!(
                    "`{id}` is an alias of `{}`, which says something else: take it out of `index/checks`",
                    rule.id
                ));
            }
        }
    }
    out
}
