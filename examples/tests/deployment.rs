//! A deployment as its users run it: one process a party, TLS on loopback, state on disk, and processes that die.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that fails here shall panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dlms_cosem_rs::axdr::DateTime;
use dlms_cosem_rs::codec::Encode;
use dlms_cosem_rs::transport::hdlc::{Address, Control, Frame};
use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};

const METERS: u32 = 5;
const AGGREGATORS: [u32; 4] = [1001, 1002, 1003, 1004];
/// 2026-01-05T00:00Z, where the example's rounds begin.
const ORIGIN: i64 = 1_767_571_200;
const SLOT: u64 = 400;
/// For everything that must happen; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A meter whose readings come as DLMS pushes; it counts what comes from the grid only.
const PUSHING: u32 = METERS;

/// Reading of a meter in a round; the second one is silent in every seventh.
fn reading(meter: u32, round: u32) -> Option<i64> {
    let silent = meter == 2 && round % 7 == 3;
    let below = if meter == PUSHING { 0 } else { 300 };
    let wh = i64::from(round % 97) * i64::from(meter * meter) - below + i64::from(meter);
    (!silent).then_some(wh)
}

/// What the pushing meter sends: what its register shows 7 s after each interval has begun.
fn pushes(rounds: u32) -> Vec<u8> {
    let (mut register, mut bytes) = (u32::MAX - 7_600, Vec::new());
    for round in 0..rounds {
        let time = jiff::Timestamp::from_second(ORIGIN + i64::from(round) * 900 + 7).unwrap();
        let time = jiff::tz::Offset::UTC.to_datetime(time);
        let byte = |part: i8| u8::try_from(part).unwrap();
        let clock = DateTime::from_civil(
            u16::try_from(time.year()).unwrap(),
            byte(time.month()),
            byte(time.day()),
            byte(time.hour()),
            byte(time.minute()),
            byte(time.second()),
            0,
        );
        // A list of the clock 0-0:1.0.0 and the register 1-0:1.8.0, in Wh.
        let mut message = vec![0xE6, 0xE7, 0x00, 0x0F, 0x40, 0, 0, 0, 0, 0x01, 2];
        message.extend([2, 2, 9, 6, 0, 0, 1, 0, 0, 255, 9, 12]);
        message.extend(clock.to_bytes());
        message.extend([2, 3, 9, 6, 1, 0, 1, 8, 0, 255, 6]);
        message.extend(register.to_be_bytes());
        message.extend([2, 2, 0x0F, 0, 0x16, 30]);
        let frame = Frame {
            segmented: false,
            destination: Address::Single(1),
            source: Address::Double { upper: 1, lower: 1 },
            control: Control::Ui,
            information: &message,
        };
        bytes.extend(b"~noise");
        frame.encode(&mut bytes).unwrap();
        // It rolls over in the 25th interval.
        register = register.wrapping_add(u32::try_from(reading(PUSHING, round).unwrap()).unwrap());
    }
    bytes
}

/// All processes of a deployment; whoever is left at the end of a test is killed.
struct Deployment {
    folder: tempfile::TempDir,
    processes: BTreeMap<u32, Child>,
}

impl Deployment {
    /// Makes the file, the keys and the readings.
    fn new() -> Self {
        let deployment = Self { folder: tempfile::tempdir().unwrap(), processes: BTreeMap::new() };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        fs::write(deployment.path("example.toml"), deployment.output(&["config", "--example"])).unwrap();
        let values = [
            format!("meters.ids=1-{METERS}"),
            "meters.min_honest=3".into(),
            "meters.max_missing_permille=400".into(),
            format!("rounds.replay.begins={now}"),
            format!("rounds.replay.slot={SLOT}"),
            format!("utility.listen=127.0.0.1:{port}"),
            format!("utility.address=https://127.0.0.1:{port}"),
        ];
        let mut arguments = vec!["config".to_owned(), deployment.path("example.toml")];
        arguments.extend(values.into_iter().flat_map(|value| ["--set".to_owned(), value]));
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        fs::write(deployment.path("deployment.toml"), deployment.output(&arguments)).unwrap();
        deployment.output(&["pki", "--config", &deployment.path("deployment.toml")]);

        let mut text = String::from("meter,interval_start,wh\n");
        for (round, meter) in (0..500).flat_map(|round| (1..=METERS).map(move |meter| (round, meter))) {
            let start = jiff::Timestamp::from_second(ORIGIN + i64::from(round) * 900).unwrap();
            let wh = reading(meter, round).map_or(String::new(), |wh| wh.to_string());
            text.push_str(&format!("m{meter},{start},{wh}\n"));
        }
        fs::write(deployment.path("readings.csv"), text).unwrap();
        fs::write(deployment.path("meter"), pushes(240)).unwrap();
        deployment
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_wattsum")).args(arguments).output().unwrap()
    }

