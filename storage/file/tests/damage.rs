//! Torn ends are cut; anything else that is not as it was written is told, and never gives a wrong document.

use super::super::format::{MANIFEST, WAL};
use super::super::simulated::SimulatedDisk;
use super::*;
use crate::ErrorKind;
use crate::strategy::WriteTxn;

fn states_by_commit(commits: u64) -> (SimulatedDisk, Vec<State>, Vec<usize>) {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    let (mut states, mut ends) = (vec![State::new()], Vec::new());
    let used = |disk: &SimulatedDisk| disk.bytes(WAL).iter().rposition(|&byte| byte == b'}').unwrap() + 2;
    ends.push(used(&disk));
    let mut commit = |work: &mut dyn FnMut(&mut dyn WriteTxn)| {
        let mut write = storage.begin_write(Durability::Synced).unwrap();
        work(&mut *write);
        write.commit().unwrap();
        states.push(state_of(&storage));
        ends.push(used(&disk));
    };
    commit(&mut |write| write.create_tree(USERS, &spec(Shape::Records, "main.users")).unwrap());
    for number in 0..commits {
        commit(&mut |write| {
            write.append(USERS, &bson::doc! { "n": number as i32 }.to_vec().unwrap()).unwrap();
            write.append(USERS, &[number as u8]).unwrap();
        });
    }
    std::mem::forget(storage);
    (disk, states, ends)
}

#[test]
fn a_log_cut_at_any_byte_reopens_as_the_commits_that_are_whole() {
    let (disk, states, ends) = states_by_commit(4);
    let mut bytes = disk.bytes(WAL);
    bytes.truncate(*ends.last().unwrap());
    let disk = disk.after_a_kill();
    disk.set_bytes(WAL, &bytes);
    for length in ends[0]..=*ends.last().unwrap() {
        let cut = disk.after_a_kill();
        cut.set_bytes(WAL, &bytes[..length]);
        let whole = ends.iter().rposition(|end| *end <= length).unwrap();
        assert!(state_of(&open_on(&cut).unwrap()) == states[whole], "cut at {length}");
        let zeros = [&bytes[..length], &[0; 700]].concat();
        cut.set_bytes(WAL, &zeros);
        let storage = open_on(&cut).unwrap();
        assert!(state_of(&storage) == states[whole], "zeros from {length}");
        assert_eq!(cut.bytes(WAL).len(), ends[whole], "the torn end stayed");
    }
}

/// After a stop nobody vouches for the last frames; any other flip is told.
#[test]
fn a_flipped_bit_in_the_log_gives_a_committed_prefix_or_an_error() {
    let (disk, states, ends) = states_by_commit(4);
    let mut bytes = disk.bytes(WAL);
    bytes.truncate(ends.last().unwrap() + 50);
    let disk = disk.after_a_kill();
    disk.set_bytes(WAL, &bytes);
    let vouched = ends[ends.len() - 2];
    for at in 0..*ends.last().unwrap() {
        for bit in 0..8 {
            let flipped = disk.after_a_kill();
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            flipped.set_bytes(WAL, &bytes);
            match open_on(&flipped) {
                Ok(storage) => {
                    let found = states.iter().position(|state| *state == state_of(&storage));
                    assert!(found.is_some(), "byte {at}, bit {bit}: a state that never was");
                    assert!(
                        at >= ends[ends.len() - 3],
                        "byte {at}, bit {bit} of {vouched}: lost without a word"
                    );
                }
                Err(error) => {
                    let told = matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerFormat);
                    assert!(told && error.message().contains("wal.ndjson"), "{error}");
                }
            }
        }
    }
}

#[test]
fn in_a_closed_log_every_flipped_bit_before_the_last_line_is_told() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 3);
    let state = state_of(&storage);
    storage.close().unwrap();
    let bytes = disk.bytes(WAL);
    let last_line = bytes[..bytes.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap();
    for at in 0..bytes.len() {
        let flipped = disk.after_a_kill();
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        flipped.set_bytes(WAL, &bytes);
        match open_on(&flipped) {
            Ok(storage) => {
                assert!(at >= last_line, "byte {at} of {last_line}");
                assert!(state_of(&storage) == state);
            }
            Err(error) => assert!(error.message().contains("wal.ndjson"), "{error}"),
        }
    }
}

