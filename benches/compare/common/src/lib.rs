//! Shared harness for the embedded-document-database benchmark.
//!
//! Each engine is one binary that implements [`Engine`] and calls [`main`].
//! Usage of every binary:
//!
//!   bench-<engine> <workload> [--mode M] [--n N] [--dir DIR] [--max-secs S] [--only STEP]
//!
//! Workloads:
//!   insert_one   N single inserts, each one its own commit (default 10_000)
//!   suite        bulk insert of N (default 100_000, batches of 10_000), then
//!                point lookups, index range, full scan, counts, updates,
//!                deletes, close, reopen: one JSON line each
//!
//! `--only` runs one step of the suite behind its bulk insert, for a profiler.
//!
//! Output: JSON lines on stdout, one per measured step:
//!   {engine, workload, mode, durability, n, secs, us_per_op, cpu_secs,
//!    rss_kb, disk_bytes, rows, loadavg}
//! `n` is the number of operations really done (loops stop at --max-secs),
//! `rows` a checksum (documents returned) so engines can be cross-checked,
//! `rss_kb` the peak resident set during that step, `cpu_secs` user+system
//! time of the whole process during that step (all threads).

#![forbid(unsafe_code)]

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The one document shape every engine stores. `_id` is 12 bytes as hex (24
/// characters) so that every engine can hold it; engines with an ObjectId type
/// convert at their boundary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    #[serde(rename = "_id")]
    pub id: String,
    pub name: String,
    pub email: String,
    pub age: i32,
    pub city: String,
    pub active: bool,
    pub tags: Vec<String>,
    pub created_at: i64,
}

pub const AGES: i32 = 10_000;
pub const CITIES: u64 = 50;
pub const BATCH: usize = 10_000;
pub const RANGE_WIDTH: i32 = 10;

/// A small deterministic generator (splitmix64): no dependency, same on every run.
#[derive(Clone)]
pub struct Rng(pub u64);
impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

pub fn email(i: u64) -> String {
    format!("user{i:06}@example.com")
}

/// Document number `i`: time-ordered id (as an ObjectId would be), scattered
/// ages (every age held by n / 10_000 documents), 50 cities.
pub fn user(i: u64) -> User {
    let mut r = Rng(i);
    let h = r.next();
    User {
        id: format!("{:08x}{:016x}", 0x6600_0000u64 + i / 1000, i),
        name: format!("First{} Last{}", h % 977, (h >> 20) % 7919),
        email: email(i),
        age: ((i * 7919) % AGES as u64) as i32,
        city: format!("City{}", (h >> 40) % CITIES),
        active: (h >> 50) & 1 == 0,
        tags: (0..3).map(|k| format!("tag{}", (h >> (8 * k)) % 100)).collect(),
        created_at: 1_700_000_000_000 + i as i64 * 1000,
    }
}

/// What an engine has to offer. Everything returns decoded `User`s, so decode
/// cost is included for every engine.
pub trait Engine: Sized {
    /// Engine name in the output.
    const NAME: &'static str;
    /// Modes this binary knows (first = default), with a durability note each.
    const MODES: &'static [(&'static str, &'static str)];

    /// Open or create the database under `dir`, with unique index on email and
    /// index on age.
    fn open(dir: &Path, mode: &str) -> Self;
    fn insert_one(&mut self, u: User);
    /// One transaction / one bulk call.
    fn insert_many(&mut self, us: Vec<User>);
    fn find_by_email(&mut self, email: &str) -> Option<User>;
    /// lo <= age < hi
    fn find_age_range(&mut self, lo: i32, hi: i32) -> Vec<User>;
    /// city == c && active == true, no index on either
    fn find_scan(&mut self, city: &str) -> Vec<User>;
    fn count_scan(&mut self, city: &str) -> u64;
    fn count_age_range(&mut self, lo: i32, hi: i32) -> u64;
    /// set city where email == e
    fn update_city_by_email(&mut self, email: &str, city: &str) -> bool;
    fn delete_by_email(&mut self, email: &str) -> bool;
    /// Whether the data outlives the process.
    fn persistent(mode: &str) -> bool;
    fn close(self);
}

