//! What a meter has on disk.

use anyhow::{Context as _, anyhow, bail, ensure};
use cmt_ring::{Book, Entry, Generation, GenerationRecord, Meter};
use meter_link::frame::Reader;
use meter_link::set::Members;
use meter_link::{LinkSecret, PartyId, Round};
use zeroize::{Zeroize as _, Zeroizing};

use super::super::group::{Group, put, take};
use super::electing::Before;
use super::{Led, Metering, Outgoing};
use crate::engine::seat::{Keys, MOST_BATCH, SharedDevice};

/// What a restart begins with.
pub(super) struct Kept {
    pub(super) link: LinkSecret,
    pub(super) meter: Meter<MOST_BATCH>,
    pub(super) stored: bool,
    pub(super) successor: Option<PartyId>,
    pub(super) led: Option<Led>,
    pub(super) outgoing: Option<Outgoing>,
    pub(super) before: Option<Before>,
}

const VERSION: u8 = 1;
const LEADS: u8 = 1;
const OUTGOING: u8 = 2;
const HEALED: u8 = 4;
const BEFORE: u8 = 8;
/// First byte of the mark's records; the meter's own are 4 and 28.
const MARK: u8 = 1;
/// Bytes of each of the latter.
const RECORD: usize = size_of::<GenerationRecord>();

/// `1 ‖ flags u8 ‖ link secret 32 ‖ successor u32 ‖ mark ‖ meter [‖ root generation u32 ‖ members ‖ book]
/// [‖ generation u32 ‖ first round u32 ‖ to the supplier ‖ count u32 ‖ (id u32 ‖ frame) …] [‖ meter before it followed anybody ‖
/// records since then]`, each of what has no length of its own with
/// one before it.
pub(super) fn state(role: &Metering, mark: Option<&[u8]>) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut meter = Zeroizing::new(vec![0u8; role.meter.state_len()]);
    role.meter.to_bytes(&mut meter)?;
    let led = role.led.as_ref();
    let book = led.map(|led| led.book.to_bytes(&role.group.view)).transpose()?;
    let outgoing = role.outgoing.as_ref();
    let healed = outgoing.is_some_and(|outgoing| outgoing.healed);
    let before = role.making.before.as_ref();
    let flags = [
        (led.is_some(), LEADS),
        (outgoing.is_some(), OUTGOING),
        (healed, HEALED),
        (before.is_some(), BEFORE),
    ];
    let flags = flags.iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit);
    // Room for all keys at once: no copy of one stays in freed memory. What is outgoing may be read.
    let frames = outgoing
        .iter()
        .flat_map(|outgoing| &outgoing.members)
        .map(|(_, frame)| frame.len().saturating_add(8));
    let frames = frames.fold(outgoing.map_or(0, |outgoing| outgoing.supplier.len()), usize::saturating_add);
    let parts =
        [meter.len(), book.as_ref().map_or(0, |book| book.len()), frames, role.group.entries.len(), 256];
    let mut out = Zeroizing::new(Vec::with_capacity(parts.into_iter().fold(0, usize::saturating_add)));
    out.extend([VERSION, flags]);
    out.extend_from_slice(&*role.link.to_bytes());
    out.extend(role.successor.unwrap_or(PartyId::UTILITY).0.to_le_bytes());
    put(&mut out, mark.unwrap_or_default())?;
    put(&mut out, &meter)?;
    if let (Some(led), Some(book)) = (led, &book) {
        out.extend(led.root.0.to_le_bytes());
        put(&mut out, &led.members.to_bytes()?)?;
        put(&mut out, book)?;
    }
    if let Some(outgoing) = outgoing {
        out.extend(outgoing.generation.0.to_le_bytes());
        out.extend(outgoing.from.to_u32().to_le_bytes());
        put(&mut out, &outgoing.supplier)?;
        out.extend(u32::try_from(outgoing.members.len())?.to_le_bytes());
        for (id, frame) in &outgoing.members {
            out.extend(id.0.to_le_bytes());
            put(&mut out, frame)?;
        }
    }
    if let Some(before) = before {
        put(&mut out, &before.state)?;
        put(&mut out, &before.records.concat())?;
    }
    Ok(out)
}

