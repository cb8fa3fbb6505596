//! Commands that call over HTTP, and how they read.

use super::*;
use crate::shell;

fn of(command: &str) -> Vec<Call> {
    shell::parse(command).invocations.iter().flat_map(|i| calls(i, "here")).collect()
}

/// `METHOD host path headers body unread`, a call a line.
fn told(command: &str) -> String {
    let line = |call: &Call| {
        let address = call.address.clone().unwrap_or_default();
        let body = call
            .body
            .as_ref()
            .map_or_else(String::new, |b| format!("{} {}", b.kind.as_str(), b.files.join(",")));
        let parts = [
            call.method.clone().unwrap_or_else(|| "-".to_owned()),
            address.host.unwrap_or_else(|| "?".to_owned()),
            address.path,
            call.headers.join(","),
            body,
            call.unread.join(","),
        ];
        parts.join("|")
    };
    of(command).iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn curl_is_read_as_curl_reads_it() {
    for (command, expected) in [
        ("curl https://a.example/x", "GET|a.example|/x|||"),
        ("curl -sSfL -o /dev/null a.example", "GET|a.example||||"),
        ("curl -XDELETE https://a.example/users/1", "DELETE|a.example|/users/1|||"),
        ("curl -sXPOST a.example -d @body.json", "POST|a.example|||form body.json|"),
        ("curl -d '{\"a\":1}' https://a.example", "POST|a.example|||json |"),
        (
            "curl -d a=1 -H 'Content-Type: application/json' https://a.example",
            "POST|a.example||Content-Type|json |",
        ),
        ("curl --json @x.json https://a.example", "POST|a.example|||json x.json|"),
        (
            "curl -F 'file=@a.png;type=image/png' -F n=1 https://a.example",
            "POST|a.example|||multipart a.png|",
        ),
        ("curl -T dump.sql https://a.example/put", "PUT|a.example|/put||raw dump.sql|"),
        ("curl -G -d q=1 https://a.example", "GET|a.example||||"),
        ("curl -I https://a.example", "HEAD|a.example||||"),
        ("curl -u me:pw -b x=1 https://a.example", "GET|a.example||Authorization,Cookie||"),
        ("curl https://a.example https://b.example/y", "GET|a.example||||\nGET|b.example|/y|||"),
        (
            "curl -d a=1 https://a.example --next https://b.example",
            "POST|a.example|||form |\nGET|b.example||||",
        ),
        ("curl --data-urlencode name@file.txt https://a.example", "POST|a.example|||form file.txt|"),
        ("curl smtp://mail.example --mail-rcpt a@b.example -T m.txt", "-|mail.example|||raw m.txt|"),
        ("curl --no-location https://a.example", "GET|a.example||||"),
    ] {
        assert_eq!(told(command), expected, "{command}");
    }
}

#[test]
fn what_leads_elsewhere_or_is_not_known_is_told() {
    for (command, expected) in [
        ("curl -K rc https://a.example", "GET|a.example||||-K rc"),
        (
            "curl --connect-to ::evil.example: https://a.example",
            "GET|a.example||||--connect-to ::evil.example:",
        ),
        ("curl --brand-new word https://a.example", "GET|a.example||||--brand-new,word"),
        ("curl -H @headers https://a.example", "GET|a.example||||-H @headers"),
        ("curl \"$URL\"", "GET|?||||"),
        ("curl 'https://{a,b}.example/'", "GET|?|/|||"),
        ("curl -X POST", "POST|?||||"),
    ] {
        assert_eq!(told(command), expected, "{command}");
    }
    assert_eq!(told("curl --version"), "");
    assert_eq!(told("curl -V"), "");
}

#[test]
fn wget_is_read() {
    for (command, expected) in [
        ("wget https://a.example/x.tgz", "GET|a.example|/x.tgz|||"),
        ("wget -qO- https://a.example", "GET|a.example||||"),
        ("wget --post-data='a=1' --header='X-A: 1' https://a.example", "POST|a.example||X-A|form |"),
        ("wget --method=PUT --body-file=b.bin https://a.example", "PUT|a.example|||raw b.bin|"),
        ("wget -i list.txt", "GET|?||||-i list.txt"),
    ] {
        assert_eq!(told(command), expected, "{command}");
    }
}

#[test]
fn httpie_is_read() {
    for (command, expected) in [
        ("http a.example/x", "GET|a.example|/x|||"),
        ("http DELETE a.example/x X-Token:1", "DELETE|a.example|/x|X-Token||"),
        ("http a.example name=jo age:=3 q==1", "POST|a.example|||json |"),
        ("http -f POST a.example file@a.png", "POST|a.example|||multipart a.png|"),
        ("http :3000/x", "GET|localhost:3000|/x|||"),
        ("xh put https://a.example --raw '{}'", "PUT|a.example|||raw |"),
        ("http localhost a=1", "POST|localhost|||json |"),
        ("http --wild a.example", "GET|a.example||||--wild"),
    ] {
        assert_eq!(told(command), expected, "{command}");
    }
}

#[test]
fn a_pipe_and_a_nested_shell_are_looked_into() {
    assert_eq!(told("sh -c 'curl -X POST https://a.example' | tee x"), "POST|a.example||||");
    assert_eq!(told("echo curl https://a.example"), "");
}
