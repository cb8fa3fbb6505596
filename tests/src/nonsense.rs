//! Servers that are broken: they answer nonsense, or nothing at all.

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A fake server on loopback. Dropping it stops it.
#[derive(Debug)]
pub struct Nonsense {
    /// Where it listens.
    pub url: String,
    task: JoinHandle<()>,
}

impl Nonsense {
    /// Answers each connection with exactly these bytes, once it has said something, and closes it.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn answering(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        let (listener, url) = listen().await?;
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let bytes = bytes.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 65_536];
                    let _ = stream.read(&mut buffer).await;
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Ok(Self { url, task })
    }

    /// Answers with this status and JSON text.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn json(status: &str, body: &str) -> Result<Self> {
        Self::answering(json_answer(status, body)).await
    }

    /// Answers one connection after the other, each with the next of these statuses and JSON texts, and hangs up on those
    /// that come after the last.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn in_turn(answers: &[(&str, String)]) -> Result<Self> {
        let answers: Vec<String> = answers.iter().map(|(status, body)| json_answer(status, body)).collect();
        let (listener, url) = listen().await?;
        let task = tokio::spawn(async move {
            let mut answers = answers.into_iter();
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(answer) = answers.next() else { continue };
                let mut buffer = vec![0; 65_536];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Ok(Self { url, task })
    }

    /// Takes connections and says nothing.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn silent() -> Result<Self> {
        let (listener, url) = listen().await?;
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        Ok(Self { url, task })
    }
}

impl Drop for Nonsense {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn json_answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

async fn listen() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// An address where nobody listens.
///
/// # Errors
/// When no port is free.
pub async fn nobody() -> Result<String> {
    Ok(listen().await?.1)
}
