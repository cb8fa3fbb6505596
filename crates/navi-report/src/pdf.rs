//! The report as PDF (ISO 32000): A4, the standard fonts that every reader has, so that no font is embedded. A character
//! that they do not have is written out by its number, and nothing is left out.

use navi_domain::reading::format::is_hidden;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::{Block, Report};

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 50.0;
const LINE: f32 = WIDTH - 2.0 * MARGIN;
/// Room between the columns of a table.
const GAP: f32 = 8.0;

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

/// Draws.
#[must_use]
pub fn pdf(report: &Report) -> Vec<u8> {
    let mut pages = Pages::begin();
    for line in wrapped(&report.title, LINE, 16.0) {
        pages.line(&line, BOLD, 16.0, 21.0);
    }
    pages.skip(8.0);
    for block in &report.blocks {
        match block {
            Block::Heading(words) => {
                pages.skip(14.0);
                pages.keep(60.0);
                pages.line(words, BOLD, 12.0, 17.0);
                pages.skip(3.0);
            }
            Block::Text(words) => {
                for line in wrapped(words, LINE, 9.5) {
                    pages.line(&line, REGULAR, 9.5, 13.0);
                }
                pages.skip(3.0);
            }
            Block::Table { columns, rows } => table(&mut pages, columns, rows),
        }
    }
    pages.finish(&report.title)
}

fn table(pages: &mut Pages, columns: &[(&str, u32)], rows: &[Vec<String>]) {
    const SIZE: f32 = 8.5;
    const HIGH: f32 = 11.5;
    let whole = columns.iter().map(|(_, width)| *width as f32).sum::<f32>().max(1.0);
    let widths: Vec<f32> = columns.iter().map(|(_, width)| LINE * (*width as f32) / whole - GAP).collect();
    let titles: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    pages.skip(3.0);
    for (n, row) in std::iter::once(&titles).chain(rows).enumerate() {
        let cells: Vec<Vec<String>> =
            row.iter().zip(&widths).map(|(cell, width)| wrapped(cell, *width, SIZE)).collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        // A row that is longer than a page is drawn over several; any other stays together.
        pages.keep((lines as f32 * HIGH).min(HEIGHT / 2.0));
        for line in 0..lines {
            pages.keep(HIGH);
            let mut x = MARGIN;
            for (cell, width) in cells.iter().zip(&widths) {
                if let Some(text) = cell.get(line) {
                    pages.text(text, x, if n == 0 { BOLD } else { REGULAR }, SIZE);
                }
                x += width + GAP;
            }
            pages.skip(HIGH);
        }
        pages.rule();
    }
    pages.skip(4.0);
}

struct Pages {
    done: Vec<Content>,
    page: Content,
    /// From the bottom: where the next line's top is.
    y: f32,
}

impl Pages {
    fn begin() -> Self {
        Self { done: Vec::new(), page: Content::new(), y: HEIGHT - MARGIN }
    }

    fn skip(&mut self, by: f32) {
        self.y -= by;
    }

    /// Begins a page when less than this is left.
    fn keep(&mut self, room: f32) {
        if self.y - room < MARGIN {
            self.done.push(std::mem::replace(&mut self.page, Content::new()));
            self.y = HEIGHT - MARGIN;
        }
    }

    fn line(&mut self, text: &str, font: Name<'_>, size: f32, high: f32) {
        self.keep(high);
        self.text(text, MARGIN, font, size);
        self.skip(high);
    }

