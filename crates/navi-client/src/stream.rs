//! The resumable stream of ledger events over WebSocket. Reconnecting is the caller's, who owns the cursor.

use futures_util::{SinkExt as _, StreamExt as _};
use navi_protocol::paths;
use navi_protocol::problem::Problem;
use navi_protocol::stream::Frame;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::ClientError;
use crate::api::Client;

/// An open stream.
pub struct Stream {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    url: String,
}

impl Stream {
    /// Opens the stream after `since` (`EPOCH:SEQ`, the last event seen), or from now on.
    ///
    /// # Errors
    /// [`ClientError::is_epoch_gone`] when the cursor's epoch is over.
    pub async fn connect(client: &Client, since: Option<&str>) -> Result<Self, ClientError> {
        let base = client.base_url();
        let socket_base = base.replacen("http", "ws", 1);
        let query = since.map(|s| format!("?since={s}")).unwrap_or_default();
        let mut request = format!("{socket_base}{}{query}", paths::STREAM)
            .into_client_request()
            .map_err(|e| ClientError::Setup(e.to_string()))?;
        if let Some(token) = client.token() {
            let value =
                format!("Bearer {token}").parse().map_err(|_| ClientError::Setup("unusable token".into()))?;
            request.headers_mut().insert("authorization", value);
        }
        let opening = tokio_tungstenite::connect_async(request);
        let opened = tokio::time::timeout(std::time::Duration::from_secs(10), opening)
            .await
            .map_err(|_| ClientError::TimedOut { url: base.to_owned() })?;
        match opened {
            Ok((socket, _)) => Ok(Self { socket, url: base.to_owned() }),
            Err(WsError::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err(serde_json::from_slice::<Problem>(body).map_or_else(
                    |_| ClientError::Nonsense(format!("status {} without a problem", answer.status())),
                    ClientError::Refused,
                ))
            }
            Err(error) => Err(ClientError::Unreachable { url: base.to_owned(), source: Box::new(error) }),
        }
    }

    /// The next frame; `None` when the server closed the stream.
    ///
    /// # Errors
    /// A broken connection, or a message that is no frame. Safe to cancel: nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Frame>, ClientError> {
        loop {
            match self.socket.next().await {
                None | Some(Ok(Message::Close(_))) => return Ok(None),
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text)
                        .map(Some)
                        .map_err(|e| ClientError::Nonsense(e.to_string()));
                }
                Some(Ok(Message::Ping(payload))) => {
                    let _ = self.socket.send(Message::Pong(payload)).await;
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    return Err(ClientError::Unreachable { url: self.url.clone(), source: Box::new(error) });
                }
            }
        }
    }
}
