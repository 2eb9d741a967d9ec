//! One connection: read a message, answer it, until the client goes.
//!
//! A frame that cannot be read ends the connection, since where the next one begins is not known then; a
//! message that can be framed and makes no sense is answered with an error.

use crate::wire::{HEADER_BYTES, Header, Request};
use anser::command::error_reply;
use anser::{Code, Database, Error};
use bson::RawDocumentBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Serves `stream` until it ends.
pub(crate) async fn serve(mut stream: TcpStream, database: Arc<Database>, id: i32) {
    let mut replies: i32 = 0;
    loop {
        let mut bytes = [0; HEADER_BYTES];
        if stream.read_exact(&mut bytes).await.is_err() {
            return;
        }
        let Ok(header) = Header::read(&bytes) else { return };
        let mut body = Vec::new();
        // Read as it comes: the length a client claims is not taken on trust.
        let wanted = header.body_bytes() as u64;
        match (&mut stream).take(wanted).read_to_end(&mut body).await {
            Ok(read) if read as u64 == wanted => {}
            _ => return,
        }
        replies = replies.wrapping_add(1);
        let reply_id = replies;
        let database = Arc::clone(&database);
        // A panic is a bug, and it is this client's connection that ends then, not the server.
        let answer = tokio::task::spawn_blocking(move || answer(&database, header, &body, id, reply_id));
        match answer.await {
            Ok(Some(reply)) => {
                if stream.write_all(&reply).await.is_err() {
                    return;
                }
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

/// The framed reply to one message; `None` when the client wants none.
fn answer(
    database: &Database,
    header: Header,
    body: &[u8],
    connection: i32,
    reply_id: i32,
) -> Option<Vec<u8>> {
    let request = match Request::read(header, body) {
        Ok(request) => request,
        Err(why) => {
            let error = error_reply(&Error::request(Code::PROTOCOL_ERROR, why.to_string()));
            return Some(header.reply(&error, reply_id));
        }
    };
    let reply = run(database, &request, connection);
    request.wants_reply().then(|| header.reply(&reply, reply_id))
}

fn run(database: &Database, request: &Request, connection: i32) -> RawDocumentBuf {
    let outcome =
        request.database().and_then(|name| database.commands().run_for(name, request.command(), connection));
    outcome.unwrap_or_else(|error| error_reply(&error))
}
