//! What is compiled in: the frameworks, the table of their edges and the objectives. Encoded by the build script;
//! each is decoded when it is first asked for.

use std::sync::OnceLock;

use crate::catalogue::{Framework, FrameworkInfo, Objective};
use crate::edge_table::EdgeTable;

include!(concat!(env!("OUT_DIR"), "/frameworks.rs"));
static EDGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/edges.bin"));
static OBJECTIVES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/objectives.bin"));

/// A framework that comes with the program; none of that id where there is none.
pub fn framework(id: &str) -> Option<Framework> {
    let (infos, _): (Vec<FrameworkInfo>, EdgeTable) = postcard::from_bytes(EDGES).ok()?;
    let place = infos.iter().position(|info| info.id == id)?;
    postcard::from_bytes(FRAMEWORKS.get(place)?).ok()
}

/// The objectives that come with the program, in the order of their file.
pub fn objectives() -> &'static [Objective] {
    static DECODED: OnceLock<Vec<Objective>> = OnceLock::new();
    #[allow(clippy::expect_used)] // The build script encoded them, and a test decodes them.
    DECODED.get_or_init(|| postcard::from_bytes(OBJECTIVES).expect("the embedded objectives decode"))
}

/// Each framework encoded, in their order.
pub(crate) fn encoded_frameworks() -> &'static [&'static [u8]] {
    FRAMEWORKS
}

/// What there is to know of the frameworks without decoding them, and the table of their edges.
pub(crate) fn edge_table() -> (Vec<FrameworkInfo>, EdgeTable) {
    #[allow(clippy::expect_used)] // The build script encoded it, and a test decodes it.
    postcard::from_bytes(EDGES).expect("the embedded edges decode")
}
