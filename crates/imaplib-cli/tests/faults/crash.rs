//! `kill -9` at any moment.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::archive::{From, Scene, clear};
use crate::{Random, all};

#[test]
fn a_killed_backup_is_completed_by_the_next_run() {
    let scene = Scene::new();
    let path = scene.path("killed");
    let runs = if all() { 240 } else { 25 };
    let mut random = Random(0x5EED);
    let mut killed = 0;
    let mut whole = [Duration::ZERO; 2];
    for run in 0..runs {
        let from = if run % 2 == 0 { From::Nothing } else { From::OldArchive };
        // How long a run takes here, measured again now and then: other work on the machine changes it.
        if run % 16 < 2 {
            scene.begin(from, &path);
            let began = Instant::now();
            scene.backup(&path).ok();
            whole[run % 2] = began.elapsed();
        }
        let whole = whole[run % 2];
        scene.begin(from, &path);
        let mut command = scene.command(&scene.url, &path);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * u32::try_from(random.below(1000)).unwrap() / 1000);
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        // Now and then the next one is killed, too.
        if run % 5 == 0 {
            let mut command = scene.command(&scene.url, &path);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole * u32::try_from(random.below(1000)).unwrap() / 1000);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        scene.assert_mended(from, &path, &format!("run {run}"));
    }
    clear(&path);
    println!("kill -9: {runs} runs, {killed} killed at work, nothing lost, nothing twice");
    assert!(killed * 4 > runs, "only {killed} of {runs} were killed at work");
}
