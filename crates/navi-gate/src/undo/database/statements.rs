//! Reading SQL just far enough: whether it drops data or leaves its transaction, and where its transactions begin and end.

/// One statement.
struct Statement {
    /// In lower case with single spaces; texts are blanked out.
    plain: String,
    /// As it is written, without comments.
    written: String,
}

impl Statement {
    fn begins_with(&self, words: &[&str]) -> bool {
        words.contains(&self.plain.split(' ').next().unwrap_or_default())
    }
}

/// The statements, one by one.
fn each(sql: &str) -> Vec<Statement> {
    let (mut found, mut plain, mut written) = (Vec::new(), String::new(), String::new());
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let (skipped, is) = skip(rest, plain.chars().next_back());
        let (part, next) = rest.split_at(if skipped > 0 { skipped } else { c.len_utf8() });
        rest = next;
        match is {
            Is::Comment => {
                plain.push(' ');
                written.push(' ');
            }
            Is::Text => {
                plain.push(' ');
                written.push_str(part);
            }
            Is::Plain if part == ";" => {
                found.push((std::mem::take(&mut plain), std::mem::take(&mut written)))
            }
            Is::Plain | Is::Name => {
                plain.push_str(part);
                written.push_str(part);
            }
        }
    }
    found.push((plain, written));
    let all = found.into_iter().map(|(plain, written)| Statement {
        plain: plain.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
        written: written.trim().to_owned(),
    });
    all.filter(|statement| !statement.written.is_empty()).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Plain,
    Name,
    Text,
    Comment,
}

/// What is at the beginning, and how many bytes of it are no plain SQL; `before` is the character in front of it.
fn skip(rest: &str, before: Option<char>) -> (usize, Is) {
    let until = |from: usize, end: &[&str]| {
        let tail = rest.get(from..).unwrap_or_default();
        let found = end.iter().filter_map(|end| tail.find(end).map(|at| from + at + end.len())).min();
        found.unwrap_or(rest.len())
    };
    let kinds: [(&str, &[&str], Is); 4] = [
        ("--", &["\n", "\r"], Is::Comment),
        ("/*", &["*/"], Is::Comment),
        ("'", &["'"], Is::Text),
        ("\"", &["\""], Is::Name),
    ];
    for (begin, end, is) in kinds {
        if rest.starts_with(begin) {
            return (until(begin.len(), end), is);
        }
    }
    // Bodies of functions: $$ … $$, $tag$ … $tag$. Within a name a dollar is a letter.
    let letter = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
    let tag = rest.strip_prefix('$').and_then(|tail| tail.split_once('$')).map(|(name, _)| name);
    match tag {
        Some(name)
            if name.chars().all(letter)
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && !before.is_some_and(|c| letter(c) || c == '$') =>
        {
            let fence = format!("${name}$");
            (until(fence.len(), &[&fence]), Is::Text)
        }
        _ => (0, Is::Plain),
    }
}

/// Why these statements are not a way back; `own` is the tool's table, whose rows are bookkeeping.
pub fn unfit(sql: &str, own: &str) -> Option<String> {
    each(sql).iter().find_map(|statement| {
        let shown: String = statement.written.chars().take(300).collect();
        if drops(&statement.plain, own) {
            return Some(format!("its down migration drops data, which nothing brings back: {shown}"));
        }
        // A rehearsal must change nothing: commands of the client and what reaches past the transaction are not tried. A
        // backslash in a text may end it elsewhere than it seems.
        let leaves = statement.written.contains('\\') || statement.plain.starts_with('.');
        (leaves || statement.begins_with(&["abort", "prepare", "copy"]))
            .then(|| format!("its down migration does more than a transaction can take back: {shown}"))
    })
}

