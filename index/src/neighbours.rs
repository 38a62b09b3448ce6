//! The nearest texts of the corpus vote on controls; the votes of each source and each way of finding stay apart.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::corpus::Source;
use super::fusion::Features;

/// Neighbours that vote, of each source and way.
const VOTERS: usize = 12;
/// The sources with votes of their own. What a user confirmed votes with the judged, and takes nothing from their
/// votes: it names one control, and is silent on all others.
const SOURCES: [Source; 3] = [Source::Rule, Source::Exemplar, Source::Judged];
/// A text less like the query than this does not vote.
const LEAST_SIMILARITY: f32 = 0.02;

/// A control, by its place in the mapper's list, and how much of it a neighbour shows.
pub(super) type Edge = (u32, f32);

/// One neighbour that voted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Voter {
    /// Its place in the corpus.
    pub(super) entry: u32,
    /// Its similarity to the query, 0 to 1.
    pub(super) similarity: f32,
    /// Its part of all votes of its source and way.
    pub(super) share: f32,
}

/// A control that was voted for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) control: u32,
    pub(super) features: Features,
    /// Best first.
    pub(super) voters: Vec<Voter>,
}

/// What the query is compared with, entry by entry of the corpus.
pub(super) struct Scores<'a> {
    pub(super) sources: &'a [Source],
    pub(super) cosines: &'a [f32],
    /// The share of the query's words found.
    pub(super) shares: &'a [f32],
    pub(super) edges: &'a [Arc<[Edge]>],
    /// Of each control: the entry of its own text.
    pub(super) control_texts: &'a [Option<u32>],
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
    pub(super) best: f32,
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
        Self { controls: out, best: probabilities.iter().copied().fold(0.0, f32::max) }
    }
}

/// Everything the neighbours vote for. `admitted` says which entries may vote.
pub(super) fn candidates(scores: &Scores<'_>, admitted: &dyn Fn(u32) -> bool) -> Vec<Candidate> {
    let ballot = Ballot::of(scores, admitted);
    let agreement = ballot.agreement(scores);
    let Ballot { tallies, nearest_words, nearest_cosine, .. } = ballot;
    let candidate = |(control, mut tally): (u32, Tally)| {
        tally.voters.sort_by(|a, b| {
            (b.share * b.similarity).total_cmp(&(a.share * a.similarity)).then(a.entry.cmp(&b.entry))
        });
        let agreement = agreement.get(&control).copied().unwrap_or(0.0);
        let features = features(scores, control, &tally, [nearest_words, nearest_cosine, agreement]);
        Candidate { control, features, voters: tally.voters }
    };
    tallies.into_iter().map(candidate).collect()
}

/// The votes on all controls.
#[derive(Default)]
struct Ballot {
    tallies: BTreeMap<u32, Tally>,
    nearest_words: f32,
    nearest_cosine: f32,
    /// The nearest entry of each source and way.
    firsts: Vec<u32>,
}

/// The votes on one control.
#[derive(Default)]
struct Tally {
    /// By source, then way: the vote and the similarity of the nearest of that source.
    votes: [(f32, f32); 6],
    strength: f32,
    voters: Vec<Voter>,
}

impl Ballot {
    fn of(scores: &Scores<'_>, admitted: &dyn Fn(u32) -> bool) -> Self {
        let mut ballot = Self::default();
        for (source_place, source) in SOURCES.into_iter().enumerate() {
            for (way, similarities) in [scores.shares, scores.cosines].into_iter().enumerate() {
                let mut voters = nearest(scores.sources, similarities, source, admitted);
                let confirmed = match source {
                    Source::Judged => nearest(scores.sources, similarities, Source::Confirmed, admitted),
                    _ => Vec::new(),
                };
                let Some((first, best)) = voters.first().or(confirmed.first()).copied() else { continue };
                let power = if way == 0 { 3 } else { 8 };
                let weigh = |similarity: f32| (similarity / best).powi(power);
                let all: f32 = voters.iter().map(|(_, similarity)| weigh(*similarity)).sum::<f32>().max(1.0);
                match way {
                    0 => ballot.nearest_words = ballot.nearest_words.max(best),
                    _ => ballot.nearest_cosine = ballot.nearest_cosine.max(best),
                }
                ballot.firsts.extend(voters.first().map(|_| first));
                voters.extend(confirmed);
                for (entry, similarity) in voters {
                    let share = (weigh(similarity) / all).min(1.0);
                    let voter = Voter { entry, similarity, share };
                    ballot.count(voter, edges_of(scores, entry), source_place * 2 + way, best);
                }
            }
        }
        ballot
    }

