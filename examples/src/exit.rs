//! How the program ends.

use std::io;
use std::process::ExitCode;

use crate::input::InputError;

/// The exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all is well.
    Done,
    /// 1: a sum differs from the truth, or something broke.
    Failed,
    /// 2: the input or the command line is wrong; nothing was written.
    BadInput,
    /// 3: some intervals have no sum; the others stand.
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::BadInput => 2,
            Exit::Refused => 3,
        })
    }
}

impl Exit {
    /// Reports an error on standard error.
    pub(crate) fn from_error(error: &anyhow::Error) -> Self {
        let broken_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
        if error.chain().filter_map(|cause| cause.downcast_ref()).any(broken_pipe) {
            // Whoever read our output has seen enough.
            return Self::Done;
        }
        eprintln!("error: {error:#}");
        if error.chain().any(|cause| cause.is::<InputError>()) { Self::BadInput } else { Self::Failed }
    }
}
