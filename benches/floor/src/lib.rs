//! The floor: what the interpreter asks for whatever the protocol costs.
//!
//! Classes with the shapes of a connection's and of its events, which do nothing but make the
//! Python objects that a connection has to make. They parse nothing, check nothing and remember
//! nothing: what there is to be made is told to them beforehand.

use pyo3::prelude::*;

mod construct;
mod handshake;
mod masking;
mod messages;

#[pymodule]
mod wsproto_bench_floor {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::handshake::{AcceptConnection, Handshakes, Request};
    #[pymodule_export]
    use super::masking::masked;
    #[pymodule_export]
    use super::messages::{BytesMessage, Floor, TextMessage};

    #[pymodule_init]
    #[allow(clippy::unnecessary_wraps)] // The signature is PyO3's.
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        use super::construct::constructible;

        constructible::<1, TextMessage>(module.py());
        constructible::<1, BytesMessage>(module.py());
        constructible::<2, Request>(module.py());
        constructible::<0, AcceptConnection>(module.py());
        Ok(())
    }
}
