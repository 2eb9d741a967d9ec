//! Import, export and questions from outside: what the program prints, stores, and how it ends.

mod source;

use serde_json::json;
use source::lines;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).expect("written");
        self.path(name).display().to_string()
    }

    fn url(&self) -> String {
        format!("sqlite:{}?durability=os", self.path("test.db").display())
    }

    /// Runs `anser VERB URL rest…`.
    fn run(&self, verb: &str, rest: &[&str]) -> Output {
        let mut arguments = vec![verb.to_owned(), self.url()];
        arguments.extend(rest.iter().map(|argument| (*argument).to_owned()));
        Command::new(env!("CARGO_BIN_EXE_anser")).args(arguments).output().expect("the program runs")
    }

    fn ok(&self, verb: &str, rest: &[&str]) -> String {
        let output = self.run(verb, rest);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "anser {verb} {rest:?}: {error}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn fails(&self, code: i32, verb: &str, rest: &[&str]) -> String {
        let output = self.run(verb, rest);
        let error = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "anser {verb} {rest:?}: {error}");
        assert!(output.stdout.is_empty());
        error
    }

    fn import_by_pipe(&self, rest: &[&str], input: &[u8]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_anser"))
            .args(["import", &self.url()])
            .args(rest)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stdin = program.stdin.take().expect("piped");
        // A program that has refused its input already closes it.
        let _ = stdin.write_all(input);
        drop(stdin);
        program.wait_with_output().expect("it ends")
    }
}

fn own(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

fn comes_out_as_it_went_in(path: &str) {
    let folder = Folder::new();
    let source = std::fs::read_to_string(path).expect("readable");
    folder.ok("import", &["c", path]);
    let exported = folder.ok("export", &["c"]);
    source::assert_same(&source, &exported, path);
    let file = folder.path("again.json").display().to_string();
    folder.ok("export", &["c", "-o", &file]);
    folder.ok("import", &["again", &file]);
    assert_eq!(folder.ok("export", &["again"]), std::fs::read_to_string(&file).expect("written"));
}

#[test]
fn a_file_comes_out_as_it_went_in() {
    comes_out_as_it_went_in(&own("birds.json"));
}

#[test]
fn a_folder_of_readable_files_takes_and_gives_the_same() {
    let folder = Folder::new();
    let url = format!("file:{}", folder.path("birds").display());
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_anser")).args(arguments).output().expect("the program runs")
    };
    let missing = run(&["export", &url, "birds"]);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("there is nothing at"), "{missing:?}");
    assert!(!folder.path("birds").exists());
    assert!(run(&["import", &url, "birds", &own("birds.json")]).status.success());
    let exported = String::from_utf8(run(&["export", &url, "birds"]).stdout).expect("text");
    let source = std::fs::read_to_string(own("birds.json")).expect("readable");
    source::assert_same(&source, &exported, "file:");
}

#[test]
fn the_real_files_come_out_as_they_went_in() {
    // They are not part of the project: beside it, or where ANSER_DATA says.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("ANSER_DATA").map_or(beside, PathBuf::from);
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no folder {}", folder.display());
        return;
    };
    for file in files {
        let path = file.expect("listed").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            comes_out_as_it_went_in(&path.display().to_string());
        }
    }
}

#[test]
fn an_array_a_byte_order_mark_and_a_missing_last_line_end_are_read_from_a_pipe() {
    let folder = Folder::new();
    let output =
        folder.import_by_pipe(&["c"], b"\xEF\xBB\xBF[\r\n{\"_id\":1},\r\n{\"_id\":2}\r\n]\r\n{\"_id\":3}");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("3 documents stored in main.c"));
    assert!(output.stderr.is_empty(), "no progress where nobody looks");
    assert_eq!(folder.ok("find", &["c"]), "{\"_id\":1}\n{\"_id\":2}\n{\"_id\":3}\n");
}

