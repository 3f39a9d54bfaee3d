//! Tells the Python face what interpreter it is built for: `Py_GIL_DISABLED`, above all.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
