//! Module instances: what a module's names mean where it is called, found when asked for and kept.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Allowance;
use super::expand::Expanded;
use super::meter::Meter;
use super::module::{Declared, Library, Module};
use super::touched::Earlier;
use super::variable::VariableFiles;
use crate::hashing::QuickMap;
use crate::inventory::{Existence, Gap, KnownCall, Resource};
use crate::options::Options;
use crate::problem::{Gravity, Problem};
use crate::source::{Sources, Span};
use crate::value::{Value, Why};

/// One evaluation of one root.
pub(super) struct Run<'a> {
    /// Module calls that could not be followed: the caller, the call, its address.
    pub refused: RefCell<Vec<Refused<'a>>>,
    pub root: &'a str,
    pub library: &'a Library<'a>,
    pub sources: &'a dyn Sources,
    pub variable_files: &'a VariableFiles,
    pub options: &'a Options,
    pub state: RefCell<State>,
    pub instances: RefCell<Vec<Rc<Instance<'a>>>>,
    /// Whether any module configures a provider.
    pub has_providers: Cell<bool>,
    /// Nested evaluations under way.
    pub depth: Cell<u32>,
    /// Set when a value was taken that may not be there: `aws_x.y[0]` where the count is unknown.
    pub unsure: RefCell<Option<Arc<Why>>>,
    pub meter: Meter<'a>,
    /// What was found before the last edit.
    pub earlier: Option<&'a Earlier<'a>>,
}

/// A module call that could not be followed: the caller, the call, its address.
type Refused<'a> = (Rc<Instance<'a>>, &'a Declared<'a>, Arc<str>);

/// What a run finds.
#[derive(Default)]
pub(super) struct State {
    pub resources: Vec<Arc<Resource>>,
    pub gaps: Vec<Gap>,
    pub partially_parsed: Vec<(Arc<str>, Arc<Why>)>,
    pub known_calls: Vec<KnownCall>,
    /// Places in `gaps`, by what they are of.
    gaps_of: HashMap<Arc<str>, Vec<usize>>,
    pub problems: Vec<Problem>,
    known_problems: HashSet<Problem>,
}

/// Problems told of one root.
const MOST_PROBLEMS: usize = 1000;

/// One instance of a module.
pub(super) struct Instance<'a> {
    pub module: &'a Module<'a>,
    /// `module.db["eu"]`; empty for the root.
    pub address: Arc<str>,
    /// Its place in [`Run::instances`].
    pub index: usize,
    /// Dotted call names, as `modules.json` has them.
    pub key: String,
    pub call: Option<Call<'a>>,
    pub calls: Vec<Span>,
    pub existence: Existence,
    pub(super) memo: RefCell<QuickMap<Name<'a>, Slot>>,
    pub(super) expansions: RefCell<Expansions<'a>>,
    pub(super) children: RefCell<QuickMap<&'a str, Option<Rc<Children>>>>,
    /// The tags that providers add, by their names here.
    pub(super) defaults: RefCell<Defaults>,
}

/// By local name and alias.
type Defaults = HashMap<(Arc<str>, Option<Arc<str>>), Option<Value>>;

/// Resources by sort, kind and name; `None` while one is being found.
pub(super) type Expansions<'a> = QuickMap<(bool, &'a str, &'a str), Option<Rc<Expanded<'a>>>>;

/// The call that made an instance.
pub(super) struct Call<'a> {
    /// The caller, by its place in [`Run::instances`].
    pub parent: usize,
    pub name: &'a str,
    pub declared: &'a Declared<'a>,
    pub repetition: Repetition,
}

/// `each` and `count` of an instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Repetition {
    pub each: Option<(Value, Value)>,
    pub count: Option<Value>,
}

/// The instances of one module call.
pub(super) struct Children {
    pub keys: super::expand::Keys,
    /// Per key, the instance's place in [`Run::instances`]; why there is none.
    pub instances: Result<Vec<usize>, Arc<Why>>,
}

