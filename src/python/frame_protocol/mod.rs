//! `wsproto.frame_protocol`.

mod decoder;
mod protocol;
mod received_frames;

use pyo3::prelude::*;

pub(crate) use decoder::FrameDecoder;
pub(crate) use protocol::FrameProtocol;
use received_frames::ReceivedFrames;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Made now, since the first use cannot report that there is no memory for a type.
    module.py().get_type::<ReceivedFrames>();
    module.add_class::<FrameDecoder>()?;
    module.add_class::<FrameProtocol>()
}
