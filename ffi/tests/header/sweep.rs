//! tests/c/misuse_sweep.c: a program that calls every function of the header wrongly. It is made from the header, so no
//! function can be forgotten in it; tests/c/sweep.h has the calls.

use super::prototypes::{self, Parameter, Prototype};

/// Parameters that may be NULL, whatever else is passed.
const OPTIONAL: [&str; 2] = ["culprit", "pinned"];

/// Alignment of what a pointer leads to: of memory for a role, and of roles, that of a uint64_t.
fn alignment(parameter: &Parameter, opaque: &[&str]) -> String {
    match parameter.target() {
        "uint8_t" | "char" => "1".into(),
        "void" => "SWEEP_ROLE".into(),
        target if opaque.contains(&target) => "SWEEP_ROLE".into(),
        // A pointer to a pointer.
        target if target.ends_with('*') => "sizeof(void *)".into(),
        target => format!("SWEEP_ALIGNMENT({target})"),
    }
}

fn call(number: usize, prototype: &Prototype) -> String {
    let mut pointers = 0;
    let arguments: Vec<String> = prototype
        .parameters
        .iter()
        .map(|parameter| {
            if parameter.pointer {
                pointers += 1;
                format!("({})p[{}]", parameter.kind, pointers - 1)
            } else if parameter.kind == "size_t" {
                "n".into()
            } else {
                format!("({})n", parameter.kind)
            }
        })
        .collect();
    let name = &prototype.name;
    let unused = if arguments.iter().any(|a| a.ends_with('n')) { "" } else { "    (void)n;\n" };
    format!(
        "static wattsum_status call_{number}(void *const *p, size_t n)\n{{\n{unused}    return {name}({});\n}}\n\n",
        arguments.join(", ")
    )
}

/// What frees a handle that a function leaves behind a pointer, where it succeeds after all.
fn release(parameter: &Parameter, all: &[Prototype]) -> String {
    let handle = parameter.target().trim_end_matches('*').trim_end();
    let free = format!("{handle}_free");
    let frees = parameter.kind.ends_with("**") && all.iter().any(|prototype| prototype.name == free);
    if frees { format!("release_{handle}") } else { "NULL".into() }
}

/// A function for each kind of handle.
fn releases(all: &[Prototype]) -> String {
    let frees = all.iter().filter_map(|prototype| prototype.name.strip_suffix("_free"));
    let wrapped = frees.filter(|handle| {
        let wanted = format!("release_{handle}");
        all.iter().flat_map(|prototype| &prototype.parameters).any(|p| release(p, all) == wanted)
    });
    wrapped
        .map(|handle| {
            format!(
                "static void release_{handle}(void *handle)\n{{\n    \
                 CHECK_STATUS(WATTSUM_OK, {handle}_free(({handle} *)handle));\n}}\n\n"
            )
        })
        .collect()
}

fn entry(number: usize, prototype: &Prototype, opaque: &[&str], all: &[Prototype]) -> String {
    let pointers = prototype.parameters.iter().filter(|parameter| parameter.pointer);
    let each: Vec<String> = pointers
        .map(|parameter| {
            let optional = u8::from(OPTIONAL.contains(&parameter.name.as_str()));
            let output = u8::from(!parameter.kind.starts_with("const "));
            let release = release(parameter, all);
            format!("{{{}, {optional}, {output}, {release}}}", alignment(parameter, opaque))
        })
        .collect();
    let frees = u8::from(prototype.name.ends_with("_free"));
    format!(
        "    {{\"{}\", call_{number}, {frees}, {}, {{{}}}}},\n",
        prototype.name,
        each.len(),
        each.join(", ")
    )
}

pub(super) fn program(header: &str) -> String {
    let (all, opaque) = (prototypes::of(header), prototypes::opaque(header));
    let calls: String = all.iter().enumerate().map(|(number, prototype)| call(number, prototype)).collect();
    let entries: String =
        all.iter().enumerate().map(|(number, prototype)| entry(number, prototype, &opaque, &all)).collect();
    let releases = releases(&all);
    format!(
        "/* Calls every function of wattsum.h wrongly: with NULL, misaligned, overlapping, and memory in which nothing was made.\n \
         * Made from the header by tests/header.rs; do not edit. */\n#include \"sweep.h\"\n\n{releases}{calls}\
         static const sweep_export sweep_exports[] = {{\n{entries}}};\n\n\
         int main(void)\n{{\n    sweep(sweep_exports, sizeof sweep_exports / sizeof *sweep_exports);\n    return counted();\n}}\n"
    )
}
