//! The control index: what opening it, asking it and what it holds cost, in process and for an organisation's own
//! documents.

use std::path::Path;
use std::time::{Duration, Instant};

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_iac::{MemorySources, Options, Workspace};
use compline_index::Mapper;
use compline_index::builtin;
use compline_index::embed::{Embedder as _, StaticEmbedder};
use compline_index::passage_index::{PassageFiles, PassageIndex};
use compline_index::passages::passages;
use compline_index::vectors::Vectors;
use compline_rules::{RuleSet, judge};

use crate::reading;

/// What one of several people writes, so that no two documents are alike.
const WORDS: [&str; 24] = [
    "bucket",
    "password",
    "audit",
    "backup",
    "network",
    "encryption",
    "review",
    "access",
    "vendor",
    "incident",
    "key",
    "rotation",
    "retention",
    "laptop",
    "visitor",
    "training",
    "firewall",
    "patch",
    "database",
    "privilege",
    "cluster",
    "certificate",
    "restore",
    "logging",
];

pub fn run(folder: &Path) {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let before = resident();
    let begun = Instant::now();
    let mapper = Mapper::open(&library, &rules, Mappings::default()).expect("the index opens");
    let opened = begun.elapsed();
    let begun = Instant::now();
    let _ = mapper.map_text("a bucket nobody encrypted");
    let first = begun.elapsed();
    let titles: Vec<String> = rules
        .rules()
        .flat_map(|rule| {
            [
                format!("{} of our own", rule.info.title),
                format!("{} {}", rule.kinds().first().unwrap_or(&""), rule.info.title),
            ]
        })
        .collect();
    let asked = each(titles.iter().cycle().take(2_000).map(|title| || mapper.map_text(title).len()));
    println!(
        "control index: opened in {:.1} ms, first answer (loads the model) in {:.1} ms, then median {:.2} ms, p99 {:.2} ms of {}; {:.0} MB more held",
        ms(opened),
        ms(first),
        ms(asked[asked.len() / 2]),
        ms(asked[asked.len() * 99 / 100]),
        asked.len(),
        resident() - before
    );
    verdicts(&rules, &library);
    own(folder);
}

/// Mapping every verdict of 5,000 files.
fn verdicts(rules: &RuleSet, library: &Library) {
    let texts: Vec<(String, String)> =
        (0..5_000).map(|index| (format!("d{}/f{index}.tf", index / 50), reading::file(index))).collect();
    let sources = MemorySources::of(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let paths: Vec<String> = texts.iter().map(|(path, _)| path.clone()).collect();
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &paths);
    let snapshot = workspace.snapshot(&sources);
    let verdicts: Vec<_> =
        snapshot.inventories.iter().flat_map(|inventory| judge(inventory, rules, &snapshot)).collect();
    let begun = Instant::now();
    let edges: usize = verdicts.iter().map(|verdict| library.controls_of_verdict(verdict).len()).sum();
    println!(
        "mapping the {} verdicts of 5,000 files to their controls: {:.1} ms ({edges} edges)",
        verdicts.len(),
        ms(begun.elapsed())
    );
}

fn own(folder: &Path) {
    let directory = folder.join("own");
    std::fs::create_dir_all(&directory).unwrap();
    let embedder = StaticEmbedder::load(builtin::model()).expect("the model loads");
    let model = embedder.identity().clone();
    let mut state = 7_usize;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    // Some words are everywhere, most are rare.
    let mut word = || match next() % 4 {
        0 => WORDS[next() % WORDS.len()].to_owned(),
        _ => format!("{}{}", WORDS[next() % WORDS.len()], next() % 500),
    };
    let added: Vec<_> = (0..50_000)
        .map(|at| {
            let body: Vec<String> = (0..60).map(|_| word()).collect();
            (format!("p{at}.md"), passages(&format!("# {} {at}\n\n{}.\n", word(), body.join(" ")), true))
        })
        .collect();
    let open = |files: &PassageFiles, vectors, live| {
        PassageIndex::open(files, vectors, live, &model).expect("the index opens")
    };
    let begun = Instant::now();
    let files = PassageFiles::default();
    let mut index = open(&files, Vectors::new(model.clone()), Vec::new());
    let rows = index.change(&[], &added, &embedder).expect("the index is written");
    let bytes = index.vectors().to_bytes();
    std::fs::write(directory.join("vectors.bin"), &bytes).unwrap();
    let names: Vec<String> = files
        .files()
        .expect("the files are told")
        .into_iter()
        .map(|(name, bytes)| {
            std::fs::write(directory.join(&name), bytes).unwrap();
            name
        })
        .collect();
    let written = begun.elapsed();
    drop((index, bytes, files));
    let size: u64 = std::fs::read_dir(&directory)
        .unwrap()
        .flatten()
        .filter_map(|file| Some(file.metadata().ok()?.len()))
        .sum();
    drop(added);
    let before = resident();
    let begun = Instant::now();
    let vectors = Vectors::from_bytes(&std::fs::read(directory.join("vectors.bin")).unwrap()).expect("reads");
    let live = 0..rows.last().map_or(0, |rows| rows.end);
    let kept: Vec<(String, Vec<u8>)> = names
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(directory.join(&name)).unwrap();
            (name, bytes)
        })
        .collect();
    let files = PassageFiles::of(kept.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
        .expect("they fit");
    drop(kept);
    let index = open(&files, vectors, std::iter::once(live).collect());
    let opened = begun.elapsed();
    let queries: Vec<String> = (0..500).map(|_| format!("{} {} {}", word(), word(), word())).collect();
    let asked = each(
        queries.iter().map(|query| || index.search(query, 10, &embedder).expect("the index answers").len()),
    );
    println!(
        "own documents, 50,000: added in {:.1} s, {:.0} MB on disk, opened in {:.1} ms, then median {:.2} ms, p99 {:.2} ms of {}; {:.0} MB more held",
        written.as_secs_f64(),
        size as f64 / 1e6,
        ms(opened),
        ms(asked[asked.len() / 2]),
        ms(asked[asked.len() * 99 / 100]),
        asked.len(),
        resident() - before
    );
}

/// How long each takes, ascending.
fn each<F: Fn() -> usize>(asks: impl Iterator<Item = F>) -> Vec<Duration> {
    let time = |ask: &F| {
        let begun = Instant::now();
        std::hint::black_box(ask());
        begun.elapsed()
    };
    let mut times: Vec<Duration> = asks.map(|ask| time(&ask)).collect();
    times.sort();
    times
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Megabytes resident now; 0 where the system does not say.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1e3
}
