//! What a log must not hold.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::engine::{Effect, Outbox};
use crate::serve::tests::whole::Whole;
use crate::system::Protocol;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn start(
        &self,
        log: &str,
        log_format: LogFormat,
    ) -> (tracing::subscriber::DefaultGuard, tracing::Dispatch) {
        let own = self.clone();
        let args = LogArgs { log: log.into(), log_format };
        // While there is only one subscriber, tracing lets any thread decide for all what nobody listens to: with
        // a second it asks both.
        let second = tracing::Dispatch::new(args.subscriber(std::io::sink).unwrap());
        (tracing::subscriber::set_default(args.subscriber(move || own.clone()).unwrap()), second)
    }
}

/// How bytes look in a log, if they get there: as hex, and as Rust's lists of numbers.
fn faces(bytes: &[u8]) -> [String; 4] {
    let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    [lower.to_uppercase(), lower, numbers.join(", "), numbers.join(",")]
}

#[test]
fn no_reading_key_or_frame_is_in_a_log() {
    let captured = Captured::default();
    let log = captured.start("trace", LogFormat::Json);
    // One thread: its log is this one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (folder, read) = runtime.block_on(async {
        let mut whole = Whole::new(Protocol::Shamir, 400);
        whole.start_all().await;
        whole.until_sums(3).await;
        let (id, part) = whole.parties()[7];
        whole.kill(id).await;
        whole.start(id, part).await;
        whole.until_sums(5).await;
        let read = whole.read.lock().unwrap().clone();
        (whole.stop().await, read)
    });
    drop(log);
    let text = without_public(&captured.text());
    assert!(
        text.contains("\"came\"") && text.lines().count() > 200,
        "too little was logged for this to be a test: {text}"
    );
    assert!(read.len() > 30);
    for reading in read {
        for face in [reading.to_string(), format!("{reading:x}"), format!("{reading:X}")] {
            assert!(!text.contains(&face), "a reading is in the log");
        }
        for face in faces(&reading.to_le_bytes()[..4]).iter().chain(&faces(&reading.to_be_bytes()[4..])) {
            assert!(!text.contains(face), "a reading's bytes are in the log");
        }
    }
    let mut secrets = Vec::new();
    secrets_of(folder.path(), &mut secrets);
    assert!(secrets.len() > 12, "{} files of secrets", secrets.len());
    for secret in secrets {
        // Eight bytes next to each other are enough to be found.
        for part in secret.windows(8).filter(|part| part.iter().any(|byte| *byte != 0)).step_by(5) {
            let written =
                std::str::from_utf8(part).ok().filter(|text| text.is_ascii() && !text.contains(' '));
            for face in faces(part).into_iter().chain(written.map(str::to_owned)) {
                if text.contains(&face) {
                    let line = text.lines().find(|line| line.contains(&face));
                    panic!("{face:?} of a key or state is in the log: {line:?}");
                }
            }
        }
    }
}

/// The log without what is hexadecimal and public, some of which stands in states too.
fn without_public(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        let fields = line.as_object_mut().unwrap();
        // Of an epoch, and of the audit log.
        fields.remove("context");
        fields.remove("head");
        format!("{line}\n")
    });
    lines.collect()
}

/// Contents of journals and key files.
fn secrets_of(folder: &std::path::Path, secrets: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            secrets_of(&path, secrets);
        } else if name.ends_with(".journal") {
            let bytes = std::fs::read(path).unwrap();
            secrets.push(bytes[84..].to_vec());
        } else if name.ends_with(".key") {
            secrets.push(std::fs::read(path).unwrap());
        }
    }
}

#[test]
fn what_carries_secrets_prints_sizes_only() {
    let mut out = Outbox::default();
    out.record(b"SECRET record");
    out.state(b"SECRET state".to_vec());
    out.frame(meter_link::PartyId(3), b"SECRET frame");
    let effects: Vec<Effect> = out.drain().collect();
    let text = format!("{effects:?}");
    assert!(text.contains("13 bytes") && !text.contains("SECRET") && !text.contains("83, 69"), "{text}");
}

#[test]
fn levels_and_formats() {
    let captured = Captured::default();
    let log = captured.start("warn,wattsum_program::logs=debug", LogFormat::Json);
    tracing::debug!(party = 3, what = ?"\u{1b}[2J", "said here");
    tracing::info!(target: "elsewhere", "not said");
    drop(log);
    let line: serde_json::Value = serde_json::from_str(&captured.text()).unwrap();
    assert_eq!(
        (&line["level"], &line["party"], &line["message"]),
        (&"DEBUG".into(), &3.into(), &"said here".into())
    );
    let captured = Captured::default();
    let log = captured.start("info", LogFormat::Human);
    tracing::warn!(party = 3, what = ?"\u{1b}[2J", "for people");
    drop(log);
    let text = captured.text();
    assert!(text.contains("WARN for people party=3") && !text.contains("\u{1b}[2J"), "{text:?}");
    let wrong = LogArgs { log: "wattsum=loud".into(), log_format: LogFormat::Human };
    assert!(wrong.subscriber(std::io::sink).err().unwrap().to_string().contains("--log"));
}
