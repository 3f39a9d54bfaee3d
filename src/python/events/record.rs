//! `Event`, and what a frozen dataclass can do beyond holding its fields: compare, hash, print,
//! copy and pickle. It is stated here once, in terms of the names of the fields, and reads them as
//! attributes: so it holds for subclasses too, whatever they override.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PySuper, PyTuple, PyType};

use super::attributes;
use super::declaration::Declaration;
use crate::python::objects::{interned, new_dict, new_empty_list, new_error, new_tuple};
use crate::python::recursion;

/// The base class of all events.
#[pyclass(frozen, subclass, weakref, module = "wsproto.events")]
pub(crate) struct Event {
    declaration: &'static Declaration,
}

/// The class itself has no fields, and its instances are told apart by identity.
static NO_FIELDS: Declaration = Declaration::new(&[]);

impl Event {
    pub(super) fn with(declaration: &'static Declaration) -> Self {
        Self { declaration }
    }

    fn is_plain(&self) -> bool {
        self.declaration.fields.is_empty()
    }
}

#[pymethods]
impl Event {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "()")]
    fn new(
        class: &Bound<'_, PyType>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = class.py();
        if !args.is_empty() || kwargs.is_some_and(|kwargs| !kwargs.is_empty()) {
            let init = interned!(py, "__init__")?;
            if class
                .getattr(init)?
                .is(&py.get_type::<PyAny>().getattr(init)?)
            {
                let name = class.name()?;
                return Err(new_error::<PyTypeError>(
                    py,
                    format!("{name}() takes no arguments"),
                ));
            }
        }
        Ok(Self::with(&NO_FIELDS))
    }

    fn __eq__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let class = interned!(py, "__class__")?;
        let alike =
            slf.get_type().is(other.get_type()) || other.getattr(class)?.is(&slf.getattr(class)?);
        let equal = |equal| Ok(PyBool::new(py, equal).to_owned().into_any());
        if slf.is(other) {
            return equal(true);
        }
        if slf.get().is_plain() || !alike {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let _level = recursion::enter(py)?;
        for name in slf.get().declaration.names(py)? {
            let (mine, its) = (slf.getattr(name)?, other.getattr(name)?);
            if !mine.is(&its) && !mine.eq(its)? {
                return equal(false);
            }
        }
        equal(true)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        if slf.get().is_plain() {
            return as_object(slf, interned!(slf.py(), "__hash__")?)?.extract();
        }
        let _level = recursion::enter(slf.py())?;
        fields_of(slf)?.hash()
    }

    fn __repr__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if slf.get().is_plain() {
            return as_object(slf, interned!(py, "__repr__")?);
        }
        let Some(_entered) = Repr::enter(slf)? else {
            return Ok(interned!(py, "...")?.clone().into_any());
        };
        let _level = recursion::enter(py)?;
        // Joined by Python, since what a field's repr returns need not be encodable.
        let pieces = new_empty_list(py)?;
        let class = slf.getattr(interned!(py, "__class__")?)?;
        pieces.append(class.getattr(interned!(py, "__qualname__")?)?)?;
        for (index, name) in slf.get().declaration.names(py)?.iter().enumerate() {
            pieces.append(if index == 0 {
                interned!(py, "(")?
            } else {
                interned!(py, ", ")?
            })?;
            pieces.append(name)?;
            pieces.append(interned!(py, "=")?)?;
            pieces.append(slf.getattr(name)?.repr()?)?;
        }
        pieces.append(interned!(py, ")")?)?;
        interned!(py, "")?.call_method1(interned!(py, "join")?, (pieces,))
    }

    /// Gives a Python subclass this `__dict__` for the one that lacks the fields.
    #[classmethod]
    #[pyo3(signature = (**kwargs))]
    fn __init_subclass__(
        class: &Bound<'_, PyType>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let py = class.py();
        let own = py.get_type::<Self>();
        let name = interned!(py, "__dict__")?;
        attributes::replace(class, name, &own.getattr(name)?.get_item(name)?)?;
        PySuper::new(&own, class.as_any())?
            .getattr(interned!(py, "__init_subclass__")?)?
            .call((), kwargs)?;
        Ok(())
    }

    /// The fields, and for an instance of a Python subclass its further attributes. Those can be
    /// written here, as `functools.cached_property` does.
    #[getter]
    fn __dict__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let py = slf.py();
        let attributes = match attributes::own(slf.as_any())? {
            Some(attributes) => attributes,
            None => new_dict(py)?,
        };
        for name in slf.get().declaration.names(py)? {
            match slf.getattr_opt(name)? {
                Some(value) => attributes.set_item(name, value)?,
                None if attributes.contains(name)? => attributes.del_item(name)?,
                None => {}
            }
        }
        Ok(attributes)
    }

    /// `vars(event).update(...)` in one: what the dictionary holds is set, fields and others alike.
    #[setter(__dict__)]
    fn set_dict(slf: &Bound<'_, Self>, attributes: &Bound<'_, PyDict>) -> PyResult<()> {
        if let Some(own) = attributes::own(slf.as_any())? {
            own.clear();
        }
        Self::__setstate__(slf, attributes)
    }

    /// What a dataclass is pickled as, at every protocol: a new instance, and its attributes.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let copyreg = py.import(interned!(py, "copyreg")?)?;
        let create = copyreg.getattr(interned!(py, "__newobj__")?)?;
        let state = slf.call_method0(interned!(py, "__getstate__")?)?;
        let arguments = new_tuple(py, [slf.get_type().into_any()])?;
        new_tuple(py, [create, arguments.into_any(), state])
    }

    /// The attributes, and beside them what the `__slots__` of Python subclasses hold.
    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let attributes = slf
            .getattr(interned!(py, "__dict__")?)?
            .call_method0(interned!(py, "copy")?)?;
        let slots = new_dict(py)?;
        let copyreg = py.import(interned!(py, "copyreg")?)?;
        let names = copyreg.call_method1(interned!(py, "_slotnames")?, (slf.get_type(),))?;
        for name in names.try_iter()? {
            let name = name?.cast_into::<PyString>()?;
            if let Some(value) = slf.getattr_opt(&name)? {
                slots.set_item(name, value)?;
            }
        }
        if slots.is_empty() {
            return Ok(attributes);
        }
        Ok(new_tuple(py, [attributes, slots.into_any()])?.into_any())
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let set = py
            .get_type::<PyAny>()
            .getattr(interned!(py, "__setattr__")?)?;
        let parts = match state.cast::<PyTuple>() {
            Ok(parts) => parts.clone(),
            Err(_) => new_tuple(py, [state.clone()])?,
        };
        for part in parts.iter().filter(|part| !part.is_none()) {
            for (name, value) in part.cast::<PyDict>()? {
                set.call1((slf, name, value))?;
            }
        }
        Ok(())
    }
}

