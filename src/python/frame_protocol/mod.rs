//! `wsproto.frame_protocol`.

mod buffer;
mod decoder;
mod masker;
mod message_decoder;
mod protocol;
mod received_frames;

use pyo3::prelude::*;

pub(crate) use buffer::Buffer;
pub(crate) use decoder::FrameDecoder;
pub(crate) use protocol::FrameProtocol;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Buffer>()?;
    module.add_class::<masker::XorMaskerNull>()?;
    module.add_class::<masker::XorMaskerSimple>()?;
    module.add_class::<message_decoder::MessageDecoder>()?;
    module.add_class::<FrameDecoder>()?;
    module.add_class::<FrameProtocol>()
}
