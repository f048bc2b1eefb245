//! Tokens: what a member of a ring is called before the supplier.

use core::fmt;

use meter_link::PartyId;
#[cfg(feature = "alloc")]
use meter_link::{EpochView, LinkPublic};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 16 random bytes that the concentrator issues to a member for one generation and tells the supplier, who
/// does not learn whose they are. The first four stand in headers where other protocols have an id.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; Token::LEN]);

impl Token {
    /// Bytes of a token.
    pub const LEN: usize = 16;

    /// A fresh token whose first four bytes are not all zero, which would be the supplier's id.
    pub fn draw<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0u8; Self::LEN];
        loop {
            rng.fill_bytes(&mut bytes);
            let token = Token(bytes);
            if token.sender() != PartyId::UTILITY {
                bytes.zeroize();
                return token;
            }
        }
    }

    /// From received bytes.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Token(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// What headers carry: the first four bytes, as a little-endian number.
    pub const fn sender(&self) -> PartyId {
        let [a, b, c, d, ..] = self.0;
        PartyId(u32::from_le_bytes([a, b, c, d]))
    }
}

/// Whether the supplier can make a token's key from this link key. Reduced, since one key in two forms could
/// pass for two.
#[cfg(feature = "alloc")]
pub(crate) fn link_gives_key(view: &EpochView, link: &LinkPublic) -> bool {
    link.is_canonical() && !link.is_low_order() && *link != view.utility().link
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.sender()).finish()
    }
}
