//! As much of an HTTP/1.1 client as driving and measuring a server on loopback needs: one kept-alive connection, bodies
//! with a length. It deliberately does nothing else, so that a measurement measures the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// One connection to a server on loopback.
pub struct Connection {
    reader: BufReader<TcpStream>,
    host: String,
    token: String,
}

/// What the server answered.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Connection {
    /// Connects to `url`, of the form `http://HOST:PORT`, as the holder of `token`.
    pub fn open(url: &str, token: &str) -> Result<Self> {
        let host =
            url.trim_end_matches('/').strip_prefix("http://").context("the URL is not http://HOST:PORT")?;
        let stream = TcpStream::connect(host).with_context(|| format!("cannot connect to {host}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { reader: BufReader::new(stream), host: host.to_owned(), token: token.to_owned() })
    }

    /// Sends one request and reads its answer whole.
    pub fn request(&mut self, method: &str, path: &str, body: &str) -> Result<Answer> {
        let Self { host, token, .. } = self;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// As [`Self::request`], but an answer other than 2xx is an error that says what the server said.
    pub fn demand(&mut self, method: &str, path: &str, body: &str) -> Result<serde_json::Value> {
        let answer = self.request(method, path, body)?;
        ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).with_context(|| format!("{method} {path} answered no JSON"))
    }

    fn answer(&mut self) -> Result<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("not an HTTP answer: {status_line}"))?;
        let mut length = 0;
        loop {
            let header = self.line()?;
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().context("a length that is no number")?;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Answer { status, body: String::from_utf8(body)? })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.reader.read_line(&mut line)? > 0, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }
}
