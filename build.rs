//! Refuses interpreters that the Python face cannot work on, and tells it what the interpreter
//! is built like: `Py_GIL_DISABLED`, above all.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "python")]
    {
        if let Some(reason) = refusal(pyo3_build_config::get()) {
            println!("cargo::error={reason}");
        }
        pyo3_build_config::use_pyo3_cfgs();
    }
}

/// Why the package cannot be built for this interpreter, if it cannot.
#[cfg(feature = "python")]
fn refusal(interpreter: &pyo3_build_config::InterpreterConfig) -> Option<String> {
    use pyo3_build_config::PythonImplementation;

    let (implementation, version) = (interpreter.implementation(), interpreter.version());
    if implementation != PythonImplementation::CPython {
        Some(format!(
            "wsproto on a Rust core needs CPython, and this is {implementation}: use upstream's wsproto there"
        ))
    } else if (version.major, version.minor) < (3, 10) {
        Some(format!(
            "wsproto on a Rust core needs CPython 3.10 or newer, and this is {version}"
        ))
    } else {
        None
    }
}
