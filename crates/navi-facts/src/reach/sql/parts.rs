//! What one parsed statement does, and every statement inside it.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AlterTableOperation, BinaryOperator, Delete, Expr, FromTable, ObjectName, ObjectType, Query, SetExpr,
    Statement as Ast, TableFactor, TableObject, TableWithJoins, UnaryOperator, Value, Visit, Visitor,
};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{How, Rows, Statement, Where, is_loud, loud, once};

/// A table, or another thing with a name, in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// As written.
    pub name: String,
    /// What happens to it.
    pub how: How,
    /// Which rows.
    pub rows: Option<Rows>,
    /// It is a whole database or schema.
    pub is_store: bool,
}

/// Takes a statement apart; `tokens` are its own.
pub(super) fn of(parsed: &Ast, tokens: &[TokenWithSpan]) -> Statement {
    let mut parts = Parts::default();
    let _: ControlFlow<()> = parsed.visit(&mut parts);
    let first = headline(tokens);
    // A body, or a text that is run, is a string to the parser.
    let runs_text = first
        .split(' ')
        .any(|w| matches!(w, "FUNCTION" | "PROCEDURE" | "TRIGGER" | "DO" | "EXECUTE" | "CALL" | "PREPARE"));
    let loud = if runs_text { loud(&text(tokens)) } else { once(tokens.iter().filter_map(loud_word)) };
    let inner = parts.kinds.into_iter().filter(|kind| !first.starts_with(kind.as_str()));
    let kinds = once(std::iter::once(first.clone()).chain(inner).filter(|kind| !kind.is_empty()));
    let mut tables = parts.changed;
    for name in parts.named {
        let own = parts.inner.iter().any(|inner| inner.eq_ignore_ascii_case(&name));
        if !own && !tables.iter().any(|t| t.name == name) {
            tables.push(Table { name, how: How::Reads, rows: None, is_store: false });
        }
    }
    Statement { kinds, tables, condition: parts.condition, loud, ..Statement::default() }
}

fn text(tokens: &[TokenWithSpan]) -> String {
    tokens.iter().map(|t| t.token.to_string()).collect()
}

fn loud_word(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => is_loud(&word.value),
        _ => None,
    }
}

/// Verbs whose object is part of what is done.
const WITH_OBJECT: &[&str] =
    &["CREATE", "DROP", "ALTER", "RENAME", "TRUNCATE", "LOCK", "COMMENT", "SET", "SHOW"];
/// Words between a verb and its object.
const BETWEEN: &[&str] =
    &["OR", "REPLACE", "TEMPORARY", "TEMP", "UNIQUE", "EXTERNAL", "GLOBAL", "LOCAL", "ONLY", "UNLOGGED"];
/// Objects.
const OBJECTS: &[&str] = &[
    "TABLE",
    "VIEW",
    "INDEX",
    "DATABASE",
    "SCHEMA",
    "FUNCTION",
    "PROCEDURE",
    "TRIGGER",
    "ROLE",
    "USER",
    "SEQUENCE",
    "TYPE",
    "EXTENSION",
    "DOMAIN",
    "POLICY",
    "MATERIALIZED",
    "COLUMN",
    "GROUP",
    "SERVER",
    "PUBLICATION",
    "SUBSCRIPTION",
];

/// What a statement begins with: `DELETE`, `DROP TABLE`.
fn headline(tokens: &[TokenWithSpan]) -> String {
    let mut words = tokens.iter().filter_map(|t| match &t.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
        _ => None,
    });
    let Some(verb) = words.next() else { return String::new() };
    if !WITH_OBJECT.contains(&verb.as_str()) {
        return verb;
    }
    match words.find(|w| !BETWEEN.contains(&w.as_str())).filter(|w| OBJECTS.contains(&w.as_str())) {
        Some(object) if object == "MATERIALIZED" => format!("{verb} MATERIALIZED VIEW"),
        Some(object) => format!("{verb} {object}"),
        None => verb,
    }
}

#[derive(Default)]
struct Parts {
    kinds: Vec<String>,
    changed: Vec<Table>,
    /// Every relation that is named.
    named: Vec<String>,
    /// Names that the statement itself defines (`WITH name AS`).
    inner: Vec<String>,
    condition: Option<Where>,
}

