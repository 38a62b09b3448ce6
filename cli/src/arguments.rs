//! Arguments that several commands take.

use std::path::PathBuf;

use clap::Args;
use compline_project::OpenOptions;

/// What to read.
#[derive(Debug, Clone, Default, Args)]
pub struct ProjectArguments {
    /// Files and directories; the current directory when none is named
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// The workspace's root: nothing outside of it is read [default: the repository that holds PATHS]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Use this configuration instead of the nearest `compline.yaml`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set a Terraform variable
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Read values of Terraform variables from a file
    #[arg(long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// Read Terraform variables from `TF_VAR_*` in the environment
    #[arg(long)]
    pub tf_env: bool,
    /// The value of `terraform.workspace`
    #[arg(long, value_name = "NAME")]
    pub tf_workspace: Option<String>,
    /// The directory of a module, by the name of its call or by its source
    #[arg(long = "module-dir", value_name = "NAME=DIR")]
    pub module_directories: Vec<String>,
    /// Let the run take more (or less): `instances`, `steps` or `bytes`
    #[arg(long = "budget", value_name = "NAME=NUMBER")]
    pub limits: Vec<String>,
    /// Add the rule pages of a directory
    #[arg(long = "rules", value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Let rule pages and frameworks of the workspace replace built-in ones
    #[arg(long)]
    pub allow_overrides: bool,
    /// Set a parameter of rules, such as `password_minimum_length=12`
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Honour other scanners' suppressions: checkov, trivy, tfsec, kics
    #[arg(long, value_name = "SCANNER", value_delimiter = ',')]
    pub honor: Vec<String>,
}

impl ProjectArguments {
    pub fn options(&self) -> OpenOptions {
        OpenOptions {
            paths: self.paths.clone(),
            root: self.root.clone(),
            config: self.config.clone(),
            variables: self.variables.clone(),
            variable_files: self.variable_files.clone(),
            tf_env: self.tf_env,
            tf_workspace: self.tf_workspace.clone(),
            module_directories: self.module_directories.clone(),
            limits: self.limits.clone(),
            rules: self.rules.clone(),
            allow_overrides: self.allow_overrides,
            parameters: self.parameters.clone(),
            honor: self.honor.clone(),
            ..OpenOptions::default()
        }
    }
}

/// The model, as it is named on the command line.
#[derive(Debug, Clone, Default, Args)]
pub struct EmbedderArgument {
    /// Compare texts with this model instead of the built-in one: a directory with `model.onnx`, `tokenizer.json` and
    /// ONNX Runtime's shared library, or `ORG/NAME[@REVISION]`
    ///
    /// A name is looked for in the Hugging Face hub's cache on this machine (`HF_HUB_CACHE`, `HF_HOME`,
    /// `~/.cache/huggingface/hub`) and never fetched: this program opens no connection, `hf download ORG/NAME` does.
    /// ONNX Runtime's library is then the one whose path is in `ORT_DYLIB_PATH`, or the system's. Scores are
    /// calibrated for all-MiniLM-L6-v2; by any other model controls are suggested and never called mapped. What a
    /// model makes of the texts that come with this program is kept in the user's cache.
    #[arg(long, value_name = "MODEL", global = true)]
    pub embedder: Option<PathBuf>,
}
