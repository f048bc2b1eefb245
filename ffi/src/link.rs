//! Identities, link keys and their announcement.
#![allow(unsafe_code)] // exports

use meter_link::roster::link_key::{self, Forming};
use meter_link::{GroupId, Identity, LinkPublic, LinkSecret, PartyId, Protocol, Role, Round, Session};
use zeroize::{Zeroize, Zeroizing};

use crate::caller::{self, Place, span};
use crate::entropy;
use crate::guard::{Failure, wiping_guard};
use crate::status::wattsum_status::{self, WATTSUM_MISUSE_BAD_VALUE};

/// Bytes of a secret or public key, of entropy, of a hash.
pub const WATTSUM_KEY_LEN: usize = 32;
/// Bytes of the announcement of a link key.
pub const WATTSUM_LINK_KEY_FRAME_LEN: usize = 117;
const _: () = assert!(WATTSUM_LINK_KEY_FRAME_LEN == link_key::LEN);

/// Protocol dcnet.
pub const WATTSUM_PROTOCOL_DCNET: u8 = 1;
/// Protocol shamir.
pub const WATTSUM_PROTOCOL_SHAMIR: u8 = 2;
/// Protocol elgamal.
pub const WATTSUM_PROTOCOL_ELGAMAL: u8 = 3;
/// Protocol cmt.
pub const WATTSUM_PROTOCOL_CMT: u8 = 4;
const _: () = assert!(WATTSUM_PROTOCOL_DCNET == Protocol::Dcnet as u8);
const _: () = assert!(WATTSUM_PROTOCOL_SHAMIR == Protocol::Shamir as u8);
const _: () = assert!(WATTSUM_PROTOCOL_ELGAMAL == Protocol::Elgamal as u8);
const _: () = assert!(WATTSUM_PROTOCOL_CMT == Protocol::Cmt as u8);

/// May learn sums. Its id is 0.
pub const WATTSUM_ROLE_UTILITY: u8 = 0;
/// Holds a reading.
pub const WATTSUM_ROLE_METER: u8 = 1;
/// Helps to open sums of dcnet.
pub const WATTSUM_ROLE_HOLDER: u8 = 2;
/// Helps to open sums of shamir.
pub const WATTSUM_ROLE_AGGREGATOR: u8 = 3;
/// Helps to decrypt sums of elgamal.
pub const WATTSUM_ROLE_TRUSTEE: u8 = 4;
const _: () = assert!(WATTSUM_ROLE_UTILITY == Role::Utility as u8 && WATTSUM_ROLE_METER == Role::Meter as u8);
const _: () = assert!(WATTSUM_ROLE_HOLDER == Role::Holder as u8);
const _: () = assert!(WATTSUM_ROLE_AGGREGATOR == Role::Aggregator as u8);
const _: () = assert!(WATTSUM_ROLE_TRUSTEE == Role::Trustee as u8);

/// An epoch while it is being formed: what link keys and rosters belong to. wattsum_dcnet_forming and those of the other
/// protocols make it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_forming {
    /// Hash of protocol, group and parameters.
    pub session: [u8; 32],
    /// Which group.
    pub group: u32,
    /// Counts the epochs of the session.
    pub epoch: u32,
    /// First round of the epoch.
    pub first_round: u32,
    /// WATTSUM_PROTOCOL_...
    pub protocol: u8,
}

impl wattsum_forming {
    pub(crate) fn new(protocol: Protocol, group: u32, session: Session, epoch: u32, first: Round) -> Self {
        wattsum_forming {
            session: session.0,
            group,
            epoch,
            first_round: first.to_u32(),
            protocol: protocol as u8,
        }
    }

    pub(crate) fn to_forming(self) -> Result<Forming, Failure> {
        Ok(Forming {
            protocol: Protocol::try_from(self.protocol).map_err(|_| WATTSUM_MISUSE_BAD_VALUE)?,
            group: GroupId(self.group),
            session: Session(self.session),
            epoch: self.epoch,
            first_round: Round::from(self.first_round),
        })
    }
}

pub(crate) fn role(role: u8) -> Result<Role, Failure> {
    Ok(Role::try_from(role).map_err(|_| WATTSUM_MISUSE_BAD_VALUE)?)
}

/// The identity behind a stored secret.
pub(crate) fn identity(secret: &[u8; 32]) -> Identity {
    Identity::from_bytes(&mut Zeroizing::new(*secret))
}

