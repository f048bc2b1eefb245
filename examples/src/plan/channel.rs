//! What carries the frames of a meter, and how long it takes.

use clap::ValueEnum;

/// The way from a meter to the head end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Channel {
    /// LoRaWAN in the European band 863 to 870 MHz, one channel width of 125 kHz, duty cycle 1 %
    Lorawan,
    /// NB-IoT: UDP with a DTLS record a frame
    Nbiot,
    /// LTE-M: UDP with a DTLS record a frame
    Ltem,
    /// G3-PLC, CENELEC A, robust modulations: shared by all meters behind a transformer
    #[value(name = "plc-g3")]
    PlcG3,
    /// Anything with TCP: a letter of this program over one lasting TLS connection
    Ethernet,
}

/// A link with a rate: what a frame costs beside its bytes, and how long they take.
pub(crate) struct Link {
    /// Bytes of headers for each frame.
    pub(crate) overhead: f64,
    /// Bits a second of the meter's uplink; of a shared medium, of all together.
    pub(crate) rate: f64,
    /// How many meters typically share it; 1 for none.
    pub(crate) sharing: u32,
    pub(crate) why: &'static str,
}

/// A LoRaWAN data rate of EU868.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataRate {
    /// Its number.
    pub(crate) number: u8,
    /// Spreading factor.
    pub(crate) factor: u8,
    /// Bytes of an application's payload, at most (LoRaWAN Regional Parameters RP002, EU863-870, N).
    pub(crate) most: u32,
}

/// All with 125 kHz.
pub(crate) const DATA_RATES: [DataRate; 6] = [
    DataRate { number: 0, factor: 12, most: 51 },
    DataRate { number: 1, factor: 11, most: 51 },
    DataRate { number: 2, factor: 10, most: 51 },
    DataRate { number: 3, factor: 9, most: 115 },
    DataRate { number: 4, factor: 8, most: 222 },
    DataRate { number: 5, factor: 7, most: 222 },
];

/// MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, MIC 4.
const MAC: u32 = 13;
/// Of the 1 % sub-bands: seconds that a device may send in an hour.
pub(crate) const DUTY_SECONDS: f64 = 36.0;
/// Channels of a gateway, each of which takes one frame of a spreading factor at a time.
pub(crate) const GATEWAY_CHANNELS: f64 = 8.0;
/// The share of a channel's time that is in use: unsynchronised senders collide (ALOHA), 18 % of frames at this load.
pub(crate) const LOAD: f64 = 0.1;

impl Channel {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// `None` for LoRaWAN, which has frames of its own.
    pub(crate) const fn link(self) -> Option<Link> {
        const CELLULAR: f64 = 28.0 + 29.0;
        Some(match self {
            Self::Lorawan => return None,
            Self::Nbiot => Link {
                overhead: CELLULAR,
                rate: 20_000.0,
                sharing: 1,
                why: "IPv4 and UDP 28 B, DTLS 1.2 record with a connection id 29 B a frame; 20 kbit/s up",
            },
            Self::Ltem => Link {
                overhead: CELLULAR,
                rate: 300_000.0,
                sharing: 1,
                why: "IPv4 and UDP 28 B, DTLS 1.2 record with a connection id 29 B a frame; 300 kbit/s up",
            },
            Self::PlcG3 => Link {
                overhead: 12.0 + 29.0 + 21.0,
                rate: 10_000.0,
                sharing: 200,
                why: "6LoWPAN 12 B, DTLS record 29 B, MAC 21 B a frame; 10 kbit/s for 200 meters together, no relaying counted",
            },
            Self::Ethernet => Link {
                overhead: 40.0 + 22.0 + 9.0 + 5.0 + 6.0,
                rate: 10_000_000.0,
                sharing: 1,
                why: "IPv4 and TCP 40 B, TLS record 22 B, HTTP/2 9 B, gRPC 5 B, letter 6 B a frame; 10 Mbit/s",
            },
        })
    }
}

impl DataRate {
    /// Frames that so many bytes need. The protocols do not split frames: more than one is for the application.
    pub(crate) fn frames(self, bytes: u32) -> u32 {
        bytes.div_ceil(self.most)
    }

    /// Seconds on the air of `bytes`, over all frames they need.
    pub(crate) fn airtime(self, bytes: u32) -> f64 {
        let mut rest = bytes;
        let mut seconds = 0.0;
        while rest > 0 {
            let frame = rest.min(self.most);
            seconds += time_on_air(self.factor, frame.saturating_add(MAC));
            rest = rest.saturating_sub(frame);
        }
        seconds
    }
}

/// Seconds of a LoRa packet of so many bytes: Semtech AN1200.13, section 4. 125 kHz, explicit header, CRC, coding rate
/// 4/5, preamble of 8 symbols, low data rate optimisation from SF11 on.
fn time_on_air(factor: u8, bytes: u32) -> f64 {
    let symbol = f64::from(1u32.checked_shl(factor.into()).unwrap_or_default()) / 125_000.0;
    let low_rate = if factor >= 11 { 2 } else { 0 };
    let factor = i64::from(factor);
    let bits =
        8i64.saturating_mul(bytes.into()).saturating_sub(factor.saturating_mul(4)).saturating_add(28 + 16);
    let of_a_block = factor.saturating_sub(low_rate).saturating_mul(4).max(1);
    let blocks =
        u32::try_from(bits.max(0)).unwrap_or(u32::MAX).div_ceil(u32::try_from(of_a_block).unwrap_or(1));
    let payload = f64::from(blocks) * 5.0 + 8.0;
    (8.0 + 4.25 + payload) * symbol
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a second writing of AN1200.13's formula, in another language.
    #[test]
    fn airtimes_are_those_of_the_formula() {
        for (factor, bytes, milliseconds) in
            [(7, 20, 56.576), (12, 64, 2793.472), (12, 13, 1155.072), (10, 23, 370.688), (7, 235, 368.896)]
        {
            let found = time_on_air(factor, bytes) * 1000.0;
            assert!((found - milliseconds).abs() < 0.01, "SF{factor}, {bytes} B: {found} ms");
        }
    }

    #[test]
    fn what_does_not_fit_needs_more_frames() {
        let slow = DATA_RATES[0];
        assert_eq!([1, 51, 52, 240].map(|bytes| slow.frames(bytes)), [1, 1, 2, 5]);
        assert_eq!(DATA_RATES[5].frames(240), 2);
        let whole = time_on_air(12, 51 + MAC);
        assert!((slow.airtime(102) - 2.0 * whole).abs() < 1e-9);
        assert!(slow.airtime(52) < 2.0 * whole && slow.airtime(52) > whole);
    }
}
