//! The functions that a header declares, as far as a call needs them.

/// A function that returns a status.
pub(super) struct Prototype {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
}

pub(super) struct Parameter {
    pub(super) name: String,
    /// As a cast has it.
    pub(super) kind: String,
    pub(super) pointer: bool,
}

impl Parameter {
    /// What a pointer points to.
    pub(super) fn target(&self) -> &str {
        self.kind.trim_start_matches("const ").trim_end_matches('*').trim_end()
    }

    fn new(text: &str) -> Self {
        let (declared, array) = text.split_once('[').map_or((text, false), |(before, _)| (before, true));
        let (kind, name) = declared.split_at(declared.rfind([' ', '*']).unwrap() + 1);
        let kind = if array { format!("{kind}*") } else { kind.trim_end().to_owned() };
        Parameter { name: name.to_owned(), pointer: kind.ends_with('*'), kind }
    }
}

/// Those of a header, in its order.
pub(super) fn of(header: &str) -> Vec<Prototype> {
    let lines: Vec<&str> = header.lines().filter(|line| !line.starts_with(['/', '#'])).collect();
    let text = lines.join("\n");
    let declarations = text.split("\nwattsum_status wattsum_").skip(1);
    declarations
        .map(|text| {
            let (name, rest) = text.split_once('(').unwrap();
            let list = rest.split_once(");").unwrap().0;
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            Prototype {
                name: format!("wattsum_{name}"),
                parameters: list.split(',').map(|text| Parameter::new(&words(text))).collect(),
            }
        })
        .collect()
}

/// Types of which a header shows no members.
pub(super) fn opaque(header: &str) -> Vec<&str> {
    let named = header.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(';'));
    named
        .filter_map(|names| names.split_once(' ').filter(|(tag, name)| tag == name).map(|(tag, _)| tag))
        .collect()
}
