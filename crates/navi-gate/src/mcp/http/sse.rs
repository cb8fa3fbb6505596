//! Server-sent events (WHATWG HTML, 9.2), as far as MCP uses them.

use axum::body::Bytes;

/// One message as an event.
pub fn event(message: &str) -> Bytes {
    Bytes::from(format!("event: message\ndata: {message}\n\n"))
}

/// Reads the messages out of a stream that passes by.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    data: Vec<u8>,
}

/// A longer event is not looked into; it passes all the same.
const LONGEST: usize = 16 * 1024 * 1024;

impl Reader {
    /// Whether the stream stands between two events: another one may begin here.
    pub fn is_between(&self) -> bool {
        self.line.is_empty() && self.data.is_empty()
    }

    /// The next bytes; calls `each` with the data of every event that they end.
    pub fn read(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() < LONGEST {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            if line.is_empty() {
                let data = std::mem::take(&mut self.data);
                if let (false, Ok(text)) = (data.is_empty(), std::str::from_utf8(&data)) {
                    each(text);
                }
            } else if let Some(data) = line.strip_prefix(b"data:")
                && self.data.len() + data.len() < LONGEST
            {
                if !self.data.is_empty() {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_however_the_bytes_are_cut() {
        let stream = b": comment\r\n\r\nevent: message\nid: 7\ndata: {\"id\":1,\ndata: \"result\":{}}\n\ndata:x\r\n\r\ndata: half";
        let mut whole = Vec::new();
        Reader::default().read(stream, |message| whole.push(message.to_owned()));
        assert_eq!(whole, ["{\"id\":1,\n\"result\":{}}", "x"]);
        for cut in 0..stream.len() {
            let mut reader = Reader::default();
            let mut seen = Vec::new();
            let (first, rest) = stream.split_at(cut);
            reader.read(first, |message| seen.push(message.to_owned()));
            reader.read(rest, |message| seen.push(message.to_owned()));
            assert_eq!(seen, whole, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut seen = Vec::new();
        Reader::default().read(&event("{}"), |message| seen.push(message.to_owned()));
        assert_eq!(seen, ["{}"]);
    }
}
