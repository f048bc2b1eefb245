//! Rows by group.

use crate::array::{filled, with_room};
use crate::error::Failure;

/// That there is a group of each row's number.
pub(super) fn check(groups: Option<&[i64]>, rows: usize, count: usize) -> Result<(), Failure> {
    let wrong = |row: usize, group: i64| {
        Err(Failure::argument("groups", format_args!("row {row}: no group {group}, of {count}")))
    };
    match groups {
        None if rows > 0 && count == 0 => wrong(0, 0),
        None => Ok(()),
        Some(groups) => match groups.iter().position(|group| number(*group, count).is_none()) {
            Some(row) => wrong(row, groups.get(row).copied().unwrap_or_default()),
            None => Ok(()),
        },
    }
}

/// The group's number, if there is one. Looked at again where it is used: the array is the caller's.
pub(super) fn number(group: i64, count: usize) -> Option<usize> {
    usize::try_from(group).ok().filter(|group| *group < count)
}

/// The rows of each group, ascending.
pub(super) struct Grouped {
    /// By group: where its rows begin, and one past the last.
    starts: Vec<usize>,
    rows: Vec<usize>,
}

impl Grouped {
    pub(super) fn new(groups: Option<&[i64]>, rows: usize, count: usize) -> Result<Self, Failure> {
        let mut starts = filled(0usize, count.checked_add(1).ok_or(Failure::NoMemory)?)?;
        let Some(groups) = groups else {
            let mut all = with_room(rows)?;
            all.extend(0..rows);
            starts.iter_mut().skip(1).for_each(|start| *start = rows);
            return Ok(Grouped { starts, rows: all });
        };
        let mut numbers = with_room(rows)?; // once: another thread may write into the array
        for group in groups {
            let changed = || Failure::argument("groups", "written to while it was read");
            numbers.push(number(*group, count).ok_or_else(changed)?);
        }
        for number in &numbers {
            if let Some(start) = starts.get_mut(number.wrapping_add(1)) {
                *start = start.wrapping_add(1);
            }
        }
        let mut sum = 0usize;
        for start in &mut starts {
            sum = sum.wrapping_add(*start);
            *start = sum;
        }
        let mut next: Vec<usize> = with_room(count)?;
        next.extend(starts.iter().take(count));
        let mut sorted = filled(0usize, rows)?;
        for (row, number) in numbers.iter().enumerate() {
            if let Some(place) = next.get_mut(*number) {
                if let Some(slot) = sorted.get_mut(*place) {
                    *slot = row;
                }
                *place = place.wrapping_add(1);
            }
        }
        Ok(Grouped { starts, rows: sorted })
    }

    /// The rows of each group.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.starts.windows(2).map(|bounds| match bounds {
            [from, to] => self.rows.get(*from..*to).unwrap_or_default(),
            _ => &[],
        })
    }
}
