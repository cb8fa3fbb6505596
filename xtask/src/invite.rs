//! The link by which a console is enrolled.

/// `navi://enroll?…` with the server's address, the invite and the ledger's verification key.
pub fn link(url: &str, invite: &str, vkey: &str) -> String {
    format!("navi://enroll?url={}&invite={}&vkey={}", percent(url), percent(invite), percent(vkey))
}

/// Percent-encodes everything but the characters that RFC 3986 leaves unreserved.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_its_parts_unharmed() {
        assert_eq!(
            link("http://127.0.0.1:7420", "nvi_a-b", "o/1+k="),
            "navi://enroll?url=http%3A%2F%2F127.0.0.1%3A7420&invite=nvi_a-b&vkey=o%2F1%2Bk%3D"
        );
    }
}
