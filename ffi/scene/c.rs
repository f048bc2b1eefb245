//! Values as C writes them.

pub(crate) fn number(kind: &str, name: &str, value: impl std::fmt::Display) -> String {
    format!("static const {kind} {name} = {value};\n")
}

pub(crate) fn bytes(name: &str, bytes: &[u8]) -> String {
    array("uint8_t", name, bytes.iter().map(|byte| format!("{byte:#04x}")))
}

pub(crate) fn array(kind: &str, name: &str, values: impl Iterator<Item = String>) -> String {
    let mut text = format!("static const {kind} {name}[] = {{\n");
    for value in values {
        text += &format!("    {value},\n");
    }
    text + "};\n"
}

pub(crate) fn structure(kind: &str, name: &str, value: &str) -> String {
    format!("static const {kind} {name} = {value};\n")
}

pub(crate) fn list(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    // An empty list is none of C.
    format!("{{{}}}", if numbers.is_empty() { "0".into() } else { numbers.join(",") })
}
