//! A day of a city: 10^6 meters, 96 slots, 5 aggregators of which 3, on one core.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::print;
use chacha20::ChaCha20Rng;
use meter_link::Field64;
use meter_link::field::sum_columns;
use rand_core::SeedableRng;
use shamir_agg::{combine, split};

use super::SLOTS;

const METERS: usize = 1_000_000;
const AGGREGATORS: usize = 5;
const THRESHOLD: u8 = 3;
const WORDS: usize = METERS * SLOTS;

pub(super) fn run() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let reading = |n: u64| Field64::from_u64(n.wrapping_mul(n) & 0xffff);
    let secret: Vec<Field64> = (0..WORDS as u64).map(reading).collect();
    let mut shares: Vec<Vec<Field64>> = (0..AGGREGATORS).map(|_| Vec::new()).collect();

    // Zeroed pages are the kernel's until they are first written: the cold figure makes them.
    let [mut cold, mut whole, mut by_meter, mut sum, mut plain] = [Fastest::new(); 5];
    cold.time(|| {
        shares.iter_mut().for_each(|share| *share = vec![Field64::ZERO; WORDS]);
        let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
        split(&secret, THRESHOLD, &mut places, &mut rng).expect("room");
    });
    let mut sums = vec![vec![Field64::ZERO; SLOTS]; AGGREGATORS];
    for _ in 0..5 {
        let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
        whole.time(|| split(black_box(&secret), THRESHOLD, &mut places, &mut rng).expect("room"));
        by_meter.time(|| {
            for (meter, secret) in secret.chunks(SLOTS).enumerate() {
                let mut rows = shares.iter_mut();
                let mut places: [&mut [Field64]; AGGREGATORS] =
                    core::array::from_fn(|_| &mut rows.next().expect("five")[meter * SLOTS..][..SLOTS]);
                split(black_box(secret), THRESHOLD, &mut places, &mut rng).expect("room");
            }
        });
        for (total, share) in sums.iter_mut().zip(&shares) {
            total.fill(Field64::ZERO);
            sum.time(|| sum_columns(black_box(share), total).expect("whole rows"));
            plain.time(|| {
                black_box(black_box(share).iter().fold(0u64, |sum, e| sum.wrapping_add(e.to_u64())));
            });
        }
    }
    cold.report("shared in one call, into memory not touched before");
    whole.report("shared in one call, into touched memory");
    by_meter.report("shared in one call a meter, into touched memory");
    sum.report("column sums of one aggregator");
    plain.report("plain sum of as many words");
    say("column sums", "x plain sum", sum.processor.as_secs_f64() / plain.processor.as_secs_f64());
    say("plain sum", "GB/s", (WORDS * Field64::LEN) as f64 / plain.processor.as_secs_f64() / 1e9);

    // What was timed is right.
    let mut truth = [0i64; SLOTS];
    for (n, value) in secret.iter().enumerate() {
        truth[n % SLOTS] += value.centred();
    }
    let mut total = [Field64::ZERO; SLOTS];
    combine(&[(5, &sums[4]), (1, &sums[0]), (4, &sums[3])], &mut total).expect("a quorum");
    assert_eq!(total.map(Field64::centred), truth);

    match fs::read_to_string("/proc/self/status") {
        Ok(status) => {
            let peak =
                status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
            let kibibytes: f64 = peak.and_then(|peak| peak.parse().ok()).expect("a number");
            say("peak memory of the process", "MB", kibibytes * 1.024 / 1e3);
        }
        Err(error) => eprintln!("peak memory not read: {error}"),
    }
    say("readings and shares", "MB", (WORDS * Field64::LEN * (1 + AGGREGATORS)) as f64 / 1e6);
}

fn say(what: &str, unit: &str, value: f64) {
    print(&format!("10^6 meters, 96 slots, 3 of 5, {what}"), unit, value);
}

/// The fastest of several runs, by the clock and by the time that the scheduler gave: others may run too.
#[derive(Clone, Copy)]
struct Fastest {
    clock: Duration,
    processor: Duration,
}

impl Fastest {
    fn new() -> Self {
        Fastest { clock: Duration::MAX, processor: Duration::MAX }
    }

    fn time(&mut self, work: impl FnOnce()) {
        let (start, given) = (Instant::now(), processor_time());
        work();
        let clock = start.elapsed();
        self.clock = self.clock.min(clock);
        let spent = given.zip(processor_time()).map_or(clock, |(before, after)| after - before);
        self.processor = self.processor.min(spent);
    }

    fn report(&self, what: &str) {
        say(what, "ms", self.clock.as_secs_f64() * 1e3);
        say(what, "ms of processor time", self.processor.as_secs_f64() * 1e3);
    }
}

/// Of this thread, which is the first of the process, where Linux tells it.
fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}
