//! What durable commits and openings cost in a folder, beside the least that any log can cost on the same disk.
//!
//! `cargo bench -p anser-storage --bench file -- [folder] [documents]`. Documents of 300 bytes, one a commit.

use anser_storage::file::{FileOptions, FileStrategy};
use anser_storage::{Durability, Result, Shape, StorageStrategy, TreeId, TreeSpec};
use bson::{doc, oid::ObjectId};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const TREE: TreeId = TreeId(1);
/// How long each figure is measured.
const TIME: Duration = Duration::from_secs(2);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let place = arguments.first().map_or_else(std::env::temp_dir, Into::into);
    let documents = arguments.get(1).and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir_in(place)?;
    for round in 1..=2 {
        println!("round {round}");
        baselines(folder.path())?;
        for writers in [1, 8] {
            commits(folder.path(), writers)?;
        }
    }
    opening(folder.path(), documents)
}

fn document(number: i32) -> Vec<u8> {
    let text = "The greylag goose is the ancestor of most breeds of domestic geese. ".repeat(3);
    let document =
        doc! { "_id": ObjectId::new(), "number": number, "weight": f64::from(number) / 7.0, "text": text };
    document.to_vec().expect("a small document has bytes")
}

/// A line of 300 bytes and a sync, over and over.
fn baselines(folder: &Path) -> Result<()> {
    let line = [b'x'; 300];
    for (name, fill) in [("append log", 0_usize), ("zero-filled log", 8 << 20)] {
        let file = File::create(folder.join("baseline"))?;
        file.write_all_at(&vec![0; fill], 0)?;
        file.sync_all()?;
        let (started, mut count) = (Instant::now(), 0_u64);
        while started.elapsed() < TIME {
            file.write_all_at(&line, count * 300)?;
            file.sync_data()?;
            count += 1;
        }
        println!("  {name:32} {:8.1} µs a commit", TIME.as_secs_f64() * 1e6 / count as f64);
    }
    Ok(())
}

fn commits(folder: &Path, writers: i32) -> Result<()> {
    let storage =
        FileStrategy::open(folder.join(format!("commits{}", ObjectId::new())), FileOptions::default())?;
    create(&storage)?;
    let started = Instant::now();
    let counts = std::thread::scope(|threads| {
        let threads: Vec<_> = (0..writers)
            .map(|_| {
                threads.spawn(|| -> Result<u64> {
                    let mut count = 0;
                    while started.elapsed() < TIME {
                        let mut write = storage.begin_write(Durability::Synced)?;
                        write.append(TREE, &document(count as i32))?;
                        write.commit()?;
                        count += 1;
                    }
                    Ok(count)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no writer panics")).sum::<Result<u64>>()
    })?;
    let name = format!("file:, {writers} writers");
    println!("  {name:32} {:8.1} µs a commit", started.elapsed().as_secs_f64() * 1e6 / counts as f64);
    storage.close()
}

fn create(storage: &FileStrategy) -> Result<()> {
    let mut write = storage.begin_write(Durability::Synced)?;
    write.create_tree(TREE, &TreeSpec { shape: Shape::Records, derived: false, label: "main.geese" })?;
    write.commit()
}

fn opening(folder: &Path, documents: i32) -> Result<()> {
    let path = folder.join("many");
    let open = || FileStrategy::open(&path, FileOptions::default());
    let storage = open()?;
    create(&storage)?;
    let (started, mut slowest) = (Instant::now(), Duration::ZERO);
    for from in (0..documents).step_by(1_000) {
        let mut write = storage.begin_write(Durability::Os)?;
        for number in from..documents.min(from + 1_000) {
            write.append(TREE, &document(number))?;
        }
        write.commit()?;
    }
    println!("{documents} documents in commits of 1,000, os: {:.2?}", started.elapsed());
    storage.close()?;
    let started = Instant::now();
    let storage = open()?;
    println!("opened from the log: {:.2?}", started.elapsed());
    // One writer beside the checkpoint: how long it waits at most.
    let checkpoint = Instant::now();
    std::thread::scope(|threads| -> Result<()> {
        let compacting =
            threads.spawn(|| storage.maintenance().map_or(Ok(()), |maintenance| maintenance.compact()));
        while !compacting.is_finished() {
            let started = Instant::now();
            let mut write = storage.begin_write(Durability::Os)?;
            write.append(TREE, &document(0))?;
            write.commit()?;
            slowest = slowest.max(started.elapsed());
        }
        compacting.join().expect("a checkpoint does not panic")
    })?;
    println!("checkpoint: {:.2?}; the slowest write beside it: {slowest:.2?}", checkpoint.elapsed());
    storage.close()?;
    let started = Instant::now();
    let storage = open()?;
    println!("opened from data files: {:.2?}; {} bytes", started.elapsed(), size(&storage)?);
    storage.close()
}

fn size(storage: &FileStrategy) -> Result<u64> {
    storage.maintenance().map_or(Ok(0), |maintenance| maintenance.size_bytes())
}
