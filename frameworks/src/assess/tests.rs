use proptest::prelude::*;

use compline_iac::format::FORMATS;
use compline_iac::workspace::{Unread, UnreadReason};
use compline_iac::{Gravity, Problem, Resource, Snapshot};
use compline_rules::table::Tables;

use super::*;
use crate::edge::Provenance;
use crate::testing::{framework, page, resource, snapshot, unknown, verdict, waived};

/// Three rules for four objectives: nothing can look at `four`.
fn rules() -> RuleSet {
    let pages = vec![
        page("aws-a-x", &["one"], "aws_a"),
        page("aws-b-x", &["two"], "aws_b"),
        page("aws-c-x", &["one", "three"], "aws_c"),
    ];
    RuleSet::of(pages, Tables::default())
}

fn run(framework: &Framework, resources: Vec<Resource>, verdicts: Vec<Verdict>) -> Assessment {
    let rules = rules();
    let library = Library::with_frameworks(&rules, vec![framework.clone()]);
    let framework = Arc::clone(library.find(&framework.id).expect("it was just taken in"));
    assess(&snapshot(resources), verdicts, &rules, &library, &[framework])
}

fn only(fully: &[&str], partly: &[&str], resources: &[Resource], verdicts: Vec<Verdict>) -> (View, String) {
    let assessment = run(&framework(&[("1.1", fully, partly)]), resources.to_vec(), verdicts);
    let control = &assessment.frameworks[0].controls[0];
    (view(control), finding(control, &assessment.verdicts))
}

#[test]
fn passes_satisfy_what_is_wanted_fully() {
    let a = resource("aws_a", "r");
    let pass = || vec![verdict("aws-a-x", &a, Outcome::Pass)];
    let scope = [a.clone()];
    assert_eq!(only(&["one"], &[], &scope, pass()), (View::Satisfied, "One verdict passes.".to_owned()));
    let (seen, finding_text) = only(&["one", "two"], &[], &scope, pass());
    assert_eq!(seen, View::Partial, "whether `two` applies is for a person to say");
    assert_eq!(
        finding_text,
        "One verdict passes, and nothing in scope speaks to one of the two objectives it wants."
    );
}

#[test]
fn what_no_rule_can_look_at_leaves_a_part() {
    let a = resource("aws_a", "r");
    let pass = vec![verdict("aws-a-x", &a, Outcome::Pass)];
    let (seen, finding_text) = only(&["one", "four"], &[], &[a], pass);
    assert_eq!(seen, View::Partial);
    assert_eq!(
        finding_text,
        "One verdict passes, and nothing in scope speaks to one of the two objectives it wants."
    );
}

#[test]
fn what_was_passed_over_in_scope_leaves_a_part() {
    let (a, b) = (resource("aws_a", "r"), resource("aws_b", "r"));
    let pass = vec![verdict("aws-a-x", &a, Outcome::Pass)];
    assert_eq!(only(&["one", "two"], &[], &[a, b], pass).0, View::Partial);
}

#[test]
fn partly_never_satisfies_by_itself() {
    let (a, b) = (resource("aws_a", "r"), resource("aws_b", "r"));
    let scope = [a.clone(), b.clone()];
    let (seen, finding_text) = only(&[], &["one"], &scope, vec![verdict("aws-a-x", &a, Outcome::Pass)]);
    assert_eq!(seen, View::Partial);
    assert_eq!(
        finding_text,
        "One verdict passes, which shows a part of the control; the rest needs other evidence."
    );
    let part_only = vec![verdict("aws-a-x", &a, Outcome::Pass)];
    assert_eq!(only(&["two"], &["one"], std::slice::from_ref(&a), part_only).0, View::Partial);
    let both = vec![verdict("aws-a-x", &a, Outcome::Pass), verdict("aws-b-x", &b, Outcome::Pass)];
    assert_eq!(only(&["two"], &["one"], &scope, both).0, View::Satisfied);
}

