"""Wire version 1 in plain Python, written from docs/wire.md and not from the Rust code.

Slow and obvious. Curve arithmetic, ChaCha20 and HKDF come from the reference modules (see make_wire_vectors.py);
Ed25519, Poly1305, Merkle trees and all layouts are here. `selftest` checks the former against their RFCs.
"""
import hashlib
import hmac

import primitives as c

FIELD64 = 2**64 - 2**32 + 1
UTILITY, METER, HOLDER, AGGREGATOR, TRUSTEE = range(5)
REPAIR, CONTRIBUTION, ANSWER, RAW_ANSWER, LINK_KEY, ROSTER_ROOT, OPEN, CLOSE = 4, 5, 6, 7, 16, 17, 18, 19
SET_STATEMENT, WINDOW_QUERY, LOG_HEAD, WINDOW_STATEMENT, DELTA, DECRYPTION_SHARE, PROVEN_SHARE, WINDOW_SHARE = 20, 21, 22, 23, 41, 53, 54, 55
COMMITMENTS, ECHO, SEALED_SHARES, COMPLAINT, CONFIRMATION = range(48, 53)
KEY_STATEMENT, OWN_KEY = 56, 57
PROTOCOLS = {1: "Dcnet", 2: "Shamir", 3: "Elgamal", 4: "Cmt", 5: "Ckks", 6: "Billing"}
ROLES = {0: "Utility", 1: "Meter", 2: "Holder", 3: "Aggregator", 4: "Trustee"}
KINDS = {1: "Join", 2: "Entered", 3: "Exit", 4: "Repair", 5: "Contribution", 6: "Answer", 7: "RawAnswer", 16: "LinkKey",
         17: "RosterRoot", 18: "Open", 19: "Close", 20: "SetStatement", 21: "WindowQuery", 22: "LogHead", 23: "WindowStatement",
         32: "LicenceRequest", 33: "Licence", 34: "Hello", 35: "Claim", 36: "Token", 37: "FirstKey", 38: "Seat", 39: "GroupKey", 40: "Start", 41: "Delta", 42: "HandOver", 43: "Lost", 44: "Heal", 45: "Healed", 46: "SetEcho", 48: "Commitments", 49: "Echo", 50: "SealedShares",
         51: "Complaint", 52: "Confirmation", 53: "DecryptionShare", 54: "ProvenShare", 55: "WindowShare", 56: "KeyStatement", 57: "OwnKey",
         64: "CiphertextCommitment", 65: "CommitmentList", 66: "ListStatement", 67: "OpenedSum", 68: "PolynomialShare",
         69: "KeyCommitment", 70: "KeyPart", 71: "SecretPolynomial", 72: "PublicKeyStatement"}
TRANSMISSION, FINAL = 1, 8
DCNET_ROUND, SHAMIR_ROUND, SHAMIR_WINDOW, ELGAMAL_ROUND, ELGAMAL_WINDOW = 1, 2, 3, 4, 5
AGREED, BOUND, STATEMENT, RAW = range(4)


