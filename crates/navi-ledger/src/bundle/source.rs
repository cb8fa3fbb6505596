//! Where a verifier gets its lines: straight from the input, or out of the frames of a compressed bundle.

use super::frame::{self, Found};
use super::{MAX_LINE_BYTES, Section};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

type Input<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;
type Frame = BufReader<zstd::stream::read::Decoder<'static, Cursor<Vec<u8>>>>;

/// Why the next line is not there.
pub(super) enum Fault {
    /// The input ended, before the line or inside it.
    Cut,
    /// The line is longer than any line may be.
    TooLong,
    /// More follows where nothing may follow.
    Trailing,
    /// A compressed frame is unusable.
    Frame(String),
    /// The frame of later entries than the last stands here, starting with this one.
    ExtraFrame(u64),
    /// Reading itself failed.
    Io(io::Error),
}

/// Lines of a bundle, with the digest of all read so far.
pub(super) struct Source<R: Read> {
    input: Input<R>,
    compressed: bool,
    /// The frame being read; only in a compressed bundle, inside a section.
    frame: Option<Frame>,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Source<R> {
    /// Looks at the first bytes to tell a compressed bundle from a plain one.
    pub fn open(mut reader: R) -> io::Result<Self> {
        let mut start = Vec::with_capacity(4);
        reader.by_ref().take(4).read_to_end(&mut start)?;
        let compressed = start == frame::MAGIC;
        let input = BufReader::with_capacity(1 << 18, Cursor::new(start).chain(reader));
        Ok(Self { input, compressed, frame: None, digest: Sha256::new(), bytes: 0 })
    }

    pub fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Bytes of all lines so far, uncompressed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of all lines so far, uncompressed.
    pub fn sha256(&self) -> crate::Hash {
        self.digest.clone().finalize().into()
    }

    /// Counts a line into [`sha256`](Self::sha256).
    pub fn absorb(&mut self, line: &[u8]) {
        self.digest.update(line);
    }

    /// Goes to the start of a section.
    pub fn begin(&mut self, section: Section) -> Result<(), Fault> {
        if !self.compressed {
            return Ok(());
        }
        let compressed = match frame::read(&mut self.input, section).map_err(Fault::Io)? {
            Found::Frame(compressed) => compressed,
            Found::End => return Err(Fault::Frame("it is missing: the bundle is cut off".into())),
            Found::Other { first, count } => {
                return Err(match section {
                    Section::Trailer { size } if first == size && count > 0 => Fault::ExtraFrame(first),
                    _ => {
                        Fault::Frame(format!("the frame of {count} entries from {first} stands in its place"))
                    }
                });
            }
            Found::Damaged(reason) => return Err(Fault::Frame(reason.into())),
        };
        let decoder = zstd::stream::read::Decoder::with_buffer(Cursor::new(compressed))
            .map_err(|error| Fault::Frame(error.to_string()))?;
        self.frame = Some(BufReader::with_capacity(1 << 16, decoder.single_frame()));
        Ok(())
    }

    /// Leaves a section, which must have been read to its end.
    pub fn end(&mut self) -> Result<(), Fault> {
        let Some(mut frame) = self.frame.take() else { return Ok(()) };
        let more = !frame.fill_buf().map_err(|error| Fault::Frame(error.to_string()))?.is_empty();
        let compressed = frame.get_ref().get_ref();
        if more || compressed.position() != compressed.get_ref().len() as u64 {
            return Err(Fault::Frame("it holds more than its lines".into()));
        }
        Ok(())
    }

    /// Checks that nothing follows the last section.
    pub fn finish(&mut self) -> Result<(), Fault> {
        let rest = self.input.fill_buf().map_err(Fault::Io)?;
        if rest.is_empty() { Ok(()) } else { Err(Fault::Trailing) }
    }

    /// Reads the next line, line feed included, in place of what `line` held.
    pub fn line(&mut self, line: &mut Vec<u8>) -> Result<(), Fault> {
        line.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        match (&mut self.frame, self.compressed) {
            (Some(frame), _) => {
                let read = frame.take(limit).read_until(b'\n', line);
                read.map_err(|error| Fault::Frame(error.to_string()))?
            }
            (None, true) => return Err(Fault::Cut),
            (None, false) => (&mut self.input).take(limit).read_until(b'\n', line).map_err(Fault::Io)?,
        };
        self.bytes += line.len() as u64;
        match line.last() {
            _ if line.len() > MAX_LINE_BYTES => Err(Fault::TooLong),
            Some(b'\n') => Ok(()),
            _ => Err(Fault::Cut),
        }
    }
}
