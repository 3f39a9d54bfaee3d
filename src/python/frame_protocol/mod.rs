//! `wsproto.frame_protocol`.

mod decoder;
mod protocol;
mod received_frames;

use pyo3::prelude::*;

pub(crate) use decoder::FrameDecoder;
pub(crate) use protocol::FrameProtocol;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<FrameDecoder>()?;
    module.add_class::<FrameProtocol>()
}
