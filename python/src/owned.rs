//! State that belongs to one Python object, in one process.

use std::sync::{Mutex, MutexGuard};

use crate::error::Failure;

/// A secret or a role behind a Python object. Several threads may use the object; each call has it alone.
///
/// A fork copies it, and two copies of a meter or a holder could do what one may do only once (the same pads
/// over two readings give their difference away). So only the process that made it can use it; this is
/// checked before the lock, which a thread of the parent may have held at the fork.
///
/// Call these without the interpreter (`Python::detach`): whoever waits for the lock must not keep others
/// from finishing.
pub(crate) struct Owned<T> {
    what: &'static str,
    process: u32,
    state: Mutex<Option<T>>,
}

impl<T> Owned<T> {
    /// `what` names the object in exceptions.
    pub(crate) fn new(what: &'static str, value: T) -> Self {
        Owned { what, process: std::process::id(), state: Mutex::new(Some(value)) }
    }

    /// Acts on the state.
    pub(crate) fn with<R, E: Into<Failure>>(
        &self,
        act: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, Failure> {
        let mut state = self.lock()?;
        act(state.as_mut().ok_or(Failure::UsedUp(self.what))?).map_err(Into::into)
    }

    /// The state; the object is used up.
    pub(crate) fn take(&self) -> Result<T, Failure> {
        self.lock()?.take().ok_or(Failure::UsedUp(self.what))
    }

    /// Gives back what was taken and is whole again.
    pub(crate) fn restore(&self, value: T) -> Result<(), Failure> {
        self.lock()?.get_or_insert(value);
        Ok(())
    }

    fn lock(&self) -> Result<MutexGuard<'_, Option<T>>, Failure> {
        if self.process != std::process::id() {
            return Err(Failure::OtherProcess(self.what));
        }
        self.state.lock().map_err(|_| Failure::Broken(self.what))
    }
}
