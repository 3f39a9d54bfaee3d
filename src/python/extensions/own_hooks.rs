//! Whether the hooks of `PerMessageDeflate` are the native ones: others may be put on an instance, on the class, or
//! in the place of the streams, at any time.

use pyo3::prelude::*;

use super::PerMessageDeflate;
use crate::python::declared::declared;

/// The hooks that a connection calls.
pub(super) const HOOKS: [&str; 4] = [
    "frame_inbound_complete",
    "frame_inbound_header",
    "frame_inbound_payload_data",
    "frame_outbound",
];

impl PerMessageDeflate {
    /// Whether native code may do the work of the hooks.
    #[inline]
    pub(crate) fn is_native(slf: &Bound<'_, Self>) -> bool {
        if slf.get().own_hooks.any() {
            return false;
        }
        declared(slf.py()).is_ok_and(|names| {
            let class = &names.classes.permessage_deflate;
            class.cast_exact(slf.as_any()).is_some() && class.has_native(slf.py(), &HOOKS)
        })
    }
}
