//! End to end: the whole river, the properties it must keep, the shape of the house.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods)] // The program under test is a process of its own.

mod architecture;
mod asking;
mod authoring;
mod budget;
mod cases;
mod choices;
mod detection;
mod documents;
mod door;
mod edits;
mod embedder;
mod feedback;
mod folding;
mod formats;
mod fuzz;
mod imports;
mod injection;
mod input;
mod judged;
mod lists;
mod loss;
mod manifests;
mod mapping;
mod numbers;
mod parameters;
mod parity;
mod properties;
mod river;
mod run;
mod secrets;
mod server;
mod threats;
mod trust;
mod variants;
