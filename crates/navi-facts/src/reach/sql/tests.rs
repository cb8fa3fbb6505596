//! SQL and how it reads.

use super::*;

fn one(text: &str, dialect: Dialect) -> Statement {
    let mut found = read(text, dialect, "here");
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

/// `kinds|tables|condition|loud|problem`.
fn told(statement: &Statement) -> String {
    let table = |t: &Table| {
        let rows = t.rows.map_or_else(String::new, |r| format!(" {}", r.as_str()));
        format!("{} {}{rows}", t.how.as_str(), t.name)
    };
    let parts = [
        statement.kinds.join(","),
        statement.tables.iter().map(table).collect::<Vec<_>>().join(","),
        statement.condition.map_or("", Where::as_str).to_owned(),
        statement.loud.join(","),
        statement.problem.map_or("", Problem::as_str).to_owned(),
    ];
    parts.join("|")
}

#[test]
fn statements_are_taken_apart() {
    for (text, expected) in [
        ("SELECT a FROM users u JOIN teams t ON t.id = u.team", "SELECT|reads users,reads teams|||"),
        ("DELETE FROM users", "DELETE|deletes users all|absent|DELETE|"),
        ("delete from users where id = 3", "DELETE|deletes users picked|present|DELETE|"),
        ("DELETE FROM users WHERE 1 = 1", "DELETE|deletes users all|always|DELETE|"),
        ("DELETE FROM users WHERE (id = 2 OR true)", "DELETE|deletes users all|always|DELETE|"),
        ("DELETE FROM users WHERE id = id", "DELETE|deletes users all|always|DELETE|"),
        ("UPDATE users SET admin = true", "UPDATE|changes users all|absent||"),
        ("UPDATE a SET x = 1 FROM b WHERE a.id = b.id", "UPDATE|changes a picked,reads b|present||"),
        ("INSERT INTO log SELECT * FROM old", "INSERT|changes log new,reads old|||"),
        ("TRUNCATE TABLE a, b CASCADE", "TRUNCATE TABLE|deletes a all,deletes b all||TRUNCATE,CASCADE|"),
        ("DROP TABLE IF EXISTS users CASCADE", "DROP TABLE|deletes users all||DROP,CASCADE|"),
        ("DROP DATABASE shop", "DROP DATABASE|deletes shop||DROP|"),
        ("ALTER TABLE users DROP COLUMN email", "ALTER TABLE|deletes users||DROP|"),
        ("ALTER TABLE users ADD COLUMN email text", "ALTER TABLE|changes users|||"),
        ("CREATE TABLE t (id int)", "CREATE TABLE|changes t new|||"),
        ("GRANT ALL ON users TO bob", "GRANT|||GRANT|"),
        (
            "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone",
            "WITH,DELETE|deletes users all|absent|DELETE|",
        ),
        ("EXPLAIN ANALYZE DELETE FROM users", "EXPLAIN,DELETE|deletes users all|absent|DELETE|"),
        ("SELECT 'drop table users'", "SELECT||||"),
    ] {
        assert_eq!(told(&one(text, Dialect::Postgres)), expected, "{text}");
    }
}

#[test]
fn what_is_not_read_says_so_with_its_loud_words() {
    for (text, dialect, expected) in [
        ("DELETE FORM users", Dialect::Postgres, "|||DELETE|not_read"),
        ("SELECT 'open", Dialect::Postgres, "||||not_read"),
        ("SELECT 1 /*!50000 ; DROP TABLE users */", Dialect::MySql, "|||DROP|not_read"),
        ("SELECT 1 /*! DROP TABLE users */", Dialect::Generic, "|||DROP|not_read"),
        (r"\! rm -rf /", Dialect::Postgres, "||||client_command"),
        (".shell rm -rf /", Dialect::Sqlite, "||||client_command"),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$", Dialect::Postgres, "|||DROP|not_read"),
    ] {
        let found = one(text, dialect);
        assert_eq!(told(&found), expected, "{text}");
        assert_eq!(found.raw, text);
    }
}

#[test]
fn every_statement_keeps_its_own_bytes() {
    let text = "SELECT 'ä;b' -- c;\n FROM x;\n\tUPDATE t SET a = 1;;  NOT SQL AT ALL;\nDROP TABLE z";
    let found = read(text, Dialect::Postgres, "here");
    let raw: Vec<&str> = found.iter().map(|s| s.raw.as_str()).collect();
    assert_eq!(raw, ["SELECT 'ä;b' -- c;\n FROM x", "UPDATE t SET a = 1", "NOT SQL AT ALL", "DROP TABLE z"]);
    assert_eq!(found[2].problem, Some(Problem::NotRead));
    let mixed = read("\\set x 1\nSELECT 1;\n\\! ls\n", Dialect::Postgres, "here");
    let raw: Vec<&str> = mixed.iter().map(|s| s.raw.as_str()).collect();
    assert_eq!(raw, ["\\set x 1", "SELECT 1", "\\! ls"]);
}

#[test]
fn nothing_is_left_out_of_what_is_shown() {
    // All that is no blank or separator stands in one of the pieces.
    let text = "-- first\nSELECT 1; /* two */ DELETE FROM a; GARBAGE (( ;\nSELECT 2";
    let whole: String = read(text, Dialect::Generic, "x").iter().map(|s| s.raw.as_str()).collect();
    for part in ["SELECT 1", "DELETE FROM a", "GARBAGE ((", "SELECT 2"] {
        assert!(whole.contains(part), "{part} in {whole}");
    }
}

#[test]
fn long_and_deep_texts_end() {
    let deep = format!("SELECT {}1{}", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(one(&deep[..3500], Dialect::Generic).problem, Some(Problem::NotRead));
    let chain = format!("SELECT 1{}", " + 1".repeat(900));
    assert_eq!(one(&chain, Dialect::Generic).problem, None);
    let longer = format!("SELECT 1{}", " + 1".repeat(5000));
    assert_eq!(one(&longer, Dialect::Generic).problem, Some(Problem::TooLong));
    assert_eq!(one(&"x ".repeat(40_000), Dialect::Generic).problem, Some(Problem::TooLong));
    let many = read(&"SELECT 1;".repeat(600), Dialect::Generic, "x");
    assert_eq!((many.len(), many[256].problem), (257, Some(Problem::TooLong)));
    assert_eq!(read(" \n", Dialect::Generic, "x"), []);
}

#[test]
fn a_query_is_sql_only_if_it_begins_like_it() {
    for sql in ["select 1", "  -- x\nDROP TABLE a", "/* a */ (SELECT 1)", "WITH a AS (SELECT 1) SELECT 2"] {
        assert!(begins_like_sql(sql), "{sql}");
    }
    for other in
        ["{ user { id } }", "how to delete a branch", "query { a }", "updates since monday", "select", ""]
    {
        assert!(!begins_like_sql(other), "{other}");
    }
}
