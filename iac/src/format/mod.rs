//! Documents → inventories: one module per format.

pub mod arm;
pub mod cloudformation;
pub mod kubernetes;
pub mod plan;
pub mod state;
pub mod terraform;
