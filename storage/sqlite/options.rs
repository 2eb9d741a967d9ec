//! What can be said about an SQLite storage beside its path.

use crate::error::{Error, ErrorKind, Result};
use crate::url::StorageUrl;
use std::time::Duration;

/// How an SQLite file is opened.
///
/// ```
/// use anser_storage::sqlite::SqliteOptions;
/// use std::time::Duration;
///
/// let options = SqliteOptions { busy_timeout: Duration::from_secs(1), ..SqliteOptions::default() };
/// assert_eq!(options.cache_bytes, 64 << 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long a writer waits for another one, in this process or elsewhere, before the error Busy.
    /// Option `busy_timeout`, 5 s unless told.
    pub busy_timeout: Duration,
    /// How many bytes of pages one connection keeps at most. Option `cache_size`, 64 MiB unless told.
    pub cache_bytes: u64,
    /// Whether writes are refused. Option `read_only`, `false` unless told.
    pub read_only: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        SqliteOptions { busy_timeout: Duration::from_secs(5), cache_bytes: 64 << 20, read_only: false }
    }
}

/// The options a URL may carry; `durability` belongs to the engine.
const KNOWN: &str = "durability, busy_timeout, cache_size, read_only";

impl SqliteOptions {
    /// The options of a URL such as `sqlite:./app.db?busy_timeout=2s&cache_size=16M`.
    ///
    /// # Errors
    /// InvalidUrl for an option that does not exist, naming those that do, and for a value that makes no
    /// sense.
    pub fn from_url(url: &StorageUrl) -> Result<SqliteOptions> {
        let mut options = SqliteOptions::default();
        for (name, value) in &url.options {
            let wrong = |wanted: &str| {
                let message = format!("sqlite option {name}={value}: expected {wanted}");
                Error::new(ErrorKind::InvalidUrl, message)
            };
            match name.as_str() {
                "durability" => {}
                "busy_timeout" => {
                    options.busy_timeout =
                        duration(value).ok_or_else(|| wrong("a time such as 500ms, 5s or 1m"))?;
                }
                "cache_size" => {
                    options.cache_bytes =
                        bytes(value).ok_or_else(|| wrong("a size such as 65536, 512K, 64M or 1G"))?;
                }
                "read_only" => {
                    options.read_only = value.parse().map_err(|_| wrong("true or false"))?;
                }
                _ => {
                    let message = format!("sqlite has no option {name:?}; it has {KNOWN}");
                    return Err(Error::new(ErrorKind::InvalidUrl, message));
                }
            }
        }
        Ok(options)
    }
}

/// `500ms`, `5s`, `1m`; at most a day, so that deadlines stay within the clock.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let milliseconds = match unit {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        _ => return None,
    };
    (milliseconds <= 86_400_000).then(|| Duration::from_millis(milliseconds))
}

/// `65536`, `512K`, `64M`, `1G`, in powers of 1024; at most a terabyte.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        "G" | "g" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor).filter(|&bytes| bytes <= 1 << 40)
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit))
}