fn drops(statement: &str, own: &str) -> bool {
    let words: Vec<&str> =
        statement.split([' ', '(', ')', ',', '"', '.', '`']).filter(|w| !w.is_empty()).collect();
    let Some(first) = words.first() else { return false };
    let around = ["from", "into", "only", "or", "replace", "public"];
    let mut target = words.iter().skip(1).skip_while(|word| around.contains(word));
    let at_own = !own.is_empty() && target.next() == Some(&own);
    match *first {
        "truncate" => true,
        "delete" | "update" | "replace" | "merge" => !at_own,
        "drop" => {
            let kinds =
                ["table", "schema", "database", "materialized", "type", "sequence", "owned", "extension"];
            words.get(1).is_some_and(|kind| kinds.contains(kind))
        }
        "alter" => {
            let kept = ["constraint", "default", "not", "identity", "expression"];
            let dropped =
                words.windows(2).any(|pair| matches!(pair, [a, b] if *a == "drop" && !kept.contains(b)));
            // Another type may round or cut what is there.
            dropped || words.contains(&"type")
        }
        // What a block or a function does inside is not read.
        "do" | "call" | "execute" => true,
        "with" => ["delete", "update", "truncate"].iter().any(|verb| words.contains(verb)),
        _ => false,
    }
}

/// The same statements without those that begin and end transactions.
pub fn without_transactions(sql: &str) -> String {
    let bounds = |statement: &Statement| {
        statement.begins_with(&["begin", "commit", "rollback", "end", "savepoint", "release"])
            || statement.plain.starts_with("start transaction")
    };
    let kept = each(sql).into_iter().filter(|statement| !bounds(statement));
    kept.map(|statement| format!("{};\n", statement.written)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drops_data_is_found_and_bookkeeping_is_not() {
        let dropping = [
            "DROP TABLE users",
            "begin; drop   table\nif exists a; commit",
            "ALTER TABLE users DROP COLUMN email",
            "ALTER TABLE users DROP email",
            "ALTER TABLE a ALTER COLUMN b TYPE integer USING b::integer",
            "DELETE FROM users WHERE id = 1",
            "UPDATE users SET email = NULL",
            "TRUNCATE users",
            "DO $$ BEGIN EXECUTE 'DROP TABLE x'; END $$",
            "WITH gone AS (DELETE FROM users RETURNING 1) SELECT 1",
            "DROP SCHEMA shop CASCADE",
            "DELETE FROM users WHERE id IN (SELECT 1 FROM alembic_version)",
        ];
        for sql in dropping {
            assert!(unfit(sql, "alembic_version").is_some_and(|why| why.contains("drops data")), "{sql}");
        }
        let harmless = [
            "DROP INDEX users_email",
            "ALTER TABLE users DROP CONSTRAINT users_email_key",
            "ALTER TABLE users ALTER COLUMN email DROP NOT NULL",
            "ALTER TABLE users RENAME COLUMN mail TO email",
            "UPDATE alembic_version SET version_num='a' WHERE alembic_version.version_num = 'b'",
            "DELETE FROM alembic_version WHERE version_num = 'a'",
            "DELETE FROM \"public\".\"alembic_version\" WHERE version_num = 'a'",
            "-- DROP TABLE users\nSELECT 1",
            "COMMENT ON TABLE a IS 'DROP TABLE users;'",
            "CREATE INDEX a ON b (c)",
            "DROP VIEW recent",
        ];
        for sql in harmless {
            assert_eq!(unfit(sql, "alembic_version"), None, "{sql}");
        }
    }

    #[test]
    fn transactions_go_and_their_statements_stay_as_they_are_written() {
        let sql = "BEGIN;\n\n-- Running downgrade\nDROP INDEX a;\n\nUPDATE alembic_version SET version_num='x;  y';\n\
                   /* it's done; really */ DROP INDEX \"b;  c\" -- at last\n;COMMIT;\n";
        let left = "DROP INDEX a;\nUPDATE alembic_version SET version_num='x;  y';\nDROP INDEX \"b;  c\";\n";
        assert_eq!(without_transactions(sql), left);
    }

    #[test]
    fn what_reaches_past_a_transaction_is_no_way_back() {
        for sql in [
            "SELECT 1 \\! touch /tmp/x",
            "\\i other.sql",
            ".shell touch x",
            "DROP INDEX a; ABORT; CREATE INDEX b ON c (d)",
            "PREPARE TRANSACTION 'x'",
            "COPY users TO PROGRAM 'cat'",
            "SELECT E'\\'' \\! touch x '",
            "SELECT 1 AS x$$; ABORT; SELECT 1 AS y$$",
            "SELECT $1$; ABORT; SELECT $1$",
        ] {
            assert!(unfit(sql, "").is_some_and(|why| why.contains("take back")), "{sql}");
        }
    }
}
