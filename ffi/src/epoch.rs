//! From the utility's commitment to an epoch: pin the root before the beacon, then begin.
#![allow(unsafe_code)] // exports

use meter_link::frame::Writer;
use meter_link::roster::{Certified, Inclusion, List, Member, RootRecord, RosterRoot, StoredRoot};
use meter_link::{
    Epoch, EpochView, Error, Fault, GroupParams, IdentityKey, Malformed, PartyId, Round, Session,
};

use crate::caller::{self, Place};
use crate::guard::{Failure, guard, guard_blaming};
use crate::link::{role, wattsum_forming};
use crate::status::wattsum_status::{self, WATTSUM_MISUSE_BAD_VALUE};

/// Bytes of the utility's signed commitment to an epoch's lists.
pub const WATTSUM_ROOT_FRAME_LEN: usize = 160;
/// Bytes of what a party stores of it.
pub const WATTSUM_ROOT_RECORD_LEN: usize = 89;
const _: () = assert!(WATTSUM_ROOT_FRAME_LEN == RosterRoot::LEN);
const _: () = assert!(WATTSUM_ROOT_RECORD_LEN == size_of::<RootRecord>());

/// The list of utility and meters: leaf 0 is the utility, leaf 1 + p the meter at position p, ascending by id.
pub const WATTSUM_LIST_ROSTER: u8 = 0;
/// The list of answerers (holders, aggregators): leaf a - 1 is the answerer with number a.
pub const WATTSUM_LIST_ANSWERERS: u8 = 1;

/// An entry of a list: a party whose identity the application knows from its certificate, with the link key that this
/// identity has signed. wattsum_member_announced makes it, and nothing else does: an entry as the utility sends it could
/// have a link key of the utility's own, which then knows every pad.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_member {
    /// Unique over all roles; the utility's is 0.
    pub id: u32,
    /// WATTSUM_ROLE_...
    pub role: u8,
    /// Public identity key.
    pub identity: [u8; 32],
    /// Public link key of the epoch.
    pub link: [u8; 32],
}

/// Sizes and Merkle roots of an epoch's lists, as the utility gives them. They are checked against the pinned
/// commitment wherever they are used.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_lists {
    /// Meters of the roster.
    pub meters: u32,
    /// Answerers.
    pub answerers: u8,
    /// RFC 6962 root over utility and meters.
    pub roster_merkle: [u8; 32],
    /// RFC 6962 root over the answerers.
    pub answerers_merkle: [u8; 32],
}

/// A span of rounds with one roster and one set of keys. wattsum_epoch_begin makes it. All of it is public.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_epoch {
    /// Hash of protocol, group and parameters.
    pub session: [u8; 32],
    /// Commitment to utility and meters.
    pub roster_root: [u8; 32],
    /// Commitment to the answerers.
    pub answerers_root: [u8; 32],
    /// Public randomness.
    pub beacon: [u8; 32],
    /// Counts the epochs of the session.
    pub epoch: u32,
    /// First round.
    pub first_round: u32,
    /// Last round, included.
    pub last_round: u32,
}

impl wattsum_member {
    pub(crate) fn new(member: &Member) -> Self {
        let Member { id, role, identity, link, .. } = *member;
        wattsum_member { id: id.0, role: role as u8, identity: identity.0, link: link.0 }
    }

    /// What wattsum_member_announced made, and the caller has kept.
    pub(crate) fn to_member(self) -> Result<Member, Failure> {
        role(self.role)?;
        let mut leaf = [0u8; Member::LEAF_LEN];
        let mut writer = Writer::new(&mut leaf);
        writer.u32(self.id)?;
        writer.u8(self.role)?;
        writer.bytes(&self.identity)?;
        writer.bytes(&self.link)?;
        Ok(Member::from_kept_leaf(&leaf)?)
    }
}

impl wattsum_epoch {
    pub(crate) fn to_epoch(self) -> Epoch {
        Epoch {
            session: Session(self.session),
            epoch: self.epoch,
            first_round: Round::from(self.first_round),
            last_round: Round::from(self.last_round),
            roster_root: self.roster_root,
            answerers_root: self.answerers_root,
            beacon: self.beacon,
        }
    }

    #[cfg(feature = "dcnet")]
    pub(crate) fn context(&self) -> meter_link::Context {
        self.to_epoch().context()
    }

    /// What every party of the epoch knows, where the lists are those that were committed to.
    pub(crate) fn view(
        &self,
        group: &GroupParams,
        lists: &wattsum_lists,
        utility: &wattsum_member,
    ) -> Result<EpochView, Failure> {
        let answerers = List::Answerers.commit(lists.answerers.into(), &lists.answerers_merkle);
        if lists.commit_roster()? != self.roster_root || answerers != self.answerers_root {
            return Err(Fault::BadProof.of(PartyId::UTILITY).into());
        }
        let utility = utility.to_member()?;
        Ok(EpochView::new(group, &self.to_epoch(), &utility, lists.meters, lists.answerers)?)
    }
}