    fn output(&self, arguments: &[&str]) -> Vec<u8> {
        let ran = self.run(arguments);
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
        ran.stdout
    }

    /// Starts a party: 0 is the utility, below 1000 are meters.
    fn start(&mut self, id: u32) {
        let role = match id {
            0 => "utility",
            1..1000 => "meter",
            _ => "aggregator",
        };
        let mut arguments = vec![role.to_owned(), "--config".into(), self.path("deployment.toml")];
        if id > 0 {
            arguments.extend(["--id".into(), id.to_string()]);
        }
        if role == "meter" {
            let source = match id {
                PUSHING => format!("dlms-serial:{}", self.path("meter")),
                _ => format!("csv:{}#m{{id}}", self.path("readings.csv")),
            };
            arguments.extend(["--readings".into(), source]);
        }
        let log = File::options().create(true).append(true).open(self.path(&format!("{id}.log"))).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_wattsum"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.processes.insert(id, child);
    }

    /// kill -9.
    fn kill(&mut self, id: u32) {
        let mut child = self.processes.remove(&id).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM to all at once.
    fn stop(&mut self) -> BTreeMap<u32, ExitStatus> {
        for child in self.processes.values() {
            let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
            kill_process(pid, Signal::TERM).unwrap();
        }
        std::mem::take(&mut self.processes)
            .into_iter()
            .map(|(id, mut child)| (id, child.wait().unwrap()))
            .collect()
    }

    fn database(&self) -> Option<Connection> {
        let path = self.path("head-end.sqlite");
        Path::new(&path)
            .exists()
            .then(|| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap())
    }

    /// All sums so far: round, meters, value.
    fn sums(&self) -> BTreeMap<u32, (u32, i64)> {
        let rows = || -> rusqlite::Result<_> {
            let Some(database) = self.database() else { return Ok(BTreeMap::new()) };
            let mut query = database.prepare("SELECT round, meters, value FROM sum")?;
            let rows =
                query.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get::<_, String>(2)?))))?;
            let rows: rusqlite::Result<BTreeMap<u32, (u32, String)>> = rows.collect();
            Ok(rows?
                .into_iter()
                .map(|(round, (meters, value))| {
                    (round, (meters, serde_json::from_str::<[i64; 1]>(&value).unwrap()[0]))
                })
                .collect())
        };
        // The database may be in the making.
        rows().unwrap_or_default()
    }

    /// Waits for so many more sums.
    fn wait(&self, more: usize, why: &str) {
        let (begin, goal) = (Instant::now(), self.sums().len() + more);
        while self.sums().len() < goal {
            assert!(begin.elapsed() < PATIENCE, "{why}: no sums; the logs:\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn logs(&self) -> String {
        let mut all = String::new();
        for id in (0..=METERS).chain(AGGREGATORS) {
            let log = fs::read_to_string(self.path(&format!("{id}.log"))).unwrap_or_default();
            let last: Vec<_> = log.lines().rev().take(8).collect();
            all.extend(last.into_iter().rev().map(|line| format!("{id}: {line}\n")));
        }
        all
    }

    /// Meters that are not in a round's sum.
    fn left_out(&self, round: u32) -> BTreeSet<u32> {
        let database = self.database().unwrap();
        let mut query = database
            .prepare(
                "SELECT meter FROM absent WHERE round = ?1 UNION SELECT meter FROM missing WHERE round = ?1 AND pass = \
                 (SELECT pass FROM round WHERE round = ?1)",
            )
            .unwrap();
        query.query_map([round], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        for child in self.processes.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn sums_of_real_processes_while_aggregators_and_meters_die() {
    let mut deployment = Deployment::new();
    for id in std::iter::once(0).chain(AGGREGATORS).chain(1..=METERS) {
        deployment.start(id);
    }
    deployment.wait(5, "all are there");

    // Three of four aggregators are enough.
    deployment.kill(1001);
    deployment.wait(4, "without 1001");
    deployment.start(1001);
    // And 1001 goes on from its journal: without 1002 it is needed again. A meter dies too.
    deployment.wait(4, "with 1001 again");
    deployment.kill(1002);
    deployment.kill(4);
    deployment.wait(4, "without 1002 and meter 4");
    deployment.start(4);
    let before = *deployment.sums().last_key_value().unwrap().0;
    deployment.wait(8, "with meter 4 again");

    for (id, status) in deployment.stop() {
        assert_eq!(status.code(), Some(0), "{id} was told to end; the logs:\n{}", deployment.logs());
    }
    let sums = deployment.sums();
    assert!(sums.len() >= 20);
    let mut silent = 0;
    for (&round, &(meters, value)) in &sums {
        let left_out = deployment.left_out(round);
        let counted: Vec<u32> = (1..=METERS).filter(|meter| !left_out.contains(meter)).collect();
        assert_eq!(counted.len(), meters as usize, "round {round}");
        let truth: Option<i64> = counted.iter().map(|meter| reading(*meter, round)).sum();
        assert_eq!(Some(value), truth, "round {round} of {counted:?}");
        silent += usize::from(reading(2, round).is_none());
    }
    let pushed = sums.keys().filter(|round| !deployment.left_out(**round).contains(&PUSHING)).count();
    assert!(pushed > sums.len() / 2, "the pushing meter was in {pushed} of {} sums", sums.len());
    assert!(silent > 0, "no round had an interval without a reading");
    let back =
        sums.keys().filter(|round| **round > before).any(|round| !deployment.left_out(*round).contains(&4));
    assert!(back, "meter 4 never came back; the logs:\n{}", deployment.logs());
    deployment.output(&["audit", &deployment.path("head-end.sqlite")]);

    let logs = deployment.logs();
    assert!(!logs.contains("ERROR"), "{logs}");
}

#[test]
fn what_is_wrong_is_said_and_ends_with_2() {
    let mut deployment = Deployment::new();
    let config = deployment.path("deployment.toml");
    let fails = |deployment: &Deployment, arguments: &[&str], says: &str| {
        let ran = deployment.run(&[arguments, &["--config", &config]].concat());
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    };
    fails(&deployment, &["meter", "--id", "1001"], "party 1001 of the deployment is an aggregator");
    fails(&deployment, &["trustee", "--id", "1001"], "use `wattsum aggregator`");
    fails(&deployment, &["meter", "--id", "6"], "meters.ids is \"1-5\"");
    fails(&deployment, &["supplier"], "one of a ring (cmt)");
    fails(&deployment, &["concentrator", "--id", "1"], "one of a ring (cmt)");
    fails(&deployment, &["utility", "--set", "rounds.period=0"], "at least a second");
    fails(&deployment, &["utility", "--set", "rounds.priod=0"], "there is no key");
    fails(&deployment, &["meter", "--id", "1", "--readings", "csv:/nowhere.csv"], "cannot be read");
    fails(&deployment, &["meter", "--id", "1", "--readings", "tea leaves"], "no source of readings");
    fails(&deployment, &["meter", "--id", "1", "--pki", "/nowhere"], "wattsum pki");
    fails(&deployment, &["utility", "--set", "name=other"], "certificate");

    // A journal has one process.
    deployment.start(1);
    let begin = Instant::now();
    while !deployment.logs().contains("started") {
        assert!(begin.elapsed() < PATIENCE, "{}", deployment.logs());
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = deployment.run(&["meter", "--id", "1", "--config", &config]);
    assert!(!second.status.success(), "two processes of meter 1");
    assert!(deployment.stop().values().all(ExitStatus::success));
}
