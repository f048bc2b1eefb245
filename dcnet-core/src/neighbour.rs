//! A meter's end of a pair.

use core::fmt;

use meter_link::key::{Label, LinkSecret, PairKey};
use meter_link::roster::Member;
use meter_link::{EpochView, Error, PartyId};

/// A neighbour: its roster position, whether it takes part in the round, and the pair key, in 36 bytes. The
/// lower position adds the pad, the higher subtracts it, as ids ascend with positions.
pub struct Neighbour {
    place: u32,
    key: PairKey,
}

const PRESENT: u32 = 1 << 31;
const CLOSED: u32 = 1 << 30;
const POSITION: u32 = CLOSED - 1;

impl Default for Neighbour {
    /// Room for a neighbour.
    fn default() -> Self {
        Neighbour { place: POSITION, key: PairKey::from_bytes(&[0; 32]) }
    }
}

impl Neighbour {
    /// Largest number of meters of a roster: a position takes 30 bits.
    pub const MAX_METERS: u32 = POSITION;

    pub(crate) fn new(
        position: u32,
        view: &EpochView,
        me: PartyId,
        secret: &LinkSecret,
        member: &Member,
    ) -> Result<Self, Error> {
        let key = secret.pair_key(Label::DcnetPair, view.context(), me, &member.peer(), &[])?;
        Ok(Neighbour { place: position & POSITION, key })
    }

    pub(crate) fn position(&self) -> u32 {
        self.place & POSITION
    }

    /// Room that nobody has taken: no roster has this position, so no Open and no Close names it.
    pub(crate) fn is_vacant(&self) -> bool {
        self.position() == POSITION
    }

    pub(crate) fn key(&self) -> &PairKey {
        &self.key
    }

    pub(crate) fn key_mut(&mut self) -> &mut PairKey {
        &mut self.key
    }

    /// Position and flags, for stored state.
    pub(crate) fn place(&self) -> u32 {
        self.place
    }

    /// From stored state.
    pub(crate) fn restore(&mut self, place: u32, key: PairKey) {
        *self = Neighbour { place, key };
    }

    /// Named present by the round's Open.
    pub(crate) fn is_present(&self) -> bool {
        self.place & PRESENT != 0
    }

    /// In the last Close of the round, or present while there was none.
    pub(crate) fn is_closed(&self) -> bool {
        self.place & CLOSED != 0
    }

    /// A round begins.
    pub(crate) fn begin(&mut self, present: bool) {
        self.place = self.position() | if present { PRESENT | CLOSED } else { 0 };
    }

    /// A Close leaves it in or out.
    pub(crate) fn close(&mut self, inside: bool) {
        let state = if inside { CLOSED } else { 0 };
        self.place = (self.place & !CLOSED) | state;
    }
}

impl fmt::Debug for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Neighbour").field("position", &self.position()).finish_non_exhaustive()
    }
}