impl wattsum_lists {
    fn leaves(&self, list: List) -> Result<u32, Failure> {
        match list {
            List::Roster => self.meters.checked_add(1).ok_or(WATTSUM_MISUSE_BAD_VALUE.into()),
            List::Answerers => Ok(self.answerers.into()),
        }
    }

    fn commit_roster(&self) -> Result<[u8; 32], Failure> {
        Ok(List::Roster.commit(self.leaves(List::Roster)?, &self.roster_merkle))
    }
}

pub(crate) fn list(list: u8) -> Result<List, Failure> {
    match list {
        WATTSUM_LIST_ROSTER => Ok(List::Roster),
        WATTSUM_LIST_ANSWERERS => Ok(List::Answerers),
        _ => Err(WATTSUM_MISUSE_BAD_VALUE.into()),
    }
}

/// Checks the utility's commitment to the lists of an epoch, and makes the record that pins it. Store the record
/// before the beacon is published. `now` is the time in Unix seconds.
///
/// `pinned` is the last record stored for the session, of this or an EARLIER epoch; NULL only if there never was one.
/// Without it, epochs that overlap are not seen, and a round could be summed in both, over sets that differ.
///
/// A commitment that comes at or after its beacon's time is refused: rosters could otherwise be chosen to fit.
///
/// cbindgen:ptrs-as-arrays=[[utility_identity;32],[record;WATTSUM_ROOT_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_root_accept(
    forming: *const wattsum_forming,
    utility_identity: *const u8,
    now: u64,
    pinned: *const u8,
    frame: *const u8,
    frame_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (forming, utility, pinned, frame, record) = unsafe {
            let pinned = if pinned.is_null() { None } else { Some(caller::bytes(pinned)?) };
            let utility = IdentityKey(*caller::bytes(utility_identity)?);
            let record = Place::<RootRecord>::new(record.cast())?;
            (caller::one(forming)?.to_forming()?, utility, pinned, caller::lent(frame, frame_len)?, record)
        };
        let pinned = pinned.map(StoredRoot::from_bytes).transpose()?;
        let prepared = StoredRoot::accept(frame, &forming, &utility, now, pinned.as_ref())?;
        record.put(prepared.record().try_into().map_err(|_| Error::from(Malformed::BadRecord))?);
        Ok(())
    })
}

/// The epoch, once its beacon is out: from the stored record of its root.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ROOT_RECORD_LEN],[beacon;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_epoch_begin(
    forming: *const wattsum_forming,
    record: *const u8,
    beacon: *const u8,
    now: u64,
    epoch: *mut wattsum_epoch,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (forming, record, beacon, place) = unsafe {
            let forming = caller::one(forming)?.to_forming()?;
            (forming, caller::bytes(record)?, caller::bytes(beacon)?, Place::new(epoch)?)
        };
        let epoch = StoredRoot::from_bytes(record)?.epoch(&forming, *beacon, now)?;
        place.put(wattsum_epoch {
            session: epoch.session.0,
            roster_root: epoch.roster_root,
            answerers_root: epoch.answerers_root,
            beacon: epoch.beacon,
            epoch: epoch.epoch,
            first_round: epoch.first_round.to_u32(),
            last_round: epoch.last_round.to_u32(),
        });
        Ok(())
    })
}

/// The entry of a party from its announcement, which the utility or anybody passes on. `identity_public` is the party's
/// by its certificate, which the application has checked.
///
/// cbindgen:ptrs-as-arrays=[[identity_public;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_member_announced(
    forming: *const wattsum_forming,
    id: u32,
    role: u8,
    identity_public: *const u8,
    announcement: *const u8,
    announcement_len: usize,
    member: *mut wattsum_member,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (forming, identity, frame, place) = unsafe {
            let identity = IdentityKey(*caller::bytes(identity_public)?);
            let frame = caller::lent(announcement, announcement_len)?;
            (caller::one(forming)?.to_forming()?, identity, frame, Place::new(member)?)
        };
        let party = Certified { id: PartyId(id), role: self::role(role)?, identity };
        place.put(wattsum_member::new(&Member::announced(&party, frame, &forming)?));
        Ok(())
    })
}

/// Whether a member stands at a place of an epoch's list. A meter asks this of the utility's entry, of every answerer
/// and of every neighbour before it makes keys with them. `path` holds `hashes` hashes of 32 bytes, from the leaf
/// upwards, as the utility sends them. It asks the same of its OWN entry, at index 1 + its position.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_member_verify(
    epoch: *const wattsum_epoch,
    lists: *const wattsum_lists,
    list: u8,
    index: u32,
    member: *const wattsum_member,
    path: *const u8,
    hashes: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (epoch, lists, member, path) = unsafe {
            let path = caller::lent(path.cast::<[u8; 32]>(), hashes)?;
            (caller::one(epoch)?, caller::one(lists)?, caller::one(member)?.to_member()?, path)
        };
        let list = self::list(list)?;
        let (merkle_root, committed) = match list {
            List::Roster => (lists.roster_merkle, &epoch.roster_root),
            List::Answerers => (lists.answerers_merkle, &epoch.answerers_root),
        };
        Ok(Inclusion { index, count: lists.leaves(list)?, merkle_root, path }
            .verify(&member, list, committed)?)
    })
}
