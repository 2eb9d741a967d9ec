//! MongoDB's wire protocol over an Anser database: any MongoDB client can talk to it.
//!
//! The server frames, the engine answers: what a command means lives in [`anser::command`]. Sockets are read by
//! tokio; commands run on its pool of blocking threads, since the engine is synchronous.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let database = anser::Database::open("memory:")?;
//! let server = anser_server::Server::bind(database, ([127, 0, 0, 1], 27017).into()).await?;
//! println!("listening on {}", server.address());
//! server.run().await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod connection;
pub mod wire;

use anser::Database;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// A server that listens on the loopback interface.
#[derive(Debug)]
pub struct Server {
    database: Arc<Database>,
    listener: TcpListener,
    address: SocketAddr,
    connections: AtomicI32,
}

impl Server {
    /// Listens on `address`; port 0 picks a free one.
    ///
    /// # Errors
    /// PermissionDenied for an address that is not a loopback address: there is no authentication yet, so
    /// nobody but this machine may connect. What the operating system says otherwise.
    pub async fn bind(database: Database, address: SocketAddr) -> io::Result<Server> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{} is not a loopback address, and this server has no authentication", address.ip()),
            ));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Server { database: Arc::new(database), listener, address, connections: AtomicI32::new(0) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until the future is dropped.
    ///
    /// # Errors
    /// When the listening socket itself fails. A connection that fails ends alone.
    pub async fn run(&self) -> io::Result<()> {
        loop {
            let (stream, _) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) if is_of_the_moment(&error) => {
                    // Clients wait in the socket's line until others have gone.
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Small replies should leave at once; a socket that refuses the option still works.
            let _ = stream.set_nodelay(true);
            let id = self.connections.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            tokio::spawn(connection::serve(stream, Arc::clone(&self.database), id));
        }
    }
}

/// How long nobody is accepted after the machine had no room for one more connection.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Whether the machine has no room for one more connection now: too many open files, or no memory for it. That
/// passes, and those who are connected go on.
fn is_of_the_moment(error: &io::Error) -> bool {
    // ENOMEM, ENFILE, EMFILE, ENOBUFS (macOS, Linux), WSAEMFILE, WSAENOBUFS.
    const CODES: [i32; 7] = [12, 23, 24, 55, 105, 10024, 10055];
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
