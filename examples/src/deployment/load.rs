//! The deployment file: read, overridden key by key, and checked as far as can be without a network.

mod check;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use toml::{Table, Value};

use super::{Deployment, example};
use crate::input::InputError;
use crate::system::Protocol;

/// Keys that name a file or folder; in the file they are relative to it.
const PATHS: [&str; 3] = ["utility.database", "pki.folder", "pki.state"];

impl Deployment {
    /// Reads the file, puts `overrides` (as `rounds.period`, `60`) in the place of its values, and checks the whole.
    /// Relative paths of the file are relative to its folder, those of overrides to the current one.
    ///
    /// # Errors
    /// What is wrong, with the file, its line and the key, and the rule that is broken.
    pub(crate) fn load(path: Option<&Path>, overrides: &[(String, String)]) -> Result<Self, InputError> {
        let file = path.map(File::read).transpose()?;
        let mut table = match &file {
            Some(file) => file.table()?,
            None => Table::new(),
        };
        for (key, value) in overrides {
            set(&mut table, key, value)?;
        }
        let deployment: Self = Value::Table(table.clone())
            .try_into()
            .map_err(|error: toml::de::Error| whose(file.as_ref(), &table, overrides, &error))?;
        check::check(&deployment).map_err(|broken| {
            let given = |(key, _): &&(String, String)| broken.keys.contains(&key.as_str());
            let place = match (overrides.iter().rev().find(given), &file) {
                (Some((key, value)), _) => format!("--set {key}={value}"),
                (None, Some(file)) => file.place(broken.keys),
                (None, None) => broken.keys.join(", "),
            };
            InputError::new(format!("{place}: {}", broken.rule))
        })?;
        Ok(deployment)
    }
}

/// Reads `KEY=VALUE`, for the command line.
///
/// # Errors
/// If there is no such key.
pub(crate) fn override_of(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("no KEY=VALUE, as rounds.period=60")?;
    let (key, value) = (key.trim(), value.trim());
    known(key)?;
    Ok((key.to_owned(), value.to_owned()))
}

struct File {
    name: String,
    folder: PathBuf,
    text: String,
}

impl File {
    fn read(path: &Path) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| InputError::new(format!("{name}: cannot be read: {error}")))?;
        Ok(Self { name, folder: path.parent().unwrap_or(Path::new("")).to_owned(), text })
    }

    fn table(&self) -> Result<Table, InputError> {
        let mut table: Table = self.text.parse().map_err(|error| self.error(&error))?;
        for key in PATHS {
            if let Some(Value::String(path)) = entry(&mut table, key) {
                *path = self.folder.join(&*path).display().to_string();
            }
        }
        Ok(table)
    }

    fn error(&self, error: &toml::de::Error) -> InputError {
        let place = match error.span() {
            Some(span) => format!("{}: line {}", self.name, self.line(span.start)),
            None => self.name.clone(),
        };
        InputError::new(format!("{place}: {}", said(error)))
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count().saturating_add(1)
    }

    /// The file, and the lines of those keys that stand in it.
    fn place(&self, keys: &[&str]) -> String {
        let lines: Vec<String> = keys
            .iter()
            .filter_map(|key| {
                let line = self.line_of(key)?;
                Some(format!("line {line}, {key}"))
            })
            .collect();
        match lines.is_empty() {
            true => format!("{}: {}", self.name, keys.join(", ")),
            false => format!("{}: {}", self.name, lines.join("; ")),
        }
    }

    /// Looks for a key as people write it: under its table's header.
    fn line_of(&self, key: &str) -> Option<usize> {
        let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut header = String::new();
        for (line, text) in self.text.lines().enumerate() {
            let text = text.trim();
            if let Some(inner) = text.strip_prefix('[') {
                header = inner.split(']').next().unwrap_or_default().trim().to_owned();
            }
            let stands = text.split_once('=').is_some_and(|(left, _)| {
                let left = left.trim();
                (header == table && left == name) || (header.is_empty() && left == key)
            });
            if stands {
                return line.checked_add(1);
            }
        }
        None
    }
}

/// The message of the parser without its excerpt of the file.
fn said(error: &toml::de::Error) -> String {
    error.message().trim_end().replace('\n', ", ")
}

/// A value that does not fit its type: in the file, where the line can be told, or from the command line.
fn whose(
    file: Option<&File>,
    whole: &Table,
    overrides: &[(String, String)],
    error: &toml::de::Error,
) -> InputError {
    let message = said(error);
    for (key, value) in overrides {
        let mut without = whole.clone();
        if let Ok(sound) = known(key) {
            put(&mut without, key, sound.clone());
        }
        let other = Value::Table(without).try_into::<Deployment>().err().map(|error| said(&error));
        if other.as_deref() != Some(&message) {
            return InputError::new(format!("--set {key}={value}: {message}"));
        }
    }
    let alone = file.and_then(|file| Some((file, toml::from_str::<Deployment>(&file.text).err()?)));
    match alone {
        Some((file, error)) => file.error(&error),
        None => InputError::new(format!("the deployment: {message}; begin with `wattsum config --example`")),
    }
}

/// All keys with values of their types.
fn schema() -> &'static Table {
    static SCHEMA: OnceLock<Table> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let complete =
            toml::from_str::<Deployment>(&example::text(Protocol::Shamir)).map(|mut deployment| {
                deployment.rounds.replay = Some(super::Replay { begins: 0, slot: 1 });
                deployment.utility.dashboard = Some(String::new());
                deployment
            });
        complete.ok().and_then(|deployment| Table::try_from(deployment).ok()).unwrap_or_default()
    })
}

fn known(key: &str) -> Result<&'static Value, String> {
    let mut value = None;
    let mut table = Some(schema());
    for part in key.split('.') {
        value = table.and_then(|table| table.get(part));
        table = value.and_then(Value::as_table);
    }
    match value {
        Some(value) if !value.is_table() => Ok(value),
        _ => {
            let mut keys = Vec::new();
            names("", schema(), &mut keys);
            Err(format!("there is no key {key:?}; keys: {}", keys.join(", ")))
        }
    }
}

fn names(prefix: &str, table: &Table, keys: &mut Vec<String>) {
    for (name, value) in table {
        match value {
            Value::Table(inner) => names(&format!("{prefix}{name}."), inner, keys),
            _ => keys.push(format!("{prefix}{name}")),
        }
    }
}

fn set(table: &mut Table, key: &str, text: &str) -> Result<(), InputError> {
    let wrong = |what: &str| InputError::new(format!("--set {key}={text}: {what}"));
    let value = match known(key).map_err(|what| wrong(&what))? {
        Value::String(_) => Value::String(text.to_owned()),
        Value::Integer(_) => Value::Integer(text.parse().map_err(|_| wrong("not a whole number"))?),
        Value::Boolean(_) => Value::Boolean(text.parse().map_err(|_| wrong("neither true nor false"))?),
        _ => return Err(wrong("this key cannot be given here")),
    };
    if put(table, key, value) { Ok(()) } else { Err(wrong("the file has no table there")) }
}

/// Puts a value where its dotted key says.
fn put(table: &mut Table, key: &str, value: Value) -> bool {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
            true
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
            inner.as_table_mut().is_some_and(|inner| put(inner, rest, value))
        }
    }
}

fn entry<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Value> {
    match key.split_once('.') {
        None => table.get_mut(key),
        Some((first, rest)) => entry(table.get_mut(first)?.as_table_mut()?, rest),
    }
}
