//! A release server on loopback, with good and bad signatures.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minisign::KeyPair;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const MANIFEST: &str = r#"{"version":"9.1.0","notes":"Faster.","platforms":{}}"#;

/// Serves files, and counts what it is asked for.
struct Releases {
    url: Url,
    asked: Arc<AtomicUsize>,
}

impl Releases {
    async fn serving(files: HashMap<&'static str, String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/latest.json", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let line = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let answer = match files.get(path.as_str()) {
                    Some(text) if text.starts_with("HTTP/") => text.clone(),
                    Some(text) => {
                        let length = text.len();
                        format!(
                            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
                        )
                    }
                    None => {
                        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
                    }
                };
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, asked }
    }

    fn source(&self, key: &KeyPair) -> Source {
        Source { manifest: self.url.clone(), public_key: key.pk.to_base64() }
    }
}

fn key() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn signed(key: &KeyPair, text: &str) -> String {
    minisign::sign(Some(&key.pk), &key.sk, Cursor::new(text), None, None).unwrap().into_string()
}

#[tokio::test]
async fn an_announcement_signed_by_the_configured_key_is_taken() {
    let key = key();
    let files = [("/latest.json", MANIFEST.to_owned()), ("/latest.json.minisig", signed(&key, MANIFEST))];
    let releases = Releases::serving(files.into()).await;
    let found = releases.source(&key).announced().await.unwrap();
    assert_eq!((found.version.as_str(), found.notes.as_str()), ("9.1.0", "Faster."));
}

#[tokio::test]
async fn one_signed_by_another_key_or_changed_afterwards_is_refused() {
    let (key, other) = (key(), key());
    let changed = MANIFEST.replace("9.1.0", "9.2.0");
    for (text, signature) in [
        (MANIFEST.to_owned(), signed(&other, MANIFEST)),
        (changed, signed(&key, MANIFEST)),
        (MANIFEST.to_owned(), "no signature".to_owned()),
    ] {
        let files = [("/latest.json", text), ("/latest.json.minisig", signature)];
        let releases = Releases::serving(files.into()).await;
        let refused = releases.source(&key).announced().await.unwrap_err();
        assert!(matches!(refused, UpdateError::Signature), "{refused:?}");
    }
}

#[tokio::test]
async fn it_follows_nobody_elsewhere_and_reads_no_endless_answer() {
    let key = key();
    let away = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let long = "x".repeat(MOST_BYTES + 1);
    for text in [away.to_owned(), long] {
        let releases = Releases::serving([("/latest.json", text)].into()).await;
        let refused = releases.source(&key).announced().await.unwrap_err();
        assert!(matches!(refused, UpdateError::Unreadable(_)), "{refused:?}");
        assert_eq!(releases.asked.load(Ordering::Relaxed), 1, "the signature was not even asked for");
    }
}

#[tokio::test]
async fn nothing_is_asked_over_an_open_way_or_with_a_wrong_key() {
    let key = key();
    let releases = Releases::serving(HashMap::new()).await;
    let no_key = Source { public_key: "RWnonsense".into(), ..releases.source(&key) };
    assert!(matches!(no_key.announced().await, Err(UpdateError::Key)));
    for open in ["http://releases.example/latest.json", "file:///tmp/latest.json", "ftp://127.0.0.1/x"] {
        let source = Source { manifest: Url::parse(open).unwrap(), ..releases.source(&key) };
        assert!(matches!(source.announced().await, Err(UpdateError::OpenWay)), "{open}");
    }
    assert_eq!(releases.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_source_is_read_whole_or_not_at_all() {
    let good = r#"{"manifest":"https://releases.example/latest.json","public_key":"RWx"}"#;
    assert!(serde_json::from_str::<Source>(good).is_ok());
    for bad in [
        r#"{"manifest":"https://x.example"}"#,
        r#"{"public_key":"RWx"}"#,
        r#"{"manifest":"","public_key":""}"#,
    ] {
        assert!(serde_json::from_str::<Source>(bad).is_err(), "{bad}");
    }
}
