//! The groups file: which meters are summed together.

use std::collections::HashMap;

use csv::StringRecord;

use crate::input::{InputError, Source};

/// A group and its meters, as columns of the table of readings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// `None` where all meters are one group and the output does not name it.
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<usize>,
}

impl Group {
    /// All meters in one.
    pub(crate) fn all(meters: usize) -> Vec<Self> {
        vec![Self { name: None, columns: (0..meters).collect() }]
    }
}

/// Reads the groups of `meters` from a file with the columns `meter` and `group_by`, in order of their first
/// appearance. A meter with an empty group is in none; further columns and further meters are ignored.
///
/// # Errors
/// If a meter has no row, or two.
pub(crate) fn read(source: &Source, group_by: &str, meters: &[String]) -> Result<Vec<Group>, InputError> {
    let mut records = source.records();
    let header = records.header()?;
    let place = |name: &str| {
        let mut places = header.iter().enumerate().filter(|(_, column)| *column == name);
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            (Some(_), Some(_)) => Err(source.cell_error(0, name, "the column is there twice")),
            (None, _) => Err(source.error(format!("row 1: there is no column {name:?} in the header"))),
        }
    };
    let (meter, group) = (place("meter")?, place(group_by)?);

    let columns: HashMap<&str, usize> = meters.iter().map(String::as_str).zip(0..).collect();
    let (mut groups, mut numbers) = (Vec::<Group>::new(), HashMap::<String, usize>::new());
    let mut seen = HashMap::<String, usize>::new();
    let mut record = StringRecord::new();
    while let Some(offset) = records.next(&mut record)? {
        records.expect_width(&record, offset, &header)?;
        let field = |index| record.get(index).unwrap_or_default().trim();
        let name = field(meter);
        if name.is_empty() {
            return Err(source.cell_error(offset, "meter", "the meter has no name"));
        }
        if let Some(first) = seen.insert(name.to_owned(), offset) {
            let what = format!("meter {name:?} is there twice, first in row {}", source.row(first));
            return Err(source.cell_error(offset, "meter", what));
        }
        let (Some(column), label) = (columns.get(name), field(group)) else { continue };
        if label.is_empty() {
            continue;
        }
        let number = *numbers.entry(label.to_owned()).or_insert_with(|| {
            groups.push(Group { name: Some(label.to_owned()), columns: Vec::new() });
            groups.len().saturating_sub(1)
        });
        if let Some(group) = groups.get_mut(number) {
            group.columns.push(*column);
        }
    }
    if let Some(missing) = meters.iter().find(|meter| !seen.contains_key(*meter)) {
        return Err(source.error(format!(
            "meter {missing:?} of the readings has no row; give it one, with an empty {group_by} to leave it out"
        )));
    }
    if groups.is_empty() {
        return Err(source.error(format!("no meter of the readings has a {group_by}")));
    }
    for group in &mut groups {
        group.columns.sort_unstable();
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(String, Vec<usize>)>, String> {
        let source = Source::from_bytes("g.csv".into(), text.as_bytes().to_vec()).unwrap();
        let meters: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let groups = read(&source, "group", &meters).map_err(|error| error.to_string())?;
        Ok(groups.into_iter().map(|group| (group.name.unwrap(), group.columns)).collect())
    }

    #[test]
    fn groups_in_order_of_appearance() {
        let groups = parse("meter,group\nc,north\nb, south \na,north\nelsewhere,west\n").unwrap();
        assert_eq!(groups, [("north".to_owned(), vec![0, 2]), ("south".to_owned(), vec![1])]);
    }

    #[test]
    fn an_empty_group_leaves_the_meter_out() {
        let groups = parse("kind,group,meter\r\n,north,a\r\n,,b\r\nx,north,c\r\n").unwrap();
        assert_eq!(groups, [("north".to_owned(), vec![0, 2])]);
    }

    #[test]
    fn errors_name_file_row_and_column() {
        let error = |text: &str| parse(text).unwrap_err();
        assert_eq!(
            error("meter,group\na,x\nb,x\na,y\nc,x\n"),
            "g.csv: row 4, column \"meter\": meter \"a\" is there twice, first in row 2"
        );
        assert!(
            error("meter,group\na,x\nb,x\n").starts_with("g.csv: meter \"c\" of the readings has no row")
        );
        assert_eq!(error("meter,area\n"), "g.csv: row 1: there is no column \"group\" in the header");
        assert_eq!(error("meter,group,group\n"), "g.csv: row 1, column \"group\": the column is there twice");
        assert!(
            error("meter,group\na\n").starts_with("g.csv: row 2, column \"group\": the field is missing")
        );
        assert!(error("meter,group\n,x\n").starts_with("g.csv: row 2, column \"meter\""));
        assert!(error("meter,group\na,\nb,\nc,\n").contains("no meter of the readings has a group"));
    }
}
