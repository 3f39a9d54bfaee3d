//! `wsproto._fallback`: the Python code that runs where something was replaced, and in the place of
//! a native iterator that is used as a generator (PEP 342).
//!
//! The interpreter supplies what a generator does: once `send`, `throw` or `close` is called, a
//! generator of that module is in the iterator's place, suspended where that stood.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::PyClass;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyString, PyTuple};

use super::ffi::lock::already_executing;
use super::ffi::objects::{self, import, interned};
use super::ffi::once::OnceRef;
use super::ffi::recursion;

/// Call one of its functions, which may end up here again.
#[cold]
pub(crate) fn call<'py>(
    py: Python<'py>,
    name: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    call_in(interned!(py, "wsproto._fallback")?, name, arguments)
}

/// Call a function of a module of the package, which may end up in native code again.
#[cold]
pub(crate) fn call_in<'py>(
    module: &Bound<'py, PyString>,
    name: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let _level = recursion::enter(module.py())?;
    import(module)?.getattr(name)?.call1(arguments)
}

/// A generator over what a native iterator gives.
pub(crate) fn items<'py>(iterator: &Bound<'py, PyAny>, begun: bool) -> PyResult<Bound<'py, PyAny>> {
    call(
        iterator.py(),
        interned!(iterator.py(), "items")?,
        (iterator, begun),
    )
}

/// The next item of an iterator; nothing at its end.
pub(crate) type Yielded<'py> = PyResult<Option<Bound<'py, PyAny>>>;

/// A native iterator.
pub(crate) trait Body: PyClass<BaseType = Generator, Frozen = True> + Sync {
    /// Go on to the next item.
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py>;

    /// The generator that goes on from here; if the iterator has `begun`, it first yields once
    /// where that is suspended.
    fn successor<'py>(slf: &Bound<'py, Self>, begun: bool) -> PyResult<Bound<'py, PyAny>>;
}

/// The base of those iterators: a class derived from this one adds its `__next__`, which is
/// [`Generator::next`].
#[pyclass(frozen, subclass, module = "wsproto._wsproto")]
pub(crate) struct Generator {
    /// One of the four below.
    stage: AtomicU8,
    /// The generator that is in the place of the iterator.
    successor: OnceRef<PyAny>,
    make_successor: MakeSuccessor,
}

/// The iterator has not begun.
const FRESH: u8 = 0;
/// The iterator has given an item, or is a generator now.
const SUSPENDED: u8 = 1;
/// The iterator is advancing.
const RUNNING: u8 = 2;
/// The iterator is exhausted.
const FINISHED: u8 = 3;

/// [`Body::successor`] for the class that an object is of.
type MakeSuccessor =
    for<'a, 'py> fn(&'a Bound<'py, Generator>, bool) -> PyResult<Bound<'py, PyAny>>;

#[pymethods]
impl Generator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Advance.
    #[pyo3(signature = (*arguments), text_signature = "($self, value, /)")]
    fn send<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::call_successor(slf, interned!(slf.py(), "send")?, arguments)
    }

    /// Raise an exception, and finish.
    #[pyo3(
        signature = (*arguments),
        text_signature = "($self, kind, value=None, traceback=None, /)",
    )]
    fn throw<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::call_successor(slf, interned!(slf.py(), "throw")?, arguments)
    }

    /// Finish; what has not been decoded is left for the next iterator.
    #[pyo3(signature = (*arguments), text_signature = "($self)")]
    fn close<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::call_successor(slf, interned!(slf.py(), "close")?, arguments)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(self.successor.get())
    }
}

impl Generator {
    /// An iterator with the methods of a generator.
    #[inline]
    pub(crate) fn wrap<B: Body>(py: Python<'_>, body: B) -> PyResult<Bound<'_, B>> {
        let generator = Self {
            stage: AtomicU8::new(FRESH),
            successor: OnceRef::new(),
            make_successor: |slf, begun| B::successor(slf.cast()?, begun),
        };
        Bound::new(py, PyClassInitializer::from(generator).add_subclass(body))
    }

    /// `__next__`
    #[inline]
    pub(crate) fn next<'py, B: Body>(body: &Bound<'py, B>) -> Yielded<'py> {
        let slf = body.as_super();
        let stage = &slf.get().stage;
        match stage.load(Ordering::Relaxed) {
            FINISHED => return Ok(None),
            RUNNING => return Err(already_executing(body.py())),
            _ => stage.store(RUNNING, Ordering::Relaxed),
        }
        let yielded = match slf.get().successor.get() {
            None => B::resume(body),
            Some(_) => Self::next_of_successor(slf),
        };
        let yielded = match yielded {
            // PEP 479: it would seem to be the end.
            Err(error) if error.is_instance_of::<PyStopIteration>(body.py()) => {
                Self::fail(slf, error)
            }
            yielded => yielded,
        };
        let after = match yielded {
            Ok(Some(_)) => SUSPENDED,
            Ok(None) | Err(_) => FINISHED,
        };
        stage.store(after, Ordering::Relaxed);
        yielded
    }

    /// Put a generator in the place of the iterator, which is running, and advance it.
    #[cold]
    pub(crate) fn continue_with<'py>(
        slf: &Bound<'py, Self>,
        generator: Bound<'py, PyAny>,
    ) -> Yielded<'py> {
        slf.get().successor.set(generator.unbind());
        Self::next_of_successor(slf)
    }

    #[cold]
    fn next_of_successor<'py>(slf: &Bound<'py, Self>) -> Yielded<'py> {
        let _level = recursion::enter(slf.py())?;
        match slf.get().successor.get() {
            Some(generator) => advance(generator.bind(slf.py())),
            None => Ok(None),
        }
    }

    /// Raise an error as a generator does.
    #[cold]
    fn fail<'py>(slf: &Bound<'py, Self>, error: PyErr) -> Yielded<'py> {
        let py = slf.py();
        let failing = interned!(py, "failing")?;
        let generator = call(py, failing, (error.into_value(py),))?;
        Self::continue_with(slf, generator)
    }

    #[cold]
    fn call_successor<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let _level = recursion::enter(py)?;
        let stage = &slf.get().stage;
        let before = stage.load(Ordering::Relaxed);
        if before == RUNNING {
            // Not the successor, even if it is what runs: CPython 3.12 may crash over a generator
            // that is running a native iterator.
            let function = interned!(py, "call_executing")?;
            return call(py, function, (name, arguments));
        }
        let generator = Self::make_successor(slf, before)?;
        stage.store(RUNNING, Ordering::Relaxed);
        let called = generator
            .getattr(name)
            .and_then(|method| objects::call(&method, arguments));
        // The successor knows whether it has finished.
        stage.store(SUSPENDED, Ordering::Relaxed);
        called
    }

    /// The successor, which is made if there is none.
    fn make_successor<'py>(slf: &Bound<'py, Self>, stage: u8) -> PyResult<Bound<'py, PyAny>> {
        let (this, py) = (slf.get(), slf.py());
        if let Some(generator) = this.successor.get() {
            return Ok(generator.bind(py).clone());
        }
        let generator = match stage {
            FINISHED => items(PyTuple::empty(py).as_any(), false)?,
            stage => (this.make_successor)(slf, stage == SUSPENDED)?,
        };
        if stage != FRESH {
            advance(&generator)?;
        }
        this.successor.set(generator.clone().unbind());
        Ok(generator)
    }
}

fn advance<'py>(generator: &Bound<'py, PyAny>) -> Yielded<'py> {
    generator.try_iter()?.next().transpose()
}
