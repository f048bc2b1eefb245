//! What can be seen of any frame: its header.

use meter_link::frame::Flags;
use meter_link::{GroupId, Kind, PartyId, Protocol};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::role::choose;
use crate::argument::{argument, int_or};
use crate::array::filled;
use crate::error::Failure;

const PROTOCOLS: [(&str, Protocol); 6] = [
    ("dcnet", Protocol::Dcnet),
    ("shamir", Protocol::Shamir),
    ("elgamal", Protocol::Elgamal),
    ("cmt", Protocol::Cmt),
    ("ckks", Protocol::Ckks),
    ("billing", Protocol::Billing),
];

const KINDS: [(&str, Kind); 49] = [
    ("join", Kind::Join),
    ("entered", Kind::Entered),
    ("exit", Kind::Exit),
    ("repair", Kind::Repair),
    ("contribution", Kind::Contribution),
    ("answer", Kind::Answer),
    ("raw answer", Kind::RawAnswer),
    ("link key", Kind::LinkKey),
    ("roster root", Kind::RosterRoot),
    ("open", Kind::Open),
    ("close", Kind::Close),
    ("set statement", Kind::SetStatement),
    ("window query", Kind::WindowQuery),
    ("log head", Kind::LogHead),
    ("window statement", Kind::WindowStatement),
    ("licence request", Kind::LicenceRequest),
    ("licence", Kind::Licence),
    ("hello", Kind::Hello),
    ("claim", Kind::Claim),
    ("token", Kind::Token),
    ("first key", Kind::FirstKey),
    ("seat", Kind::Seat),
    ("group key", Kind::GroupKey),
    ("start", Kind::Start),
    ("delta", Kind::Delta),
    ("hand over", Kind::HandOver),
    ("lost", Kind::Lost),
    ("heal", Kind::Heal),
    ("healed", Kind::Healed),
    ("set echo", Kind::SetEcho),
    ("commitments", Kind::Commitments),
    ("echo", Kind::Echo),
    ("sealed shares", Kind::SealedShares),
    ("complaint", Kind::Complaint),
    ("confirmation", Kind::Confirmation),
    ("decryption share", Kind::DecryptionShare),
    ("proven share", Kind::ProvenShare),
    ("window share", Kind::WindowShare),
    ("key statement", Kind::KeyStatement),
    ("own key", Kind::OwnKey),
    ("ciphertext commitment", Kind::CiphertextCommitment),
    ("commitment list", Kind::CommitmentList),
    ("list statement", Kind::ListStatement),
    ("opened sum", Kind::OpenedSum),
    ("polynomial share", Kind::PolynomialShare),
    ("key commitment", Kind::KeyCommitment),
    ("key part", Kind::KeyPart),
    ("secret polynomial", Kind::SecretPolynomial),
    ("public key statement", Kind::PublicKeyStatement),
];

/// The numbers of the wire behind names.
fn numbers<'py, T: Copy>(
    py: Python<'py>,
    names: &[(&'static str, T)],
    number: fn(T) -> u8,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in names {
        dict.set_item(name, number(*value))?;
    }
    Ok(dict)
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("PROTOCOLS", numbers(py, &PROTOCOLS, |protocol| protocol as u8)?)?;
    module.add("KINDS", numbers(py, &KINDS, |kind| kind as u8)?)?;
    module.add_class::<Header>()?;
    module.add_function(wrap_pyfunction!(headers, module)?)
}

/// What the first 16 bytes of any frame say, to route, queue or count it. Nothing of it is proven: a frame is
/// checked by the role that takes it.
#[pyclass(frozen, eq, hash, module = "wattsum.link", name = "Header")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Header {
    protocol: Protocol,
    kind: Kind,
    flags: u8,
    group: u32,
    sender: u32,
    round: u32,
}

impl From<meter_link::Header> for Header {
    fn from(header: meter_link::Header) -> Self {
        let meter_link::Header { protocol, kind, flags, group, sender, round } = header;
        Header { protocol, kind, flags: flags.0, group: group.0, sender: sender.0, round: round.to_u32() }
    }
}

