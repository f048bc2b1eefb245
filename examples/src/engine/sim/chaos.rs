//! Faults without end, drawn from the network's seed.

use meter_link::PartyId;

use super::Network;

/// How often what happens: once in so many milliseconds on average, somewhere in the deployment; 0 for never.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    /// Power fails between two steps.
    pub(crate) kill: u64,
    /// Power fails between two effects of a step.
    pub(crate) crash: u64,
    /// A link is cut, for a time.
    pub(crate) cut: u64,
    /// Letters of a link take long, for a time.
    pub(crate) slow: u64,
    /// A disk is full, for a time.
    pub(crate) full: u64,
    /// A clock is set wrong, by at most `step` milliseconds, for a time.
    pub(crate) clock: u64,
    pub(crate) step: u64,
    /// For how long at most: outages and restarts.
    pub(crate) lasts: u64,
    /// Whom it may happen to; nobody named means everybody.
    pub(crate) victims: Vec<PartyId>,
    /// Of a thousand letters.
    pub(crate) duplicates: u64,
}

impl Rates {
    /// All kinds of faults, each about every `every` milliseconds, lasting up to `lasts`.
    pub(crate) fn all(every: u64, lasts: u64) -> Self {
        Self {
            kill: every,
            crash: every,
            cut: every,
            slow: every,
            full: every,
            clock: every,
            step: lasts / 10,
            lasts,
            victims: Vec::new(),
            duplicates: 10,
        }
    }
}

/// What was broken and is to be mended.
enum Wound {
    Cut,
    Slow,
    Full,
    Clock,
}

impl Network {
    /// Runs with faults until then, and heals: afterwards every link is there, every disk has room, every clock is right, and
    /// whoever is down is started.
    pub(crate) fn chaos(&mut self, rates: &Rates, until: u64) {
        let duplicates = std::mem::replace(&mut self.duplicates, rates.duplicates);
        let early = std::mem::replace(&mut self.early_wakes, 20);
        let mut wounds: Vec<(u64, PartyId, Wound)> = Vec::new();
        let means = [rates.kill, rates.crash, rates.cut, rates.slow, rates.full, rates.clock];
        let mut next = means.map(|mean| self.after(mean));
        loop {
            let fault = (0..next.len()).min_by_key(|kind| next[*kind]).unwrap();
            let heal = (0..wounds.len()).min_by_key(|place| wounds[*place].0);
            let heals_at = heal.map_or(u64::MAX, |place| wounds[place].0);
            let at = next[fault].min(heals_at);
            if at >= until {
                break;
            }
            self.run_until(at);
            if let (Some(place), true) = (heal, heals_at == at) {
                let (_, id, wound) = wounds.swap_remove(place);
                self.heal(id, &wound);
                continue;
            }
            next[fault] = self.after(means[fault]);
            let id = self.victim(rates);
            let lasts = 1 + self.draw(0..=rates.lasts);
            let wound = match fault {
                0 | 1 => {
                    self.node(id).restarts_after = Some(lasts);
                    match fault {
                        0 => self.kill(id),
                        _ => {
                            let effects = self.draw(0..=12) as u32;
                            self.kill_after(id, effects);
                        }
                    }
                    continue;
                }
                2 if id != PartyId::UTILITY => {
                    self.link(id, false);
                    Wound::Cut
                }
                3 if id != PartyId::UTILITY => {
                    self.node(id).slow = lasts;
                    Wound::Slow
                }
                4 => {
                    self.node(id).disk_full = true;
                    Wound::Full
                }
                5 => {
                    let step = self.draw(0..=rates.step) as i64;
                    self.node(id).skew = if self.draw(0..=1) == 0 { step } else { -step };
                    Wound::Clock
                }
                _ => continue,
            };
            wounds.push((self.now + lasts, id, wound));
        }
        self.run_until(until);
        for (_, id, wound) in wounds {
            self.heal(id, &wound);
        }
        for id in self.ids() {
            self.node(id).dies_in = None;
            self.node(id).restarts_after = Some(100);
            self.start(id);
        }
        (self.duplicates, self.early_wakes) = (duplicates, early);
    }

    fn heal(&mut self, id: PartyId, wound: &Wound) {
        match wound {
            Wound::Cut => self.link(id, true),
            Wound::Slow => self.node(id).slow = 0,
            Wound::Full => self.node(id).disk_full = false,
            Wound::Clock => self.node(id).skew = 0,
        }
    }

    fn victim(&mut self, rates: &Rates) -> PartyId {
        let victims = if rates.victims.is_empty() { self.ids() } else { rates.victims.clone() };
        victims[self.draw(0..=victims.len() as u64 - 1) as usize]
    }

    fn after(&mut self, mean: u64) -> u64 {
        match mean {
            0 => u64::MAX,
            _ => self.now + 1 + self.draw(0..=2 * mean),
        }
    }
}