#[derive(Serialize)]
struct Line<'a> {
    engine: &'a str,
    workload: &'a str,
    mode: &'a str,
    durability: &'a str,
    n: u64,
    secs: f64,
    us_per_op: f64,
    cpu_secs: f64,
    rss_kb: u64,
    disk_bytes: u64,
    rows: u64,
    loadavg: f64,
}

fn cpu_secs() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let secs = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    secs(usage.user_time()) + secs(usage.system_time())
}

fn status_kb(key: &str) -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|s| {
            s.lines()
                .find(|l| l.starts_with(key))
                .and_then(|l| l.split_whitespace().nth(1))
                .and_then(|v| v.parse().ok())
        })
        .unwrap_or(0)
}

/// Forget the peak so the next step reports its own.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Bytes really allocated on disk (blocks), so sparse preallocation is not counted.
pub fn disk_bytes(p: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(m) = std::fs::symlink_metadata(p) else { return 0 };
    if m.is_dir() {
        std::fs::read_dir(p).map(|d| d.flatten().map(|e| disk_bytes(&e.path())).sum()).unwrap_or(0)
    } else {
        m.blocks() * 512
    }
}

fn loadavg() -> f64 {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|s| s.split(' ').next().and_then(|v| v.parse().ok()))
        .unwrap_or(-1.0)
}

struct Ctx<'a> {
    engine: &'static str,
    mode: &'a str,
    durability: &'a str,
    dir: PathBuf,
    max_secs: f64,
    /// The one step to run, besides the bulk insert; `None`: all.
    only: Option<String>,
}

impl Ctx<'_> {
    /// Runs `f(k)` for k in 0..n, stopping early after max_secs; `f` returns rows.
    fn step(&self, workload: &str, n: u64, ops_per_iter: u64, mut f: impl FnMut(u64) -> u64) {
        if self.only.as_ref().is_some_and(|only| only != workload) {
            return;
        }
        reset_peak();
        let (mut rows, mut done) = (0u64, 0u64);
        let c0 = cpu_secs();
        let t0 = Instant::now();
        for k in 0..n {
            rows += f(k);
            done += 1;
            // look at the clock only every so often for cheap operations
            if (n <= 1000 || k % 64 == 0) && t0.elapsed().as_secs_f64() > self.max_secs {
                break;
            }
        }
        let secs = t0.elapsed().as_secs_f64();
        self.emit(workload, done * ops_per_iter, secs, cpu_secs() - c0, rows);
    }

    fn emit(&self, workload: &str, n: u64, secs: f64, cpu: f64, rows: u64) {
        let line = Line {
            engine: self.engine,
            workload,
            mode: self.mode,
            durability: self.durability,
            n,
            secs: (secs * 1e6).round() / 1e6,
            us_per_op: (secs * 1e9 / n.max(1) as f64).round() / 1e3,
            cpu_secs: (cpu * 1e4).round() / 1e4,
            rss_kb: status_kb("VmHWM:"),
            disk_bytes: disk_bytes(&self.dir),
            rows,
            loadavg: loadavg(),
        };
        println!("{}", serde_json::to_string(&line).unwrap());
    }
}