impl Visitor for Parts {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let defined = query.with.iter().flat_map(|with| &with.cte_tables);
        self.inner.extend(defined.map(|cte| cte.alias.name.value.clone()));
        if let SetExpr::Table(table) = query.body.as_ref() {
            self.named.extend(table.table_name.as_ref().map(ToString::to_string));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.named.push(relation.to_string());
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Ast) -> ControlFlow<()> {
        self.statement(statement);
        ControlFlow::Continue(())
    }
}

impl Parts {
    fn change(&mut self, name: &ObjectName, how: How, rows: Option<Rows>) {
        self.changed.push(Table { name: name.to_string(), how, rows, is_store: false });
    }

    /// Notes how a change is bounded, and says which rows it reaches.
    fn bound(&mut self, selection: Option<&Expr>, limited: bool) -> Rows {
        let condition = match selection {
            None => Where::Absent,
            Some(condition) if is_always(condition) => Where::Always,
            Some(_) => Where::Present,
        };
        self.condition = self.condition.max(Some(condition));
        if condition == Where::Present || limited { Rows::Picked } else { Rows::All }
    }

    fn statement(&mut self, statement: &Ast) {
        match statement {
            Ast::Delete(delete) => self.delete(delete),
            Ast::Update(update) => {
                self.kinds.push("UPDATE".to_owned());
                let rows = self.bound(update.selection.as_ref(), update.limit.is_some());
                for name in names(std::slice::from_ref(&update.table)) {
                    self.change(name, How::Changes, Some(rows));
                }
            }
            Ast::Insert(insert) => {
                self.kinds.push(if insert.overwrite { "INSERT OVERWRITE" } else { "INSERT" }.to_owned());
                let (how, rows) =
                    if insert.overwrite { (How::Deletes, Rows::All) } else { (How::Changes, Rows::New) };
                if let TableObject::TableName(name) = &insert.table {
                    self.change(name, how, Some(rows));
                }
            }
            Ast::Merge(merge) => {
                self.kinds.push("MERGE".to_owned());
                if let TableFactor::Table { name, .. } = &merge.table {
                    self.change(name, How::Changes, Some(Rows::Picked));
                }
            }
            Ast::Truncate(truncate) => {
                for target in &truncate.table_names {
                    self.change(&target.name, How::Deletes, Some(Rows::All));
                }
            }
            Ast::Drop { object_type, names, .. } => {
                let is_store = matches!(object_type, ObjectType::Schema | ObjectType::Database);
                let rows = matches!(object_type, ObjectType::Table).then_some(Rows::All);
                for name in names {
                    self.changed.push(Table { name: name.to_string(), how: How::Deletes, rows, is_store });
                }
            }
            Ast::AlterTable(alter) => {
                let drops = |op: &AlterTableOperation| {
                    matches!(
                        op,
                        AlterTableOperation::DropColumn { .. } | AlterTableOperation::DropPartitions { .. }
                    )
                };
                let how = if alter.operations.iter().any(drops) { How::Deletes } else { How::Changes };
                self.change(&alter.name, how, None);
            }
            Ast::CreateTable(create) => self.change(&create.name, How::Changes, Some(Rows::New)),
            _ => {}
        }
    }

    fn delete(&mut self, delete: &Delete) {
        self.kinds.push("DELETE".to_owned());
        let rows = self.bound(delete.selection.as_ref(), delete.limit.is_some());
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let targets: Vec<&ObjectName> =
            if delete.tables.is_empty() { names(from) } else { delete.tables.iter().collect() };
        for name in targets {
            self.change(name, How::Deletes, Some(rows));
        }
    }
}

fn names(tables: &[TableWithJoins]) -> Vec<&ObjectName> {
    let own = tables.iter().filter_map(|table| match &table.relation {
        TableFactor::Table { name, .. } => Some(name),
        _ => None,
    });
    own.collect()
}

/// Whether a condition is true of every row, as far as it is written plainly: `true`, `1`, `1 = 1`, `x OR 1 = 1`.
fn is_always(condition: &Expr) -> bool {
    match condition {
        Expr::Nested(inner) => is_always(inner),
        Expr::Value(value) => match &value.value {
            Value::Boolean(yes) => *yes,
            Value::Number(number, _) => !number.to_string().trim_matches(['0', '.']).is_empty(),
            _ => false,
        },
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => is_always(left) || is_always(right),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => is_always(left) && is_always(right),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq | BinaryOperator::GtEq | BinaryOperator::LtEq,
            right,
        } => {
            let plain =
                |e: &Expr| matches!(e, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            plain(left) && left == right
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            matches!(expr.as_ref(), Expr::Value(v) if v.value == Value::Boolean(false))
        }
        _ => false,
    }
}