/// The values of the fields.
fn fields_of<'py>(event: &Bound<'py, Event>) -> PyResult<Bound<'py, PyTuple>> {
    let names = event.get().declaration.names(event.py())?.iter();
    let values: PyResult<Vec<_>> = names.map(|name| event.getattr(name)).collect();
    new_tuple(event.py(), values?)
}

/// What `object` answers for the event.
fn as_object<'py>(
    event: &Bound<'py, Event>,
    method: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    event
        .py()
        .get_type::<PyAny>()
        .call_method1(method, (event,))
}

/// An object whose repr is being made, so that one that contains itself ends in "...".
struct Repr<'a, 'py>(&'a Bound<'py, Event>);

impl<'a, 'py> Repr<'a, 'py> {
    /// `None` if the repr of `event` is being made already.
    fn enter(event: &'a Bound<'py, Event>) -> PyResult<Option<Self>> {
        // SAFETY: `event` is a live object; `drop` leaves what was entered.
        match unsafe { ffi::Py_ReprEnter(event.as_ptr()) } {
            0 => Ok(Some(Self(event))),
            1.. => Ok(None),
            _ => Err(PyErr::fetch(event.py())),
        }
    }
}

impl Drop for Repr<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: `enter` has entered this live object.
        unsafe { ffi::Py_ReprLeave(self.0.as_ptr()) };
    }
}
