//! The report as one HTML file: no script, nothing loaded from elsewhere, and it prints well.

use navi_domain::reading::format::is_hidden;

use crate::{Block, Report};

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:15px/1.5 system-ui,sans-serif;color:#1a1d23;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1.5rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1.5rem;overflow-wrap:anywhere}\
h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid #d5d9e0;padding-bottom:.25rem}\
p{margin:.4rem 0;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%;margin:.75rem 0;table-layout:fixed}\
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #e3e6ec;overflow-wrap:anywhere}\
th{font-weight:600;color:#4a5160;border-bottom-color:#aab1bf}\
@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}tr{break-inside:avoid}}";

/// Draws.
#[must_use]
pub fn html(report: &Report) -> String {
    let title = escaped(&report.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for block in &report.blocks {
        match block {
            Block::Heading(words) => text.push_str(&format!("<h2>{}</h2>\n", escaped(words))),
            Block::Text(words) => text.push_str(&format!("<p>{}</p>\n", escaped(words))),
            Block::Table { columns, rows } => table(&mut text, columns, rows),
        }
    }
    text.push_str("</body>\n</html>\n");
    text
}

fn table(text: &mut String, columns: &[(&str, u32)], rows: &[Vec<String>]) {
    let whole: u32 = columns.iter().map(|(_, width)| width).sum::<u32>().max(1);
    text.push_str("<table>\n<colgroup>");
    for (_, width) in columns {
        text.push_str(&format!("<col style=\"width:{}%\">", width * 100 / whole));
    }
    text.push_str("</colgroup>\n<thead><tr>");
    for (name, _) in columns {
        text.push_str(&format!("<th scope=\"col\">{}</th>", escaped(name)));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        text.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    text.push_str("</tbody>\n</table>\n");
}

/// Text for HTML. What is not seen, or turns text around, is written out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if is_hidden(c) => safe.push_str(&format!("&lt;U+{:04X}&gt;", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_record_becomes_markup() {
        let evil = "<script>alert('x')</script>\u{202e}&\"";
        let report = Report {
            title: evil.into(),
            blocks: vec![
                Block::Heading(evil.into()),
                Block::Text(evil.into()),
                Block::Table { columns: vec![("a", 1)], rows: vec![vec![evil.into()]] },
            ],
        };
        let text = html(&report);
        assert!(!text.contains("<script") && !text.contains('\u{202e}'), "{text}");
        assert_eq!(
            text.matches("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;U+202E&gt;&amp;&quot;").count(),
            5
        );
    }
}