    fn text(&mut self, text: &str, x: f32, font: Name<'_>, size: f32) {
        self.page.begin_text().set_font(font, size);
        self.page.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, self.y - size]);
        self.page.show(Str(&encoded(text))).end_text();
    }

    fn rule(&mut self) {
        self.skip(1.0);
        self.page.set_line_width(0.4).set_stroke_gray(0.8);
        self.page.move_to(MARGIN, self.y).line_to(WIDTH - MARGIN, self.y).stroke();
        self.skip(2.0);
    }

    fn finish(mut self, title: &str) -> Vec<u8> {
        self.done.push(self.page);
        let (catalog, tree, info, regular, bold) =
            (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4), Ref::new(5));
        let all = self.done.len();
        let of = |n: usize| {
            let first = i32::try_from(6 + 2 * n).unwrap_or(i32::MAX - 1);
            (Ref::new(first), Ref::new(first + 1))
        };
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.document_info(info).title(TextStr(title)).producer(TextStr("Navi Governance"));
        pdf.pages(tree).kids((0..all).map(|n| of(n).0)).count(i32::try_from(all).unwrap_or(i32::MAX));
        for (font, name) in [(regular, b"Helvetica".as_slice()), (bold, b"Helvetica-Bold")] {
            pdf.type1_font(font).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for (n, mut content) in self.done.into_iter().enumerate() {
            let (page, stream) = of(n);
            let number = format!("{} of {all}", n + 1);
            content.begin_text().set_font(REGULAR, 8.0);
            content.set_text_matrix([1.0, 0.0, 0.0, 1.0, WIDTH - MARGIN - width(&number, 8.0), 28.0]);
            content.show(Str(&encoded(&number))).end_text();
            let mut object = pdf.page(page);
            object.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(stream);
            let mut resources = object.resources();
            resources.fonts().pair(REGULAR, regular).pair(BOLD, bold);
            resources.finish();
            object.finish();
            pdf.stream(stream, &content.finish());
        }
        pdf.finish()
    }
}

/// Cuts a text into lines that are no wider; a word that is too wide is cut, too.
fn wrapped(text: &str, room: f32, size: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in shown(text).split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if width(&longer, size) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                if width(&line, size) + width(c.encode_utf8(&mut [0; 4]), size) > room && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

/// What the fonts have as it is, everything else by its number.
fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || (byte(c).is_some() && !is_hidden(c)) {
            safe.push(c);
        } else {
            safe.push_str(&format!("<U+{:04X}>", u32::from(c)));
        }
    }
    safe
}

fn encoded(text: &str) -> Vec<u8> {
    text.chars().filter_map(byte).collect()
}

/// WinAnsiEncoding (ISO 32000-1, annex D.2).
fn byte(c: char) -> Option<u8> {
    match c {
        ' '..='~' | '\u{a1}'..='\u{ff}' => u8::try_from(u32::from(c)).ok(),
        '\u{20ac}' => Some(0x80),
        '\u{2026}' => Some(0x85),
        '\u{2018}' => Some(0x91),
        '\u{2019}' => Some(0x92),
        '\u{201c}' => Some(0x93),
        '\u{201d}' => Some(0x94),
        '\u{2022}' => Some(0x95),
        '\u{2013}' => Some(0x96),
        '\u{2014}' => Some(0x97),
        _ => None,
    }
}

/// Widths of Helvetica's ASCII characters from the space on, in thousandths of the size (Adobe's font metrics). The bold
/// face is a little wider; titles have room for it.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

fn width(text: &str, size: f32) -> f32 {
    let of = |c: char| {
        let index = (c as usize).wrapping_sub(' ' as usize);
        // Letters with marks are at most this wide.
        WIDTHS.get(index).copied().unwrap_or(if c.is_uppercase() { 778 } else { 611 })
    };
    text.chars().map(|c| f32::from(of(c))).sum::<f32>() * size / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_their_room_and_nothing_is_left_out() {
        let text = "A sentence with an_extraordinarily_long_word_that_fits_into_no_column and \u{202e}more, ü, €, 漢.\nEnd";
        let lines = wrapped(text, 90.0, 9.0);
        assert!(lines.iter().all(|line| width(line, 9.0) <= 90.0 + 0.01), "{lines:?}");
        let joined = lines.concat().replace(' ', "");
        assert_eq!(joined, shown(text).replace([' ', '\n'], ""));
        assert!(joined.contains("<U+202E>") && joined.contains("<U+6F22>") && joined.contains('ü'));
    }

    #[test]
    fn a_long_table_goes_over_several_pages() {
        let rows: Vec<Vec<String>> = (0..300).map(|n| vec![format!("row {n}"), "x ".repeat(100)]).collect();
        let report = Report {
            title: "T".into(),
            blocks: vec![Block::Table { columns: vec![("a", 1), ("b", 3)], rows }],
        };
        let bytes = pdf(&report);
        assert!(bytes.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&bytes);
        let count = |needle: &str| text.matches(needle).count();
        assert!(count("/MediaBox") > 5);
        assert!((0..300).all(|n| text.contains(&format!("(row {n})"))));
    }
}
