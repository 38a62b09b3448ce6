//! The nearest known texts vote on controls; the votes of each source and each way of finding stay apart.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::fusion::Features;
use super::stock::Source;

/// Neighbours that vote, of each source and way.
pub(super) const VOTERS: usize = 12;
/// The sources with votes of their own. What a user confirmed votes with the judged, and takes nothing from their
/// votes: it names one control, and is silent on all others.
const SOURCES: [Source; 3] = [Source::Rule, Source::Exemplar, Source::Judged];

/// A control, by its place in the mapper's list, and how much of it a neighbour shows.
pub(super) type Edge = (u32, f32);

/// One neighbour that voted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Voter {
    pub(super) entry: u32,
    pub(super) by_words: bool,
    /// Its likeness to the query, 0 to 1.
    pub(super) near: f32,
    /// Its part of all votes of its source and way.
    pub(super) part: f32,
}

/// A control that was voted for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) control: u32,
    pub(super) features: Features,
    /// Best first.
    pub(super) voters: Vec<Voter>,
}

/// What the query is compared with, entry by entry.
pub(super) struct Scores<'a> {
    pub(super) sources: &'a [Source],
    pub(super) cosines: &'a [f32],
    /// The share of the query's words found.
    pub(super) shares: &'a [f32],
    pub(super) edges: &'a [Arc<[Edge]>],
    /// Entry of each control's own text.
    pub(super) texts: &'a [Option<u32>],
    pub(super) popularity: &'a [f32],
    /// What the classifiers make of the query: of objectives, of judgements.
    pub(super) classes: [Classes; 2],
}

/// What one classifier makes of a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Classes {
    /// Of each control: the expected part of it that is asked for, 0 to 1.
    pub(super) controls: Vec<f32>,
    /// The probability of the likeliest class.
    pub(super) surest: f32,
}

impl Classes {
    /// What classes of these probabilities come to, by the controls each leads to.
    pub(super) fn of(probabilities: &[f32], edges: &[Arc<[Edge]>], controls: usize) -> Self {
        let mut out = vec![0.0; controls];
        // Hundreds of classes are next to impossible, and add nothing that counts.
        for (probability, edges) in probabilities.iter().zip(edges).filter(|(p, _)| **p > 1e-4) {
            for (control, strength) in edges.iter() {
                if let Some(expected) = out.get_mut(*control as usize) {
                    *expected += probability * strength;
                }
            }
        }
        Self { controls: out, surest: probabilities.iter().copied().fold(0.0, f32::max) }
    }
}

