//! High-water marks: one a device, for all its protocols.

use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, GroupParams, Misuse, Round};
use pyo3::prelude::*;

use crate::argument::{argument, int_or};
use crate::array::with_room;
use crate::error::{Failure, Refusal};
use crate::owned::Owned;
use crate::seat::{Contributing, Seat};

/// The mark of a device with `channels` channels, in the next larger of the sizes that are compiled in.
pub(crate) struct Device {
    channels: u16,
    mark: Mark,
}

enum Mark {
    One(meter_link::HighWater<1>),
    Some(Alone<16>),
    Most(Alone<{ GroupParams::MAX_CHANNELS as usize }>),
}

/// A step that takes its interval from a device's mark, whatever size that was compiled in.
pub(crate) trait Spending {
    type Spent;
    fn spend<const CHANNELS: usize>(self, mark: &mut meter_link::HighWater<CHANNELS>) -> Self::Spent;
}

/// Boxed as an array of one, since only vectors can be allocated without an abort where memory is short.
type Alone<const CHANNELS: usize> = Box<[meter_link::HighWater<CHANNELS>; 1]>;

fn alone<const CHANNELS: usize>() -> Result<Alone<CHANNELS>, Failure> {
    let mut mark = with_room(1)?;
    mark.push(meter_link::HighWater::new());
    mark.into_boxed_slice().try_into().map_err(|_| Failure::NoMemory)
}

impl Device {
    fn new(channels: u16) -> Result<Self, Failure> {
        let mark = match channels {
            1 => Mark::One(meter_link::HighWater::new()),
            2..=16 => Mark::Some(alone()?),
            17..=GroupParams::MAX_CHANNELS => Mark::Most(alone()?),
            _ => return Err(Failure::argument("channels", "expected 1 ... 1024")),
        };
        Ok(Device { channels, mark })
    }

    /// The contribution of a meter that reads this device.
    pub(crate) fn contribute<M: Contributing>(
        &mut self,
        seat: &mut Seat<M>,
        rounds: (Round, Round),
        reading: &[i64],
        out: &mut [u8],
    ) -> Result<MarkRecord, Refusal> {
        struct Contribute<'a, M> {
            meter: &'a mut M,
            rounds: (Round, Round),
            reading: &'a [i64],
            out: &'a mut [u8],
        }
        impl<M: Contributing> Spending for Contribute<'_, M> {
            type Spent = Result<MarkRecord, Refusal>;
            fn spend<const CHANNELS: usize>(self, mark: &mut meter_link::HighWater<CHANNELS>) -> Self::Spent {
                let (now, round) = self.rounds;
                self.meter.contribute(mark, now, round, self.reading, self.out)
            }
        }
        let meter = &mut seat.meter;
        self.spend(seat.channels, Contribute { meter, rounds, reading, out })?
    }

    /// A step of a meter that reads these channels of the device.
    pub(crate) fn spend<S: Spending>(&mut self, channels: Channels, step: S) -> Result<S::Spent, Refusal> {
        let Channels { first, count } = channels;
        if first.checked_add(count).is_none_or(|end| end > self.channels) {
            return Err(Error::from(Misuse::UnknownChannel).into());
        }
        Ok(match &mut self.mark {
            Mark::One(mark) => step.spend(mark),
            Mark::Some(one) => step.spend(only(one)),
            Mark::Most(one) => step.spend(only(one)),
        })
    }

    /// Bytes, with those on the heap.
    fn size(&self) -> usize {
        let heap = match &self.mark {
            Mark::One(_) => 0,
            Mark::Some(mark) => size_of_val(&**mark),
            Mark::Most(mark) => size_of_val(&**mark),
        };
        size_of::<Self>().saturating_add(heap)
    }

    fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        match &mut self.mark {
            Mark::One(mark) => mark.replay(record),
            Mark::Some(one) => only(one).replay(record),
            Mark::Most(one) => only(one).replay(record),
        }
    }
}

fn only<T>([mark]: &mut [T; 1]) -> &mut T {
    mark
}

/// For every channel of a device, the end of the last interval that was contributed: ONE for all protocols,
/// groups and sessions of the device. Two sums that contain the same reading subtract to it, so a
/// contribution takes its interval away for ever.
#[pyclass(frozen, module = "wattsum.link", name = "HighWater")]
pub(crate) struct HighWater(pub(crate) Owned<Device>);

#[pymethods]
impl HighWater {
    #[new]
    #[pyo3(signature = (channels = None), text_signature = "(channels=1)")]
    fn new(channels: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(HighWater(Owned::new("high-water mark", Device::new(int_or("channels", channels, 1)?)?)))
    }

    /// Takes a stored record into account after a restart: every record of the device's log, in any order.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.0.with(|device| device.replay(&record)))?)
    }
}

/// The marks of many devices, in the order of their meters.
#[pyclass(frozen, module = "wattsum.link", name = "HighWaters")]
pub(crate) struct HighWaters {
    pub(crate) devices: Owned<Vec<Device>>,
    count: usize,
}

impl HighWaters {
    const MOST_BYTES: usize = 1 << 30;
}

#[pymethods]
impl HighWaters {
    #[new]
    #[pyo3(signature = (count, channels = None), text_signature = "(count, channels=1)")]
    fn new(py: Python<'_>, count: &Bound<'_, PyAny>, channels: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (count, channels): (usize, _) =
            (argument("count", count).int()?, int_or("channels", channels, 1)?);
        // The size of one follows from its channels; the kernel may promise memory that it does not have.
        let size = Device::new(channels)?.size();
        if size.checked_mul(count).is_none_or(|size| size > Self::MOST_BYTES) {
            return Err(Failure::argument("count", "more than 1 GiB of marks").into());
        }
        let devices = py.detach(|| {
            let mut devices = with_room(count)?;
            for _ in 0..count {
                devices.push(Device::new(channels)?);
            }
            Ok::<_, Failure>(devices)
        })?;
        Ok(HighWaters { devices: Owned::new("high-water mark", devices), count })
    }

    fn __len__(&self) -> usize {
        self.count
    }

    /// Takes stored records into account after a restart: row i for device `positions[i]`, and every record of
    /// each device's log, in any order. On an exception the rows before it have been taken.
    fn replay(
        &self,
        py: Python<'_>,
        positions: &Bound<'_, PyAny>,
        records: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let positions: Vec<usize> = argument("positions", positions).list(|item| item.int())?;
        let records = argument("records", records);
        let rows = records.rows_of_bytes()?;
        if rows.count() != positions.len() {
            return Err(records.refuse("expected a row for each position"));
        }
        let replay = || {
            self.devices.with(|devices| {
                for (position, record) in positions.into_iter().zip(rows.iter()) {
                    let device = devices.get_mut(position);
                    device.ok_or(Failure::argument("positions", "out of range"))?.replay(record)?;
                }
                Ok::<_, Failure>(())
            })
        };
        Ok(py.detach(replay)?)
    }
}