/// A link secret of the caller's, which is wiped once it has done its work.
#[allow(dead_code)] // meters of elgamal have none
pub(crate) struct SpentLink(*mut u8);

#[allow(dead_code)] // as above
impl SpentLink {
    /// # Safety
    /// `secret` is NULL or points to 32 bytes that nobody else uses before [`SpentLink::wipe`].
    pub(crate) unsafe fn new(secret: *mut u8) -> Result<(LinkSecret, Self), Failure> {
        // SAFETY: our caller's promise.
        let bytes = unsafe { caller::bytes::<WATTSUM_KEY_LEN>(secret) }?;
        Ok((LinkSecret::from_bytes(&mut Zeroizing::new(*bytes)), SpentLink(secret)))
    }

    /// Refuses a place that overlaps another secret, or a place for an output: the wipe would go over them.
    #[cfg(feature = "std")]
    pub(crate) fn apart<T>(secret: *const u8, identity: *const u8, out: *const T) -> Result<(), Failure> {
        caller::apart(&[span(secret, WATTSUM_KEY_LEN), span(identity, WATTSUM_KEY_LEN), span(out, 1)])
    }

    pub(crate) fn wipe(self) {
        // SAFETY: `new` saw that the pointer is not NULL, and its caller promised the rest.
        unsafe { core::slice::from_raw_parts_mut(self.0, WATTSUM_KEY_LEN) }.zeroize();
    }
}

/// A new identity of a device, from 32 bytes of entropy. The secret is the device's for its life and nobody else's;
/// the public key is certified by the deployment before it enters a roster.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32],[secret;32],[public_key;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_identity_generate(
    entropy: *const u8,
    secret: *mut u8,
    public_key: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(secret, WATTSUM_KEY_LEN), span(public_key, WATTSUM_KEY_LEN)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (entropy, secret, public_key) = unsafe {
            (caller::bytes(entropy)?, Place::<[u8; 32]>::new(secret.cast())?, Place::new(public_key.cast())?)
        };
        let seed = entropy::secret("identity", entropy)?;
        public_key.put(identity(&seed).public().0);
        secret.put(*seed);
        Ok(())
    })
}

/// The public half of an identity's secret.
///
/// cbindgen:ptrs-as-arrays=[[secret;32],[public_key;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_identity_public(secret: *const u8, public_key: *mut u8) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(secret, WATTSUM_KEY_LEN), span(public_key, WATTSUM_KEY_LEN)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (secret, public_key) = unsafe { (caller::bytes(secret)?, Place::new(public_key.cast())?) };
        public_key.put(identity(secret).public().0);
        Ok(())
    })
}

/// A link key for one epoch, from 32 bytes of entropy. The function that makes a role takes the secret and wipes it.
/// Keep no copy, and the rounds before a ratchet step stay secret from whoever takes the device later. A device that
/// has to survive a reboot within the epoch must keep one, in protected storage, with `first_channel`: it wipes it at
/// the epoch's end, and forward secrecy is that of whole epochs.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32],[secret;32],[public_key;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_link_generate(
    entropy: *const u8,
    secret: *mut u8,
    public_key: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(secret, WATTSUM_KEY_LEN), span(public_key, WATTSUM_KEY_LEN)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (entropy, secret, public_key) = unsafe {
            (caller::bytes(entropy)?, Place::<[u8; 32]>::new(secret.cast())?, Place::new(public_key.cast())?)
        };
        let drawn = entropy::secret("link key", entropy)?;
        let mut spent = drawn.clone();
        public_key.put(LinkSecret::from_bytes(&mut spent).public().0);
        secret.put(*drawn);
        Ok(())
    })
}

/// Announces a link key of an epoch, signed by the identity: the frame goes to the utility.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_public;32],[frame;WATTSUM_LINK_KEY_FRAME_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_link_announce(
    forming: *const wattsum_forming,
    id: u32,
    role: u8,
    identity_secret: *const u8,
    link_public: *const u8,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (forming, secret, link, frame) = unsafe {
            let link = LinkPublic(*caller::bytes(link_public)?);
            (caller::one(forming)?, caller::bytes(identity_secret)?, link, Place::new(frame.cast())?)
        };
        let role = self::role(role)?;
        frame.put(link_key::announce(&forming.to_forming()?, PartyId(id), role, &identity(secret), link)?);
        Ok(())
    })
}
