//! Native iterators that are generators to whoever treats them as such (PEP 342, PEP 479).

mod thrown;
mod yield_from;

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::PyClass;
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

pub(crate) use thrown::Thrown;
pub(crate) use yield_from::YieldFrom;

use super::given::Given;
use super::lock::already_executing;
use super::objects::{bare_error, interned, new_error};

/// What comes of running a generator: what it yields, nothing at its end.
pub(crate) type Yielded<'py> = PyResult<Option<Bound<'py, PyAny>>>;

/// What such an iterator does from one `yield` to the next.
///
/// The methods with a default say what it does where it is suspended; that nothing is yielded there means that it
/// goes on from there.
pub(crate) trait Body: PyClass<BaseType = Generator, Frozen = True> + Sync {
    /// Go on to the next `yield`.
    fn resume<'py>(slf: &Bound<'py, Self>) -> Yielded<'py>;

    /// Take a value that is sent.
    fn send<'py>(_slf: &Bound<'py, Self>, _value: &Bound<'py, PyAny>) -> Yielded<'py> {
        Ok(None)
    }

    /// Raise an exception; an error beside what comes of that says that none was raised.
    fn throw<'py>(_slf: &Bound<'py, Self>, thrown: &Thrown<'py>) -> PyResult<Yielded<'py>> {
        thrown.error().map(Err)
    }

    /// Close what it is suspended in.
    fn close(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Ok(())
    }

    /// Let go of what is of no use after the end.
    fn end(_slf: &Bound<'_, Self>) {}
}

/// What those iterators have in common: a class derived from this one adds its `__next__`, which is
/// [`Generator::next`].
#[pyclass(frozen, subclass, module = "wsproto._wsproto")]
pub(crate) struct Generator {
    /// One of the four below.
    stage: AtomicU8,
    enter: Enter,
}

/// It has not begun.
const FRESH: u8 = 0;
/// It has yielded something.
const SUSPENDED: u8 = 1;
/// It is on its way to the next `yield`.
const RUNNING: u8 = 2;
/// It has come to its end.
const FINISHED: u8 = 3;

/// [`enter`] for the class that an object is of.
type Enter = for<'a, 'py> fn(&'a Bound<'py, Generator>, Entry<'py>) -> PyResult<Bound<'py, PyAny>>;

/// The ways into a generator other than `__next__`.
enum Entry<'py> {
    Send(Bound<'py, PyAny>),
    Throw(Thrown<'py>),
    Close,
}

#[pymethods]
impl Generator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Advance.
    #[pyo3(signature = (value, /))]
    fn send<'py>(slf: &Bound<'py, Self>, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        (slf.get().enter)(slf, Entry::Send(value))
    }

    /// Raise an exception, and finish.
    #[pyo3(
        signature = (kind, value=Given::NOTHING, traceback=Given::NOTHING, /),
        text_signature = "($self, kind, value=None, traceback=None, /)",
    )]
    fn throw<'py>(
        slf: &Bound<'py, Self>,
        kind: Bound<'py, PyAny>,
        value: Given<'py>,
        traceback: Given<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let thrown = Thrown::new(kind, value, traceback)?;
        (slf.get().enter)(slf, Entry::Throw(thrown))
    }

    /// Finish; what has not been decoded is left for the next iterator.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        match (slf.get().enter)(slf, Entry::Close) {
            Err(error) if !is_end(slf.py(), &error) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Generator {
    /// This iterator, with these methods.
    #[inline]
    pub(crate) fn of<B: Body>(py: Python<'_>, body: B) -> PyResult<Bound<'_, B>> {
        let generator = Self {
            stage: AtomicU8::new(FRESH),
            enter: enter::<B>,
        };
        Bound::new(py, PyClassInitializer::from(generator).add_subclass(body))
    }

    /// What `__next__` does.
    #[inline]
    pub(crate) fn next<'py, B: Body>(body: &Bound<'py, B>) -> Yielded<'py> {
        let stage = &body.as_super().get().stage;
        match stage.load(Ordering::Relaxed) {
            FINISHED => return Ok(None),
            RUNNING => return Err(already_executing(body.py())),
            _ => stage.store(RUNNING, Ordering::Relaxed),
        }
        match B::resume(body) {
            Ok(Some(yielded)) => {
                stage.store(SUSPENDED, Ordering::Relaxed);
                Ok(Some(yielded))
            }
            Ok(None) => {
                finish(body);
                Ok(None)
            }
            Err(error) => {
                finish(body);
                Err(no_stop_iteration(body.py(), error))
            }
        }
    }
}

/// Enter a generator in another way than by `__next__`.
fn enter<'py, B: Body>(
    slf: &Bound<'py, Generator>,
    entry: Entry<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let body = slf.cast::<B>()?;
    let stage = &slf.get().stage;
    let before = stage.load(Ordering::Relaxed);
    match (before, &entry) {
        // From CPython 3.15 on nobody looks at the arguments then.
        (RUNNING, Entry::Throw(thrown)) if !cfg!(Py_3_15) => {
            thrown.error()?;
            return Err(already_executing(slf.py()));
        }
        (RUNNING, _) => return Err(already_executing(slf.py())),
        (FINISHED, Entry::Throw(thrown)) => return Err(thrown.error()?),
        (FINISHED, _) => return Err(bare_error::<PyStopIteration>()),
        (FRESH, Entry::Send(value)) if !value.is_none() => {
            let text = "can't send non-None value to a just-started generator";
            return Err(new_error::<PyTypeError>(slf.py(), text));
        }
        _ => stage.store(RUNNING, Ordering::Relaxed),
    }
    let begun = before != FRESH;
    let outcome = match entry {
        Entry::Send(value) if value.is_none() => Ok(Ok(None)),
        Entry::Send(value) => Ok(B::send(body, &value)),
        Entry::Throw(thrown) if begun => B::throw(body, &thrown),
        Entry::Throw(thrown) => thrown.error().map(Err),
        Entry::Close => {
            let closed = if begun { B::close(body) } else { Ok(()) };
            Ok(closed.and_then(|()| Err(bare_error::<PyGeneratorExit>())))
        }
    };
    match outcome {
        Ok(Ok(None)) => {
            stage.store(before, Ordering::Relaxed);
            slf.call_method0(interned!(slf.py(), "__next__")?)
        }
        Ok(Ok(Some(yielded))) => {
            stage.store(SUSPENDED, Ordering::Relaxed);
            Ok(yielded)
        }
        Ok(Err(error)) => {
            finish(body);
            // From CPython 3.12 on it is the generator's own code that does this, which has not been begun then.
            if cfg!(Py_3_12) && !begun {
                return Err(error);
            }
            Err(no_stop_iteration(slf.py(), error))
        }
        Err(error) => {
            stage.store(before, Ordering::Relaxed);
            Err(error)
        }
    }
}

fn finish<B: Body>(body: &Bound<'_, B>) {
    body.as_super()
        .get()
        .stage
        .store(FINISHED, Ordering::Relaxed);
    B::end(body);
}

/// PEP 479: a `StopIteration` that is raised inside does not get out, where it would seem to be the end.
#[cold]
fn no_stop_iteration(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let outer = new_error::<PyRuntimeError>(py, "generator raised StopIteration");
    outer.set_context(py, Some(error.clone_ref(py)));
    outer.set_cause(py, Some(error));
    outer
}

/// Whether a generator that is closed has come to its end with this.
fn is_end(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyGeneratorExit>(py) || error.is_instance_of::<PyStopIteration>(py)
}