#[test]
fn a_broken_file_says_where_and_how_to_go_on() {
    let folder = Folder::new();
    let mut text = String::new();
    for number in 0..2500 {
        writeln!(text, "{{\"_id\": {number}}}").expect("written");
    }
    let file = folder.write("broken.json", format!("{text}{{\"_id\": 2500, \"a\" 1}}\n{{\"_id\": 2501}}\n"));
    let error = folder.fails(3, "import", &["c", &file]);
    let place = "broken.json, line 2501, column 19: expected `:`\n  {\"_id\": 2500, \"a\" 1}\n                    ^\n";
    assert!(error.contains(place), "{error}");
    assert!(
        error.contains("2,500 documents are stored in main.c; the import stopped at document 2501."),
        "{error}"
    );
    assert!(error.contains("--skip 2500"), "{error}");
    assert_eq!(folder.ok("find", &["c", "{}", "--format", "relaxed"]).lines().count(), 2500);
    folder.write("broken.json", format!("{text}{{\"_id\": 2500, \"a\": 1}}\n{{\"_id\": 2501}}\n"));
    assert!(folder.ok("import", &["c", &file, "--skip", "2500"]).starts_with("2 documents stored"));
    assert_eq!(folder.ok("export", &["c"]).lines().count(), 2502);
}

#[test]
fn a_refused_document_can_be_left_out() {
    let folder = Folder::new();
    let file = folder.write("twice.json", "{\"_id\":1}\n{\"_id\":2}\n{\"_id\":1}\n{\"_id\":3}\n");
    let error = folder.fails(4, "import", &["c", &file]);
    assert!(error.contains("twice.json, line 3: E11000"), "{error}");
    assert!(error.contains("2 documents are stored") && error.contains("--skip 2,"), "{error}");
    assert!(error.contains("leave it out with --skip 3"), "{error}");
    folder.ok("import", &["c", &file, "--skip", "3"]);
    assert_eq!(folder.ok("find", &["c"]), "{\"_id\":1}\n{\"_id\":2}\n{\"_id\":3}\n");
    // The numbers go on counting from the front of the file.
    let file = folder.write("more.json", "{\"_id\":1}\n{\"_id\":4}\n{\"_id\":2}\n");
    let error = folder.fails(4, "import", &["c", &file, "--skip", "1"]);
    assert!(error.contains("1 document is stored") && error.contains("--skip 2,"), "{error}");
}

#[test]
fn csv_has_paths_guessed_types_and_quoted_cells() {
    let folder = Folder::new();
    folder.ok("import", &["c", &own("birds.csv")]);
    let long = |text: &str| json!({ "$numberLong": text });
    let double = |text: &str| json!({ "$numberDouble": text });
    let date = |text: &str| json!({ "$date": long(text) });
    let expected = [
        json!({ "_id": { "$numberInt": "1" }, "name": "Greylag goose", "mass_g": long("3300"), "span_m": double("1.64"),
            "where": { "country": "Iceland", "lake": "Mývatn" }, "seen": date("1709274600000"), "ringed": true,
            "code": "007" }),
        json!({ "_id": { "$numberInt": "2" }, "name": "Bean goose, \"taiga\"", "mass_g": long("2800"),
            "span_m": double("1.5"), "where": { "country": "Finland" }, "seen": date("1728684000000"),
            "ringed": false, "code": "012" }),
        json!({ "_id": { "$numberInt": "3" }, "name": "Bar-headed\ngoose", "mass_g": long("3000000000"),
            "span_m": double("2.0"), "where": { "country": "India", "lake": "Tso Moriri" }, "code": "104" }),
    ];
    let exported = lines(&folder.ok("export", &["c"]));
    for (exported, expected) in exported.iter().zip(&expected) {
        assert_eq!(exported.to_string(), expected.to_string());
    }
    assert_eq!(exported.len(), 3);
    let csv = folder.ok("export", &["c", "--format", "csv"]);
    assert!(
        csv.starts_with("_id,name,mass_g,span_m,where.country,where.lake,seen,ringed,code\n1,Greylag"),
        "{csv}"
    );
    let file = folder.write("again.csv", &csv);
    folder.ok("import", &["again", &file]);
    assert_eq!(folder.ok("export", &["again"]), folder.ok("export", &["c"]));
    let some = folder.ok("export", &["c", "--format", "csv", "--fields", "where.lake,_id,nothing"]);
    assert_eq!(some, "where.lake,_id,nothing\nMývatn,1,\n,2,\nTso Moriri,3,\n");
}

