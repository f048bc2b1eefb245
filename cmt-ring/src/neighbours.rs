//! Who is next to a member of a ring, or what the member has of each of them.

/// Of a member's ring neighbours: roster positions, entries, or links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbours<T = u32> {
    /// Of who sends δ to this meter.
    pub predecessor: T,
    /// Of who gets δ from this meter.
    pub successor: T,
    /// Of the two who do so in the second ring, two places away.
    pub second: Option<(T, T)>,
}

impl<T> Neighbours<T> {
    /// The same of something else.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Neighbours<U> {
        Neighbours {
            predecessor: f(self.predecessor),
            successor: f(self.successor),
            second: self.second.map(|(before, after)| (f(before), f(after))),
        }
    }

    /// The same of something else, if there is that of all.
    ///
    /// # Errors
    /// The first of `f`.
    pub fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<Neighbours<U>, E> {
        let (predecessor, successor) = (f(self.predecessor)?, f(self.successor)?);
        let second = match self.second {
            Some((before, after)) => Some((f(before)?, f(after)?)),
            None => None,
        };
        Ok(Neighbours { predecessor, successor, second })
    }

    pub(crate) fn each_ref(&self) -> Neighbours<&T> {
        let second = self.second.as_ref().map(|(before, after)| (before, after));
        Neighbours { predecessor: &self.predecessor, successor: &self.successor, second }
    }
}
