//! `anser serve`: a database for MongoDB clients on this machine.

use anser::Database;
use anser_server::Server;
use clap::Args;
use std::error::Error;
use std::net::Ipv4Addr;

/// Serves a database to MongoDB clients on this machine (loopback only, no authentication).
///
/// Prints one line when it listens; ends at Ctrl-C, and everything acknowledged is stored then.
#[derive(Args)]
#[command(after_help = "\
Example:
  anser serve sqlite:./app.db --port 27018
  mongosh mongodb://127.0.0.1:27018")]
pub(crate) struct Serve {
    /// Where the documents live: memory: or sqlite:./app.db
    url: String,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 27017)]
    port: u16,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let database = Database::open(&self.url)?;
        let closing = database.clone();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served: Result<(), Box<dyn Error>> = runtime.block_on(async {
            let address = (Ipv4Addr::LOCALHOST, self.port).into();
            let server = Server::bind(database, address)
                .await
                .map_err(|error| format!("cannot listen on {address}: {error}"))?;
            println!("anser: serving {} on mongodb://{}", self.url, server.address());
            tokio::select! {
                ended = server.run() => ended?,
                () = asked_to_end() => println!("anser: closing"),
            }
            Ok(())
        });
        runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        closing.close()?;
        served
    }
}

/// Returns at Ctrl-C, and at SIGTERM where there is such a thing.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // A machine that cannot tell us of Ctrl-C ends the program by itself.
    let _ = tokio::signal::ctrl_c().await;
}
