//! One file per output format. Each renders a whole [`crate::Report`]; those a check can be printed in take a
//! [`crate::Run`] as well.

pub mod csv;
pub mod html;
pub mod json;
pub mod pdf;
pub mod sarif;
