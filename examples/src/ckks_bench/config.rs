//! The configuration file: YAML as systems on TenSEAL have it, in any nesting.
//!
//! What counts is a setting's own name (`poly_modulus_degree`, `scale`, `meters` …), not the section it stands in, so that
//! the file of another system can be taken as it is. Names that mean nothing here are told, not refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::choice::Wanted;
use super::numbers::{self, Span};
use super::scenario::Scenario;
use crate::input::{InputError, excerpt};

/// Bytes of a file at most.
const MOST: usize = 1 << 20;

/// Sections inside sections at most.
const DEEPEST: usize = 32;

/// What a file says; `None` and empty where it says nothing.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Config {
    pub(super) wanted: Wanted,
    pub(super) meters: Vec<u32>,
    /// Seconds.
    pub(super) intervals: Vec<u32>,
    pub(super) batches: Vec<u32>,
    /// Listed one by one.
    pub(super) scenarios: Vec<Scenario>,
    pub(super) rounds: Option<u32>,
    pub(super) seed: Option<u64>,
    pub(super) readings: Option<PathBuf>,
    /// Settings that have no meaning here.
    pub(super) unused: Vec<String>,
}

/// One setting of the file.
struct Setting<'a> {
    file: &'a str,
    /// With its sections, as `encryption.scale`.
    path: &'a str,
    value: &'a Value,
}

impl Config {
    /// # Errors
    /// A file that cannot be read, is no YAML, or has a setting whose value means nothing.
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| InputError::new(format!("{file}: cannot be read: {error}")))?;
        if text.len() > MOST {
            return Err(InputError::new(format!("{file}: more than {MOST} bytes are no configuration")));
        }
        Self::read(&file, &text)
    }

    fn read(file: &str, text: &str) -> Result<Self, InputError> {
        let tree: Value = serde_saphyr::from_str(text)
            .map_err(|error| InputError::new(format!("{file}: {}", first_lines(&error.to_string()))))?;
        let mut config = Self::default();
        match &tree {
            Value::Object(_) => config.section(file, "", &tree, 0)?,
            // An empty file says nothing.
            Value::Null => {}
            _ => return Err(InputError::new(format!("{file}: no settings `name: value`"))),
        }
        Ok(config)
    }

    fn section(&mut self, file: &str, path: &str, tree: &Value, depth: usize) -> Result<(), InputError> {
        let Value::Object(settings) = tree else { return Ok(()) };
        if depth > DEEPEST {
            return Err(InputError::new(format!(
                "{file}: {path}: more than {DEEPEST} sections inside each other"
            )));
        }
        for (name, value) in settings {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if value.is_object() {
                self.section(file, &path, value, depth.saturating_add(1))?;
            } else {
                let plain = name.to_lowercase().replace('-', "_");
                self.setting(&plain, &Setting { file, path: &path, value })?;
            }
        }
        Ok(())
    }

    fn setting(&mut self, name: &str, setting: &Setting<'_>) -> Result<(), InputError> {
        match name {
            "poly_modulus_degree" | "degree" => setting.once(&mut self.wanted.degree, Setting::whole),
            "scale" | "global_scale" => setting.once(&mut self.wanted.scale, Setting::power_of_two),
            "scale_bits" | "global_scale_bits" => setting.once(&mut self.wanted.scale, Setting::whole),
            "coeff_mod_bit_sizes" | "coeff_modulus_bit_sizes" | "coeff_modulus_bits" => match setting.value {
                // The length of all inner primes: says nothing that a preset does not.
                Value::Number(_) => setting.whole::<u32>().map(drop),
                _ => setting.once(&mut self.wanted.bit_sizes, Setting::list),
            },
            "meters" | "num_meters" | "number_of_meters" => {
                setting.many(&mut self.meters, Span::METERS, numbers::span)
            }
            "interval" | "intervals" | "reading_interval" | "interval_seconds" | "collection_interval" => {
                setting.many(&mut self.intervals, Span::SECONDS, numbers::seconds)
            }
            "batch" | "batches" | "batch_size" | "batch_sizes" => {
                setting.many(&mut self.batches, Span::BATCH, numbers::span)
            }
            "rounds" => setting.once(&mut self.rounds, Setting::whole),
            "seed" => setting.once(&mut self.seed, Setting::whole),
            "readings" => setting.once(&mut self.readings, |setting| match setting.value {
                Value::String(path) => Ok(PathBuf::from(path)),
                _ => Err(setting.wrong("the path of a file is needed")),
            }),
            "scheme" | "scheme_type" => match setting.value {
                Value::String(scheme) if scheme.eq_ignore_ascii_case("ckks") => Ok(()),
                _ => Err(setting.wrong("the scheme here is CKKS")),
            },
            "scenarios" => self.listed(setting),
            _ => {
                self.unused.push(setting.path.to_owned());
                Ok(())
            }
        }
    }

    /// `scenarios: [{meters: 2, interval: 900, batch: 1}, …]`
    fn listed(&mut self, setting: &Setting<'_>) -> Result<(), InputError> {
        let Value::Array(entries) = setting.value else {
            return Err(setting.wrong("a list of scenarios is needed"));
        };
        for (number, entry) in entries.iter().enumerate() {
            let path = format!("{}[{number}]", setting.path);
            let mut one = Self::default();
            one.section(setting.file, &path, entry, 0)?;
            if !entry.is_object() || one.wanted != Wanted::default() || !one.scenarios.is_empty() {
                let setting = Setting { path: &path, ..*setting };
                return Err(setting.wrong("a scenario has meters, interval and batch"));
            }
            self.unused.append(&mut one.unused);
            self.scenarios.extend(Scenario::product(&one.meters, &one.intervals, &one.batches));
        }
        Ok(())
    }
}

