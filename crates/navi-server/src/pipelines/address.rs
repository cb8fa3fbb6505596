//! The operator's own address of a pipeline, and what of a webhook's address may count: its path, if the rest is the same.

use reqwest::Url;

/// An address without query, fragment and user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Reads an operator's address: https, or http on this machine alone.
    ///
    /// # Errors
    /// In words.
    pub fn parse(text: &str, what: &str) -> anyhow::Result<Self> {
        let url = Url::parse(text).map_err(|e| anyhow::anyhow!("{what}: {text:?} is no address: {e}"))?;
        let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        let safe = url.scheme() == "https" || url.scheme() == "http" && here;
        anyhow::ensure!(safe, "{what}: {text:?} must begin with https://");
        let plain = url.username().is_empty() && url.password().is_none();
        let short = url.query().is_none() && url.fragment().is_none();
        anyhow::ensure!(
            plain && short,
            "{what}: {text:?} must be an address without user, query or fragment"
        );
        Ok(Self(url))
    }

    /// The path of a foreign address below this one, with its leading `/`; `None` when it leads elsewhere.
    #[must_use]
    pub fn path_of(&self, foreign: &str) -> Option<String> {
        let url = Url::parse(foreign).ok()?;
        let same = url.origin() == self.0.origin() && url.username().is_empty() && url.password().is_none();
        let rest = url.path().strip_prefix(self.0.path().trim_end_matches('/'))?;
        let inside =
            rest.starts_with('/') && !rest.contains("//") && !rest.contains('\\') && !rest.contains('%');
        (same && inside && url.query().is_none() && url.fragment().is_none()).then(|| rest.to_owned())
    }

    /// Whether a foreign address is at this place, whatever follows.
    #[must_use]
    pub fn is_home_of(&self, foreign: &Url) -> bool {
        foreign.origin() == self.0.origin() && foreign.username().is_empty() && foreign.password().is_none()
    }

    /// The address of a path below this one.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_the_own_address_counts() {
        let api = Address::parse("https://api.github.com", "x").unwrap();
        let path = "/repos/acme/shop/actions/runs/1/deployment_protection_rule";
        assert_eq!(api.path_of(&format!("https://api.github.com{path}")).as_deref(), Some(path));
        assert_eq!(api.path_of(&format!("https://api.github.com:443{path}")).as_deref(), Some(path));
        assert_eq!(api.at(path), format!("https://api.github.com{path}"));
        for elsewhere in [
            "http://api.github.com/repos",
            "https://api.github.com.evil.example/repos",
            "https://api.github.com@evil.example/repos",
            "https://evil@api.github.com/repos",
            "https://api.github.com:8443/repos",
            "https://169.254.169.254/latest/meta-data",
            "https://api.github.com/repos?x=1",
            "https://api.github.com//evil.example/x",
            "file:///etc/passwd",
            "/repos/acme",
            "",
        ] {
            assert_eq!(api.path_of(elsewhere), None, "{elsewhere}");
        }
        let enterprise = Address::parse("https://git.example/api/v3/", "x").unwrap();
        assert_eq!(enterprise.path_of("https://git.example/api/v3/repos/a/b").as_deref(), Some("/repos/a/b"));
        assert_eq!(enterprise.path_of("https://git.example/api/v3/../../admin"), None);
        assert_eq!(enterprise.path_of("https://git.example/api/v31/x"), None);
        assert_eq!(enterprise.at("/app"), "https://git.example/api/v3/app");
    }

    #[test]
    fn an_address_in_the_clear_is_for_this_machine_alone() {
        for good in ["https://tfe.example", "http://127.0.0.1:8080", "http://localhost:1/x", "http://[::1]:2"]
        {
            assert!(Address::parse(good, "x").is_ok(), "{good}");
        }
        for bad in [
            "http://tfe.example",
            "ftp://x",
            "tfe.example",
            "https://u:p@x",
            "https://x?y",
            "http://127.0.0.1.nip.io",
        ] {
            assert!(Address::parse(bad, "x").is_err(), "{bad}");
        }
    }
}
