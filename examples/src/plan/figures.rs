//! The figures of a plan, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::channel::{DATA_RATES, DUTY_SECONDS, GATEWAY_CHANNELS, LOAD};
use super::traffic::Traffic;
use super::{Plan, head_end};
use crate::system::Protocol;

/// So much of a core is planned to be in use on average.
const USE: f64 = 0.5;
/// Contributions come within the first tenth of a slot.
const BURST: f64 = 10.0;

#[derive(Debug, Serialize)]
pub(super) struct Figures {
    meters: u32,
    groups: u32,
    meters_per_group: u32,
    interval_seconds: u32,
    channel: String,
    protocols: Vec<Needs>,
    assumptions: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Needs {
    protocol: &'static str,
    frames: Vec<Frame>,
    /// Of a meter.
    up_bytes_per_day: f64,
    down_bytes_per_day: f64,
    /// With the channel's headers; LoRaWAN's are in its airtime.
    carried_bytes_per_day: f64,
    /// Seconds that a meter's frames are on the way up, a day; for LoRaWAN see `lorawan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    up_seconds_per_day: Option<f64>,
    /// The share of a shared medium that is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    medium_in_use: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lorawan: Vec<Air>,
    /// The share of rounds without a sum, since a meter fell silent.
    lost_share: f64,
    head_end: HeadEnd,
    without: &'static str,
}

#[derive(Debug, Serialize)]
struct Frame {
    what: &'static str,
    direction: &'static str,
    bytes: u32,
    per_round: f64,
}

/// All of a meter's uplink at one data rate.
#[derive(Debug, Serialize)]
struct Air {
    data_rate: u8,
    spreading_factor: u8,
    /// LoRaWAN frames of a contribution; more than 1 says that it does not fit.
    frames: u32,
    /// Of a round, all kinds of frames.
    airtime_ms: f64,
    /// Of what the duty cycle of 1 % allows.
    duty_share: f64,
    /// Meters that one gateway carries.
    meters_per_gateway: f64,
}

#[derive(Debug, Serialize)]
struct HeadEnd {
    /// Measured: one core, for one meter in one round.
    protocol_micros_per_reading: f64,
    cores: f64,
    disk_bytes_per_day: f64,
    /// Bits a second, both ways, on average and while contributions come.
    network_bits: f64,
    network_bits_at_peak: f64,
}

impl Figures {
    /// # Errors
    /// If a protocol refuses such groups.
    pub(super) fn new(plan: &Plan) -> anyhow::Result<Self> {
        let cell = plan.cell.min(plan.meters);
        let protocols = plan.protocol.map_or(Protocol::ALL.to_vec(), |one| vec![one]);
        let needs = protocols.into_iter().map(|protocol| Needs::new(plan, cell, protocol));
        Ok(Self {
            meters: plan.meters,
            groups: plan.meters.div_ceil(cell),
            meters_per_group: cell,
            interval_seconds: plan.interval,
            channel: plan.channel.name(),
            protocols: needs.collect::<anyhow::Result<_>>()?,
            assumptions: assumptions(plan),
        })
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self { meters, groups, meters_per_group, interval_seconds, channel, .. } = self;
        writeln!(
            out,
            "{} meters in {} {} of {}, a reading every {interval_seconds} s, over {channel}\n",
            grouped(*meters),
            grouped(*groups),
            if *groups == 1 { "group" } else { "groups" },
            grouped(*meters_per_group)
        )?;
        writeln!(out, "a meter   frames up   bytes up/day   bytes down/day   with headers/day")?;
        for needs in &self.protocols {
            let first = needs.frames.first().map_or(0, |frame| frame.bytes);
            writeln!(
                out,
                "{:<9} {:>7} B {:>14.0} {:>16.0} {:>18.0}",
                needs.protocol,
                first,
                needs.up_bytes_per_day,
                needs.down_bytes_per_day,
                needs.carried_bytes_per_day
            )?;
        }
        for needs in &self.protocols {
            needs.write_channel(out)?;
        }
        for Needs { protocol, lost_share, .. } in self.protocols.iter().filter(|needs| needs.lost_share > 0.0)
        {
            let percent = lost_share * 100.0;
            let why = "rounds have a silent meter, and so NO SUM: it is for small groups whose meters answer";
            writeln!(out, "\n{protocol}: {percent:.1} % of {why}")?;
        }
        writeln!(out, "\nhead end  µs/reading    cores   disk/day   disk/year     network   at peak")?;
        for Needs { protocol, head_end: end, .. } in &self.protocols {
            writeln!(
                out,
                "{protocol:<9} {:>10.2} {:>8} {:>10} {:>11} {:>11} {:>9}",
                end.protocol_micros_per_reading,
                if end.cores < 0.01 { "< 0.01".to_owned() } else { format!("{:.2}", end.cores) },
                scaled(end.disk_bytes_per_day, "B"),
                scaled(end.disk_bytes_per_day * 365.0, "B"),
                scaled(end.network_bits, "b/s"),
                scaled(end.network_bits_at_peak, "b/s"),
            )?;
        }
        writeln!(out, "\nassumptions")?;
        self.assumptions.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        for needs in &self.protocols {
            writeln!(out, "  {}: not counted: {}", needs.protocol, needs.without)?;
        }
        Ok(())
    }
}

impl Needs {
    fn new(plan: &Plan, cell: u32, protocol: Protocol) -> anyhow::Result<Self> {
        let silent = f64::from(plan.silent_permille) / 1000.0;
        let traffic = Traffic::new(protocol, cell, silent)?;
        let interval = f64::from(plan.interval);
        let rounds = 86_400.0 / interval;
        let link = plan.channel.link();
        let overhead = link.as_ref().map_or(0.0, |link| link.overhead);
        let carried = |up| traffic.with_overhead(up, overhead);
        let up_seconds = link.as_ref().map(|link| carried(true) * 8.0 / link.rate);
        let medium = link.as_ref().filter(|link| link.sharing > 1).map(|link| {
            (carried(true) + carried(false)) * 8.0 * f64::from(link.sharing) / link.rate / interval
        });
        let lorawan = if link.is_none() { air(&traffic, interval) } else { Vec::new() };

        let meters = f64::from(plan.meters);
        let computing = head_end::seconds_per_reading(protocol, cell)?;
        let letters = traffic.frames() * f64::from(plan.letter_micros) / 1e6;
        let groups = f64::from(plan.meters.div_ceil(cell));
        let bits = meters * (carried(true) + carried(false)) * 8.0 / interval;
        Ok(Self {
            protocol: protocol.name(),
            frames: traffic
                .flows
                .iter()
                .map(|flow| Frame {
                    what: flow.what,
                    direction: if flow.up { "up" } else { "down" },
                    bytes: flow.bytes,
                    per_round: flow.per_round,
                })
                .collect(),
            up_bytes_per_day: traffic.bytes(true) * rounds,
            down_bytes_per_day: traffic.bytes(false) * rounds,
            carried_bytes_per_day: (carried(true) + carried(false)) * rounds,
            up_seconds_per_day: up_seconds.map(|seconds| seconds * rounds),
            medium_in_use: medium,
            lorawan,
            lost_share: traffic.lost,
            head_end: HeadEnd {
                protocol_micros_per_reading: computing * 1e6,
                cores: meters * (computing + letters) / interval / USE,
                disk_bytes_per_day: groups * rounds * head_end::stored_bytes(cell, silent),
                network_bits: bits,
                network_bits_at_peak: bits * BURST,
            },
            without: traffic.without,
        })
    }