#[test]
fn csv_corners() {
    let folder = Folder::new();
    let import = |name: &str, content: &str, more: &[&str]| {
        let file = folder.write(&format!("{name}.csv"), content);
        folder.ok("import", &[&[name, file.as_str()], more].concat());
        folder.ok("find", &[name, "{}", "--project", "-_id"])
    };
    assert_eq!(
        import("crlf", "\u{feff}a,b\r\n1,x\r\n2,y", &[]),
        "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n"
    );
    assert_eq!(import("semi", "a;b\n1;2,5\n", &["--delimiter", ";"]), "{\"a\":1,\"b\":\"2,5\"}\n");
    assert_eq!(
        import(
            "types",
            "zip,born,n,any\n01234,2000-02-29,1,7\n55425,,2.50,x\n",
            &["--types", "zip=string,born=date,n=decimal,any=auto"]
        ),
        concat!(
            "{\"zip\":\"01234\",\"born\":{\"$date\":\"2000-02-29T00:00:00Z\"},\"n\":{\"$numberDecimal\":\"1\"},\"any\":7}\n",
            "{\"zip\":\"55425\",\"n\":{\"$numberDecimal\":\"2.50\"},\"any\":\"x\"}\n"
        )
    );
    assert_eq!(import("json", "a,b\n\"[1,{\"\"x\"\":null}]\",\n", &[]), "{\"a\":[1,{\"x\":null}]}\n");
    let fails = |content: &[u8], more: &[&str]| {
        let file = folder.write("bad.csv", content);
        folder.fails(if more.is_empty() { 3 } else { 2 }, "import", &[&["bad", file.as_str()], more].concat())
    };
    let error = fails(b"a,b\n1,2\n3\n", &[]);
    assert!(error.contains("bad.csv, line 3: the row has 1 cells, the header has 2\n  3\n"), "{error}");
    assert!(error.contains("1 document is stored"), "{error}");
    assert!(fails(b"a,a\n1,2\n", &[]).contains("column 2 of the header: `a` stands twice"));
    assert!(fails(b"a,a.b\n1,2\n", &[]).contains("cannot both be"));
    assert!(fails(b"a,,b\n", &[]).contains("column 2 of the header: the column has no name"));
    assert!(fails(b"", &[]).contains("is empty"));
    assert!(fails(b"a\n\xFF\n", &[]).contains("column `a` is not UTF-8"));
    assert!(fails(b"\xFF\xFEa\0", &[]).contains("UTF-16"));
    assert!(fails(b"a\n1\n", &["--types", "b=int32"]).contains("--types names the column `b`"));
    assert!(fails(b"a\n1\n", &["--types", "a=number"]).contains("a type is string"));
    let file = folder.write("wrong.csv", "n\n1\nx\n");
    let error = folder.fails(3, "import", &["wrong", &file, "--types", "n=int32"]);
    assert!(error.contains("line 3: column `n`: `x` is no int32"), "{error}");
}

#[test]
fn a_stream_of_csv_is_judged_by_its_first_rows_and_a_later_cell_is_an_error() {
    let folder = Folder::new();
    let mut text = "n\n".to_owned();
    (0..1500).for_each(|number| writeln!(text, "{number}").expect("written"));
    let output = folder.import_by_pipe(&["c", "--format", "csv"], format!("{text}x\n").as_bytes());
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        error.contains("line 1502: column `n`: `x` is no int32") && error.contains("--types n=string"),
        "{error}"
    );
    assert!(error.contains("1,500 documents are stored"), "{error}");
}

#[test]
fn find_answers_with_lines_in_a_pipe_and_with_a_table_when_asked() {
    let folder = Folder::new();
    folder.ok("import", &["birds", &own("birds.json")]);
    let heavy = folder.ok(
        "find",
        &["birds", "{\"mass_g\":{\"$gte\":3100}}", "--sort", "-mass_g", "--project", "name,-_id"],
    );
    assert_eq!(heavy, "{\"name\":\"Greylag goose\"}\n{\"name\":\"Swan goose\"}\n");
    let first = folder.ok("find", &["birds", "--limit", "1", "--format", "canonical"]);
    assert!(first.starts_with("{\"_id\":{\"$numberInt\":\"1\"},") && first.lines().count() == 1, "{first}");
    let by_date = "{\"seen\":{\"$lt\":{\"$date\":\"2024-04-01T00:00:00Z\"}}}";
    assert_eq!(folder.ok("find", &["birds", by_date, "--project", "_id"]), "{\"_id\":1}\n");
    let regex = "{\"name\":{\"$regex\":\"^swan\",\"$options\":\"i\"}}";
    assert_eq!(folder.ok("find", &["birds", regex, "--project", "_id"]), "{\"_id\":\"swan\"}\n");
    let table =
        folder.ok("find", &["birds", "{}", "--limit", "2", "--project", "name,mass_g", "--format", "table"]);
    assert!(
        table.contains("┆ name ") && table.contains(" 3300 │") && table.ends_with("2 documents\n"),
        "{table}"
    );
    let table = folder.ok("find", &["birds", "{\"_id\":99}", "--format", "table"]);
    assert_eq!(table, "no documents\n");
}

