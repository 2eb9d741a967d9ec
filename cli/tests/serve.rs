//! The program from outside: what it prints, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn anser(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_anser")).args(arguments).output().expect("the program runs")
}

fn error_of(arguments: &[&str]) -> String {
    let output = anser(arguments);
    assert!(!output.status.success(), "{arguments:?} has to fail");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn a_url_that_makes_no_sense_is_an_error_that_teaches() {
    assert!(error_of(&["serve", "nonsense"]).contains("scheme:path"), "{}", error_of(&["serve", "nonsense"]));
    assert!(error_of(&["serve", "frob:x"]).contains("frob"));
    assert!(error_of(&["serve", "memory:/somewhere"]).contains("/somewhere"));
    assert!(error_of(&["serve", "sqlite:./x.db?durability=sometimes"]).contains("sometimes"));
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("letter.txt");
    std::fs::write(
        &file,
        "Dear reader, this is no database, and it is long enough to be looked at.\n".repeat(9),
    )
    .expect("written");
    let error = error_of(&["serve", &format!("sqlite:{}", file.display())]);
    assert!(error.contains("letter.txt"), "{error}");
    let missing = folder.path().join("no/such/folder/app.db");
    let error = error_of(&["serve", &format!("sqlite:{}", missing.display())]);
    assert!(error.contains("no/such/folder"), "{error}");
}

#[test]
fn help_shows_examples() {
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let output = anser(arguments);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("sqlite:./app.db"));
    }
}

#[test]
fn it_says_where_it_listens_and_a_taken_port_is_an_error() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_anser"))
        .args(["serve", "memory:", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let port = line.trim().rsplit(':').next().expect("a port").to_owned();
    assert!(line.starts_with("anser: serving memory: on mongodb://127.0.0.1:"), "{line}");
    let error = error_of(&["serve", "memory:", "--port", &port]);
    assert!(error.contains(&port), "{error}");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}

#[cfg(unix)]
#[test]
fn more_connections_than_files_may_be_open_wait_and_do_not_end_the_server() {
    let mut server = Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$0\" serve memory: --port 0", env!("CARGO_BIN_EXE_anser")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let address = line.trim().rsplit('/').next().expect("an address").to_owned();
    let connect = || TcpStream::connect(&address).expect("the server listens");
    let many: Vec<TcpStream> = (0..60).map(|_| connect()).collect();
    drop(many);
    let document = bson::rawdoc! { "ping": 1, "$db": "main" };
    let length = (16 + 5 + document.as_bytes().len()) as i32;
    let header = [length, 1, 0, 2013].map(i32::to_le_bytes).concat();
    let mut client = connect();
    client.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    client.write_all(&[&header, &[0; 5][..], document.as_bytes()].concat()).expect("written");
    let mut reply = [0; 16];
    client.read_exact(&mut reply).expect("a reply");
    assert_eq!(&reply[8..12], &1_i32.to_le_bytes(), "it answers message 1");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
