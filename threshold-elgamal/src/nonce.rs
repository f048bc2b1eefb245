//! Blindings and proof nonces, hedged: as good as the better of the random generator and the device's secret.

use core::fmt;

use curve25519_dalek::scalar::Scalar;
use meter_link::{Context, Identity, Kind, PartyId, Round, Scope};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What a device mixes into every nonce beside fresh random bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct DeviceSecret([u8; Identity::SIGNATURE_LEN]);

impl DeviceSecret {
    /// A signature that never leaves the device, over a body that no frame has (its first byte would be a
    /// protocol number): RFC 8032 signatures are deterministic, and nobody else can make this one.
    pub(crate) fn new(identity: &Identity, context: &Context) -> Self {
        let scope = Scope::Context(context);
        DeviceSecret(identity.sign(Kind::Contribution, &scope, b"wattsum v1 elgamal device secret"))
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(..)")
    }
}

/// Everything that a channel's nonces depend on.
pub(crate) struct Nonces<'a> {
    pub(crate) secret: &'a DeviceSecret,
    pub(crate) random: Zeroizing<[u8; 32]>,
    pub(crate) context: &'a Context,
    /// Hash of the key set: another group key is another challenge for the same nonce.
    pub(crate) key_set: &'a [u8; 32],
    pub(crate) id: PartyId,
    pub(crate) round: Round,
    pub(crate) channel: u16,
    /// None where the nonces are made before it is known.
    pub(crate) reading: Option<i64>,
}

/// What a nonce is for.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Blinding,
    OfBlinding,
    OfReading,
    #[cfg(feature = "range")]
    OfRange,
}

impl Nonces<'_> {
    fn label(&self, purpose: Use) -> &'static [u8] {
        match (purpose, self.reading.is_some()) {
            (Use::Blinding, true) => b"wattsum v1 elgamal blinding",
            (Use::OfBlinding, true) => b"wattsum v1 elgamal nonce r",
            (Use::OfReading, true) => b"wattsum v1 elgamal nonce m",
            #[cfg(feature = "range")]
            (Use::OfRange, true) => b"wattsum v1 elgamal nonce range",
            (Use::Blinding, false) => b"wattsum v1 elgamal prepared blinding",
            (Use::OfBlinding, false) => b"wattsum v1 elgamal prepared nonce r",
            (Use::OfReading, false) => b"wattsum v1 elgamal prepared nonce m",
            #[cfg(feature = "range")]
            (Use::OfRange, false) => b"wattsum v1 elgamal prepared nonce range",
        }
    }

    /// `SHA-512(label ‖ secret ‖ 32 RNG bytes ‖ context ‖ key set 32 ‖ id u32 ‖ round u64 ‖ channel u16 ‖
    /// reading i64) mod q`, without the reading in nonces that are made beforehand.
    pub(crate) fn scalar(&self, purpose: Use) -> Zeroizing<Scalar> {
        let mut hash = Sha512::new();
        hash.update(self.label(purpose));
        hash.update(self.secret.0.as_slice());
        hash.update(self.random.as_slice());
        hash.update(self.context.as_bytes());
        hash.update(self.key_set);
        hash.update(self.id.0.to_le_bytes());
        hash.update(self.round.get().to_le_bytes());
        hash.update(self.channel.to_le_bytes());
        if let Some(reading) = self.reading {
            hash.update(reading.to_le_bytes());
        }
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator that always gives the same must not give two readings one blinding.
    #[test]
    fn everything_counts() {
        let secret = |seed| DeviceSecret::new(&Identity::from_bytes(&mut [seed; 32]), &Context([9; 32]));
        let (mine, theirs) = (secret(1), secret(2));
        let base = |secret| Nonces {
            secret,
            random: Zeroizing::new([0; 32]),
            context: &Context([9; 32]),
            key_set: &[5; 32],
            id: PartyId(1),
            round: Round::from(7),
            channel: 0,
            reading: Some(100),
        };
        let all = [
            base(&mine),
            base(&theirs),
            Nonces { random: Zeroizing::new([1; 32]), ..base(&mine) },
            Nonces { context: &Context([8; 32]), ..base(&mine) },
            Nonces { key_set: &[4; 32], ..base(&mine) },
            Nonces { id: PartyId(2), ..base(&mine) },
            Nonces { round: Round::from(8), ..base(&mine) },
            Nonces { channel: 1, ..base(&mine) },
            Nonces { reading: Some(101), ..base(&mine) },
            Nonces { reading: None, ..base(&mine) },
        ];
        let uses = [Use::Blinding, Use::OfBlinding, Use::OfReading];
        let scalars: alloc::vec::Vec<_> =
            all.iter().flat_map(|n| uses.map(|purpose| n.scalar(purpose).to_bytes())).collect();
        for (i, a) in scalars.iter().enumerate() {
            assert!(scalars[..i].iter().all(|b| a != b), "{i}");
        }
        assert_eq!(base(&mine).scalar(Use::Blinding), base(&mine).scalar(Use::Blinding));
    }
}
