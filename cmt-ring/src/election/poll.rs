//! An election, as one meter sees it.

use core::fmt;

use meter_link::set::Members;
use meter_link::{Epoch, EpochView, Fault as LinkFault, Identity, Round};

use super::{Hello, Roll};
use crate::error::{Error, Fault};
use crate::generation::{Generation, Latest};
use crate::meter::Meter;
use crate::order::{Entry, Order};

/// Who is there for one generation, and whom the draw makes its concentrator. For a meter that may claim; a device without a
/// heap sends its [`Meter::hello`] and follows a claim.
pub struct Election {
    view: EpochView,
    least: u32,
    me: u32,
    latest: Latest,
    generation: Generation,
    from: Round,
    tries: u8,
    /// Deadlines that are left to whom the meter waits for: to all others, then to the one that is drawn.
    left: u8,
    heard: Members,
    /// Those that were drawn and did not claim.
    silent: Members,
    drawn: Option<u32>,
    /// Those that the caller takes out.
    barred: Members,
    hello: [u8; Hello::LEN],
}

/// Whom the draw makes concentrator of these members in a generation. At the end of a term a member that is drawn of the
/// present members for the next generation claims it, whether or not the role is handed over: otherwise a concentrator could hand
/// over a later generation, whose draw suits it.
///
/// # Errors
/// [`Error::Quorum`] for nobody.
pub fn drawn(epoch: &Epoch, generation: Generation, members: &Members) -> Result<u32, Error> {
    let have = members.count();
    let none = Error::Quorum { have, need: 1 };
    if have == 0 {
        return Err(none);
    }
    let rank = Order::new(epoch, generation, have).rank(0)?;
    members.positions().nth(rank as usize).ok_or(none)
}

/// What a Hello says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Its sender is there, which was not known.
    New,
    /// Its sender was known to be there.
    Known,
    /// Its sender is there for a later generation, or one that begins in another round: an election of that one may be opened
    /// instead, if enough say so.
    Elsewhere(Generation, Round),
    /// Its sender asks who is concentrator. Whoever is sends its Claim frame again.
    Discovery,
}

/// What to do at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not everybody has been heard, and there are tries left: send the Hello again.
    Repeat,
    /// The draw makes this meter concentrator: [`Meter::claim`] with [`Election::members`].
    Claim,
    /// The draw makes the meter at this position concentrator: wait for its claim.
    Await(u32),
    /// Too few are there for a ring. Hellos begin again.
    TooFew {
        /// How many are there, this meter too.
        have: u32,
        /// How many it takes.
        need: u32,
    },
}

impl Election {
    /// Opens the election of a generation from round `from` on. Each other meter, and later each that is drawn, has `tries`
    /// deadlines to be heard.
    ///
    /// # Errors
    /// As [`Meter::hello`]; [`meter_link::Misuse::BadParameter`] for no try.
    pub fn open<const C: usize>(
        meter: &Meter<C>,
        identity: &Identity,
        me: &Entry,
        now: Round,
        from: Round,
        generation: Generation,
        tries: u8,
    ) -> Result<Self, Error> {
        if tries == 0 {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        let hello = meter.hello(identity, me, now, from, generation)?;
        let view = meter.view;
        let mut heard = Members::none(view.meters());
        heard.set(me.position, true);
        Ok(Election {
            view,
            least: meter.params.min_ring(),
            me: me.position,
            latest: meter.latest,
            generation,
            from,
            tries,
            left: tries,
            heard,
            silent: Members::none(view.meters()),
            drawn: None,
            barred: Members::none(view.meters()),
            hello,
        })
    }

    /// The Hello frame, for all around.
    pub fn hello(&self) -> &[u8; Hello::LEN] {
        &self.hello
    }

    /// Which generation it is about.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The generation's first round.
    pub fn from(&self) -> Round {
        self.from
    }

    /// Takes a Hello frame of the meter `sender`.
    ///
    /// # Errors
    /// As [`Hello::verify`]; [`Fault`] blaming the sender: [`Fault::BadLicence`] for one that is void,
    /// [`Fault::WrongGeneration`] for a generation that is past or too far ahead. Nothing has changed then.
    pub fn hear(&mut self, now: Round, roll: &Roll, sender: &Entry, frame: &[u8]) -> Result<Heard, Error> {
        let hello = Hello::verify(&self.view, now, sender, frame)?;
        let id = sender.member.id;
        if !roll.holds(sender.position, &hello.licence) {
            return Err(Fault::BadLicence.of(id));
        }
        if hello.generation == Hello::DISCOVERY {
            return Ok(Heard::Discovery);
        }
        if (hello.generation, hello.from) == (self.generation, self.from) {
            let known = self.heard.contains(sender.position);
            self.heard.set(sender.position, true);
            return Ok(if known { Heard::Known } else { Heard::New });
        }
        if hello.generation < self.generation {
            return Err(Fault::WrongGeneration.of(id));
        }
        if hello.generation == self.generation && hello.from < self.from {
            return Err(LinkFault::WrongRound.of(id).into());
        }
        if !self.latest.admits(&self.view, hello.generation, hello.from) {
            return Err(Fault::WrongGeneration.of(id));
        }
        Ok(Heard::Elsewhere(hello.generation, hello.from))
    }

    /// Takes a meter out, as one whose ring did not form, say: it is not drawn, nor a member of what this meter claims.
    pub fn leave_out(&mut self, position: u32) {
        if position != self.me {
            self.barred.set(position, true);
        }
    }

    /// Who would be in the ring: those that were heard, but for those that were drawn in vain.
    pub fn members(&self) -> Members {
        self.heard.without(&self.silent).without(&self.barred)
    }

    /// Whom the draw makes concentrator of those that were heard, if they are enough.
    ///
    /// # Errors
    /// [`Error::Quorum`] if they are not.
    pub fn drawn(&self) -> Result<u32, Error> {
        let members = self.members();
        let (have, need) = (members.count(), self.least);
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        drawn(self.view.epoch(), self.generation, &members)
    }

    /// The caller's deadline has passed without a claim to this generation that this meter follows. (A claim to a later one
    /// is no reason to stop: this one's precedes.)
    ///
    /// # Errors
    /// None in practice.
    pub fn deadline(&mut self) -> Result<Verdict, Error> {
        let everybody = self.heard.count() == self.view.meters();
        if self.drawn.is_none() && !everybody {
            self.left = self.left.saturating_sub(1);
            if self.left > 0 {
                return Ok(Verdict::Repeat);
            }
        }
        // Whoever is waited for, and not drawn any more since others were heard, has its tries again later.
        let mut drawn = self.drawn();
        if let (Some(before), Ok(now)) = (self.drawn, &drawn)
            && before == *now
            && before != self.me
        {
            self.left = self.left.saturating_sub(1);
            if self.left > 0 {
                return Ok(Verdict::Await(before));
            }
            self.silent.set(before, true);
            drawn = self.drawn();
        }
        match drawn {
            Ok(position) => {
                self.drawn = Some(position);
                self.left = self.tries;
                Ok(if position == self.me { Verdict::Claim } else { Verdict::Await(position) })
            }
            Err(Error::Quorum { have, need }) => {
                self.drawn = None;
                self.left = self.tries;
                self.silent = Members::none(self.view.meters());
                Ok(Verdict::TooFew { have, need })
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Election {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Election");
        out.field("generation", &self.generation).field("heard", &self.heard.count());
        out.finish_non_exhaustive()
    }
}
