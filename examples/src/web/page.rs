//! The page: one file, and the policy under which a browser shows it.

use axum::http::HeaderValue;
use sha2::{Digest, Sha256};

/// Markup, style and program in one; it loads nothing but events and rows from where it came from.
pub(super) const PAGE: &str = include_str!("page.html");

/// Allows exactly the page's own style and program, by their hashes, and talking to this server.
pub(super) fn policy() -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash("<script>", "</script>"),
        hash("<style>", "</style>"),
    );
    // Without a policy the page would do more, so one that cannot be said forbids everything.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Of what stands between the two, as a policy names it.
fn hash(open: &str, close: &str) -> String {
    let rest = PAGE.split_once(open).map_or("", |(_, rest)| rest);
    let content = rest.split_once(close).map_or("", |(content, _)| content);
    format!("sha256-{}", base64(&Sha256::digest(content)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut number = 0u32;
        for place in 0..3 {
            number = number << 8 | u32::from(chunk.get(place).copied().unwrap_or_default());
        }
        for place in 0..4u32 {
            let shift = 18u32.saturating_sub(place.saturating_mul(6));
            let digit = usize::try_from(number >> shift & 63).ok().and_then(|digit| DIGITS.get(digit));
            let padding = usize::try_from(place).is_ok_and(|place| place > chunk.len());
            text.push(if padding { '=' } else { digit.copied().unwrap_or_default().into() });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn the_page_needs_nothing_that_its_policy_forbids() {
        let policy = policy();
        let policy = policy.to_str().unwrap();
        assert_eq!(policy.matches("'sha256-").count(), 2);
        for tag in ["<script", "<style"] {
            assert_eq!(PAGE.matches(tag).count(), 1, "{tag}");
        }
        for forbidden in [
            " onclick",
            " onload",
            " style=\"",
            "javascript:",
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "eval(",
            "src=",
            "@import",
        ] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        let links = PAGE.matches("http").count();
        assert_eq!(links, PAGE.matches("http://www.w3.org/2000/svg").count(), "no other server is asked");
    }
}