#[test]
fn failures_waivers_and_unknowns_are_told_apart() {
    let a = resource("aws_a", "r");
    let with = |outcomes: Vec<Outcome>| {
        let verdicts = outcomes.into_iter().map(|outcome| verdict("aws-a-x", &a, outcome)).collect();
        only(&["one"], &[], std::slice::from_ref(&a), verdicts)
    };
    assert_eq!(
        with(vec![]),
        (View::NotAssessed, "Nothing was judged for the one objective it wants.".to_owned())
    );
    assert_eq!(
        with(vec![Outcome::Pass, unknown()]),
        (View::Unknown, "One of two verdicts could not be decided.".to_owned())
    );
    assert_eq!(
        with(vec![Outcome::Pass, Outcome::Fail, waived(None), unknown()]),
        (
            View::NotSatisfied,
            "One of four verdicts fails, one more is waived, one could not be decided.".to_owned()
        )
    );
    assert_eq!(
        with(vec![Outcome::Pass, waived(Some("2027-01-31"))]),
        (View::Waived, "One failure stands, accepted until 2027-01-31.".to_owned())
    );
    assert_eq!(
        with(vec![waived(None), waived(Some("2027-01-31"))]),
        (View::Waived, "Two failures stand, the first accepted until 2027-01-31.".to_owned())
    );
    assert_eq!(with(vec![Outcome::Fail]), (View::NotSatisfied, "The one verdict fails.".to_owned()));
}

#[test]
fn people_and_providers_show_the_rest_whatever_was_judged() {
    let a = resource("aws_a", "r");
    for (shown, expected) in [
        (Shown::ManualEvidence, View::Manual),
        (Shown::Organisational, View::Manual),
        (Shown::Inherited, View::Inherited),
    ] {
        let mut own = framework(&[("1.1", &["one"], &[])]);
        own.groups[0].controls[0].shown = shown;
        let assessment = run(&own, vec![a.clone()], vec![verdict("aws-a-x", &a, Outcome::Fail)]);
        let control = &assessment.frameworks[0].controls[0];
        assert_eq!((view(control), control.verdicts.len()), (expected, 0));
    }
}

#[test]
fn pins_and_excludes_count() {
    let (a, b) = (resource("aws_a", "r"), resource("aws_b", "r"));
    let mut own = framework(&[("1.1", &["one"], &[]), ("1.2", &["one"], &[])]);
    own.groups[0].controls[0].pins = vec!["aws-b-x".to_owned()];
    own.groups[0].controls[1].excludes = vec!["aws-a-x".to_owned()];
    let verdicts = vec![verdict("aws-a-x", &a, Outcome::Pass), verdict("aws-b-x", &b, Outcome::Fail)];
    let assessment = run(&own, vec![a, b], verdicts);
    let controls = &assessment.frameworks[0].controls;
    assert_eq!((controls[0].status, &controls[0].verdicts[..]), (Status::NotSatisfied, &[0, 1][..]));
    assert_eq!((controls[1].status, controls[1].unseen.len()), (Status::NotAssessed, 1));
    let counts = counts(&assessment.frameworks[0]);
    assert_eq!(
        (counts.not_satisfied, counts.not_assessed, counts.looked_at, counts.automatable),
        (1, 1, 1, 2)
    );
}

#[test]
fn coverage_says_what_was_not_looked_at() {
    let (a, strange) = (resource("aws_a", "r"), resource("aws_strange", "r"));
    let seen_by_view = resource("aws_viewed", "r");
    let mut looked_up = resource("aws_strange", "data");
    looked_up.mode = compline_iac::Mode::Data;
    let mut reading = snapshot(vec![a.clone(), strange, seen_by_view.clone(), looked_up]);
    let problem = |gravity, path: &str| Problem {
        gravity,
        path: Arc::from(path),
        span: None,
        message: "is broken".to_owned(),
        help: None,
    };
    reading.problems = Arc::from([problem(Gravity::Note, "a.tf"), problem(Gravity::Loss, "b.tf")]);
    let verdicts = vec![verdict("aws-a-x", &a, unknown()), verdict("aws-a-x", &seen_by_view, Outcome::Pass)];
    let rules = rules();
    let coverage = coverage::coverage(&reading, &verdicts, &rules);
    assert_eq!((coverage.resources, coverage.judged), (3, 2));
    let kinds: Vec<_> = coverage.kinds_without_rules.iter().map(|(kind, count)| (&**kind, *count)).collect();
    assert_eq!(kinds, [("aws_strange", 1)]);
    assert_eq!(coverage.unknown_reasons.values().sum::<usize>(), 1);
    assert_eq!(coverage.unread, [(Arc::from("b.tf"), "is broken".to_owned())]);
}

