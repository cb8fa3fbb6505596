//! A model on loopback that calls one tool once and is content then. It speaks as much of four interfaces as the clients
//! need; what is not known is answered with an empty object.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::words::{self, Api, Turn};

/// Longest request that is read.
const MOST: usize = 32 * 1024 * 1024;

/// What the client said to it.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Whether it was told to call the tool.
    pub called: bool,
    /// Its last message of each request after that, as JSON.
    pub told: Vec<String>,
}

/// A running model.
pub struct Model {
    /// Where it answers.
    pub url: String,
    told: Arc<Told>,
    serving: tokio::task::JoinHandle<()>,
}

struct Told {
    call: (&'static str, Value),
    heard: Mutex<Heard>,
}

impl Model {
    /// One that calls this tool.
    ///
    /// # Errors
    /// When no port on loopback is free.
    pub async fn start(call: (&'static str, Value)) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let told = Arc::new(Told { call, heard: Mutex::default() });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&told));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, told, serving })
    }

    /// What it heard.
    pub fn heard(&self) -> Heard {
        self.told.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it.
    pub fn stop(self) {
        self.serving.abort();
    }
}

async fn answer(State(told): State<Arc<Told>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let body = to_bytes(request.into_body(), MOST).await.unwrap_or_default();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(api) = Api::of(&path, &said) else { return aside(&path) };
    let turn = {
        let mut heard = told.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match (api.offers_tools(&said), heard.called) {
            // Titles and summaries.
            (false, _) => Turn::Text("ok"),
            (true, false) => {
                heard.called = true;
                Turn::Call(told.call.0, &told.call.1)
            }
            (true, true) => {
                heard.told.push(api.last(&said).to_string());
                Turn::Text("done")
            }
        }
    };
    let (kind, text) = words::answer(&api, &said, &turn);
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

fn aside(path: &str) -> Response {
    let body = if path.ends_with("/models") {
        json!({"object": "list", "data": [{"id": "fake", "object": "model"}], "models": []})
    } else {
        json!({"input_tokens": 10, "totalTokens": 10})
    };
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
