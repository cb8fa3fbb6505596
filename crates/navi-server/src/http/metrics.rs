//! `/metrics`: numbers for a monitoring system, in the text format of Prometheus. It needs a credential (an auditor's
//! token does), because how much waits and whether something is stopped is nobody else's business.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use navi_protocol::problem::Problem;

use crate::auth::Caller;
use crate::usecase::measure::{self, Sample};
use crate::{App, Refusal};

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Read the numbers: what waits, what missed the response target, what is stopped.
#[utoipa::path(get, path = "/metrics", operation_id = "read_metrics", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_metrics(State(app): State<App>, caller: Caller) -> Result<impl IntoResponse, Refusal> {
    caller.may("read_metrics")?;
    let samples = measure::samples(&app).await?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], exposition(&samples)))
}

/// The text format: a name is described where it appears first, and its samples follow each other.
fn exposition(samples: &[Sample]) -> String {
    let mut text = String::new();
    let mut last = "";
    for Sample { name, help, label, value } in samples {
        if *name != last {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
            last = name;
        }
        let label = label.map_or(String::new(), |(key, value)| format!("{{{key}=\"{value}\"}}"));
        text.push_str(&format!("{name}{label} {value}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_described_once_and_its_labels_follow() {
        let of = |level, value| Sample {
            name: "waiting",
            help: "What waits.",
            label: Some(("level", level)),
            value,
        };
        let plain = Sample { name: "stopped", help: "What is stopped.", label: None, value: 2 };
        assert_eq!(
            exposition(&[of("low", 1), of("high", 0), plain]),
            "# HELP waiting What waits.\n# TYPE waiting gauge\nwaiting{level=\"low\"} 1\nwaiting{level=\"high\"} 0\n\
             # HELP stopped What is stopped.\n# TYPE stopped gauge\nstopped 2\n"
        );
    }
}