impl Setting<'_> {
    fn wrong(&self, what: &str) -> InputError {
        let value = excerpt(&self.value.to_string());
        InputError::new(format!("{}: {}: {what}, not {value}", self.file, self.path))
    }

    fn once<T>(
        &self,
        place: &mut Option<T>,
        read: impl FnOnce(&Self) -> Result<T, InputError>,
    ) -> Result<(), InputError> {
        match place.replace(read(self)?) {
            Some(_) => {
                Err(InputError::new(format!("{}: {}: given for the second time", self.file, self.path)))
            }
            None => Ok(()),
        }
    }

    fn many(
        &self,
        place: &mut Vec<u32>,
        span: Span,
        read: fn(&str, Span) -> Result<Vec<u32>, String>,
    ) -> Result<(), InputError> {
        if !place.is_empty() {
            return Err(InputError::new(format!("{}: {}: given for the second time", self.file, self.path)));
        }
        let parts = match self.value {
            Value::Array(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        for part in parts {
            let text = match part {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return Err(self.wrong("a number is needed")),
            };
            place.extend(read(&text, span).map_err(|what| self.wrong(&what))?);
        }
        if place.is_empty() { Err(self.wrong("a number is needed")) } else { Ok(()) }
    }

    fn whole<T: TryFrom<u64>>(&self) -> Result<T, InputError> {
        let number = self.value.as_u64().and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.wrong("a whole number is needed"))
    }

    fn list(&self) -> Result<Vec<u32>, InputError> {
        let wrong = || self.wrong("a list of lengths in bits is needed");
        let Value::Array(parts) = self.value else { return Err(wrong()) };
        let bits = |part: &Value| part.as_u64().and_then(|bits| u32::try_from(bits).ok());
        parts.iter().map(|part| bits(part).ok_or_else(wrong)).collect()
    }

    /// `2**40`, `2^40`, or the number itself; which power of two it is.
    fn power_of_two(&self) -> Result<u32, InputError> {
        let wrong = || self.wrong("a power of two as 2**40 is needed");
        match self.value {
            Value::String(text) => numbers::power(text).ok_or_else(wrong),
            Value::Number(number) => {
                let number = number.as_f64().filter(|number| *number >= 2.0).ok_or_else(wrong)?;
                let bits = number.log2();
                // Exact for powers of two.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 1024
                let whole = bits as u32;
                if f64::from(whole) == bits { Ok(whole) } else { Err(wrong()) }
            }
            _ => Err(wrong()),
        }
    }
}

