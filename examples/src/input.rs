//! An input file: its text, its CSV records, and errors that name file, row and column.

use std::fmt;
use std::io::Read;
use std::path::Path;

use csv::StringRecord;

/// What is wrong with what the user gave; the program ends with exit code 2.
#[derive(Debug)]
pub(crate) struct InputError(String);

impl InputError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InputError {}

/// A text file in memory. Rows are counted as spreadsheets and editors do: the header is row 1.
pub(crate) struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Reads `path`, or the standard input for `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, InputError> {
        let mut bytes = Vec::new();
        let (name, read) = if path.as_os_str() == "-" {
            ("standard input".into(), std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ()))
        } else {
            (path.display().to_string(), std::fs::read(path).map(|content| bytes = content))
        };
        read.map_err(|error| InputError::new(format!("{name}: cannot be read: {error}")))?;
        Self::from_bytes(name, bytes)
    }

    pub(crate) fn from_bytes(name: String, bytes: Vec<u8>) -> Result<Self, InputError> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(InputError::new(format!("{name}: the text is UTF-16; save it as CSV in UTF-8")));
        }
        // The CSV reader passes over the mark of UTF-8.
        let text = String::from_utf8(bytes).map_err(|error| {
            let row = row_at(error.as_bytes(), error.utf8_error().valid_up_to());
            InputError::new(format!("{name}: row {row}: the text is not UTF-8"))
        })?;
        Ok(Self { name, text })
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn records(&self) -> Records<'_> {
        let reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.text.as_bytes());
        Records { source: self, reader }
    }

    /// The row number of the record that starts at byte `offset`.
    pub(crate) fn row(&self, offset: usize) -> usize {
        // The CSV reader counts the line breaks before a record (CR LF, empty lines) as its own.
        let breaks = self.text.bytes().skip(offset).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        row_at(self.text.as_bytes(), offset.saturating_add(breaks))
    }

    pub(crate) fn error(&self, what: impl fmt::Display) -> InputError {
        InputError(format!("{}: {what}", self.name))
    }

    pub(crate) fn row_error(&self, offset: usize, what: impl fmt::Display) -> InputError {
        InputError(format!("{}: row {}: {what}", self.name, self.row(offset)))
    }

    pub(crate) fn cell_error(&self, offset: usize, column: &str, what: impl fmt::Display) -> InputError {
        InputError(format!("{}: row {}, column {column:?}: {what}", self.name, self.row(offset)))
    }
}

/// The records of a [`Source`] that hold anything, one after the other.
pub(crate) struct Records<'a> {
    source: &'a Source,
    reader: csv::Reader<&'a [u8]>,
}

impl Records<'_> {
    /// Reads the next record and returns the byte at which it starts; `None` at the end.
    pub(crate) fn next(&mut self, record: &mut StringRecord) -> Result<Option<usize>, InputError> {
        loop {
            let more = self.reader.read_record(record).map_err(|error| self.source.error(error))?;
            if !more {
                return Ok(None);
            }
            if record.len() == 1 && record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            let byte = record.position().map_or(0, csv::Position::byte);
            return Ok(Some(usize::try_from(byte).unwrap_or(usize::MAX)));
        }
    }

    /// The first record, with surrounding spaces taken off.
    pub(crate) fn header(&mut self) -> Result<StringRecord, InputError> {
        let mut record = StringRecord::new();
        if self.next(&mut record)?.is_none() {
            return Err(self.source.error("the file is empty"));
        }
        record.trim();
        if record.len() == 1 && record.iter().any(|field| field.contains([';', '\t'])) {
            return Err(self
                .source
                .error("row 1: fields are not separated by commas; export the file with commas"));
        }
        Ok(record)
    }

    /// Refuses a record that has not one field for each column of `header`.
    pub(crate) fn expect_width(
        &self,
        record: &StringRecord,
        offset: usize,
        header: &StringRecord,
    ) -> Result<(), InputError> {
        if record.len() == header.len() {
            return Ok(());
        }
        // A quote that is never closed swallows the rows after it.
        let hint =
            if record.iter().any(|field| field.contains('\n')) { " (is a quote not closed?)" } else { "" };
        let what = format!("the row has {} fields where the header has {}{hint}", record.len(), header.len());
        match header.get(record.len()) {
            Some(column) => {
                Err(self.source.cell_error(offset, column, format!("the field is missing: {what}")))
            }
            None => Err(self.source.row_error(offset, what)),
        }
    }
}

fn row_at(text: &[u8], offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    let returns = before.windows(2).filter(|pair| matches!(pair, [b'\r', next] if *next != b'\n')).count();
    let feeds = before.iter().filter(|&&b| b == b'\n').count();
    // A lone CR that ends the text so far is a line break too.
    let last = usize::from(before.last() == Some(&b'\r') && text.get(offset) != Some(&b'\n'));
    returns.saturating_add(feeds).saturating_add(last).saturating_add(1)
}

/// Text for a message: quoted, and cut where it is long.
pub(crate) fn excerpt(text: &str) -> String {
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("{start:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
        let source = Source::from_bytes("f.csv".into(), text.as_bytes().to_vec()).unwrap();
        let (mut records, mut record, mut all) = (source.records(), StringRecord::new(), Vec::new());
        while let Some(offset) = records.next(&mut record).unwrap() {
            all.push((source.row(offset), record.iter().map(str::to_owned).collect()));
        }
        all
    }

    fn numbers(text: &str) -> Vec<usize> {
        rows(text).into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn rows_are_numbered_as_in_an_editor() {
        assert_eq!(numbers("a,b\n1,2\n3,4\n"), [1, 2, 3]);
        assert_eq!(numbers("a,b\r\n1,2\r\n3,4\r\n"), [1, 2, 3]);
        assert_eq!(numbers("a,b\r1,2\r3,4"), [1, 2, 3]);
        assert_eq!(numbers("\n\na,b\n\n1,2\n   \n3,4\n\n"), [3, 5, 7]);
        assert_eq!(numbers("\r\na,b\r\n\r\n1,2\r\n   \r\n3,4\r\n\r\n"), [2, 4, 6]);
        assert_eq!(numbers("a,b\n\"x\ny\",2\n3,4\n"), [1, 2, 4]);
        assert_eq!(numbers(""), [0usize; 0]);
    }

    #[test]
    fn a_byte_order_mark_and_quotes_are_no_part_of_the_text() {
        assert_eq!(rows("\u{FEFF}\"a\",\"b,c\"\n")[0].1, ["a", "b,c"]);
    }

    #[test]
    fn other_encodings_are_named() {
        let error =
            |bytes: &[u8]| Source::from_bytes("f.csv".into(), bytes.to_vec()).err().unwrap().to_string();
        assert!(error(b"\xFF\xFEa\0").contains("UTF-16"));
        assert_eq!(error(b"a,b\n1,\xE4\n"), "f.csv: row 2: the text is not UTF-8");
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let source = Source::from_bytes("f.csv".into(), b"a,b,c\n1,2\n1,2,3,4\n\"1,2\n3\n".to_vec()).unwrap();
        let mut records = source.records();
        let header = records.header().unwrap();
        let mut messages = Vec::new();
        let mut record = StringRecord::new();
        while let Some(offset) = records.next(&mut record).unwrap() {
            messages.push(records.expect_width(&record, offset, &header).unwrap_err().to_string());
        }
        assert_eq!(
            messages,
            [
                "f.csv: row 2, column \"c\": the field is missing: the row has 2 fields where the header has 3",
                "f.csv: row 3: the row has 4 fields where the header has 3",
                "f.csv: row 4, column \"b\": the field is missing: the row has 1 fields where the header has 3 \
                 (is a quote not closed?)",
            ]
        );
    }

    #[test]
    fn semicolons_are_named() {
        let source = Source::from_bytes("f.csv".into(), b"interval_start;a\n".to_vec()).unwrap();
        assert!(source.records().header().unwrap_err().to_string().contains("commas"));
    }
}
