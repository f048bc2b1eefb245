//! One reading as text.

use crate::input::excerpt;

/// Reads whole Wh of at most `max` in magnitude; empty text is a silent meter.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn read(text: &str, max: i64) -> Result<Option<i64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        // Digits that do not fit an i64 are beyond every bound.
        return match text.parse::<i64>() {
            Ok(value) if value.unsigned_abs() <= max.unsigned_abs() => Ok(Some(value)),
            _ => Err(format!(
                "{} Wh is beyond the largest reading of {max} (see --max-reading)",
                excerpt(text)
            )),
        };
    }
    let numeral = digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b',' | b'e' | b'E' | b'+' | b'-'));
    if numeral {
        Err(format!("{} is not a whole number: readings are integer Wh, floats are refused", excerpt(text)))
    } else {
        Err(format!("{} is not a number of Wh; leave the cell of a silent meter empty", excerpt(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_within_the_bound() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("17", 17),
            (" 17 ", 17),
            ("+17", 17),
            ("-1000", -1000),
            ("1000", 1000),
            ("007", 7),
        ] {
            assert_eq!(read(text, 1000), Ok(Some(value)), "{text}");
        }
        assert_eq!(read("", 1000), Ok(None));
        assert_eq!(read("  ", 1000), Ok(None));
    }

    #[test]
    fn what_is_beyond_the_bound() {
        for text in
            ["1001", "-1001", "9223372036854775808", "-9223372036854775808", "99999999999999999999999"]
        {
            assert!(read(text, 1000).unwrap_err().contains("beyond the largest reading of 1000"), "{text}");
        }
        assert_eq!(read("9223372036854775807", i64::MAX), Ok(Some(i64::MAX)));
        assert!(read("-9223372036854775808", i64::MAX).is_err());
    }

    #[test]
    fn floats_are_refused_even_whole_ones() {
        for text in ["12.5", "12.0", "12.", ".5", "1e3", "-1E-3", "12,5"] {
            let message = read(text, 1000).unwrap_err();
            assert!(message.contains("floats are refused"), "{text}: {message}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in
            ["-", "+", "nan", "NaN", "inf", "n/a", "0x10", "1_000", "1 000", "١٧", "--1", "+-1", "e", "."]
        {
            assert!(read(text, 1000).is_err(), "{text}");
        }
        assert!(read("n/a", 1000).unwrap_err().contains("leave the cell of a silent meter empty"));
        assert!(read(&"x".repeat(1000), 1000).unwrap_err().len() < 200);
    }
}
