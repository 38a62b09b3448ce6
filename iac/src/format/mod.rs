//! Documents → inventories: one module per format, and one table of them all.

pub mod arm;
pub mod cloudformation;
mod descriptor;
pub mod kubernetes;
mod near;
pub mod plan;
mod recognise;
mod signs;
pub mod state;
pub mod terraform;
mod unread;

pub use descriptor::{Content, Editor, FilePattern, Format, Language, ReadFile, ReadTogether, Reader, Role};
pub use recognise::{
    Recognised, belongs_to_module, file_kind, file_name, is_automatic_values, is_module_source, is_read,
    is_walked, languages, of, other_case, read, read_damaged, unparsed, untitled, watched,
};

/// Every format there is. Where several could be in a file, the first that is takes it: readers come first, and a
/// plan or a state, which have the fewest marks, come last among them.
pub static FORMATS: &[&Format] = &[
    &terraform::FORMAT,
    &cloudformation::FORMAT,
    &arm::FORMAT,
    &kubernetes::FORMAT,
    &plan::FORMAT,
    &state::FORMAT,
    &unread::BICEP,
    &unread::TERRAGRUNT,
    &unread::TERRAFORM_STACKS,
    &unread::CDK,
    &unread::CDK_FOR_TERRAFORM,
    &unread::PULUMI,
    &unread::SERVERLESS,
    &unread::HELM,
    &unread::KUSTOMIZE,
    &unread::COMPOSE,
    &unread::DOCKER,
    &unread::PACKER,
    &unread::ANSIBLE,
    &unread::TEMPLATE,
];
