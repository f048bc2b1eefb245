//! The published test vectors of what this crate is built on, through this crate's own functions where they
//! can be reached with the vectors' inputs, and otherwise through the dependency that they call.
//!
//! Ours: X25519 and HKDF inside [`LinkSecret::pair_key`], the ratchet, the ChaCha20 block on every path, the
//! frame tag. Dependencies: Ed25519 on bare messages (ours prefix theirs), HKDF with other lengths, the AEAD
//! under other nonces than ours. RFC 9496 is tested where ristretto255 is used, in threshold-elgamal; the
//! Poly1305 of frames is private and has its vectors beside it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use ed25519_dalek::{Signer, SigningKey, Verifier};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use meter_link::frame::{Expect, Flags, TaggedFrame, Writer};
use meter_link::pad::{self, Path};
use meter_link::{
    Context, GroupId, Header, Identity, Kind, Label, LinkPublic, LinkSecret, PairKey, PartyId, Peer,
    Protocol, Round, Scope,
};
use sha2::Sha256;

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

/// That two link keys agree on this X25519 result, as far as the pair key shows it.
fn agree(secret: &LinkSecret, public: [u8; 32], shared: [u8; 32]) {
    let (context, me, peer) =
        (Context([7; 32]), PartyId(1), Peer { id: PartyId(2), link: LinkPublic(public) });
    let key = secret.pair_key(Label::Frame, &context, me, &peer, &[]).unwrap();
    let mut expected = [0; 32];
    let own = secret.public().0;
    let info = [b"wattsum v1 frame" as &[u8], &1u32.to_le_bytes(), &own, &2u32.to_le_bytes(), &public];
    Hkdf::<Sha256>::new(Some(&context.0), &shared).expand_multi_info(&info, &mut expected).unwrap();
    assert_eq!(*key.to_bytes(), expected);
}