    fn write_channel(&self, out: &mut String) -> std::fmt::Result {
        if let (Some(seconds), medium) = (self.up_seconds_per_day, self.medium_in_use) {
            write!(out, "\n{}: {seconds:.2} s a day of a meter's uplink", self.protocol)?;
            match medium {
                Some(share) if share > 1.0 => {
                    write!(out, "; all together need {share:.1} times the shared medium: DOES NOT FIT")?;
                }
                Some(share) => write!(out, "; {:.1} % of the shared medium", share * 100.0)?,
                None => {}
            }
            return writeln!(out);
        }
        writeln!(
            out,
            "\n{:<9} data rate     frames   airtime/round   of duty cycle   meters/gateway",
            self.protocol
        )?;
        for air in &self.lorawan {
            let fits = match (air.frames, air.duty_share > 1.0) {
                (_, true) => "   over the duty cycle",
                (1, false) => "",
                (_, false) => "   does not fit one frame",
            };
            writeln!(
                out,
                "{:<9} DR{} (SF{:>2}) {:>10} {:>12.0} ms {:>13.1} % {:>16.0}{fits}",
                "",
                air.data_rate,
                air.spreading_factor,
                air.frames,
                air.airtime_ms,
                air.duty_share * 100.0,
                air.meters_per_gateway,
            )?;
        }
        let down =
            self.frames.iter().filter(|frame| frame.direction == "down").max_by_key(|frame| frame.bytes);
        if let Some(Frame { what, bytes, .. }) = down {
            let frames = DATA_RATES.map(|rate| rate.frames(*bytes).to_string()).join(", ");
            writeln!(out, "          down: {what}, {bytes} B: {frames} frames at DR0 to DR5")?;
        }
        Ok(())
    }
}

fn air(traffic: &Traffic, interval: f64) -> Vec<Air> {
    let of = |rate: super::channel::DataRate| {
        let up = traffic.flows.iter().filter(|flow| flow.up);
        let seconds: f64 = up.map(|flow| rate.airtime(flow.bytes) * flow.per_round).sum();
        Air {
            data_rate: rate.number,
            spreading_factor: rate.factor,
            frames: traffic.flows.first().map_or(0, |flow| rate.frames(flow.bytes)),
            airtime_ms: seconds * 1000.0,
            duty_share: seconds * 3600.0 / interval / DUTY_SECONDS,
            meters_per_gateway: (GATEWAY_CHANNELS * LOAD * interval / seconds).floor(),
        }
    };
    DATA_RATES.into_iter().map(of).collect()
}

fn assumptions(plan: &Plan) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{} of 1000 meters fall silent within a round; one channel of readings",
            plan.silent_permille
        ),
        "4 answerers, of whom 3 open a sum; dcnet: a third of the meters collude, 5 % absent, 2^-40"
            .to_owned(),
        "every meter has a link of its own to the head end, as in this program; Open and Close go to each"
            .to_owned(),
        format!(
            "cores: half in use on average; protocol measured now on one core of this machine, {}; {} µs a letter for \
             TLS, gRPC, driver and store",
            if cfg!(debug_assertions) { "BUILT WITHOUT OPTIMISATION: too slow" } else { "optimised build" },
            plan.letter_micros
        ),
        "disk: audit log, sums and progress at the head end; nothing of what single meters send is kept"
            .to_owned(),
        "network at peak: contributions come in the first tenth of a slot".to_owned(),
    ];
    lines.push(match plan.channel.link() {
        Some(link) => format!("{}: {}", plan.channel.name(), link.why),
        None => format!(
            "lorawan: EU868, 125 kHz, coding rate 4/5, 13 B of MAC a frame, 1 % is {DUTY_SECONDS} s an hour; gateway of \
             {GATEWAY_CHANNELS} channels at a load of {LOAD} on one data rate; the airtime is the uplink's: what goes \
             down needs class B or C, and multicast where it is the same to all"
        ),
    });
    lines
}