/// What is kept of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name<'a> {
    Variable(&'a str),
    Local(&'a str),
    Output(&'a str),
}

pub(super) enum Slot {
    /// Being found: whoever asks now, asks for itself.
    Busy,
    Found(Value),
}

impl<'a> Run<'a> {
    pub fn new(
        root: &'a str,
        library: &'a Library<'a>,
        sources: &'a dyn Sources,
        variable_files: &'a VariableFiles,
        options: &'a Options,
        allowance: Allowance<'a>,
    ) -> Self {
        Self {
            root,
            library,
            sources,
            variable_files,
            options,
            state: RefCell::default(),
            refused: RefCell::default(),
            instances: RefCell::default(),
            has_providers: Cell::new(false),
            depth: Cell::new(0),
            unsure: RefCell::default(),
            meter: Meter::new(allowance.limits, allowance.run_total),
            earlier: None,
        }
    }

    pub fn add_root(&self, module: &'a Module<'a>) -> Rc<Instance<'a>> {
        self.add(Instance {
            module,
            address: "".into(),
            index: 0,
            key: String::new(),
            call: None,
            calls: Vec::new(),
            existence: Existence::Certain,
            memo: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
            defaults: RefCell::default(),
        })
        .1
    }

    pub fn add(&self, mut instance: Instance<'a>) -> (usize, Rc<Instance<'a>>) {
        self.has_providers.set(self.has_providers.get() || !instance.module.providers.is_empty());
        let mut instances = self.instances.borrow_mut();
        instance.index = instances.len();
        let instance = Rc::new(instance);
        instances.push(instance.clone());
        (instance.index, instance)
    }

    pub fn instance(&self, index: usize) -> Option<Rc<Instance<'a>>> {
        self.instances.borrow().get(index).cloned()
    }

    pub fn problem(&self, gravity: Gravity, span: Span, message: impl Into<String>, help: &str) {
        let problem = Problem {
            gravity,
            path: Arc::from(""),
            span: Some(span),
            message: message.into(),
            help: (!help.is_empty()).then(|| help.to_owned()),
        };
        let state = &mut *self.state.borrow_mut();
        // What is lost is lost; who has read so many problems of one root needs no more of them.
        if state.problems.len() < MOST_PROBLEMS && state.known_problems.insert(problem.clone()) {
            state.problems.push(problem);
        }
    }

    pub fn gap(&self, gap: Gap) {
        let state = &mut *self.state.borrow_mut();
        let same = state.gaps_of.entry(gap.what.clone()).or_default();
        if !same.iter().any(|index| state.gaps.get(*index) == Some(&gap)) {
            same.push(state.gaps.len());
            state.gaps.push(gap);
        }
    }

    pub fn tell_gap(&self, what: &str, refers: &[Arc<crate::value::Reference>]) {
        let state = &mut *self.state.borrow_mut();
        for index in state.gaps_of.get(what).into_iter().flatten() {
            if let Some(gap) = state.gaps.get_mut(*index) {
                gap.refers = refers.to_vec();
            }
        }
    }

    pub fn finish(self) -> State {
        self.state.into_inner()
    }
}

impl<'a> Instance<'a> {
    /// A thing's address in this instance.
    pub fn at(&self, name: &str) -> Arc<str> {
        if self.address.is_empty() { name.into() } else { format!("{}.{name}", self.address).into() }
    }

    /// The value under a name: kept, or found now. A name that is asked for while it is being found is a cycle.
    pub fn keep(
        &self,
        run: &Run<'_>,
        name: Name<'a>,
        find: impl FnOnce() -> Value,
        cycle: impl FnOnce() -> Value,
    ) -> Value {
        match self.memo.borrow().get(&name) {
            Some(Slot::Busy) => return cycle(),
            Some(Slot::Found(value)) => return value.clone(),
            None => {}
        }
        self.memo.borrow_mut().insert(name, Slot::Busy);
        let value = super::expression::bounded(run, find());
        self.memo.borrow_mut().insert(name, Slot::Found(value.clone()));
        value
    }
}
