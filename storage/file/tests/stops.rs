//! The process stops, or the machine does, at any operation: what reopens is a committed prefix that holds every
//! acknowledged synced commit.

use super::super::simulated::{Done, SimulatedDisk};
use super::*;
use crate::ErrorKind;

/// What a workload was told.
#[derive(Default)]
struct Told {
    /// What was there after each commit, as far as commits were tried; the first is nothing.
    states: Vec<State>,
    /// The last of them that was acknowledged as synced, directly or by a later one.
    safe: usize,
}

/// One random transaction, on the storage and on the model. `Err` when the storage refused.
fn transaction(storage: &dyn StorageStrategy, dice: &mut Dice, told: &mut Told) -> Result<()> {
    let durability = if dice.throw(3) == 0 { Durability::Os } else { Durability::Synced };
    let mut write = storage.begin_write(durability)?;
    for _ in 0..1 + dice.throw(4) {
        let tree = TreeId(dice.throw(4));
        let shape = if tree == CATALOG { Shape::Keys } else { Shape::Records };
        match write
            .create_tree(tree, &spec(shape, ["catalog", "main.a", "main.b", "main.a"][tree.0 as usize]))
        {
            Ok(()) => continue,
            Err(error) => assert_eq!(error.kind(), ErrorKind::TreeExists),
        }
        let number = dice.throw(1_000);
        let value = match dice.throw(3) {
            0 => {
                bson::doc! { "number": number as i64, "text": "x".repeat(number as usize) }.to_vec().unwrap()
            }
            1 => bson::doc! { "number": number as i32 }.to_vec().unwrap(),
            _ => vec![number as u8; number as usize % 50],
        };
        match (dice.throw(8), shape) {
            (0, _) if dice.throw(3) == 0 => write.drop_tree(tree)?,
            (1, _) if dice.throw(3) == 0 => write.clear(tree)?,
            (_, Shape::Keys) => write.put(tree, Key::Bytes(&[number as u8 % 5, 0xff]), &value)?,
            (2..4, Shape::Records) => drop(write.remove(tree, Key::Record(1 + number % 9))?),
            (4, Shape::Records) => {
                let record = write.append(tree, b"gone")?;
                write.remove(tree, Key::Record(record))?;
            }
            (_, Shape::Records) => drop(write.append(tree, &value)?),
        }
    }
    // What the transaction sees is what it will have committed.
    let mut state = State::new();
    for tree in 0..4 {
        let tree = TreeId(tree);
        let spec = spec(if tree == CATALOG { Shape::Keys } else { Shape::Records }, "probe");
        let mut entries = Vec::new();
        write.scan(tree, Range::ALL, Direction::Forward, &mut |key, value| {
            let key = match key {
                Key::Record(record) => record.to_be_bytes().to_vec(),
                Key::Bytes(key) => [b"key ", key].concat(),
            };
            entries.push((key, value.to_vec()));
            ControlFlow::Continue(())
        })?;
        let exists = write.create_tree(tree, &spec).is_err();
        if exists {
            state.insert((tree.0, b"tree".to_vec()), Vec::new());
            state.extend(entries.into_iter().map(|(key, value)| ((tree.0, key), value)));
        } else {
            write.drop_tree(tree)?;
        }
    }
    told.states.push(state);
    write.commit()?;
    if durability == Durability::Synced {
        told.safe = told.states.len() - 1;
    }
    Ok(())
}

/// Works until the disk fails, or to the end. A checkpoint now and then.
fn work(storage: &dyn StorageStrategy, dice: &mut Dice, commits: u64, told: &mut Told) {
    for _ in 0..commits {
        let done = if dice.throw(9) == 0 {
            storage.maintenance().unwrap().compact()
        } else {
            transaction(storage, dice, told)
        };
        if done.is_err() {
            return;
        }
    }
}

fn assert_committed_prefix(disk: &SimulatedDisk, told: &Told, context: &str) -> usize {
    let storage = match open_on(disk) {
        Ok(storage) => storage,
        Err(error) => panic!("{context}: does not open: {error}"),
    };
    let state = state_of(&storage);
    let found = told.states.iter().rposition(|committed| *committed == state);
    let found = found.unwrap_or_else(|| panic!("{context}: what reopened was never committed"));
    let safe = told.states[told.safe..].contains(&state);
    assert!(safe, "{context}: commit {} was acknowledged, commit {found} reopened", told.safe);
    // It goes on from there, and that is found again.
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.create_tree(TreeId(77), &spec(Shape::Keys, "after")).unwrap();
    write.commit().unwrap();
    let state = state_of(&storage);
    drop(storage);
    assert!(state_of(&open_on(disk).unwrap()) == state, "{context}: what was written after the stop is gone");
    found
}

fn stop_everywhere(seed: u64, commits: u64) -> u64 {
    let run = |disk: &SimulatedDisk| {
        let mut told = Told { states: vec![State::new()], safe: 0 };
        let mut dice = Dice::new(seed);
        if let Ok(storage) = open_on(disk) {
            work(&storage, &mut dice, commits, &mut told);
            // Half the runs end without a word.
            if dice.throw(2) == 0 {
                drop(storage);
            } else {
                std::mem::forget(storage);
            }
        }
        told
    };
    let whole = SimulatedDisk::default();
    run(&whole);
    let operations = whole.operations();
    for stop in 0..=operations {
        let disk = SimulatedDisk::default();
        disk.stop_at(stop);
        let told = run(&disk);
        let mut dice = Dice::new(seed ^ stop << 20);
        let context = format!("seed {seed}, stopped at operation {stop} of {operations}");
        assert_committed_prefix(&disk.after_a_stop(|sides| dice.throw(sides)), &told, &context);
        if stop % 4 == 0 {
            assert_committed_prefix(&disk.after_a_kill(), &told, &format!("{context}, process only"));
        }
    }
    operations + 1
}