/// 2,500,000
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn scaled(value: f64, unit: &str) -> String {
    const PREFIXES: [&str; 5] = ["", "k", "M", "G", "T"];
    let mut value = value;
    for prefix in PREFIXES {
        if value < 1000.0 {
            return format!("{value:.1} {prefix}{unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} P{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Channel;

    fn plan(channel: Channel, protocol: Protocol, cell: u32) -> Plan {
        Plan {
            meters: 2_500_000,
            interval: 900,
            channel,
            protocol: Some(protocol),
            cell,
            silent_permille: 10,
            letter_micros: 100,
            json: false,
        }
    }

    #[test]
    fn a_quarter_hour_over_lorawan() {
        let figures = Figures::new(&plan(Channel::Lorawan, Protocol::Shamir, 1000)).unwrap();
        assert_eq!(figures.groups, 2500);
        let needs = &figures.protocols[0];
        assert_eq!((needs.up_bytes_per_day, needs.down_bytes_per_day), (48.0 * 96.0, 0.0));
        let slow = &needs.lorawan[0];
        // 61 bytes at SF12 are 2.79 s: four of them in an hour, of 36 s.
        assert!((slow.airtime_ms - 2793.472).abs() < 0.01 && (slow.duty_share - 0.310386).abs() < 1e-4);
        assert_eq!((slow.frames, slow.meters_per_gateway), (1, 257.0));
        assert!(!figures.text().contains("does not fit"));
        let large = Figures::new(&plan(Channel::Lorawan, Protocol::Elgamal, 1000)).unwrap();
        assert_eq!(large.protocols[0].lorawan[0].frames, 5);
        assert!(large.text().contains("over the duty cycle"), "{}", large.text());
    }

    #[test]
    fn figures_grow_with_meters_and_say_what_they_assume() {
        let small =
            Figures::new(&Plan { meters: 1000, ..plan(Channel::PlcG3, Protocol::Cmt, 1000) }).unwrap();
        let large = Figures::new(&plan(Channel::PlcG3, Protocol::Cmt, 1000)).unwrap();
        let disk = |figures: &Figures| figures.protocols[0].head_end.disk_bytes_per_day;
        // 1 of 100 meters is silent: of 1000 in a ring one always is, of 5 one in 5 % of rounds.
        let lost = |cell| {
            let figures = Figures::new(&plan(Channel::Lorawan, Protocol::Cmt, cell)).unwrap();
            figures.protocols[0].lost_share
        };
        assert!(lost(1000) > 0.9999 && (lost(5) - 0.049).abs() < 1e-4);
        assert!((disk(&large) / disk(&small) - 2500.0).abs() < 1e-6);
        let text = large.text();
        for part in [
            "2,500,000 meters in 2,500 groups of 1,000",
            "% of the shared medium",
            "NO SUM",
            "assumptions",
            "measured now",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1000, 2_500_000].map(grouped), ["0", "999", "1,000", "2,500,000"]);
        assert_eq!([12.0, 1500.0, 2.5e9].map(|value| scaled(value, "B")), ["12.0 B", "1.5 kB", "2.5 GB"]);
    }
}