    /// Takes in what one voter says; `place` is that of its source and way, `best` the similarity of the nearest there.
    fn count(&mut self, voter: Voter, edges: &[Edge], place: usize, best: f32) {
        for (control, strength) in edges {
            let tally = self.tallies.entry(*control).or_default();
            let share = voter.share * strength;
            if let Some(vote) = tally.votes.get_mut(place) {
                vote.0 = (vote.0 + share).min(1.0);
                vote.1 = best;
            }
            tally.strength = tally.strength.max(*strength);
            tally.voters.push(Voter { share, ..voter });
        }
    }

    /// Of each control: which part of the nearest entries speak for it. An entry has an edge to a control once.
    fn agreement(&self, scores: &Scores<'_>) -> HashMap<u32, f32> {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for (control, _) in self.firsts.iter().flat_map(|entry| edges_of(scores, *entry)) {
            *counts.entry(*control).or_default() += 1;
        }
        let all = self.firsts.len().max(1) as f32;
        counts.into_iter().map(|(control, count)| (control, count as f32 / all)).collect()
    }
}

fn edges_of<'a>(scores: &Scores<'a>, entry: u32) -> &'a [Edge] {
    scores.edges.get(entry as usize).map(|edges| &**edges).unwrap_or_default()
}

/// In the order of [`super::fusion::NAMES`]. `nearest`: by words, by cosine, and how far the nearest agree.
fn features(scores: &Scores<'_>, control: u32, tally: &Tally, nearest: [f32; 3]) -> Features {
    let text = scores.control_texts.get(control as usize).copied().flatten().map(|entry| entry as usize);
    let of_text = |scores: &[f32]| text.and_then(|entry| scores.get(entry)).copied().unwrap_or(0.0);
    let (words, cosine) = (of_text(scores.shares), of_text(scores.cosines).max(0.0));
    let votes: f32 = tally.votes.iter().map(|(vote, _)| vote).sum::<f32>() / tally.votes.len() as f32;
    let judged = tally.votes.iter().skip(4).map(|(vote, _)| vote).sum::<f32>() / 2.0;
    let popularity = scores.popularity.get(control as usize).copied().unwrap_or(0.0);
    let [nearest_words, nearest_cosine, agreement] = nearest;
    let rest = [
        nearest_words,
        nearest_cosine,
        agreement,
        words,
        cosine,
        votes * (0.3 + (words + cosine) / 2.0),
        popularity,
        votes,
        (votes + 0.01).ln(),
        tally.strength,
        judged.sqrt(),
        votes * votes,
    ];
    let by_source = tally.votes.iter().flat_map(|(vote, best)| [*vote, vote * best]);
    let classes = scores.classes.iter().flat_map(|classes| {
        let expected = classes.controls.get(control as usize).copied().unwrap_or(0.0);
        [expected, (expected + 0.01).ln(), classes.best]
    });
    let mut out = Features::default();
    out.iter_mut().zip(by_source.chain(rest).chain(classes)).for_each(|(feature, value)| *feature = value);
    out
}

/// The nearest entries of a source, best first.
fn nearest(
    sources: &[Source],
    similarities: &[f32],
    wanted: Source,
    admitted: &dyn Fn(u32) -> bool,
) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(VOTERS + 1);
    for (entry, (source, similarity)) in (0..).zip(sources.iter().zip(similarities)) {
        let last = best.last().map_or(0.0, |(_, similarity)| *similarity);
        let is_too_far = *similarity <= LEAST_SIMILARITY || (best.len() == VOTERS && *similarity <= last);
        if *source != wanted || is_too_far || !admitted(entry) {
            continue;
        }
        let place = best.partition_point(|(_, other)| other >= similarity);
        best.insert(place, (entry, *similarity));
        best.truncate(VOTERS);
    }
    best
}