#[test]
fn nothing_is_satisfied_beside_a_file_that_has_no_reader() {
    let a = resource("aws_a", "r");
    let library_of = |own: Framework| Library::with_frameworks(&rules(), vec![own]);
    let library = library_of(framework(&[("1.1", &["one"], &[])]));
    let chosen = [Arc::clone(library.find("test-1").expect("it was taken in"))];
    let mut reading = snapshot(vec![a.clone()]);
    let status = |reading: &Snapshot| {
        let verdicts = vec![verdict("aws-a-x", &a, Outcome::Pass)];
        let assessment = assess(reading, verdicts, &rules(), &library, &chosen);
        (assessment.frameworks[0].controls[0].status, assessment.coverage.gaps)
    };
    assert_eq!(status(&reading), (Status::Satisfied, Vec::new()));
    let unread = |path: &str, reason| Unread { path: Arc::from(path), reason };
    let bicep = FORMATS.iter().find(|format| format.name == "Bicep").expect("it is in the table");
    let shadowed = UnreadReason::Shadowed { by: Arc::from("main.tofu") };
    reading.unread = Arc::from([unread("main.tf", shadowed.clone())]);
    assert_eq!(status(&reading).0, Status::Satisfied, "what another file stands in for is no gap");
    reading.unread =
        Arc::from([unread("main.bicep", UnreadReason::NoReader(bicep)), unread("main.tf", shadowed)]);
    let path: Arc<str> = Arc::from("main.bicep");
    let why = Arc::from("no reader for Bicep");
    let gap = CoverageGap { what: Arc::clone(&path), why, file: Some(path), span: None };
    assert_eq!(status(&reading), (Status::Partial, vec![gap]));
}

#[test]
fn what_people_said_of_a_kind_is_in_the_edges_of_its_verdicts_alone() {
    let (a, b) = (resource("aws_a", "r"), resource("aws_b", "r"));
    let rules = RuleSet::of(vec![page("aws-x-y", &["one"], "aws_a")], Tables::default());
    let own = framework(&[("1.1", &["one"], &[]), ("1.2", &["two"], &[]), ("1.3", &[], &[])]);
    let entry = |control: &str, confirmed: bool| {
        format!(
            "- {{ subject: aws_a, framework: test-1, control: '{control}', confirmed: {confirmed}, by: ann, date: '2026-11-21' }}\n"
        )
    };
    let text = ["mappings:\n", &entry("1.1", false), &entry("1.2", true), &entry("1.3", true)].concat();
    let mappings = crate::feedback::Mappings::read(&text).expect("reads");
    let mut own = own;
    own.groups[0].controls[2].shown = Shown::Organisational;
    let library = Library::with_frameworks(&rules, vec![own]).with_mappings(&mappings, &rules);
    let chosen = Arc::clone(library.find("test-1").expect("it was taken in"));
    let verdicts = vec![verdict("aws-x-y", &a, Outcome::Pass), verdict("aws-x-y", &b, Outcome::Pass)];
    let assessment = assess(&snapshot(vec![a, b]), verdicts, &rules, &library, &[chosen]);
    let edges = |index: usize| -> Vec<(&str, &Provenance)> {
        let edges = assessment.edges.of_verdict(index).iter();
        edges.filter(|edge| &*edge.framework == "test-1").map(|edge| (&*edge.id, &edge.provenance)).collect()
    };
    let confirmed = Provenance::Confirmed { by: Arc::from("ann"), date: Arc::from("2026-11-21") };
    assert_eq!(edges(0), [("1.2", &confirmed), ("1.3", &confirmed)]);
    assert_eq!(edges(1), [("1.1", &Provenance::Curated(Arc::from("https://example.com")))]);
    assert_eq!(assessment.edges.of_verdict(2), []);
    let verdicts_of: Vec<&[usize]> =
        assessment.frameworks[0].controls.iter().map(|one| &one.verdicts[..]).collect();
    assert_eq!(verdicts_of, [&[1][..], &[0], &[]], "a control that only people can show has no verdict");
}

