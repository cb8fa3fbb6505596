//! The compliance report: what the record says about a period, for people. It is gathered entry by entry from the record
//! alone, so that a server and a machine that has nothing but a bundle write the same report.

pub mod controls;
pub mod gather;
pub mod html;
pub mod pdf;
pub mod write;

/// A report as a sequence of blocks. Both formats draw the same ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Begins a section.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table. Widths are shares of the line.
    Table {
        /// Column titles with their widths.
        columns: Vec<(&'static str, u32)>,
        /// Rows, each as long as `columns`.
        rows: Vec<Vec<String>>,
    },
}
