//! Each line of the tool in docs/from-python.md does what it is there for, on the sample account.

mod support;

use support::imap;

const PAGE: &str = include_str!("../../../docs/from-python.md");

#[test]
fn each_line_of_the_tool_runs() {
    let folder = tempfile::tempdir().unwrap();
    let lines =
        PAGE.lines().filter_map(|line| line.split("| `imap ").nth(1)).filter_map(|rest| rest.strip_suffix("` |"));
    let mut count = 0;
    for line in lines {
        // This one waits for ever.
        let waits = line.starts_with("watch ");
        let output = folder.path().join(count.to_string());
        let words = line.split(' ').map(|word| match word {
            "ACCOUNT" => "demo:".to_owned(),
            "FOLDER" => output.to_str().unwrap().to_owned(),
            word => word.to_owned(),
        });
        let words: Vec<String> = words.chain(waits.then(|| "--help".to_owned())).collect();
        let run = imap(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run.code, 0, "imap {line}: {}", run.stderr);
        count += 1;
    }
    assert_eq!(count, 15);
}