pub(super) fn restore(group: &Group, me: &Entry, device: &SharedDevice, keys: Keys) -> anyhow::Result<Kept> {
    let kept = match keys {
        Keys::Fresh(link) => {
            let meter = Meter::new(&group.params, &group.view, &me.listed(), group.channels())?;
            return Ok(Kept {
                link,
                meter,
                stored: false,
                successor: None,
                led: None,
                outgoing: None,
                before: None,
            });
        }
        Keys::Stored(kept) => kept,
    };
    let state = kept.state.context("the meter's state is not there")?;
    let mut reader = Reader::new(&state);
    ensure!(reader.u8()? == VERSION, "the meter's state is of another version");
    let flags = reader.u8()?;
    let mut secret = *reader.array::<32>()?;
    let link = LinkSecret::from_bytes(&mut secret);
    secret.zeroize();
    let successor = Some(PartyId(reader.u32()?)).filter(|id| *id != PartyId::UTILITY);
    let mark = take(&mut reader)?;
    let bytes = take(&mut reader)?;
    let mut meter = Meter::from_bytes(&group.params, &group.view, &me.listed(), group.channels(), bytes)?;
    let led = (flags & LEADS != 0).then(|| read_led(group, &mut reader)).transpose()?;
    let outgoing =
        (flags & OUTGOING != 0).then(|| read_outgoing(&mut reader, flags & HEALED != 0)).transpose()?;
    let mut before = (flags & BEFORE != 0).then(|| read_before(&mut reader)).transpose()?;
    reader.end()?;

    let mut device = device.lock().map_err(|_| anyhow!("another role of this meter has failed"))?;
    if !mark.is_empty() {
        device.replay(mark)?;
    }
    for record in &kept.records {
        match record.first() {
            Some(&MARK) => device.replay(record)?,
            Some(_) => {
                meter.replay(record)?;
                before.iter_mut().for_each(|before| before.records.push(record.clone()));
            }
            None => bail!("an empty record"),
        }
    }
    // A record of a later generation has taken the place of a concentrator away.
    let leads = meter.is_concentrator();
    let led = led.filter(|led| leads && Some(led.book.generation()) == meter.generation());
    let outgoing = outgoing.filter(|outgoing| leads && Some(outgoing.generation) == meter.generation());
    Ok(Kept { link, meter, stored: true, successor, led, outgoing, before })
}

fn read_led(group: &Group, reader: &mut Reader<'_>) -> anyhow::Result<Led> {
    let root = Generation(reader.u32()?);
    let mut set = Reader::new(take(reader)?);
    let members = Members::read(&mut set, group.view.meters())?;
    let book = Book::from_bytes(&group.params, &group.view, take(reader)?)?;
    Ok(Led { root, members, book })
}

fn read_before(reader: &mut Reader<'_>) -> anyhow::Result<Before> {
    let state = Zeroizing::new(take(reader)?.to_vec());
    let records = take(reader)?.chunks(RECORD).map(<[u8]>::to_vec).collect();
    Ok(Before { state, records })
}

fn read_outgoing(reader: &mut Reader<'_>, healed: bool) -> anyhow::Result<Outgoing> {
    let (generation, from) = (Generation(reader.u32()?), Round::from(reader.u32()?));
    let supplier = take(reader)?.to_vec();
    let count = reader.u32()?;
    let mut members = Vec::new();
    for _ in 0..count {
        let id = PartyId(reader.u32()?);
        members.push((id, take(reader)?.to_vec()));
    }
    Ok(Outgoing { generation, from, healed, supplier, members, taken: false })
}
