//! What the registrar needs after a restart: no key, but who has which edges.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::head::Parties;
use meter_link::mark::check;
use meter_link::set::Members;
use meter_link::{Error, Malformed, Misuse, Round};

use super::known::Known;
use super::{Registrar, Statement, read_edges};
use crate::params::Params;

const VERSION: u8 = 19; // 16 was one without offers
const OPENED: u8 = 1;
const AWAY: u8 = 1;
const EXIT: u8 = 2;
const LEFT: u8 = 4;

impl Registrar {
    /// `19 u8 ‖ context 32 ‖ opened u8 ‖ last round opened u32 ‖ set of whom it named present ‖ of each meter (flags u8
    /// (1 away, 2 an exit is kept, 4 has left) ‖ away from u32 ‖ left with u32 ‖ offers u16 ‖ statements u16 ‖ (from u32 ‖
    /// count u16 ‖ (position u32 ‖ first round u32) …) … ‖ if it is kept, its round u32 ‖ length u16 ‖ exit) … ‖ offers u32
    /// ‖ (from u32 ‖ to u32 ‖ first round u32 ‖ edge 32) … ‖ answered u32 ‖ (position u32 ‖ position u32 ‖ first round u32 ‖
    /// edge 32 ‖ flags u8 (1 the lower has offered, 2 confirmed, 4 the lower has refused, 8 the higher)) … ‖ doubts u32 ‖
    /// (position u32 ‖ position u32 ‖ first round u32) … ‖ check 4`. Absent values are zero.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let long = Misuse::WrongLength;
        let mut out = alloc::vec![VERSION];
        out.extend(self.parties.view().context().as_bytes());
        out.push(if self.opened.is_some() { OPENED } else { 0 });
        out.extend(self.opened.map_or(0, Round::to_u32).to_le_bytes());
        out.extend(Members::marked(&self.present)?.to_bytes()?);
        for entry in &self.meters {
            let exit = if entry.exit.is_some() { EXIT } else { 0 };
            let left = if entry.left.is_some() { LEFT } else { 0 };
            out.push(exit | left | if entry.away.is_some() { AWAY } else { 0 });
            out.extend(entry.away.map_or(0, Round::to_u32).to_le_bytes());
            out.extend(entry.left.map_or(0, Round::to_u32).to_le_bytes());
            out.extend(entry.offers.to_le_bytes());
            out.extend(u16::try_from(entry.statements.len()).map_err(|_| long)?.to_le_bytes());
            for statement in &entry.statements {
                out.extend(statement.from.to_u32().to_le_bytes());
                out.extend(u16::try_from(statement.edges.len()).map_err(|_| long)?.to_le_bytes());
                for (peer, first) in &statement.edges {
                    out.extend(peer.to_le_bytes());
                    out.extend(first.to_u32().to_le_bytes());
                }
            }
            if let Some((round, exit)) = &entry.exit {
                out.extend(round.to_u32().to_le_bytes());
                out.extend(u16::try_from(exit.len()).map_err(|_| long)?.to_le_bytes());
                out.extend(exit);
            }
        }
        out.extend(u32::try_from(self.offers.len()).map_err(|_| long)?.to_le_bytes());
        for (from, to, first, edge) in &self.offers {
            for number in [*from, *to, first.to_u32()] {
                out.extend(number.to_le_bytes());
            }
            out.extend(edge);
        }
        out.extend(u32::try_from(self.known.len()).map_err(|_| long)?.to_le_bytes());
        for ((a, b, first), known) in &self.known {
            for number in [*a, *b, first.to_u32()] {
                out.extend(number.to_le_bytes());
            }
            out.extend(known.edge);
            out.push(known.flags);
        }
        out.extend(u32::try_from(self.doubts.len()).map_err(|_| long)?.to_le_bytes());
        for (a, b, first) in &self.doubts {
            for number in [*a, *b, first.to_u32()] {
                out.extend(number.to_le_bytes());
            }
        }
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Goes on from [`Registrar::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or of another epoch; as [`Registrar::new`].
    pub fn from_bytes(params: &Params, parties: &Arc<Parties>, state: &[u8]) -> Result<Self, Error> {
        let mut registrar = Registrar::new(params, parties)?;
        registrar.read(state).map_err(|_| Malformed::BadRecord)?;
        Ok(registrar)
    }

    fn read(&mut self, state: &[u8]) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let view = *self.parties.view();
        if check(body) != *stored
            || reader.u8()? != VERSION
            || reader.array::<32>()? != view.context().as_bytes()
        {
            return Err(bad.into());
        }
        let (flags, opened) = (reader.u8()?, Round::from(reader.u32()?));
        self.opened = (flags & OPENED != 0).then_some(opened);
        self.present = Members::read(&mut reader, view.meters())?.to_marks();
        for (own, entry) in (0u32..).zip(&mut self.meters) {
            let (flags, away) = (reader.u8()?, Round::from(reader.u32()?));
            entry.away = (flags & AWAY != 0).then_some(away);
            let left = Round::from(reader.u32()?);
            entry.left = (flags & LEFT != 0).then_some(left);
            entry.offers = reader.u16()?;
            for _ in 0..reader.u16()? {
                let from = Round::from(reader.u32()?);
                let edges = read_edges(&mut reader, own, view.meters(), from)?;
                entry.statements.push(Statement { from, edges });
            }
            if flags & EXIT != 0 {
                let round = Round::from(reader.u32()?);
                let len = usize::from(reader.u16()?);
                entry.exit = Some((round, reader.bytes(len)?.to_vec()));
            }
        }
        for _ in 0..reader.u32()? {
            let (from, to, first) = (reader.u32()?, reader.u32()?, Round::from(reader.u32()?));
            self.offers.insert((from, to, first, *reader.array()?));
        }
        for _ in 0..reader.u32()? {
            let at = (reader.u32()?, reader.u32()?, Round::from(reader.u32()?));
            let known = Known { edge: *reader.array()?, flags: reader.u8()? };
            if at.0 >= at.1 || known.flags & !Known::ALL != 0 {
                return Err(bad.into());
            }
            self.known.insert(at, known);
        }
        for _ in 0..reader.u32()? {
            self.doubts.insert((reader.u32()?, reader.u32()?, Round::from(reader.u32()?)));
        }
        reader.end()
    }
}