#[pymethods]
impl Header {
    #[new]
    #[pyo3(signature = (protocol, kind, group, sender, round, flags = None),
           text_signature = "(protocol, kind, group, sender, round, flags=0)")]
    fn new(
        protocol: &Bound<'_, PyAny>,
        kind: &Bound<'_, PyAny>,
        group: &Bound<'_, PyAny>,
        sender: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        flags: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Ok(Header {
            protocol: choose(argument("protocol", protocol), &PROTOCOLS)?,
            kind: choose(argument("kind", kind), &KINDS)?,
            flags: int_or("flags", flags, 0)?,
            group: argument("group", group).int()?,
            sender: argument("sender", sender).int()?,
            round: argument("round", round).round()?.to_u32(),
        })
    }

    /// Of a frame, or of its first 16 bytes. `MalformedError` for another protocol, version or kind than this
    /// package knows: a relay passes such frames on, as they may come from a later version.
    #[staticmethod]
    fn from_bytes(frame: &Bound<'_, PyAny>) -> PyResult<Self> {
        let frame = argument("frame", frame).bytes()?;
        Ok(meter_link::Header::parse(&frame).map_err(Failure::from)?.into())
    }

    /// The 16 bytes that a frame begins with.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let Header { protocol, kind, flags, group, sender, round } = *self;
        let (flags, group, sender) = (Flags(flags), GroupId(group), PartyId(sender));
        let header = meter_link::Header { protocol, kind, flags, group, sender, round: round.into() };
        PyBytes::new(py, &header.to_bytes())
    }

    #[getter]
    fn protocol(&self) -> &'static str {
        name(&PROTOCOLS, self.protocol)
    }

    /// What it is.
    #[getter]
    fn kind(&self) -> &'static str {
        name(&KINDS, self.kind)
    }

    /// Bit 0 where the payload carries a round's pads; bits 1 and 2 the pass of a Close or a repair, less one;
    /// bit 3 of the final Close.
    #[getter]
    fn flags(&self) -> u8 {
        self.flags
    }

    #[getter]
    fn group(&self) -> u32 {
        self.group
    }

    /// Who sends, by its own word: 0 is the utility. Of cmt contributions the first four bytes of a token, which
    /// is nobody's id.
    #[getter]
    fn sender(&self) -> u32 {
        self.sender
    }

    /// Which round. It tells the epoch: the one whose first to last round hold it.
    #[getter]
    fn round(&self) -> u32 {
        self.round
    }

    fn __getnewargs__(&self) -> (&'static str, &'static str, u32, u32, u32, u8) {
        (self.protocol(), self.kind(), self.group, self.sender, self.round, self.flags)
    }

    fn __repr__(&self) -> String {
        let Header { group, sender, round, flags, .. } = self;
        let (protocol, kind) = (self.protocol(), self.kind());
        format!("Header('{protocol}', '{kind}', {group}, {sender}, {round}, {flags})")
    }
}

fn name<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, own)| *own == value).map_or("", |(name, _)| name)
}

/// The headers of many frames: an array of their fields, protocols and kinds by the numbers of `PROTOCOLS` and
/// `KINDS`. `frames` has a row a frame, or is a sequence of frames of any length. `known` is false, and the
/// other fields are 0, where `Header.from_bytes` would refuse a frame: whoever sends one such keeps no other
/// from being looked at.
#[pyfunction]
pub(crate) fn headers<'py>(py: Python<'py>, frames: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let frames = argument("frames", frames);
    let rows: Vec<u8> = if frames.value.hasattr("dtype")? {
        let frames = frames.rows_of_bytes()?;
        py.detach(|| fields(frames.count(), frames.iter()))?
    } else {
        let heads = frames.list(|item| {
            let frame = item.bytes()?;
            Ok(frame.first_chunk::<{ meter_link::Header::LEN }>().copied())
        })?;
        fields(heads.len(), heads.iter().map(|head| head.as_ref().map_or(&[][..], |head| head)))?
    };
    let dtype = [
        ("protocol", "u1"),
        ("known", "?"),
        ("kind", "u1"),
        ("flags", "u1"),
        ("group", "<u4"),
        ("sender", "<u4"),
        ("round", "<u4"),
    ];
    let dtype = py.import("numpy")?.call_method1("dtype", (dtype.to_vec(),))?;
    PyArray1::from_vec(py, rows).call_method1("view", (dtype,))
}

/// 16 bytes a frame: those of the header, but for the version, in whose place stands whether all is known.
fn fields<'f>(count: usize, frames: impl Iterator<Item = &'f [u8]>) -> Result<Vec<u8>, Failure> {
    const LEN: usize = meter_link::Header::LEN;
    let mut rows = filled(0u8, count.checked_mul(LEN).ok_or(Failure::NoMemory)?)?;
    for (row, frame) in rows.as_chunks_mut::<LEN>().0.iter_mut().zip(frames) {
        if let Ok(header) = meter_link::Header::parse(frame) {
            *row = header.to_bytes();
            let [_, known, ..] = row;
            *known = 1;
        }
    }
    Ok(rows)
}