/// Everything the neighbours vote for. `admitted` says which entries may vote.
pub(super) fn candidates(scores: &Scores<'_>, admitted: &dyn Fn(u32) -> bool) -> Vec<Candidate> {
    let mut found: BTreeMap<u32, Tally> = BTreeMap::new();
    let (mut nearest_words, mut nearest_cosine) = (0.0_f32, 0.0_f32);
    let mut firsts: Vec<u32> = Vec::new();
    for (at, source) in SOURCES.into_iter().enumerate() {
        for (way, likeness) in [scores.shares, scores.cosines].into_iter().enumerate() {
            let mut voters = nearest(scores.sources, likeness, source, admitted);
            let confirmed = match source {
                Source::Judged => nearest(scores.sources, likeness, Source::Confirmed, admitted),
                _ => Vec::new(),
            };
            let Some((first, near)) = voters.first().or(confirmed.first()).copied() else { continue };
            let power = if way == 0 { 3 } else { 8 };
            let weigh = |likeness: f32| (likeness / near).powi(power);
            let all: f32 = voters.iter().map(|(_, likeness)| weigh(*likeness)).sum::<f32>().max(1.0);
            match way {
                0 => nearest_words = nearest_words.max(near),
                _ => nearest_cosine = nearest_cosine.max(near),
            }
            firsts.extend(voters.first().map(|_| first));
            voters.extend(confirmed);
            for (entry, likeness) in voters {
                let part = (weigh(likeness) / all).min(1.0);
                for (control, strength) in
                    scores.edges.get(entry as usize).into_iter().flat_map(|edges| edges.iter())
                {
                    let tally = found.entry(*control).or_default();
                    if let Some(vote) = tally.votes.get_mut(at * 2 + way) {
                        vote.0 = (vote.0 + part * strength).min(1.0);
                        vote.1 = near;
                    }
                    tally.strength = tally.strength.max(*strength);
                    tally.voters.push(Voter {
                        entry,
                        by_words: way == 0,
                        near: likeness,
                        part: part * strength,
                    });
                }
            }
        }
    }
    let mut agreeing: HashMap<u32, usize> = HashMap::new();
    for entry in &firsts {
        // An entry has an edge to a control once.
        for (control, _) in scores.edges.get(*entry as usize).into_iter().flat_map(|edges| edges.iter()) {
            *agreeing.entry(*control).or_default() += 1;
        }
    }
    let agree =
        |control: u32| agreeing.get(&control).copied().unwrap_or(0) as f32 / firsts.len().max(1) as f32;
    let mut out = Vec::with_capacity(found.len());
    for (control, mut tally) in found {
        tally
            .voters
            .sort_by(|a, b| (b.part * b.near).total_cmp(&(a.part * a.near)).then(a.entry.cmp(&b.entry)));
        let text = scores.texts.get(control as usize).copied().flatten().map(|entry| entry as usize);
        let own = |list: &[f32]| text.and_then(|at| list.get(at)).copied().unwrap_or(0.0);
        let (words, cosine) = (own(scores.shares), own(scores.cosines).max(0.0));
        let mut features: Features = Default::default();
        let mut values = tally.votes.iter().flat_map(|(vote, near)| [*vote, vote * near]);
        let votes: f32 = tally.votes.iter().map(|(vote, _)| vote).sum::<f32>() / tally.votes.len() as f32;
        let judged = tally.votes.iter().skip(4).map(|(vote, _)| vote).sum::<f32>() / 2.0;
        let rest = [
            nearest_words,
            nearest_cosine,
            agree(control),
            words,
            cosine,
            votes * (0.3 + (words + cosine) / 2.0),
            scores.popularity.get(control as usize).copied().unwrap_or(0.0),
            votes,
            (votes + 0.01).ln(),
            tally.strength,
            judged.sqrt(),
            votes * votes,
        ];
        let classes = scores.classes.iter().flat_map(|classes| {
            let expected = classes.controls.get(control as usize).copied().unwrap_or(0.0);
            [expected, (expected + 0.01).ln(), classes.surest]
        });
        let mut rest = rest.into_iter().chain(classes);
        for feature in &mut features {
            *feature = match values.next() {
                Some(value) => value,
                None => rest.next().unwrap_or(0.0),
            };
        }
        out.push(Candidate { control, features, voters: tally.voters });
    }
    out
}

#[derive(Default)]
struct Tally {
    /// By source, then way: the vote and the likeness of the nearest of that source.
    votes: [(f32, f32); 6],
    strength: f32,
    voters: Vec<Voter>,
}

/// The nearest entries of a source, best first.
fn nearest(
    sources: &[Source],
    likeness: &[f32],
    wanted: Source,
    admitted: &dyn Fn(u32) -> bool,
) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(VOTERS + 1);
    for (at, (source, near)) in sources.iter().zip(likeness).enumerate() {
        let at = at as u32;
        let last = best.last().map_or(0.0, |(_, near)| *near);
        if *source != wanted || *near <= 0.02 || (best.len() == VOTERS && *near <= last) || !admitted(at) {
            continue;
        }
        let place = best.partition_point(|(_, other)| other >= near);
        best.insert(place, (at, *near));
        best.truncate(VOTERS);
    }
    best
}