#[test]
fn rfc_7748_x25519() {
    // Section 5.2; the second coordinate has bit 255 set, which must be ignored.
    for (scalar, point, result) in [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ] {
        agree(&LinkSecret::from_bytes(&mut array(scalar)), array(point), array(result));
    }
    // Section 5.2, iterated; only the dependency gives the result itself.
    let (mut k, mut u) = ([0; 32], [0; 32]);
    (k[0], u[0]) = (9, 9);
    for n in 1..=1000 {
        (k, u) = (x25519_dalek::x25519(k, u), k);
        if n == 1 {
            assert_eq!(k, array("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
        }
    }
    assert_eq!(k, array("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
    // Section 6.1.
    let mut alice = LinkSecret::from_bytes(&mut array(
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    ));
    let mut bob = LinkSecret::from_bytes(&mut array(
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    ));
    assert_eq!(alice.public().0, array("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
    assert_eq!(bob.public().0, array("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
    for _ in 0..2 {
        agree(
            &alice,
            bob.public().0,
            array("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"),
        );
        (alice, bob) = (bob, alice);
    }
}

/// ChaCha20 blocks by this crate's kernels, as bytes; all paths must agree.
fn block(key: &[u8; 32], counter: u32, nonce: &[u8; 12]) -> Vec<u8> {
    let (round, word) = nonce.split_at(8);
    let (round, word) =
        (u64::from_le_bytes(round.try_into().unwrap()), u32::from_le_bytes(word.try_into().unwrap()));
    let key = PairKey::from_bytes(key);
    let keys = [&key; 17];
    let mut blocks = Path::ALL.into_iter().flat_map(|path| {
        let mut out = [[0; 16]; 17];
        pad::blocks_on(path, &keys, counter, round, word, &mut out);
        out
    });
    let first = blocks.next().unwrap();
    assert!(blocks.all(|block| block == first));
    first.into_iter().flat_map(u32::to_le_bytes).collect()
}

#[test]
fn rfc_8439_blocks() {
    let ascending: [u8; 32] = std::array::from_fn(|i| i as u8);
    let (zero, mut one, mut ff) = ([0; 32], [0; 32], [0; 32]);
    (one[31], ff[1]) = (1, 0xff);
    let last_two = array("000000000000000000000002");
    for (key, counter, nonce, expected) in [
        // Section 2.3.2.
        (
            &ascending,
            1,
            array("000000090000004a00000000"),
            "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e\
             d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e",
        ),
        // Appendix A.1, 1 to 5.
        (
            &zero,
            0,
            [0; 12],
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
             da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
        ),
        (
            &zero,
            1,
            [0; 12],
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed\
             29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
        ),
        (
            &one,
            1,
            [0; 12],
            "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a\
             8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0",
        ),
        (
            &ff,
            2,
            [0; 12],
            "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca\
             13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096",
        ),
        (
            &zero,
            0,
            last_two,
            "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7\
             8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d",
        ),
    ] {
        assert_eq!(block(key, counter, &nonce), bytes(expected));
    }
    // Section 2.6.2: the one-time key of Poly1305, which our tags take from block 0.
    let key: [u8; 32] = std::array::from_fn(|i| 0x80 + i as u8);
    let expected = bytes("8ad5a08b905f81cc815040274ab29471a833b637e3fd0da508dbb8e2fdd1a646");
    assert_eq!(block(&key, 0, &array("000000000001020304050607"))[..32], expected);
}

#[test]
fn rfc_8439_aead() {
    // Section 2.8.2, by the crate that seals our messages.
    let key: [u8; 32] = std::array::from_fn(|i| 0x80 + i as u8);
    let (nonce, associated) = (array::<12>("070000004041424344454647"), bytes("50515253c0c1c2c3c4c5c6c7"));
    let mut text =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
        sunscreen would be it."
            .to_vec();
    let cipher = ChaCha20Poly1305::new((&key).into());
    let tag =
        cipher.encrypt_inout_detached((&nonce).into(), &associated, text.as_mut_slice().into()).unwrap();
    let expected = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b\
        1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
        3ff4def08e4b7a9de576d26586cec64b6116";
    assert_eq!(text, bytes(expected));
    assert_eq!(tag[..], bytes("1ae10b594f09e26a7e902ecbd0600691"));
}

/// Our tag is the RFC's AEAD over no text, for payloads of every length.
#[test]
fn rfc_8439_frame_tags() {
    for len in 0..200usize {
        let key: [u8; 32] = std::array::from_fn(|i| (i * 7 + len) as u8);
        let round = Round::from(u32::MAX - len as u32);
        let sender = PartyId(len as u32 % 3);
        let kind = [Kind::Contribution, Kind::Repair, Kind::Answer][len % 3];
        let flags = Flags((len % 16) as u8);
        let header = Header { protocol: Protocol::Dcnet, kind, flags, group: GroupId(77), sender, round };
        let mut out = vec![0; Header::LEN + len + 16];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        let payload: Vec<u8> = (0..len).map(|i| (i * i + len) as u8 | 0x80).collect();
        writer.bytes(&payload).unwrap();
        let frame = writer.finish_tagged(&header, &PairKey::from_bytes(&key)).unwrap();

        let direction = u8::from(sender.0 == 0);
        let nonce = [&round.get().to_le_bytes()[..], &[kind as u8, flags.0, direction, 0]].concat();
        let nonce: [u8; 12] = nonce.try_into().unwrap();
        let (body, tag) = frame.split_at(Header::LEN + len);
        let mut nothing: [u8; 0] = [];
        let cipher = ChaCha20Poly1305::new((&key).into());
        let expected =
            cipher.encrypt_inout_detached((&nonce).into(), body, nothing.as_mut_slice().into()).unwrap();
        assert_eq!(tag, &expected[..], "{len}");
        let expect = Expect { protocol: Protocol::Dcnet, kind, group: GroupId(77), flags: flags.0 };
        let parsed = TaggedFrame::parse(frame, &expect).unwrap();
        assert_eq!(parsed.verify(&PairKey::from_bytes(&key)).unwrap().rest(), payload);
    }
}

#[test]
fn rfc_5869_hkdf() {
    let range = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    for (salt, ikm, info, okm) in [
        (
            Some(range(0, 0x0c)),
            vec![0x0b; 22],
            range(0xf0, 0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            Some(range(0x60, 0xaf)),
            range(0, 0x4f),
            range(0xb0, 0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            None,
            vec![0x0b; 22],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ] {
        let expected = bytes(okm);
        let mut out = vec![0; expected.len()];
        Hkdf::<Sha256>::new(salt.as_deref(), &ikm).expand(&info, &mut out).unwrap();
        assert_eq!(out, expected);
    }
    // The ratchet is the first block of HKDF-Expand, section 2.3: HMAC(PRK, info ‖ 1).
    let start = [0x42; 32];
    let mut key = PairKey::from_bytes(&start);
    key.ratchet();
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&start).unwrap();
    mac.update(b"wattsum v1 ratchet\x01");
    assert_eq!(key.to_bytes()[..], mac.finalize().into_bytes()[..]);
}

#[test]
fn rfc_8032_ed25519() {
    let sha_of_abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
        2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    // Section 7.1: TEST 1, 2, 3 and SHA(abc).
    for (seed, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            sha_of_abc,
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589\
             09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
    ] {
        let identity = Identity::from_bytes(&mut array(seed));
        assert_eq!(identity.public().0, array(public));
        let (signing, message) = (SigningKey::from_bytes(&array(seed)), bytes(message));
        let made = signing.sign(&message);
        assert_eq!(made.to_bytes(), array(signature));
        signing.verifying_key().verify(&message, &made).unwrap();

        // Ours signs the same message with a prefix, in parts.
        let context = Context([9; 32]);
        let whole = [b"wattsum v1 sig\0" as &[u8], &[Kind::Open as u8], &context.0, &message].concat();
        let ours = identity.sign(Kind::Open, &Scope::Context(&context), &message);
        assert_eq!(ours, signing.sign(&whole).to_bytes());
        identity.public().verify(PartyId(1), Kind::Open, &Scope::Context(&context), &message, &ours).unwrap();
    }
}
