//! A disk that is full: a small one in memory, of another size each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::archive::{From, Scene, clear};
use crate::support::finish;
use crate::{Random, all, skip};

/// A file system of its own in memory; unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "imap-test"])
            .arg(path)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(path.to_owned()))
    }

    fn resize(&self, kibibytes: u64) {
        let size = format!("remount,size={kibibytes}k");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let scene = Scene::new();
    let Some(disk) = Disk::mount(&scene.path("disk")) else {
        return skip("a_full_disk_is_told_and_loses_nothing", "it must mount a tmpfs: run it as the super-user");
    };
    let path = scene.path("disk").join("archive");
    let runs = if all() { 240 } else { 25 };
    let mut random = Random(0xD15C);
    let mut full = 0;
    for run in 0..runs {
        let from = if run % 2 == 0 { From::Nothing } else { From::OldArchive };
        scene.begin(from, &path);
        let used = used(&scene.path("disk"));
        // One page more or less each time, up to what a run needs.
        let size = used + 4 * random.below(110);
        disk.resize(size.max(4));
        let failed = finish(&mut scene.command(&scene.url, &path), b"");
        disk.resize(8 << 10);
        let what = format!("run {run}, from {from:?}, {size} KiB of which {used} were used");
        if failed.code != 0 {
            full += 1;
            assert_eq!(failed.code, 74, "{what}: {failed:?}");
            assert!(failed.stderr.contains("disk is full"), "{what}: {failed:?}");
        }
        scene.assert_mended(from, &path, &format!("{what}: {failed:?}"));
        clear(&path);
    }
    println!("full disk: {runs} runs, {full} of them failed and said why, nothing lost, nothing twice");
    assert!(full * 3 > runs, "only {full} of {runs} met a full disk");
}

/// How much is used, in KiB.
fn used(path: &Path) -> u64 {
    let output = Command::new("df").args(["-k", "--output=used"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().nth(1).unwrap().trim().parse().unwrap()
}
