//! The gate before an MCP server over HTTP (the specification's streamable HTTP). Requests, answers and streams pass as they
//! came, with their headers; a `tools/call` asks first. While it waits the client holds a stream open and hears of progress;
//! a client that goes away withdraws its call.

mod calls;
mod pass;
mod sse;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use navi_client::api::Client;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::desk::{self, Desk};
use super::message::{self, Line};
use crate::stop;
use calls::{Calls, Job, Key, Told};
use pass::Upstream;

/// Longest message of a client.
const LONGEST: usize = 16 * 1024 * 1024;
/// A decision that comes within this time lets the server's own answer through whole, with its status and headers; after
/// that the client gets a stream.
const QUICK: Duration = Duration::from_millis(1_500);

/// A server that was told of a stop is given this long to take the news.
const LAST_WORD: Duration = Duration::from_secs(5);

struct Proxy {
    upstream: Upstream,
    client: Client,
    calls: Calls,
    jobs: mpsc::UnboundedSender<Job>,
}

/// Serves until it is ended.
///
/// # Errors
/// When the address cannot be listened on, or the signals not be watched.
pub async fn serve(desk: Desk, url: &reqwest::Url, listen: SocketAddr) -> Result<ExitCode, String> {
    let listener =
        tokio::net::TcpListener::bind(listen).await.map_err(|e| format!("cannot listen on {listen}: {e}"))?;
    let at = listener.local_addr().map_err(|e| e.to_string())?;
    let (jobs, mut asked) = mpsc::unbounded_channel::<Job>();
    let proxy = Arc::new(Proxy {
        upstream: Upstream::new(url)?,
        client: desk.client.clone(),
        calls: Calls::default(),
        jobs,
    });
    let app = Router::new().fallback(answer).with_state(proxy);
    println!("{}", json!({"event": "listening", "url": format!("http://{at}{}", url.path())}));
    let desk = Rc::new(desk);
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async move {
            let deciding = async {
                while let Some(job) = asked.recv().await {
                    tokio::task::spawn_local(job.decide(Rc::clone(&desk)));
                }
            };
            tokio::select! {
                served = axum::serve(listener, app).with_graceful_shutdown(ended()) => {
                    served.map(|()| ExitCode::SUCCESS).map_err(|e| format!("the gate can serve no longer: {e}"))
                }
                () = deciding => Ok(ExitCode::SUCCESS),
            }
        })
        .await
}

async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        },
        _ => std::future::pending().await,
    }
}

