//! Terraform: directories of `.tf` files → one inventory per root module.
//!
//! What is evaluated, is evaluated as Terraform does; what cannot be known here stays [`Data::Unknown`] with
//! its reason. A known value that Terraform would not have is the worst fault this module can have.

mod arithmetic;
mod convert;
mod expand;
mod expression;
pub mod functions;
mod instance;
mod known;
mod meter;
mod module;
mod operator;
mod policy;
mod provider;
mod resource;
mod template;
mod touched;
mod traversal;
mod unify;
mod variable;

pub use known::{is_known, module as known_module};
pub use module::{Library, Locator, Module, is_inside_cache, join, local_calls, shadowed_by};
pub(crate) use operator::same;
pub(crate) use policy::from_json;
pub use touched::{Earlier, Edit, ModuleCall, Outline, Touched, touched};
pub use variable::VariableFiles;

use super::{Editor, FilePattern, Format, Language, Reader, Role};
use crate::inventory::{Dialect, Inventory};
use crate::limits::{Limits, RunTotal, Spent};
use crate::options::Options;
use crate::problem::Problem;
use crate::source::Sources;
use crate::syntax::FileKind;

const JSON: FileKind = FileKind::HclJson { variables: false };
const JSON_VALUES: FileKind = FileKind::HclJson { variables: true };

pub static FORMAT: Format = Format {
    name: "Terraform and OpenTofu",
    files: &[
        FilePattern::named("*.tf", FileKind::Hcl),
        FilePattern::named("*.tf.json", JSON),
        FilePattern::named("*.tofu", FileKind::Hcl),
        FilePattern::named("*.tofu.json", JSON),
        // OpenTofu has no values files of its own: it reads no `.tofuvars`.
        FilePattern::values("terraform.tfvars", FileKind::Hcl, Role::Values, false),
        FilePattern::values("*.auto.tfvars", FileKind::Hcl, Role::Values, false),
        FilePattern::values("*.tfvars", FileKind::Hcl, Role::ValuesOnDemand, false),
        FilePattern::values("terraform.tfvars.json", JSON_VALUES, Role::Values, true),
        FilePattern::values("*.auto.tfvars.json", JSON_VALUES, Role::Values, true),
        FilePattern::values("*.tfvars.json", JSON_VALUES, Role::ValuesOnDemand, true),
        FilePattern::notes(".terraform.lock.hcl"),
    ],
    content: None,
    languages: &[
        Language { id: "terraform", untitled: "untitled.tf" },
        Language { id: "opentofu", untitled: "untitled.tofu" },
        Language { id: "terraform-vars", untitled: "untitled.tfvars" },
        Language { id: "opentofu-vars", untitled: "untitled.tfvars" },
        Language { id: "hcl", untitled: "untitled.tf" },
    ],
    dialect: Some(Dialect::Terraform),
    reader: Reader::Modules,
    editor: Editor::Hcl,
};

/// Levels of module calls over which none is followed.
pub(crate) const DEEPEST_CALLS: usize = 64;

/// One root module, evaluated.
#[derive(Debug, Default)]
pub struct Evaluation {
    pub inventory: Inventory,
    pub problems: Vec<Problem>,
    pub(crate) spent: Spent,
    /// Evaluation stopped at a limit of the whole root: which values are unknown hangs on the order.
    pub exhausted: bool,
}

/// What a root may spend, and the count it shares with the other roots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance<'a> {
    pub limits: Limits,
    pub run_total: Option<&'a RunTotal>,
}

/// Evaluates a root module with everything it calls. What an `earlier` evaluation found is taken over where
/// nothing has touched it.
pub(crate) fn evaluate(
    root: &str,
    library: &Library<'_>,
    sources: &dyn Sources,
    variable_files: &VariableFiles,
    options: &Options,
    allowance: Allowance<'_>,
    earlier: Option<&Earlier<'_>>,
) -> Evaluation {
    let Some(module) = library.modules.get(root) else {
        return Evaluation::default();
    };
    let mut run = instance::Run::new(root, library, sources, variable_files, options, allowance);
    run.earlier = earlier;
    let instance = run.add_root(module);
    resource::collect(&run, &instance);
    resource::tell_gaps(&run);
    let (spent, exhausted) = run.meter.close();
    let state = run.finish();
    let mut inventory = Inventory::new(root, state.resources);
    inventory.gaps = state.gaps;
    inventory.partially_parsed = state.partially_parsed;
    inventory.known_calls = state.known_calls;
    inventory.providers = module::providers(module, root, sources);
    Evaluation { inventory, problems: state.problems, spent, exhausted }
}