#[test]
fn an_unknown_field_is_a_note_and_an_unknown_operator_an_error() {
    let folder = Folder::new();
    folder.ok("import", &["birds", &own("birds.json")]);
    let output = folder.run("find", &["birds", "{\"where.contry\":\"India\"}"]);
    assert!(output.status.success() && output.stdout.is_empty());
    let note = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        note,
        "anser: no document of main.birds has a field `where.contry`; there is `where.country`\n"
    );
    let output = folder.run("find", &["birds", "{\"where.country\":\"Peru\"}"]);
    assert!(output.stderr.is_empty(), "a field that is there needs no note");
    assert!(folder.fails(1, "find", &["birds", "{\"mass_g\":{\"$gth\":1}}"]).contains("$gth"));
    let error = folder.fails(2, "find", &["birds", "{mass_g: 1}"]);
    assert!(
        error.contains("FILTER, line 1, column 2: key must be a string\n  {mass_g: 1}\n   ^\n"),
        "{error}"
    );
    assert!(folder.fails(2, "find", &["birds", "{} {}"]).contains("one document"));
    assert!(folder.fails(2, "find", &["birds", ""]).contains("empty"));
}

#[test]
fn explain_shows_the_plan_and_an_index_changes_it() {
    let folder = Folder::new();
    folder.ok("import", &["birds", &own("birds.json")]);
    let question = ["birds", "{\"mass_g\":2500}", "--sort", "name", "--format", "text"];
    let before = folder.ok("explain", &question);
    assert!(
        before.contains("COLLSCAN") && before.contains("examined  5 documents, 0 index keys"),
        "{before}"
    );
    let made = folder.ok("indexes", &["birds", "--create", "{\"mass_g\":1}"]);
    assert_eq!(lines(&made).len(), 2, "{made}");
    let after = folder.ok("explain", &question);
    assert!(
        after.contains("IXSCAN  indexName mass_g_1") && after.contains("examined  1 document, 1 index key"),
        "{after}"
    );
    let json = lines(&folder.ok("explain", &["birds", "{\"mass_g\":2500}"]));
    assert_eq!(json[0]["executionStats"]["totalKeysExamined"], 1);
    folder.ok("indexes", &["birds", "--drop", "mass_g_1"]);
    assert!(folder.ok("explain", &question).contains("COLLSCAN"));
    assert!(folder.fails(1, "indexes", &["birds", "--drop", "mass_g_1"]).contains("mass_g_1"));
}

#[test]
fn stats_count_what_every_database_holds() {
    let folder = Folder::new();
    folder.ok("import", &["birds", &own("birds.json")]);
    folder.ok("import", &["birds", &own("birds.csv"), "--db", "other"]);
    let stats = folder.ok("stats", &[]);
    assert_eq!(
        stats,
        concat!(
            "{\"database\":\"main\",\"collection\":\"birds\",\"documents\":5,\"indexes\":1}\n",
            "{\"database\":\"other\",\"collection\":\"birds\",\"documents\":3,\"indexes\":1}\n"
        )
    );
    assert_eq!(folder.ok("stats", &["--db", "other"]).lines().count(), 1);
    assert!(folder.ok("stats", &["--format", "table"]).contains("│ other "));
}