/// How good a status is. Partial proves less than satisfied, undecided less than partial, a failure least.
fn grade(status: Status) -> u8 {
    match status {
        Status::NotSatisfied => 0,
        Status::NotAssessed => 1,
        Status::Partial => 2,
        Status::Satisfied => 3,
        Status::Manual | Status::Inherited | Status::NotApplicable => 4,
    }
}

fn grades(assessment: &Assessment) -> Vec<u8> {
    assessment.frameworks[0].controls.iter().map(|control| grade(control.status)).collect()
}

const RULES: [(&str, &str); 3] = [("aws-a-x", "aws_a"), ("aws-b-x", "aws_b"), ("aws-c-x", "aws_c")];

#[derive(Debug, Clone)]
struct World {
    framework: Framework,
    resources: Vec<Resource>,
    /// Rule, resource, outcome: 0-3 pass, 4 fail, 5 unknown, 6 waived.
    judged: Vec<(usize, usize, u8)>,
}

impl World {
    fn verdicts(&self) -> Vec<Verdict> {
        let verdict_of = |(rule, at, outcome): &(usize, usize, u8)| {
            let outcome = match outcome {
                0..=3 => Outcome::Pass,
                4 => Outcome::Fail,
                5 => unknown(),
                _ => waived(None),
            };
            verdict(RULES[*rule].0, &self.resources[*at], outcome)
        };
        self.judged.iter().map(verdict_of).collect()
    }

    fn assess(&self) -> Assessment {
        run(&self.framework, self.resources.clone(), self.verdicts())
    }
}

fn world() -> impl Strategy<Value = World> {
    // 0 is not wanted, 1 fully, 2 partly.
    let control = (proptest::array::uniform4(0u8..3), any::<bool>(), 0usize..6, 0usize..6);
    let kinds = prop::sample::select(vec!["aws_a", "aws_b", "aws_c", "aws_other"]);
    let worlds = (prop::collection::vec(control, 1..4), prop::collection::vec(kinds, 0..6));
    worlds
        .prop_flat_map(|(controls, kinds)| {
            let pairs: Vec<(usize, usize)> = kinds
                .iter()
                .enumerate()
                .filter_map(|(at, kind)| Some((RULES.iter().position(|(_, of)| of == kind)?, at)))
                .collect();
            let outcomes = prop::collection::vec(prop::option::weighted(0.8, 0u8..7), pairs.len());
            (Just(controls), Just(kinds), Just(pairs), outcomes)
        })
        .prop_map(|(controls, kinds, pairs, outcomes)| {
            let mut own = framework(&[]);
            for (number, (wants, partial, pin, exclude)) in controls.into_iter().enumerate() {
                let named = |what: u8| -> Vec<&str> {
                    let names = ["one", "two", "three", "four"];
                    names
                        .into_iter()
                        .zip(wants)
                        .filter(|(_, want)| *want == what)
                        .map(|(name, _)| name)
                        .collect()
                };
                let made = framework(&[(&format!("1.{number}"), &named(1), &named(2))]);
                for mut control in made.groups.into_iter().flat_map(|group| group.controls) {
                    if partial {
                        control.shown = Shown::Partial;
                    }
                    control.pins = RULES.get(pin).map(|(rule, _)| (*rule).to_owned()).into_iter().collect();
                    control.excludes =
                        RULES.get(exclude).map(|(rule, _)| (*rule).to_owned()).into_iter().collect();
                    own.groups[0].controls.push(control);
                }
            }
            let resources =
                kinds.iter().enumerate().map(|(at, kind)| resource(kind, &format!("r{at}"))).collect();
            let judged = pairs
                .into_iter()
                .zip(outcomes)
                .filter_map(|((rule, at), outcome)| Some((rule, at, outcome?)))
                .collect();
            World { framework: own, resources, judged }
        })
}

