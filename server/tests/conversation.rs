//! A client's side of the conversation, over a real socket.

use anser::Database;
use anser_server::Server;
use bson::{Document, RawDocumentBuf, doc};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

async fn serve() -> SocketAddr {
    let database = Database::open("memory:").expect("memory opens");
    let server = Server::bind(database, (Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
    let address = server.address();
    tokio::spawn(async move { server.run().await });
    address
}

async fn connect() -> TcpStream {
    TcpStream::connect(serve().await).await.expect("the server listens")
}

fn frame(operation: i32, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len() as i32;
    let header = [length, 77, 0, operation].map(i32::to_le_bytes).concat();
    [&header, body].concat()
}

fn bytes_of(document: Document) -> Vec<u8> {
    RawDocumentBuf::try_from(&document).expect("a document").into_bytes()
}

fn message(flags: u32, command: Document) -> Vec<u8> {
    frame(OP_MSG, &[&flags.to_le_bytes()[..], &[0], &bytes_of(command)].concat())
}

async fn reply(stream: &mut TcpStream) -> (i32, i32, Document) {
    let mut header = [0; 16];
    timeout(Duration::from_secs(10), stream.read_exact(&mut header))
        .await
        .expect("in time")
        .expect("a header");
    let number = |at: usize| i32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let mut body = vec![0; number(0) as usize - 16];
    stream.read_exact(&mut body).await.expect("a body");
    let skip = if number(12) == OP_REPLY { 20 } else { 5 };
    let document = RawDocumentBuf::from_bytes(body[skip..].to_vec()).expect("one document");
    (number(8), number(12), Document::try_from(document).expect("a document"))
}

async fn ask(stream: &mut TcpStream, command: Document) -> Document {
    stream.write_all(&message(0, command)).await.expect("sent");
    let (answers, operation, document) = reply(stream).await;
    assert_eq!((answers, operation), (77, OP_MSG));
    document
}

#[tokio::test]
async fn the_old_handshake_is_answered_in_its_own_form() {
    let mut stream = connect().await;
    let body = [&[0; 4], &b"admin.$cmd\0"[..], &[0; 8], &bytes_of(doc! { "ismaster": 1 })].concat();
    stream.write_all(&frame(OP_QUERY, &body)).await.expect("sent");
    let (answers, operation, document) = reply(&mut stream).await;
    assert_eq!((answers, operation), (77, OP_REPLY));
    assert_eq!(document.get_bool("ismaster").ok(), Some(true));
    assert_eq!(document.get_i32("maxWireVersion").ok(), Some(25));
}

#[tokio::test]
async fn documents_sent_as_a_sequence_are_stored_and_found() {
    let mut stream = connect().await;
    let documents = [bytes_of(doc! { "_id": 1 }), bytes_of(doc! { "_id": 2 })].concat();
    let sequence = [&b"documents\0"[..], &documents].concat();
    let section = [&[1][..], &(sequence.len() as i32 + 4).to_le_bytes(), &sequence].concat();
    let main = bytes_of(doc! { "insert": "users", "$db": "shop" });
    stream.write_all(&frame(OP_MSG, &[&[0; 4], &[0][..], &main, &section].concat())).await.expect("sent");
    let (_, _, inserted) = reply(&mut stream).await;
    assert_eq!(inserted.get_i32("n").ok(), Some(2));
    let found = ask(&mut stream, doc! { "find": "users", "sort": { "_id": -1 }, "$db": "shop" }).await;
    let cursor = found.get_document("cursor").expect("a cursor");
    assert_eq!(cursor.get_array("firstBatch").expect("a batch").len(), 2);
    assert_eq!(cursor.get_str("ns").ok(), Some("shop.users"));
}

#[tokio::test]
async fn more_to_come_gets_no_answer_and_the_next_question_does() {
    let mut stream = connect().await;
    let insert =
        doc! { "insert": "users", "documents": [{ "_id": 1 }], "$db": "shop", "writeConcern": { "w": 0 } };
    stream.write_all(&message(2, insert)).await.expect("sent");
    let counted = ask(&mut stream, doc! { "count": "users", "$db": "shop" }).await;
    assert_eq!(counted.get_i32("n").ok(), Some(1));
}

#[tokio::test]
async fn faults_in_a_command_are_answered_with_mongodbs_codes() {
    let mut stream = connect().await;
    let unknown = ask(&mut stream, doc! { "frobnicate": 1, "$db": "shop" }).await;
    assert_eq!(unknown.get_i32("code").ok(), Some(59));
    assert_eq!(unknown.get_str("codeName").ok(), Some("CommandNotFound"));
    let field = ask(&mut stream, doc! { "ping": 1, "frob": 1, "$db": "shop" }).await;
    assert_eq!(field.get_i32("code").ok(), Some(40415));
    let homeless = ask(&mut stream, doc! { "ping": 1 }).await;
    assert_eq!(homeless.get_i32("code").ok(), Some(40571));
    let name = ask(&mut stream, doc! { "ping": 1, "$db": "a b" }).await;
    assert_eq!(name.get_i32("code").ok(), Some(73));
}

#[tokio::test]
async fn messages_that_make_no_sense_end_a_connection_and_no_other() {
    let address = serve().await;
    let nonsense: Vec<Vec<u8>> = vec![
        vec![0; 16],
        [15_i32, 0, 0, OP_MSG].map(i32::to_le_bytes).concat(),
        [i32::MAX, 0, 0, OP_MSG].map(i32::to_le_bytes).concat(),
        [-1, 0, 0, OP_MSG].map(i32::to_le_bytes).concat(),
        frame(OP_MSG, &[]),
        frame(OP_MSG, &[0, 0, 0, 0, 9]),
        frame(OP_MSG, &[0, 0, 0, 0, 0, 255, 255, 255, 127]),
        frame(2002, b"old insert"),
        frame(OP_QUERY, b"no end"),
        frame(OP_MSG, &[&[0; 5][..], &[12, 0, 0, 0, 0x10, b'a', 0, 1, 0, 0, 0, 7]].concat()),
        frame(OP_MSG, &[&[0; 5][..], &[14, 0, 0, 0, 0x02, b'a', 0, 2, 0, 0, 0, 0xFF, 0, 0]].concat()),
    ];
    for bytes in nonsense {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        stream.write_all(&bytes).await.expect("sent");
        stream.shutdown().await.expect("our side is closed");
        let mut answer = Vec::new();
        let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{bytes:?} kept the connection");
        if answer.len() > 21 {
            let document =
                RawDocumentBuf::from_bytes(answer[if answer[12] == 1 { 36 } else { 21 }..].to_vec());
            assert_eq!(document.expect("an error document").get_f64("ok").expect("it says so"), 0.0);
        }
    }
    let mut stream = TcpStream::connect(address).await.expect("the server still listens");
    assert_eq!(ask(&mut stream, doc! { "ping": 1, "$db": "shop" }).await, doc! { "ok": 1.0 });
}

#[tokio::test]
async fn only_this_machine_may_connect() {
    for address in [SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), (Ipv6Addr::UNSPECIFIED, 0).into()] {
        let database = Database::open("memory:").expect("memory opens");
        let error = Server::bind(database, address).await.expect_err("not a loopback address");
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    }
}
