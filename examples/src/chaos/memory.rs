//! How much memory the processes hold, and whether it grows.

use std::collections::BTreeMap;
use std::fs;

/// Resident bytes of each process over time, by its name.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    samples: BTreeMap<String, Vec<u64>>,
}

impl Memory {
    /// Looks at a process now.
    pub(crate) fn sample(&mut self, name: &str, pid: u32) {
        if let Some(bytes) = resident(pid) {
            self.samples.entry(name.to_owned()).or_default().push(bytes);
        }
    }

    /// The process that held most, and how much.
    pub(crate) fn most(&self) -> (String, u64) {
        let each = self.samples.iter().filter_map(|(name, all)| Some((name, all.iter().max()?)));
        each.max_by_key(|(_, bytes)| **bytes).map(|(name, bytes)| (name.clone(), *bytes)).unwrap_or_default()
    }

    /// The process whose median of the last third of samples lies furthest above that of the second third: what starts
    /// up is left out, and so is a moment's peak.
    pub(crate) fn growth(&self) -> (String, u64) {
        let grown = |samples: &[u64]| -> Option<u64> {
            let third = samples.len() / 3;
            let (second, last) =
                (samples.get(third..third.checked_mul(2)?)?, samples.get(third.checked_mul(2)?..)?);
            Some(median(last)?.saturating_sub(median(second)?))
        };
        let each = self.samples.iter().filter_map(|(name, samples)| Some((name, grown(samples)?)));
        each.max_by_key(|(_, bytes)| *bytes).map(|(name, bytes)| (name.clone(), bytes)).unwrap_or_default()
    }
}

fn median(samples: &[u64]) -> Option<u64> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

/// Resident bytes of a process, from the kernel.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    let pages = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let resident: u64 = pages.split_whitespace().nth(1)?.parse().ok()?;
    resident.checked_mul(rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_between_the_last_two_thirds() {
        let mut memory = Memory::default();
        memory.samples.insert("steady".into(), vec![1, 9, 50, 51, 50, 52, 51, 50, 99]);
        memory.samples.insert("leak".into(), vec![1, 2, 3, 10, 20, 30, 40, 50, 60]);
        assert_eq!(memory.growth(), ("leak".into(), 30));
        assert_eq!(memory.most(), ("steady".into(), 99));
    }

    #[test]
    fn this_process_is_there() {
        assert!(resident(std::process::id()).unwrap() > 1 << 20);
    }
}