#[test]
fn a_wrong_path_makes_no_file_and_a_wrong_name_tells_the_right_ones() {
    let folder = Folder::new();
    for verb in ["find", "export", "explain", "indexes"] {
        assert!(folder.fails(1, verb, &["birds"]).contains("there is nothing at"), "{verb}");
    }
    assert!(folder.fails(1, "stats", &[]).contains("there is nothing at"));
    assert!(!folder.path("test.db").exists());
    let error = folder.fails(3, "import", &["birds", "no/such/file.json"]);
    assert!(error.contains("cannot read no/such/file.json") && !folder.path("test.db").exists(), "{error}");
    assert!(folder.fails(3, "import", &["birds", env!("CARGO_MANIFEST_DIR")]).contains("folder"));
    folder.ok("import", &["birds", &own("birds.json")]);
    let error = folder.fails(1, "find", &["brids"]);
    assert!(error.contains("no collection main.brids") && error.contains("it holds: birds"), "{error}");
    assert!(folder.fails(1, "find", &["birds", "--db", "x"]).contains("birds (with --db main)"));
    let nowhere = folder.path("no/such/out.json").display().to_string();
    assert!(folder.fails(1, "export", &["birds", "-o", &nowhere]).contains("no/such/out.json"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::new();
    let mut text = String::new();
    (0..20_000).for_each(|number| {
        writeln!(text, "{{\"_id\":{number},\"t\":\"{}\"}}", "x".repeat(50)).expect("written")
    });
    let file = folder.write("many.json", text);
    folder.ok("import", &["c", &file]);
    for verb in ["find", "export"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_anser"))
            .args([verb, &folder.url(), "c"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        drop(program.stdout.take());
        let output = program.wait_with_output().expect("it ends");
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn every_command_helps_with_examples_and_shells_complete() {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_anser")).args(arguments).output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    for verb in ["import", "export", "find", "explain", "stats", "indexes", "completions", "serve"] {
        let help = run(&[verb, "--help"]);
        assert!(help.contains("Example") && help.contains(&format!("anser {verb}")), "{help}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        assert!(
            ["import", "export", "explain", "delimiter"].iter().all(|word| script.contains(word)),
            "{shell}"
        );
    }
}

/// A small file system that is full soon; `None` where we may not make one.
#[cfg(target_os = "linux")]
fn small_disk(folder: &Path) -> Option<SmallDisk> {
    std::fs::create_dir_all(folder).ok()?;
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder).output();
    mounted.is_ok_and(|output| output.status.success()).then(|| SmallDisk(folder.to_owned()))
}

#[cfg(target_os = "linux")]
struct SmallDisk(PathBuf);

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_ends_an_import_with_what_is_stored_and_the_rest_can_follow() {
    let folder = Folder::new();
    let Some(disk) = small_disk(&folder.path("disk")) else {
        eprintln!("skipped: we may not mount a small disk");
        return;
    };
    let mut text = String::new();
    (0..6000).for_each(|number| {
        writeln!(text, "{{\"_id\":{number},\"t\":\"{}\"}}", "x".repeat(150)).expect("written")
    });
    let file = folder.write("many.json", text);
    let url = format!("sqlite:{}", disk.0.join("full.db").display());
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_anser")).args(arguments).output().expect("the program runs")
    };
    let output = run(&["import", &url, "c", &file]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("full") && error.contains("the import stopped at document"), "{error}");
    let done = error.rsplit("--skip ").next().expect("a number").trim().trim_end_matches('.').to_owned();
    let remount =
        Command::new("mount").args(["-o", "remount,size=20m"]).arg(&disk.0).output().expect("it runs");
    assert!(remount.status.success());
    let output = run(&["import", &url, "c", &file, "--skip", &done]);
    assert!(output.status.success(), "{output:?}");
    let exported = run(&["export", &url, "c"]);
    let ids: Vec<String> = lines(&String::from_utf8_lossy(&exported.stdout))
        .iter()
        .map(|document| document["_id"]["$numberInt"].as_str().expect("a number").to_owned())
        .collect();
    assert_eq!(ids, (0..6000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
#[cfg(unix)]
fn ctrl_c_tells_what_is_stored_even_while_the_input_waits() {
    let folder = Folder::new();
    let mut program = Command::new(env!("CARGO_BIN_EXE_anser"))
        .args(["import", &folder.url(), "c"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = program.stdin.take().expect("piped");
    // A batch, and a part of the next one.
    (0..1500).for_each(|number| writeln!(stdin, "{{\"_id\":{number}}}").expect("written"));
    stdin.flush().expect("written");
    let stored = || folder.path("test.db").exists() && !folder.run("stats", &[]).stdout.is_empty();
    for _ in 0..200 {
        if stored() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(stored(), "a whole batch is stored");
    let pid = program.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("it runs").success());
    let output = program.wait_with_output().expect("it ends");
    drop(stdin);
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(130), "{error}");
    assert!(error.contains("1,000 documents are stored") && error.contains("--skip 1000."), "{error}");
    assert_eq!(folder.ok("export", &["c"]).lines().count(), 1000);
}