/// More of them: `ANSER_STOP_POINTS=100000`.
#[test]
fn a_stop_at_any_operation_leaves_a_committed_prefix_with_every_synced_commit() {
    let wanted = std::env::var("ANSER_STOP_POINTS").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let mut stops = 0;
    for seed in 1.. {
        stops += stop_everywhere(seed, 12 + seed % 30);
        if stops >= wanted {
            println!("{stops} stop points, {seed} workloads");
            return;
        }
    }
}

/// A second stop, while what the first one left is being put in order.
#[test]
fn a_stop_while_opening_after_a_stop_loses_nothing_either() {
    for seed in 1..6 {
        let whole = SimulatedDisk::default();
        let mut told = Told { states: vec![State::new()], safe: 0 };
        let mut dice = Dice::new(seed);
        // Stops in the middle of a checkpoint: after its manifest counts, before its files have their names.
        let storage = open_on(&whole).unwrap();
        work(&storage, &mut dice, 12, &mut told);
        whole.fail(Done::Rename, 1);
        assert!(storage.maintenance().unwrap().compact().is_err());
        std::mem::forget(storage);
        let stopped = whole.after_a_stop(|sides| dice.throw(sides));
        let probe = stopped.after_a_kill();
        drop(open_on(&probe).unwrap());
        for stop in 0..probe.operations() {
            let again = stopped.after_a_kill();
            again.stop_at(stop);
            drop(open_on(&again));
            let context = format!("seed {seed}, opening stopped at {stop}");
            assert_committed_prefix(&again.after_a_stop(|sides| dice.throw(sides)), &told, &context);
        }
    }
}

#[test]
fn an_acknowledged_commit_is_behind_a_sync_of_its_bytes() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 0);
    let before = disk.log().len();
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.append(USERS, b"x").unwrap();
    write.commit().unwrap();
    assert_eq!(disk.log()[before..], [Done::Write, Done::Sync]);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.append(USERS, b"x").unwrap();
    write.commit().unwrap();
    assert_eq!(disk.log()[before + 2..], [Done::Write]);
    storage.sync().unwrap();
    assert_eq!(disk.log()[before + 3..], [Done::Sync]);
}

/// As MongoDB waits for what a write that changed nothing has seen.
#[test]
fn a_synced_commit_that_changes_nothing_makes_safe_what_it_saw() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 0);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.append(USERS, b"x").unwrap();
    write.commit().unwrap();
    let before = disk.log().len();
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    assert!(!write.remove(USERS, Key::Record(9)).unwrap());
    write.commit().unwrap();
    assert_eq!(disk.log()[before..], [Done::Sync]);
    storage.begin_write(Durability::Synced).unwrap().commit().unwrap();
    assert_eq!(disk.log().len(), before + 1);
}

#[test]
fn a_timed_commit_is_synced_in_time_though_the_program_idles() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 0);
    let before = disk.log().len();
    let mut write = storage.begin_write(Durability::Within(std::time::Duration::from_millis(40))).unwrap();
    write.append(USERS, b"x").unwrap();
    write.commit().unwrap();
    assert_eq!(disk.log()[before..], [Done::Write]);
    let started = std::time::Instant::now();
    while disk.log().len() == before + 1 {
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "never synced");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(disk.log()[before + 1..], [Done::Sync]);
}

#[test]
fn a_failed_write_is_refused_and_leaves_no_trace() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 3);
    let before = state_of(&storage);
    disk.fail(Done::Write, 0);
    let mut write = storage.begin_write(Durability::Os).unwrap();
    write.append(USERS, b"x").unwrap();
    assert_eq!(write.commit().unwrap_err().kind(), ErrorKind::Io);
    assert!(state_of(&storage) == before);
    let mut write = storage.begin_write(Durability::Synced).unwrap();
    write.append(USERS, b"y").unwrap();
    write.commit().unwrap();
    let after = state_of(&storage);
    drop(storage);
    assert!(state_of(&open_on(&disk).unwrap()) == after);
}

#[test]
fn after_a_failed_sync_writes_are_refused_and_reads_go_on() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 3);
    disk.fail(Done::Sync, 0);
    for _ in 0..2 {
        let mut write = storage.begin_write(Durability::Synced).unwrap();
        write.append(USERS, b"x").unwrap();
        assert_eq!(write.commit().unwrap_err().kind(), ErrorKind::Poisoned);
    }
    assert!(storage.maintenance().unwrap().compact().is_err());
    assert!(storage.begin_read().unwrap().count(USERS, Range::ALL).unwrap() >= 3);
    drop(storage);
    assert!(state_of(&open_on(&disk).unwrap()).len() >= 3);
}

#[test]
fn a_checkpoint_that_fails_leaves_everything_as_it_was() {
    for (kind, after) in
        [(Done::Create, 0), (Done::Create, 1), (Done::Write, 2), (Done::Sync, 1), (Done::Sync, 3)]
    {
        let disk = SimulatedDisk::default();
        let storage = open_on(&disk).unwrap();
        filled(&storage, 3);
        disk.fail(kind, after);
        assert!(storage.maintenance().unwrap().compact().is_err(), "{kind:?} {after}");
        let mut write = storage.begin_write(Durability::Synced).unwrap();
        write.append(USERS, b"y").unwrap();
        write.commit().unwrap();
        let state = state_of(&storage);
        storage.maintenance().unwrap().compact().unwrap();
        drop(storage);
        assert!(state_of(&open_on(&disk).unwrap()) == state, "{kind:?} {after}");
    }
}
