//! Links of our own scheme, `navi://`, from whoever clicked them: only what is read here whole is acted on.

use navi_client::enroll::Invitation;

/// Longer ones are nobody's.
const MOST_BYTES: usize = 4096;

/// What a link asks for. Neither decides anything: both only show a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// The enrolment form with this link in it.
    Enroll(String),
    /// A request, by its id.
    Approval(String),
}

impl Link {
    /// Reads `navi://enroll?…` and `navi://approvals/ID`; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MOST_BYTES || !text.chars().all(|c| c.is_ascii_graphic()) {
            return None;
        }
        if let Some(id) = text.strip_prefix("navi://approvals/") {
            let id = id.strip_suffix('/').unwrap_or(id);
            return is_id(id).then(|| Self::Approval(id.to_owned()));
        }
        let invitation = Invitation::parse(text).ok()?;
        let server = tauri::Url::parse(&invitation.url).ok()?;
        let is_web = matches!(server.scheme(), "http" | "https") && server.has_host();
        // A name before the server's would let it look like another.
        let is_plain = server.username().is_empty() && server.password().is_none();
        (is_web && is_plain).then(|| Self::Enroll(text.to_owned()))
    }
}

/// Whether an address stays on this machine, by number: a name may lead anywhere.
pub(crate) fn is_loopback(url: &tauri::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Ids come from the server; only what the page's route accepts becomes part of a URL.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_or_an_invitation_and_nothing_else() {
        let id = "0190b6c1-1111-7abc-8def-000000000001";
        assert_eq!(Link::parse(&format!("navi://approvals/{id}")), Some(Link::Approval(id.into())));
        assert_eq!(Link::parse(&format!("navi://approvals/{id}/ ")), Some(Link::Approval(id.into())));
        let enrol = "navi://enroll?url=https%3A%2F%2Fnavi.example&invite=abc";
        assert_eq!(Link::parse(enrol), Some(Link::Enroll(enrol.into())));
        for bad in [
            "navi://approvals/",
            "navi://approvals/../settings",
            "navi://approvals/a?verdict=approve",
            "navi://approvals/a#x",
            "navi://approve/a",
            "https://approvals/a",
            "javascript:alert(1)",
            "navi://enroll?invite=abc",
            "navi://enroll?url=file%3A%2F%2F%2Fetc%2Fpasswd&invite=a",
            "navi://enroll?url=javascript%3Aalert(1)&invite=a",
            "navi://enroll?url=https%3A%2F%2Fnavi.example%40evil.example&invite=a",
            "navi://enroll?url=https%3A%2F%2Fnavi.example&invite=a\u{202e}b",
        ] {
            assert_eq!(Link::parse(bad), None, "{bad}");
        }
        assert_eq!(Link::parse(&format!("navi://approvals/{}", "a".repeat(65))), None);
        assert_eq!(Link::parse(&format!("{enrol}{}", "a".repeat(5000))), None);
    }
}