pub fn main<E: Engine>() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let opt = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let workload = args.first().cloned().unwrap_or_else(|| "suite".into());
    if workload == "modes" {
        for (m, d) in E::MODES {
            println!("{m}\t{d}");
        }
        return;
    }
    let mode = opt("--mode").unwrap_or_else(|| E::MODES[0].0.to_string());
    let durability = E::MODES
        .iter()
        .find(|(m, _)| *m == mode)
        .unwrap_or_else(|| panic!("unknown mode {mode}; known: {:?}", E::MODES))
        .1;
    let base = opt("--dir").unwrap_or_else(|| std::env::temp_dir().join("peerbench").display().to_string());
    let dir = PathBuf::from(base).join(format!("{}-{mode}-{}", E::NAME, std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let max_secs: f64 = opt("--max-secs").map_or(20.0, |s| s.parse().unwrap());
    let ctx =
        Ctx { engine: E::NAME, mode: &mode, durability, dir: dir.clone(), max_secs, only: opt("--only") };

    match workload.as_str() {
        "insert_one" => {
            let n: u64 = opt("--n").map_or(10_000, |s| s.parse().unwrap());
            let docs: Vec<User> = (0..n).map(user).collect();
            let mut it = docs.into_iter();
            let mut e = E::open(&dir, &mode);
            ctx.step("insert_one", n, 1, |_| {
                e.insert_one(it.next().unwrap());
                1
            });
            e.close();
        }
        "suite" => {
            let n: u64 = opt("--n").map_or(100_000, |s| s.parse().unwrap());
            suite::<E>(&ctx, n, &dir, &mode);
        }
        w => panic!("unknown workload {w}; known: insert_one, suite, modes"),
    }
    let _ = std::fs::remove_dir_all(&dir);
}

fn suite<E: Engine>(ctx: &Ctx, n: u64, dir: &Path, mode: &str) {
    let mut e = E::open(dir, mode);

    // (b) bulk insert; generating the documents is outside the clock
    {
        reset_peak();
        let (mut secs, c0, mut gen_cpu) = (0.0, cpu_secs(), 0.0);
        let mut i = 0;
        while i < n {
            let g0 = cpu_secs();
            let batch: Vec<User> = (i..(i + BATCH as u64).min(n)).map(user).collect();
            gen_cpu += cpu_secs() - g0;
            i += batch.len() as u64;
            let t = Instant::now();
            e.insert_many(batch);
            secs += t.elapsed().as_secs_f64();
        }
        ctx.emit("bulk_insert", n, secs, cpu_secs() - c0 - gen_cpu, n);
    }

    // (c) random point lookups through the unique email index
    let mut r = Rng(42);
    let keys: Vec<String> = (0..100_000).map(|_| email(r.below(n))).collect();
    ctx.step("point_lookup", keys.len() as u64, 1, |k| {
        let u = e.find_by_email(&keys[k as usize]).expect("document is there");
        assert_eq!(u.email, keys[k as usize]);
        1
    });
    drop(keys);

    // (d) range over the age index, n/AGES*RANGE_WIDTH (= 100) documents each
    let mut r = Rng(43);
    ctx.step("range_100", 2000, 1, |_| {
        let lo = r.below((AGES - RANGE_WIDTH) as u64) as i32;
        e.find_age_range(lo, lo + RANGE_WIDTH).len() as u64
    });

    // (e) filter with no index over all n
    let mut r = Rng(44);
    ctx.step("scan_find", 20, 1, |_| e.find_scan(&format!("City{}", r.below(CITIES))).len() as u64);

    // (h) counts
    let mut r = Rng(45);
    ctx.step("count_scan", 20, 1, |_| e.count_scan(&format!("City{}", r.below(CITIES))));
    let mut r = Rng(46);
    ctx.step("count_index_10pct", 50, 1, |_| {
        let lo = r.below((AGES * 9 / 10) as u64) as i32;
        e.count_age_range(lo, lo + AGES / 10)
    });

    // (f) update one by unique field, (g) delete one by unique field
    let mut r = Rng(47);
    ctx.step("update_one", 5000, 1, |k| {
        let ok = e.update_city_by_email(&email(r.below(n)), &format!("Moved{k}"));
        assert!(ok);
        1
    });
    ctx.step("delete_one", 5000, 1, |k| {
        let i = (k * 7919) % n;
        assert!(e.delete_by_email(&email(i)));
        1
    });

    // close, then time the reopening
    let (c0, t0) = (cpu_secs(), Instant::now());
    e.close();
    ctx.emit("close", 1, t0.elapsed().as_secs_f64(), cpu_secs() - c0, 0);
    if E::persistent(mode) {
        reset_peak();
        let (c0, t0) = (cpu_secs(), Instant::now());
        let mut e = E::open(dir, mode);
        // some were deleted: the first of the last hundred that is still there
        let found = (1..=100).any(|j| e.find_by_email(&email(n - j)).is_some()) as u64;
        ctx.emit("reopen_and_get", 1, t0.elapsed().as_secs_f64(), cpu_secs() - c0, found);
        e.close();
    }
}
