//! Reads infrastructure as code: text → documents with spans → inventories of resources with provenance;
//! and symbolic edits → text.
//!
//! INVARIANT: this room is pure. It opens no file and no socket and knows no clock; what it reads comes from
//! the [`Sources`] its caller hands it. Parsing never fails: a broken text gives what could be read, and
//! [`Problem`]s.

pub mod edit;
pub mod format;
mod hashing;
pub mod inventory;
mod kubernetes_kinds;
mod limits;
mod options;
pub mod problem;
pub mod redact;
mod secret;
pub mod source;
pub mod syntax;
pub mod value;
pub mod version;
pub mod view;
pub mod workspace;

pub use inventory::{Dialect, Existence, Gap, Inventory, KnownCall, Mode, PlanInfo, Resource};
pub use limits::{Limit, Limits};
pub use options::Options;
pub use problem::{Gravity, Problem};
pub use redact::{Context, DigestKey, Redaction, Secret, SecretKind};
pub use source::{Damage, MemorySources, Place, Source, SourceId, Sources, Span};
pub use syntax::{Comment, Document, Tree};
pub use value::{Data, Form, List, Map, Number, Origin, Piece, Reference, Shape, Value, Via, Why, WhyKind};
pub use workspace::{MOST_THREADS, Snapshot, Workspace};
