//! The server as a browser sees it.

use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::deployment::Deployment;
use crate::engine::Refusal;
use crate::watch::Direction;
use meter_link::PartyId;

mod browser;

/// Fifty meters whose rounds are a second long.
fn deployment() -> Deployment {
    toml::from_str(
        r#"
        name = "Substation Lindenau, feeder 7"
        protocol = "dcnet"
        group = 7
        meters = { ids = "101-150" }
        answerers = { ids = "1001-1004", threshold = 3, max_colluding = 1 }
        rounds = { origin = 1540764000, replay = { begins = 1540764000000, slot = 1000 } }
        utility = { listen = "127.0.0.1:0", address = "https://localhost:7400", database = "x.db" }
        pki = { folder = "pki", state = "state" }
        "#,
    )
    .unwrap()
}

/// What the head end of `deployment` would tell in so many rounds: a day's curve, silent meters, repairs, a fault, lost
/// rounds, two epochs.
fn story(rounds: u32) -> Vec<(u64, Event)> {
    let mut story = vec![(1_540_763_999_000, epoch(1, 0, 95))];
    for round in 0..rounds {
        let start = 1_540_764_000_000 + u64::from(round) * 1000;
        let absent = if (40..58).contains(&round) { vec![117, 131] } else { vec![] };
        let present = 50 - u32::try_from(absent.len()).unwrap();
        let missing = if round % 13 == 5 { vec![104 + round % 40] } else { vec![] };
        let meters = present - u32::try_from(missing.len()).unwrap();
        if round == 90 {
            story.push((start, epoch(2, 96, 191)));
        }
        story.push((start + 3, Event::Opened { round, present, absent }));
        let closed =
            Event::Closed { round, pass: 1, last: missing.is_empty(), meters, missing: missing.clone() };
        story.push((start + 140, closed));
        for meter in missing.iter().flat_map(|gone| [gone - 1, gone + 1]) {
            story.push((start + 170, Event::Repaired { round, meter }));
        }
        if round == 40 {
            let what = "left: no letter for 3 rounds".to_owned();
            story.push((start + 150, Event::Member { round, party: 117, what }));
        }
        if round == 71 {
            let what = "a frame that names meter 122 <img src=x onerror=alert(1)>".to_owned();
            story.push((start + 150, Event::Fault { round, party: 109, what }));
            let why = "2 of 3 holders answered by the end of the slot".to_owned();
            story.push((start + 1000, Event::Lost { round, why }));
            continue;
        }
        let day = f64::from(round) / 96.0 * std::f64::consts::TAU;
        let curve =
            9_000.0 - 4_200.0 * day.cos() + 1_900.0 * (2.0 * day).sin() + f64::from(round * 7919 % 613);
        #[expect(clippy::cast_possible_truncation)]
        let values = vec![curve as i64];
        story.push((start + 180 + u64::from(round * 31 % 90), Event::Sum { round, meters, values }));
    }
    story
}

fn epoch(epoch: u32, first_round: u32, last_round: u32) -> Event {
    Event::Epoch {
        epoch,
        first_round,
        last_round,
        meters: 50,
        answerers: 4,
        roster: "1-50".into(),
        context: "5f".repeat(32),
    }
}

/// An audit log in memory.
struct Log(Vec<AuditRow>);

impl Log {
    fn new(story: &[(u64, Event)]) -> Arc<Self> {
        let row = |(number, (at, event)): (u64, &(u64, Event))| {
            let chain =
                Sha256::digest(number.to_le_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            AuditRow { number, at: *at, event: event.clone(), chain }
        };
        Arc::new(Self((1..).zip(story).map(row).collect()))
    }
}

impl AuditLog for Log {
    fn rows(&self, from: Option<u64>, most: u32) -> anyhow::Result<Vec<AuditRow>> {
        let newest = u64::try_from(self.0.len())?;
        let from = from.unwrap_or_else(|| (newest + 1).saturating_sub(most.into()));
        let rows = self.0.iter().filter(|row| row.number >= from);
        Ok(rows.take(usize::try_from(most)?).cloned().collect())
    }
}

/// A watch that was told a story, and a server of it.
async fn started(rounds: u32) -> (Arc<Watch>, Web) {
    let watch = Watch::new(&deployment());
    let story = story(rounds);
    for party in (0..=48).map(|meter| 101 + meter).chain(1001..=1004) {
        watch.link(PartyId(party), true);
    }
    for (at, event) in &story {
        watch.event(*at, event);
        watch.letter(Direction::In, &crate::engine::Letter::Frame(vec![0; 48]));
    }
    watch.alive();
    let web = Web::serve("127.0.0.1:0", Arc::clone(&watch), Some(Log::new(&story))).await.unwrap();
    (watch, web)
}

/// The answer's head and body; of a stream, what has come when `until` was in it.
async fn ask(web: &Web, path: &str, headers: &str, until: Option<&str>) -> (String, String) {
    let mut stream = TcpStream::connect(web.address()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(read) = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut chunk)).await.unwrap()
    {
        answer.extend_from_slice(&chunk[..read]);
        if read == 0 || until.is_some_and(|until| String::from_utf8_lossy(&answer).contains(until)) {
            break;
        }
    }
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn metrics_count_what_happened_and_name_no_party() {
    let (watch, web) = started(96).await;
    let fault = Refusal::Fault { culprit: PartyId(109), what: "secret words".to_owned() };
    watch.refusal(PartyId(109), "relay", &fault);
    watch.step(Duration::from_micros(300));
    watch.store(Duration::from_millis(2), 512);
    let (head, text) = ask(&web, "/metrics", "", None).await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("openmetrics-text"), "{head}");
    for line in [
        "wattsum_rounds_total{outcome=\"sum\"} 95",
        "wattsum_rounds_total{outcome=\"lost\"} 1",
        "wattsum_round_meters{state=\"present\"} 50",
        "wattsum_repairs_total 14",
        "wattsum_frame_bytes_total{direction=\"in\",kind=\"frame\"} ",
        "wattsum_refusals_total{kind=\"relay\",class=\"fault\"} 1",
        "wattsum_round_latency_seconds_count 95",
        "wattsum_step_seconds_count 1",
        "wattsum_stored_bytes_total 512",
        "wattsum_connected_parties 53",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("secret") && !text.contains("109"), "{text}");
    web.stop().await;
}