fn none_better(after: &Assessment, before: &Assessment) -> bool {
    grades(after).iter().zip(grades(before)).all(|(after, before)| *after <= before)
}

proptest! {
    #[test]
    fn an_unjudged_resource_improves_nothing(
        world in world(),
        kind in prop::sample::select(vec!["aws_a", "aws_b", "aws_c", "aws_new"]),
    ) {
        let mut more = world.clone();
        more.resources.push(resource(kind, "unjudged"));
        prop_assert!(none_better(&more.assess(), &world.assess()));
    }

    #[test]
    fn losing_a_pass_improves_nothing(world in world(), which in any::<prop::sample::Index>()) {
        let passes: Vec<usize> = (0..world.judged.len()).filter(|at| world.judged[*at].2 < 4).collect();
        prop_assume!(!passes.is_empty());
        let mut less = world.clone();
        less.judged.remove(*which.get(&passes));
        prop_assert!(none_better(&less.assess(), &world.assess()));
    }

    #[test]
    fn a_pass_become_unknown_improves_nothing(world in world(), which in any::<prop::sample::Index>()) {
        let passes: Vec<usize> = (0..world.judged.len()).filter(|at| world.judged[*at].2 < 4).collect();
        prop_assume!(!passes.is_empty());
        let mut less = world.clone();
        less.judged[*which.get(&passes)].2 = 5;
        prop_assert!(none_better(&less.assess(), &world.assess()));
    }

    #[test]
    fn satisfied_rests_on_passes_alone(world in world()) {
        let assessment = world.assess();
        for control in &assessment.frameworks[0].controls {
            let tally = control.tally;
            prop_assert_eq!(tally.all(), control.verdicts.len());
            prop_assert!(control.verdicts.is_sorted());
            if control.status == Status::Satisfied {
                prop_assert_eq!((tally.fail, tally.unknown, tally.waived), (0, 0, 0));
                prop_assert!(tally.pass > 0);
                prop_assert!(control.control.shown != Shown::Partial);
                let fully = &control.control.wants.fully;
                prop_assert!(!fully.contains(&"four".to_owned()), "no rule can look at it");
                let unseen = |id: &String| control.unseen.iter().any(|other| **other == **id);
                prop_assert!(!fully.iter().all(unseen));
            }
            if tally.pass == 0 {
                prop_assert!(!matches!(control.status, Status::Satisfied | Status::Partial));
            }
            prop_assert!(finding(control, &assessment.verdicts).ends_with('.'));
        }
        let counts = counts(&assessment.frameworks[0]);
        let bar = counts.satisfied + counts.partial + counts.not_satisfied + counts.waived + counts.unknown
            + counts.not_assessed;
        prop_assert_eq!(bar, counts.automatable);
        prop_assert_eq!(bar + counts.manual + counts.inherited, counts.all);
    }

    #[test]
    fn a_control_lists_the_verdicts_that_have_an_edge_to_it(world in world()) {
        let assessment = world.assess();
        let assessed = &assessment.frameworks[0];
        for control in &assessed.controls {
            let leads_to = |index: &usize| {
                assessment.edges.of_verdict(*index).iter().any(|edge| {
                    *edge.framework == *assessed.framework.id && *edge.id == *control.control.id
                })
            };
            let with_edge: Vec<usize> = (0..assessment.verdicts.len()).filter(leads_to).collect();
            prop_assert_eq!(&with_edge, &control.verdicts);
        }
    }

    #[test]
    fn the_order_of_verdicts_does_not_matter(world in world()) {
        let mut turned = world.clone();
        turned.judged.reverse();
        prop_assert_eq!(grades(&turned.assess()), grades(&world.assess()));
    }
}
