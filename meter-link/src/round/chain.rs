//! The hash chain of Opens and Closes, as one party follows it.

use super::{Close, FrameHash, Open};
use crate::error::{Error, Fault, Malformed};
use crate::frame::{Reader, Writer};
use crate::id::{PartyId, Round};

/// Last links that this party has seen. An unknown predecessor is accepted, since parties lose rounds; one
/// that contradicts what was seen is refused, and caller keeps both frames as evidence.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain {
    last_final: Option<(Round, FrameHash)>,
    abandoned: Option<Round>,
    open: Option<(Round, FrameHash)>,
    closes: Option<(u8, FrameHash)>,
}

impl Chain {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Chain { last_final: None, abandoned: None, open: None, closes: None }
    }

    /// The round that is open, if its final Close has not been seen.
    pub fn open_round(&self) -> Option<Round> {
        self.open.map(|(round, _)| round)
    }

    /// Pass of the last Close of the open round.
    pub fn last_pass(&self) -> Option<u8> {
        self.closes.map(|(pass, _)| pass)
    }

    /// The last final Close.
    pub fn last_final(&self) -> Option<(Round, FrameHash)> {
        self.last_final
    }

    /// Takes an Open. Returns false for the same frame again, which changes nothing.
    ///
    /// # Errors
    /// [`Fault::Contradiction`] for a second Open of a round; [`Fault::ChainBroken`] if it names another
    /// predecessor than the one seen; [`Fault::RoundClosed`] for a round at or before the last closed.
    pub fn open(&mut self, open: &Open<'_>) -> Result<bool, Error> {
        let utility = PartyId::UTILITY;
        if let Some((round, hash)) = self.open {
            if round == open.round && hash == open.hash {
                return Ok(false);
            }
            if round == open.round {
                return Err(Fault::Contradiction.of(utility));
            }
            if open.round < round {
                return Err(Fault::RoundClosed.of(utility));
            }
        }
        if self.abandoned.is_some_and(|round| open.round <= round) {
            return Err(Fault::RoundClosed.of(utility));
        }
        if let Some((round, hash)) = self.last_final {
            if open.round <= round {
                return Err(Fault::RoundClosed.of(utility));
            }
            match open.previous {
                Some((previous, named)) if previous > round || (previous == round && named == hash) => {}
                _ => return Err(Fault::ChainBroken.of(utility)),
            }
        }
        self.open = Some((open.round, open.hash));
        self.closes = None;
        Ok(true)
    }

    /// Nothing of this round or an earlier one is accepted any more: the device has been off since it saw
    /// this Close. The next Open has to name it if it was final; otherwise the round went on unseen, to
    /// another Close or to none.
    pub fn abandon(&mut self, round: Round, hash: FrameHash, is_final: bool) {
        self.abandoned = self.abandoned.max(Some(round));
        if is_final && self.last_final.is_none_or(|(last, _)| last < round) {
            self.last_final = Some((round, hash));
        }
        if self.open.is_some_and(|(open, _)| open <= round) {
            self.open = None;
            self.closes = None;
        }
    }

    /// Takes a Close of the open round. Returns false for the same frame again, which changes nothing.
    ///
    /// # Errors
    /// [`Fault::NotExpected`] without an open round; [`Fault::WrongRound`]; [`Fault::Contradiction`] for a
    /// second Close of a pass; [`Fault::ChainBroken`] for another predecessor; [`Fault::WrongPass`] for a pass
    /// before the last one, which a network that repeats frames can cause.
    pub fn close(&mut self, close: &Close<'_>) -> Result<bool, Error> {
        let utility = PartyId::UTILITY;
        let (round, open_hash) = match (self.open, self.last_final) {
            (_, Some((round, hash))) if round == close.round => {
                return match hash == close.hash {
                    true => Ok(false),
                    // An earlier one, late: no rule is broken by that.
                    false if !close.is_final => Err(Fault::WrongPass.of(utility)),
                    false => Err(Fault::Contradiction.of(utility)),
                };
            }
            (Some(open), _) => open,
            (None, _) => return Err(Fault::NotExpected.of(utility)),
        };
        if close.round != round {
            return Err(Fault::WrongRound.of(utility));
        }
        match self.closes {
            Some((pass, hash)) if pass == close.pass => {
                return if hash == close.hash { Ok(false) } else { Err(Fault::Contradiction.of(utility)) };
            }
            Some((pass, _)) if close.pass < pass => return Err(Fault::WrongPass.of(utility)),
            Some((pass, hash)) if close.pass == pass.wrapping_add(1) && close.previous != hash => {
                return Err(Fault::ChainBroken.of(utility));
            }
            None if close.pass == 1 && close.previous != open_hash => {
                return Err(Fault::ChainBroken.of(utility));
            }
            _ => {}
        }
        if close.is_final {
            self.last_final = Some((close.round, close.hash));
            self.open = None;
            self.closes = None;
        } else {
            self.closes = Some((close.pass, close.hash));
        }
        Ok(true)
    }

    /// Bytes in stored state.
    pub const LEN: usize = (1 + 4 + 32) + (1 + 4) + (1 + 4 + 32) + (1 + 32);

    /// Into stored state: `last final: u8, round u32, hash 32 ‖ abandoned: u8, round u32 ‖ open: u8, round u32, hash
    /// 32 ‖ last Close of the open round: pass u8, hash 32`. The first byte is 1 where there is one; absent values
    /// are 0.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`](crate::Misuse::WrongLength).
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        let none = (Round::from(0), [0; 32]);
        let link = |writer: &mut Writer<'_>, link: Option<(Round, FrameHash)>| {
            let (round, hash) = link.unwrap_or(none);
            writer.u8(u8::from(link.is_some()))?;
            writer.u32(round.to_u32())?;
            writer.bytes(&hash)
        };
        link(writer, self.last_final)?;
        writer.u8(u8::from(self.abandoned.is_some()))?;
        writer.u32(self.abandoned.unwrap_or(none.0).to_u32())?;
        link(writer, self.open)?;
        let (pass, hash) = self.closes.unwrap_or_default();
        writer.u8(pass)?;
        writer.bytes(&hash)
    }

    /// From stored state.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`], [`Malformed::Truncated`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let some = |flag: u8| match flag {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::BadRecord),
        };
        let link = |reader: &mut Reader<'_>| -> Result<Option<(Round, FrameHash)>, Error> {
            let is_some = some(reader.u8()?)?;
            let link = (Round::from(reader.u32()?), *reader.array()?);
            Ok(is_some.then_some(link))
        };
        let last_final = link(reader)?;
        let is_abandoned = some(reader.u8()?)?;
        let abandoned = Some(Round::from(reader.u32()?)).filter(|_| is_abandoned);
        let open = link(reader)?;
        let (pass, hash) = (reader.u8()?, *reader.array()?);
        if pass > super::CloseFields::MAX_PASSES || (pass != 0 && open.is_none()) {
            return Err(Malformed::BadRecord.into());
        }
        let closes = if pass == 0 { None } else { Some((pass, hash)) };
        Ok(Chain { last_final, abandoned, open, closes })
    }
}