#[tokio::test]
async fn health_says_why_not() {
    let (watch, web) = started(1).await;
    let (head, body) = ask(&web, "/health", "", None).await;
    assert!(head.starts_with("HTTP/1.1 200") && body.contains(r#""healthy":true"#), "{head}\n{body}");
    watch.store_failed();
    let (head, body) = ask(&web, "/health", "", None).await;
    assert!(head.starts_with("HTTP/1.1 503") && body.contains("the store refused"), "{head}\n{body}");
    watch.store(Duration::ZERO, 1);
    let (head, _) = ask(&web, "/health", "", None).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    web.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_cut() {
    let (watch, web) = started(2).await;
    let (_, all) = ask(&web, "/events", "", Some("event: picture")).await;
    let boot = watch.boot();
    let numbers = |text: &str| -> Vec<u64> {
        let ids = text.lines().filter_map(|line| line.strip_prefix("id: "));
        ids.map(|id| id.split_once('-').unwrap().1.parse().unwrap()).collect()
    };
    assert_eq!(numbers(&all), [1, 2, 3, 4, 5, 6, 7]);
    let resumed = format!("Last-Event-ID: {boot}-5\r\n");
    let (_, rest) = ask(&web, "/events", &resumed, Some("event: picture")).await;
    assert_eq!(numbers(&rest), [6, 7]);
    let (_, other) = ask(&web, "/events", "Last-Event-ID: 1-5\r\n", Some("event: picture")).await;
    assert_eq!(numbers(&other).len(), 7, "another process's rows are not these");
    for round in 2..2000 {
        watch.event(0, &Event::Repaired { round, meter: 101 });
    }
    let (_, late) = ask(&web, "/events", &resumed, Some("id: ")).await;
    assert!(late.contains(r#"event: gap"#) && late.contains(r#""from":6"#), "{late}");
    web.stop().await;
}

#[tokio::test]
async fn a_stream_gets_what_happens_later() {
    let (watch, web) = started(1).await;
    let later = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        watch.event(0, &Event::Topology { round: 9, what: "concentrator 123".to_owned() });
    });
    let (_, told) = ask(&web, "/events", "", Some("concentrator 123")).await;
    assert!(told.contains("event: picture"), "{told}");
    later.await.unwrap();
    web.stop().await;
}

#[tokio::test]
async fn another_name_of_this_server_is_not_answered() {
    let (_, web) = started(1).await;
    for path in ["/", "/events", "/audit", "/metrics"] {
        let mut stream = TcpStream::connect(web.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 421"), "{path}: {answer}");
    }
    let (head, page) = ask(&web, "/", "", None).await;
    assert!(head.contains("content-security-policy: default-src 'none'; script-src 'sha256-"), "{head}");
    assert!(page.ends_with("</html>\n"));
    web.stop().await;
}

#[tokio::test]
async fn bills_are_not_for_whoever_opens_a_page() {
    let watch = Watch::new(&deployment());
    let bill = Event::Bill { first_round: 0, rounds: 672, meter: 104, values: vec![77_031] };
    watch.event(5, &bill);
    let log = Log::new(&[(5, bill)]);
    let web = Web::serve("127.0.0.1:0", Arc::clone(&watch), Some(log)).await.unwrap();
    for (path, until) in [("/audit", None), ("/events", Some("event: picture"))] {
        let (_, text) = ask(&web, path, "", until).await;
        assert!(text.contains(r#""meter":104"#) && !text.contains("77031"), "{path}: {text}");
    }
    web.stop().await;
}