/// Where YAML is wrong is told with an excerpt of many lines.
fn first_lines(text: &str) -> String {
    text.lines().take(2).map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::read("c.yaml", text).map_err(|error| error.to_string())
    }

    #[test]
    fn sections_and_names_of_other_systems() {
        let config = read(
            "encryption:\n  scheme: CKKS\n  poly_modulus_degree: 8192\n  coeff_mod_bit_sizes: [60, 40, 40, 60]\n  \
             scale: 2**40\nsmart_meters:\n  num_meters: [2, 20]\n  reading_interval: 5\n  batch_size: 1..3\nserver:\n  \
             port: 8080\n",
        )
        .unwrap();
        let wanted = Wanted { degree: Some(8192), scale: Some(40), bit_sizes: Some(vec![60, 40, 40, 60]) };
        assert_eq!(config.wanted, wanted);
        assert_eq!((config.meters, config.intervals, config.batches), (vec![2, 20], vec![5], vec![1, 2, 3]));
        assert_eq!(config.unused, ["server.port"]);
        assert_eq!(read("").unwrap(), Config::default());
    }

    #[test]
    fn scales() {
        for text in ["2**40", "2^40", "\"2 ** 40\"", "1099511627776", "1099511627776.0", "1.099511627776e12"]
        {
            assert_eq!(read(&format!("scale: {text}")).unwrap().wanted.scale, Some(40), "{text}");
        }
        for text in ["3**40", "2**", "-4", "0", "1000000", "[1]", "yes"] {
            let error = read(&format!("scale: {text}")).unwrap_err();
            assert!(error.starts_with("c.yaml: scale: a power of two"), "{error}");
        }
        assert_eq!(read("scale_bits: 40").unwrap().wanted.scale, Some(40));
        assert!(read("scale_bits: 40\nscale: 2**40").unwrap_err().contains("second time"));
    }

    #[test]
    fn scenarios_one_by_one() {
        let config =
            read("scenarios:\n- {meters: 2, batch: [1, 20]}\n- meters: 20\n  interval: 1h\n").unwrap();
        let expected = [(2, 900, 1), (2, 900, 20), (20, 3600, 1)].map(|(meters, interval, batch)| Scenario {
            meters,
            interval,
            batch,
        });
        assert_eq!(config.scenarios, expected);
        assert!(read("scenarios: [{scale: 2**40}]").unwrap_err().contains("scenarios[0]: a scenario has"));
        assert!(read("scenarios: 5").unwrap_err().contains("a list of scenarios"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, what) in [
            ("meters: many", "c.yaml: meters: "),
            ("a:\n  batch: 0", "c.yaml: a.batch: "),
            ("poly_modulus_degree: big", "c.yaml: poly_modulus_degree: a whole number"),
            ("coeff_mod_bit_sizes: [60, x]", "c.yaml: coeff_mod_bit_sizes: a list of lengths"),
            ("scheme: BFV", "the scheme here is CKKS"),
            ("readings: 7", "the path of a file"),
            ("meters: 1\nmeters: 2", "c.yaml: "),
            ("- 1\n- 2", "no settings"),
            ("a: [", "c.yaml: "),
            ("meters: []", "a number is needed"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(what), "{text:?}: {error}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let mut laughs = String::from("a0: &a0 [1,1,1,1,1,1,1,1,1]\n");
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            laughs += &format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(","));
        }
        assert!(read(&laughs).is_err());
        assert!(read(&format!("a: {}", "[".repeat(20_000))).is_err());
        assert!(read(&format!("{}1", "a: {b: ".repeat(20_000))).is_err());
        let mut deep = String::new();
        for depth in 0..100 {
            deep += &format!("{}a:\n", " ".repeat(depth));
        }
        assert!(read(&deep).is_ok_and(|config| config.meters.is_empty()) || read(&deep).is_err());
    }
}
