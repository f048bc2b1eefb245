//! A process's own metrics, as Prometheus reads them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::Context as _;

/// More than any page of metrics.
const MOST: u64 = 1 << 20;

/// The sum of all series of a counter whose labels contain `label`.
pub(crate) fn counter(address: &str, name: &str, label: &str) -> anyhow::Result<f64> {
    let page = get(address, "/metrics").with_context(|| format!("metrics of {address}"))?;
    Ok(sum(&page, name, label))
}

fn sum(page: &str, name: &str, label: &str) -> f64 {
    let series = page.lines().filter(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(label)
    });
    series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

fn get(address: &str, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
    anyhow::ensure!(head.contains(" 200 "), "{}", head.lines().next().unwrap_or_default());
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_series_that_match() {
        let page = "# HELP a_total x\na_total{direction=\"in\",kind=\"frame\"} 5\na_total{direction=\"out\"} 7\n\
                    a_total{direction=\"in\",kind=\"relay\"} 2\nab_total{direction=\"in\"} 90\nb 3.5\n";
        assert_eq!(sum(page, "a_total", "direction=\"in\""), 7.0);
        assert_eq!(sum(page, "b", ""), 3.5);
    }
}
