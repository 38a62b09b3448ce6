//! Terraform: its language, read the way Terraform reads it.

pub mod functions;
