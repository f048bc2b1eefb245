//! Numbers as people write them: `2,5,10`, `2..20`, `2..20:6`, `15min`, `2**40`.

/// From where to where, and what it is.
#[derive(Clone, Copy)]
pub(super) struct Span {
    what: &'static str,
    least: u32,
    most: u32,
}

/// Numbers of a list at most.
const MOST: usize = 1_000;

impl Span {
    pub(super) const METERS: Self = Self { what: "meters", least: 2, most: 10_000 };
    pub(super) const BATCH: Self = Self { what: "readings of a batch", least: 1, most: 4_096 };
    pub(super) const SECONDS: Self = Self { what: "seconds", least: 1, most: 86_400 };

    fn check(self, number: u32) -> Result<u32, String> {
        if (self.least..=self.most).contains(&number) {
            return Ok(number);
        }
        Err(format!("{} to {} {} are possible", self.least, self.most, self.what))
    }
}

/// A number, several with commas, or all from one to another, with a step perhaps.
pub(super) fn span(text: &str, span: Span) -> Result<Vec<u32>, String> {
    list(text, span, |text| text.parse().ok())
}

/// The same of times: seconds, or with `s`, `min`, `h`.
pub(super) fn seconds(text: &str, span: Span) -> Result<Vec<u32>, String> {
    list(text, span, |text| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
        let times = match text.get(digits.len()..)?.trim() {
            "" | "s" | "sec" | "seconds" => 1,
            "m" | "min" | "minutes" => 60,
            "h" | "hours" => 3_600,
            _ => return None,
        };
        digits.parse::<u32>().ok()?.checked_mul(times)
    })
}

/// Which power of two `2**40` or `2^40` is.
pub(super) fn power(text: &str) -> Option<u32> {
    let (base, exponent) = text.split_once("**").or_else(|| text.split_once('^'))?;
    if base.trim() == "2" { exponent.trim().parse().ok() } else { None }
}

fn list(text: &str, span: Span, number: impl Fn(&str) -> Option<u32>) -> Result<Vec<u32>, String> {
    let number = |text: &str| {
        let wrong = || format!("{:?} is no number of {}", text, span.what);
        number(text.trim()).ok_or_else(wrong).and_then(|number| span.check(number))
    };
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let Some((first, rest)) = part.split_once("..") else {
            numbers.push(number(part)?);
            continue;
        };
        let (last, step) = rest.split_once(':').unwrap_or((rest, "1"));
        let step = step.trim().parse::<usize>().ok().filter(|step| *step > 0);
        let step = step.ok_or_else(|| format!("{part:?} has no such step"))?;
        let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
        if first > last {
            return Err(format!("{part:?} goes from more to less"));
        }
        numbers.extend((first..=last).step_by(step).take(MOST.saturating_add(1)));
    }
    if numbers.len() > MOST { Err(format!("more than {MOST} numbers")) } else { Ok(numbers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_spans_and_steps() {
        assert_eq!(span("2..5", Span::METERS).unwrap(), [2, 3, 4, 5]);
        assert_eq!(span("2, 5 ,10", Span::METERS).unwrap(), [2, 5, 10]);
        assert_eq!(span("2..20:6,25", Span::METERS).unwrap(), [2, 8, 14, 20, 25]);
        assert_eq!(span("3..=4", Span::METERS).unwrap(), [3, 4]);
        for text in ["", "1", "x", "5..2", "2..9:0", "2..", "..", "2,,3", "2..10000", "99999999999"] {
            assert!(span(text, Span::METERS).is_err(), "{text:?}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(seconds("5,15 min,1h,30s", Span::SECONDS).unwrap(), [5, 900, 3600, 30]);
        for text in ["0", "1d", "min", "25h", "4294967295h"] {
            assert!(seconds(text, Span::SECONDS).is_err(), "{text:?}");
        }
    }

    #[test]
    fn powers() {
        assert_eq!(
            (power("2**40"), power("2 ^ 24"), power("4**2"), power("2*40")),
            (Some(40), Some(24), None, None)
        );
    }
}