#[test]
fn a_flipped_bit_in_data_sums_or_manifest_is_told_with_its_file() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 4);
    storage.maintenance().unwrap().compact().unwrap();
    storage.close().unwrap();
    for name in ["main.users.data.ndjson", "main.users.data.sums", "catalog.data.ndjson", MANIFEST] {
        let bytes = disk.bytes(name);
        for at in 0..bytes.len() {
            // Every position; of the bits one after another.
            for bit in [at % 8, (at + 3) % 8] {
                let flipped = disk.after_a_kill();
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                flipped.set_bytes(name, &bytes);
                let error = open_on(&flipped).expect_err("the flip was not noticed");
                assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerFormat), "{error}");
                let named = error.message().contains(name)
                    || name.ends_with(".sums") && error.message().contains("main.users.data.sums");
                assert!(named, "{name}, byte {at}: {error}");
            }
        }
    }
}

#[test]
fn an_edited_line_is_told_with_its_number() {
    let disk = SimulatedDisk::default();
    let storage = open_on(&disk).unwrap();
    filled(&storage, 4);
    storage.maintenance().unwrap().compact().unwrap();
    storage.close().unwrap();
    let name = "main.users.data.ndjson";
    let text = String::from_utf8(disk.bytes(name)).unwrap();
    let edited = |edit: &dyn Fn(&mut Vec<&str>)| {
        let mut lines: Vec<&str> = text.lines().collect();
        edit(&mut lines);
        let changed = disk.after_a_kill();
        changed.set_bytes(name, (lines.join("\n") + "\n").as_bytes());
        let error = open_on(&changed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        error.to_string()
    };
    assert!(
        edited(&|lines| lines[2] = r#"{"_id":1,"name":"gander"}"#)
            .contains("main.users.data.ndjson, line 3:")
    );
    assert!(
        edited(&|lines| {
            lines.remove(3);
        })
        .contains("line 4:")
    );
    assert!(
        edited(&|lines| {
            lines.pop();
        })
        .contains("line 4: the file ends here; 5 lines were written")
    );
    assert!(edited(&|lines| lines.push("{}")).contains("line 6: the file has more lines than were written"));
    assert!(edited(&|lines| lines.swap(1, 2)).contains("line 2:"));
}

#[test]
fn a_missing_file_and_a_file_of_another_database_are_told() {
    use super::super::disk::Disk;
    let make = || {
        let disk = SimulatedDisk::default();
        let storage = open_on(&disk).unwrap();
        filled(&storage, 2);
        storage.maintenance().unwrap().compact().unwrap();
        drop(storage);
        disk
    };
    let other = make();
    for name in [WAL, MANIFEST, "main.users.data.ndjson", "main.users.data.sums"] {
        let disk = make();
        disk.remove(name).unwrap();
        let error = open_on(&disk).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains(name) && error.message().contains("missing"), "{error}");
        if name != "main.users.data.sums" {
            let disk = make();
            disk.set_bytes(name, &other.bytes(name));
            let error = open_on(&disk).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        }
    }
}

#[test]
fn a_newer_version_is_refused_by_name() {
    for name in [WAL, MANIFEST, "main.users.data.ndjson"] {
        let disk = SimulatedDisk::default();
        let storage = open_on(&disk).unwrap();
        filled(&storage, 2);
        storage.maintenance().unwrap().compact().unwrap();
        drop(storage);
        let text = String::from_utf8(disk.bytes(name)).unwrap();
        disk.set_bytes(name, text.replacen("\"version\":1,", "\"version\":2,", 1).as_bytes());
        let error = open_on(&disk).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NewerFormat);
        assert!(error.message().contains(name) && error.message().contains("version 2"), "{error}");
    }
}