def le(value, size):
    return value.to_bytes(size, "little")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac256(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


# --- Ed25519, RFC 8032 section 5.1 -----------------------------------------------------------------------
def _sha512(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def edwards(point):
    x, y, z, _ = point
    inverse = pow(z, c.P - 2, c.P)
    return le(y * inverse % c.P | (x * inverse % c.P & 1) << 255, 32)


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    return int.from_bytes(digest[:32], "little") & ~7 & (1 << 254) - 1 | 1 << 254, digest[32:]


def identity_key(seed):
    return edwards(c.point_mul(_expand(seed)[0], c.BASE))


def ed25519_sign(seed, message):
    a, prefix = _expand(seed)
    r = _sha512(prefix, message) % c.Q
    big_r = edwards(c.point_mul(r, c.BASE))
    k = _sha512(big_r, edwards(c.point_mul(a, c.BASE)), message)
    return big_r + le((r + k * a) % c.Q, 32)


# --- ChaCha20-Poly1305, RFC 8439 -------------------------------------------------------------------------
def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(message), 16):
        block = message[i:i + 16]
        total = (total + int.from_bytes(block + b"\1", "little")) * r % (2**130 - 5)
    return le((total + int.from_bytes(key[16:], "little")) % 2**128, 16)


def _padded(data):
    return data + bytes(-len(data) % 16)


def aead(key, nonce, associated, plaintext):
    """(ciphertext, tag)"""
    stream = b"".join(c.chacha20_block(key, 1 + i, nonce) for i in range((len(plaintext) + 63) // 64))
    text = bytes(a ^ b for a, b in zip(plaintext, stream))
    one_time = c.chacha20_block(key, 0, nonce)[:32]
    return text, poly1305(one_time, _padded(associated) + _padded(text) + le(len(associated), 8) + le(len(text), 8))


# --- frames ----------------------------------------------------------------------------------------------
def header(protocol, kind, flags, group, sender, round_, version=1):
    return bytes([protocol, version, kind, flags]) + le(group, 4) + le(sender, 4) + le(round_, 4)


def sign(seed, kind, scope, body):
    """scope: the context, or session ‖ epoch u32 for kinds 16 and 17"""
    return ed25519_sign(seed, b"wattsum v1 sig\0" + bytes([kind]) + scope + body)


def signed(seed, scope, head, payload):
    return head + payload + sign(seed, head[2], scope, head + payload)


def tag(key, body):
    sender, round_ = int.from_bytes(body[8:12], "little"), int.from_bytes(body[12:16], "little")
    nonce = le(round_, 8) + bytes([body[2], body[3], sender == 0, 0])
    return aead(key, nonce, body, b"")[1]


def tagged(key, head, payload):
    return head + payload + tag(key, head + payload)


def query_key(key, context, round_, kind, digest, quorum):
    return hmac256(key, b"wattsum v1 answer", context, le(round_, 8), bytes([kind]), digest, bytes([len(quorum), *quorum]))


def elements(values):
    return b"".join(le(v % FIELD64, 8) for v in values)


def seal(key, head, receiver, message):
    sender, round_ = int.from_bytes(head[8:12], "little"), int.from_bytes(head[12:16], "little")
    nonce = le(round_, 8) + le(head[2] + (sender > receiver) * 2**31, 4)
    text, mac = aead(key, nonce, head, message)
    return text + mac


# --- sets, quorums ---------------------------------------------------------------------------------------
def bitmap(total, members):
    bits = sum(1 << p for p in members)
    return b"\1" + le(bits, (total + 7) // 8)


def all_but(total, absent):
    width = 2 if total <= 65536 else 4
    return b"\2" + le(len(absent), width) + b"".join(le(p, width) for p in absent)


def set_bytes(total, absent):
    if not absent:
        return b"\0"
    listed, gone = all_but(total, sorted(absent)), set(absent)
    marked = bitmap(total, [p for p in range(total) if p not in gone])
    return listed if len(listed) < len(marked) else marked


def set_digest(commitment, ids):
    return sha256(b"wattsum v1 set", commitment, le(len(ids), 4), *(le(i, 4) for i in sorted(ids)))


def window_sets_digest(first, last, digests):
    """digests: {round: set digest}"""
    return sha256(b"wattsum v1 window sets", le(first, 4), le(last, 4), le(len(digests), 4),
                  *(le(round_, 4) + digests[round_] for round_ in sorted(digests)))


def window_digest(commitment, first, last, sets_digest, ids):
    return sha256(b"wattsum v1 window", commitment, le(first, 4), le(last, 4), sets_digest, le(len(ids), 4),
                  *(le(i, 4) for i in sorted(ids)))


def mask(answerers, numbers):
    return le(sum(1 << a - 1 for a in numbers), (answerers + 7) // 8)


# --- roster ----------------------------------------------------------------------------------------------
def leaf(id_, role, identity, link):
    return le(id_, 4) + bytes([role]) + identity + link


def _split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def merkle_root(leaves):
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return sha256(b"\0", leaves[0])
    k = _split(len(leaves))
    return sha256(b"\1", merkle_root(leaves[:k]), merkle_root(leaves[k:]))


def merkle_path(leaves, index):
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return merkle_path(leaves[:k], index) + [merkle_root(leaves[k:])]
    return merkle_path(leaves[k:], index - k) + [merkle_root(leaves[:k])]


def commitment(label, count, root):
    return sha256(b"wattsum v1 " + label, le(count, 4), root)


# --- keys and records ------------------------------------------------------------------------------------
def group_bytes(p):
    return (le(p["origin"], 8) + le(p["period"], 4) + le(p["channels"], 2) + le(p["max_reading"], 8) + le(p["max_meters"], 4)
            + le(p["min_honest"], 4) + le(p["max_colluding"], 4) + le(p["max_missing"], 2) + le(p["rounds_per_step"], 4))


def session(protocol, group, parameters):
    return sha256(b"wattsum v1 session", bytes([protocol, 1]), le(group, 4), parameters)


def context(session_, epoch, first, last, roster, answerers, beacon):
    return sha256(b"wattsum v1 epoch", session_, le(epoch, 4), le(first, 8), le(last, 8), roster, answerers, beacon)


def pair_key(label, context_, mine, theirs, psk=b""):
    """mine, theirs = (id, link secret or None, link public)"""
    lo, hi = sorted((mine, theirs), key=lambda party: party[0])
    info = b"wattsum v1 " + label + le(lo[0], 4) + lo[2] + le(hi[0], 4) + hi[2]
    return c.hkdf(context_, c.x25519(mine[1], theirs[2]) + psk, info, 32)


def ratchet(key):
    return hmac256(key, b"wattsum v1 ratchet\1")


def record(body):
    return body + sha256(b"wattsum v1 record", body)[:4]


class Log:
    """An answerer's log: `append` gives the record of an entry."""

    def __init__(self, context_, id_):
        self.entries, self.head = 0, sha256(b"wattsum v1 log", context_, le(id_, 4))

    def append(self, form, kind, round_, digest, told=b""):
        entry = bytes([form, kind]) + le(self.entries, 4) + le(round_, 4) + digest + (sha256(told) if told else bytes(32))
        self.entries, self.head = self.entries + 1, sha256(b"wattsum v1 log", self.head, entry)
        return record(b"\7" + entry + self.head)


def selftest():
    c.selftest()
    for seed, public, message, signature in (  # RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc)
            ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
             "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
             "4655141438e7a100b"),
            ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
             "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
             "eb00d291612bb0c00"),
            ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
             "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
             "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28"
             "dc027beceea1ec40a"),
            ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
             "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", hashlib.sha512(b"abc").hexdigest(),
             "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17"
             "ad9bef1177331a704")):
        assert identity_key(bytes.fromhex(seed)).hex() == public
        assert ed25519_sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature
    # RFC 8439, sections 2.5.2 and 2.8.2
    key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    assert poly1305(key, b"Cryptographic Forum Research Group").hex() == "a8061dc1305136c6c22b8baf0c0127a9"
    text, mac = aead(bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647"),
                     bytes.fromhex("50515253c0c1c2c3c4c5c6c7"),
                     b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                     b"sunscreen would be it.")
    assert text.hex().startswith("d31a8d34648e60db7b86afbc53ef7ec2") and mac.hex() == "1ae10b594f09e26a7e902ecbd0600691"
    # RFC 6962: roots of the Certificate Transparency reference tree for 1, 2 and 8 leaves
    inputs = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f")]
    for n, root in ((1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
                    (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
                    (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")):
        assert merkle_root(inputs[:n]).hex() == root
