//! Module instances: what a module's names mean where it is called, found when asked for and kept.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::expand::Expanded;
use super::module::{Declared, Library, Module};
use super::variable::Given;
use crate::inventory::{Existence, Gap, Resource};
use crate::problem::{Gravity, Problem};
use crate::source::{Sources, Span};
use crate::value::{Value, Why};
use crate::workspace::Options;

/// One evaluation of one root.
pub(super) struct Run<'a> {
    /// Module calls that could not be followed: the caller, the call, its address.
    pub refused: RefCell<Vec<(Rc<Instance<'a>>, &'a Declared<'a>, Arc<str>)>>,
    pub root: &'a str,
    pub library: &'a Library<'a>,
    pub sources: &'a dyn Sources,
    pub given: &'a Given,
    pub options: &'a Options,
    pub state: RefCell<State>,
    pub instances: RefCell<Vec<Rc<Instance<'a>>>>,
    /// Nested evaluations under way.
    pub depth: Cell<u32>,
    /// Set when a value was taken that may not be there: `aws_x.y[0]` where the count is unknown.
    pub unsure: RefCell<Option<Arc<Why>>>,
    /// Evaluation steps made; over the limit everything is unknown.
    pub steps: Cell<u64>,
}

/// What a run finds.
#[derive(Default)]
pub(super) struct State {
    pub resources: Vec<Resource>,
    pub gaps: Vec<Gap>,
    pub problems: Vec<Problem>,
}

/// One instance of a module.
pub(super) struct Instance<'a> {
    pub module: &'a Module<'a>,
    /// `module.db["eu"]`; empty for the root.
    pub address: Arc<str>,
    /// Dotted call names, as `modules.json` has them.
    pub key: String,
    pub call: Option<Call<'a>>,
    pub calls: Vec<Span>,
    pub existence: Existence,
    pub(super) memo: RefCell<HashMap<Name<'a>, Slot>>,
    pub(super) expansions: RefCell<Expansions<'a>>,
    pub(super) children: RefCell<HashMap<&'a str, Option<Rc<Children>>>>,
}

/// Resources by sort, kind and name; `None` while one is being found.
pub(super) type Expansions<'a> = HashMap<(bool, &'a str, &'a str), Option<Rc<Expanded<'a>>>>;

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
        given: &'a Given,
        options: &'a Options,
    ) -> Self {
        Self {
            root,
            library,
            sources,
            given,
            options,
            state: RefCell::default(),
            refused: RefCell::default(),
            instances: RefCell::default(),
            depth: Cell::new(0),
            unsure: RefCell::default(),
            steps: Cell::new(0),
        }
    }

    pub fn add_root(&self, module: &'a Module<'a>) -> Rc<Instance<'a>> {
        self.add(Instance {
            module,
            address: "".into(),
            key: String::new(),
            call: None,
            calls: Vec::new(),
            existence: Existence::Certain,
            memo: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
        })
        .1
    }

    pub fn add(&self, instance: Instance<'a>) -> (usize, Rc<Instance<'a>>) {
        let instance = Rc::new(instance);
        let mut instances = self.instances.borrow_mut();
        instances.push(instance.clone());
        (instances.len() - 1, instance)
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
        let mut state = self.state.borrow_mut();
        if !state.problems.contains(&problem) {
            state.problems.push(problem);
        }
    }

    pub fn gap(&self, gap: Gap) {
        let mut state = self.state.borrow_mut();
        if !state.gaps.contains(&gap) {
            state.gaps.push(gap);
        }
    }

    pub fn tell_gap(&self, what: &str, refers: &[Arc<crate::value::Reference>]) {
        for gap in self.state.borrow_mut().gaps.iter_mut().filter(|gap| *gap.what == *what) {
            gap.refers = refers.to_vec();
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
    pub fn keep(&self, name: Name<'a>, find: impl FnOnce() -> Value, cycle: impl FnOnce() -> Value) -> Value {
        match self.memo.borrow().get(&name) {
            Some(Slot::Busy) => return cycle(),
            Some(Slot::Found(value)) => return value.clone(),
            None => {}
        }
        self.memo.borrow_mut().insert(name, Slot::Busy);
        let value = find();
        self.memo.borrow_mut().insert(name, Slot::Found(value.clone()));
        value
    }
}