async fn answer(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if foreign(&parts.headers) {
        // A page of another origin must not reach it by the browser (MCP, Transports, security warning).
        return (StatusCode::FORBIDDEN, "this gate is not for web pages of other origins").into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, LONGEST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the message is too long for the gate").into_response();
    };
    let session =
        parts.headers.get("mcp-session-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let line = match (parts.method.as_str(), std::str::from_utf8(&body)) {
        ("POST", Ok(text)) => message::read(text),
        ("POST", Err(_)) => Line::Refused(None),
        _ => Line::Pass,
    };
    let sent = pass::Sent { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    match line {
        Line::Pass => forward(&proxy, sent, &session).await,
        Line::Refused(Some(error)) => json_answer(StatusCode::BAD_REQUEST, &error),
        Line::Refused(None) => {
            json_answer(StatusCode::BAD_REQUEST, &message::error(&Value::Null, -32_600, "a call needs an id"))
        }
        Line::Cancelled { id } if proxy.calls.give_up(&session, &id) => StatusCode::ACCEPTED.into_response(),
        Line::Cancelled { .. } => forward(&proxy, sent, &session).await,
        Line::Call { id, tool, arguments, progress } => {
            let Some((key, asked)) = proxy.ask((tool, arguments), &session, &id) else {
                return json_answer(StatusCode::BAD_REQUEST, &message::in_use(&id));
            };
            let call = Asked { session, id, key };
            waiting(proxy, sent, call, progress, asked).await
        }
    }
}

fn foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let parsed = origin.to_str().ok().and_then(|text| reqwest::Url::parse(text).ok());
    !parsed.is_some_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")))
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

impl Proxy {
    /// `None`: the id is in use.
    fn ask(
        &self,
        call: (String, Value),
        session: &str,
        id: &Value,
    ) -> Option<(Key, mpsc::UnboundedReceiver<Told>)> {
        let (key, gave_up) = self.calls.waits(session, id)?;
        let (told, hears) = mpsc::unbounded_channel();
        let job = Job { call, session: session.to_owned(), told, gave_up };
        // A desk that is gone drops the job, and with it the sender: nothing is decided, so nothing runs.
        let _ = self.jobs.send(job);
        Some((key, hears))
    }
}

/// Passes on what asks nobody, and watches the answers for calls that end in them.
async fn forward(proxy: &Arc<Proxy>, sent: pass::Sent, session: &str) -> Response {
    match proxy.upstream.send(sent).await {
        Ok(answer) => {
            let (proxy, session) = (Arc::clone(proxy), session.to_owned());
            let unstopped = Box::pin(std::future::pending());
            pass::stream(answer, move |message| proxy.over(&session, message, None), || (), unstopped)
        }
        Err(why) => (StatusCode::BAD_GATEWAY, format!("[navi] {why}")).into_response(),
    }
}

impl Proxy {
    /// A call that was passed on got no answer that says how it ended.
    fn ended(&self, key: &Key, failed: Option<bool>) {
        if let Some(execution) = self.calls.over(key) {
            let client = self.client.clone();
            tokio::spawn(async move { desk::report(&client, &execution, failed).await });
        }
    }

    /// A message of the server: if it answers a call that runs, its end is reported.
    fn over(&self, session: &str, text: &str, own: Option<&Key>) {
        let Some((id, failed)) = message::answered(text) else { return };
        if let Some(execution) = self.calls.answered(session, &id, own) {
            let client = self.client.clone();
            tokio::spawn(async move { desk::report(&client, &execution, Some(failed)).await });
        }
    }
}

impl Proxy {
    /// Ends when a person stops a call that was passed on and has no answer yet; what its client hears instead. The server
    /// is told that it is cancelled (its connection closes as well), and nobody can tell how far it came.
    async fn stopped(self: Arc<Self>, sent: pass::Sent, call: Asked, execution: String) -> Value {
        stop::requested(&self.client, &execution).await;
        if self.calls.over(&call.key).is_none() {
            // It was answered while that was asked.
            return std::future::pending().await;
        }
        let id = call.id;
        let cancelled = sent.instead(&message::cancelled(&id));
        tokio::spawn(async move {
            let _ = tokio::time::timeout(LAST_WORD, self.upstream.send(cancelled)).await;
            desk::report(&self.client, &execution, None).await;
        });
        message::stopped(&id)
    }
}

/// A call that is being decided about, or passed on.
#[derive(Clone)]
struct Asked {
    session: String,
    id: Value,
    key: Key,
}

/// Passes a call on, and watches for its answer, and for a person who stops it.
async fn run(proxy: &Arc<Proxy>, sent: pass::Sent, call: Asked, execution: String) -> Response {
    let mut stopped = Box::pin(Arc::clone(proxy).stopped(sent.clone(), call.clone(), execution));
    let answer = tokio::select! {
        answer = proxy.upstream.send(sent) => answer,
        instead = &mut stopped => return json_answer(StatusCode::OK, &instead),
    };
    match answer {
        Ok(answer) if answer.status().is_success() => {
            let (watching, ending) = (Arc::clone(proxy), Arc::clone(proxy));
            let key = call.key.clone();
            let over = move || ending.ended(&key, None);
            let each = move |message: &str| watching.over(&call.session, message, Some(&call.key));
            pass::stream(answer, each, over, stopped)
        }
        Ok(answer) => {
            proxy.ended(&call.key, Some(true));
            pass::stream(answer, |_| (), || (), Box::pin(std::future::pending()))
        }
        Err(why) => {
            proxy.ended(&call.key, Some(true));
            (StatusCode::BAD_GATEWAY, format!("[navi] {why}")).into_response()
        }
    }
}

/// What the client is told of a decision.
enum Decided {
    Runs(String),
    Denied(Value),
    GivenUp,
}

fn decided(told: Option<Told>, id: &Value) -> Option<Decided> {
    match told {
        Some(Told::Still(_)) => None,
        Some(Told::Decided(Ok(execution))) => Some(Decided::Runs(execution)),
        Some(Told::Decided(Err(why))) => Some(Decided::Denied(message::denied(id, &why))),
        Some(Told::GivenUp) => Some(Decided::GivenUp),
        None => Some(Decided::Denied(message::denied(id, "the gate was ended"))),
    }
}

async fn waiting(
    proxy: Arc<Proxy>,
    sent: pass::Sent,
    call: Asked,
    progress: Option<Value>,
    mut hears: mpsc::UnboundedReceiver<Told>,
) -> Response {
    let streams = sent.accepts_streams();
    let guard = proxy.calls.guard(&call.key);
    let quick = async {
        loop {
            if let Some(decided) = decided(hears.recv().await, &call.id) {
                break decided;
            }
        }
    };
    // A client that takes no stream has to hold on until the decision.
    let first = if streams { tokio::time::timeout(QUICK, quick).await.ok() } else { Some(quick.await) };
    match first {
        Some(Decided::Runs(execution)) => {
            guard.decided();
            proxy.calls.runs(&call.key, execution.clone());
            run(&proxy, sent, call, execution).await
        }
        Some(Decided::Denied(answer)) => {
            guard.decided();
            json_answer(StatusCode::OK, &answer)
        }
        Some(Decided::GivenUp) => StatusCode::ACCEPTED.into_response(),
        None => {
            let (tell, told) = mpsc::channel::<Bytes>(16);
            let rest = Waiting { proxy, sent, call, progress, hears, tell, guard };
            tokio::spawn(rest.go_on());
            let parts = futures_util::stream::unfold(told, async |mut told| {
                told.recv().await.map(|part| (Ok::<_, Infallible>(part), told))
            });
            let headers = [
                (header::CONTENT_TYPE, "text/event-stream"),
                (header::CACHE_CONTROL, "no-cache, no-transform"),
            ];
            (headers, Body::from_stream(Box::pin(parts))).into_response()
        }
    }
}

/// A call whose client holds a stream while people decide.
struct Waiting {
    proxy: Arc<Proxy>,
    sent: pass::Sent,
    call: Asked,
    progress: Option<Value>,
    hears: mpsc::UnboundedReceiver<Told>,
    tell: mpsc::Sender<Bytes>,
    guard: calls::Guard,
}

impl Waiting {
    async fn go_on(mut self) {
        let decided = loop {
            let told = tokio::select! {
                told = self.hears.recv() => told,
                // The client hung up: dropping the guard gives the call up.
                () = self.tell.closed() => return,
            };
            if let (Some(Told::Still(done)), Some(token)) = (&told, &self.progress) {
                self.say(&message::progress(token, *done)).await;
            }
            if let Some(decided) = decided(told, &self.call.id) {
                break decided;
            }
        };
        match decided {
            Decided::GivenUp => {}
            Decided::Denied(answer) => {
                self.guard.decided();
                self.say(&answer).await;
            }
            Decided::Runs(execution) => self.run(execution).await,
        }
    }

    async fn say(&self, message: &Value) {
        let _ = self.tell.send(sse::event(&message.to_string())).await;
    }

    /// Passes the call on, and the server's answer into the client's stream.
    async fn run(self, execution: String) {
        self.guard.decided();
        let Asked { session, id, key } = &self.call;
        self.proxy.calls.runs(key, execution.clone());
        let (proxy, sent) = (Arc::clone(&self.proxy), self.sent.clone());
        let mut stopped = Box::pin(proxy.stopped(sent, self.call.clone(), execution));
        let failed = |why: &str| message::error(id, -32_000, why);
        let answer = tokio::select! {
            answer = self.proxy.upstream.send(self.sent.clone()) => answer,
            instead = &mut stopped => return self.say(&instead).await,
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => {
                self.proxy.ended(key, Some(true));
                return self.say(&failed(&why)).await;
            }
        };
        if !answer.status().is_success() {
            self.proxy.ended(key, Some(true));
            return self.say(&failed(&format!("the server answered {}", answer.status()))).await;
        }
        let each = |message: &str| self.proxy.over(session, message, Some(key));
        pass::into(answer, &self.tell, each, stopped).await;
        // A stream that ended without the answer: nobody can tell how the call ended.
        self.proxy.ended(key, None);
    }
}
