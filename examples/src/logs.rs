//! Structured logs on standard error, for people or as JSON.
//!
//! No line holds a reading, a key, or the bytes of a frame, a record or a state: the types that carry them print
//! their size only.

use std::io::stderr;

use clap::{Args, ValueEnum};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::input::InputError;

/// How a process logs.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LogArgs {
    /// What is logged: error, warn, info, debug, trace, or by module, as "warn,wattsum_program::net=debug"
    #[arg(long, value_name = "LEVEL", env = "WATTSUM_LOG", default_value = "info", global = true)]
    pub(crate) log: String,
    /// For people, or one JSON object a line
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Human,
    Json,
}

impl LogArgs {
    /// Starts logging; once a process.
    ///
    /// # Errors
    /// A level that is none.
    pub(crate) fn start(&self) -> anyhow::Result<()> {
        let subscriber = self.subscriber(stderr)?;
        // A second start, in tests, leaves the first as it is.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Ok(())
    }

    fn subscriber<W>(&self, writer: W) -> Result<Box<dyn Subscriber + Send + Sync>, InputError>
    where
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        let filter = EnvFilter::try_new(&self.log)
            .map_err(|error| InputError::new(format!("--log {:?}: {error}", self.log)))?;
        let format = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
        Ok(match self.log_format {
            LogFormat::Human => {
                let colours = std::io::IsTerminal::is_terminal(&stderr());
                Box::new(format.with_ansi(colours).with_target(false).finish())
            }
            LogFormat::Json => Box::new(format.json().flatten_event(true).finish()),
        })
    }
}

#[cfg(test)]
mod tests;
