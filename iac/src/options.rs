//! What the user said about a run, beside the files.

use std::sync::Arc;

use crate::limits::Limits;
use crate::secret::DigestKey;
use crate::value::Value;

/// Values and places that the files themselves do not hold.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--var name=value`, in order; the last wins.
    pub variables: Vec<(String, String)>,
    /// `--var-file`, workspace-relative, in order.
    pub variable_files: Vec<String>,
    /// Values that one template's parameters are given beside it: by files of parameters, by templates that nest it.
    pub parameters: Vec<(Arc<str>, Value)>,
    /// `TF_VAR_*`, when opted in.
    pub environment: Vec<(String, String)>,
    /// `terraform.workspace`; "default" when `None`.
    pub terraform_workspace: Option<String>,
    /// `--module-dir NAME=DIR`: the name of a module call (or its dotted path, or its source) and the directory,
    /// workspace-relative, that holds the module.
    pub module_directories: Vec<(String, String)>,
    /// What the digests of hidden values are keyed with.
    pub digest_key: DigestKey,
    /// How much the run may take; nothing in the files raises it.
    pub limits: Limits,
}
