//! The power fails at any moment: what was not made durable is gone.
//!
//! The calls of a whole run are replayed on a model of a disk that forgets. Bytes of a file last when they were synced, and
//! names when their folder was. Which of the rest lasts nobody promises: three cases are tried.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::archive::{From, Scene, clear};
use crate::trace::{Call, run};
use crate::{Random, all, in_parallel, skip};

/// So many runs are made at the same time: each waits for the disk most of its time.
const AT_ONCE: usize = 6;

/// What of the things that were not synced is on the disk nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Luck {
    Nothing,
    Names,
    Bytes,
    /// All of it: the program was killed, and the power stayed.
    Everything,
}

/// The bytes of a file: one copy for all the moments in which they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bytes(Arc<Vec<u8>>);

impl Bytes {
    fn write(&mut self, at: usize, bytes: &[u8]) {
        let (all, end) = (Arc::make_mut(&mut self.0), at + bytes.len());
        if all.len() < end {
            all.resize(end, 0);
        }
        all[at..end].copy_from_slice(bytes);
    }

    fn resize(&mut self, length: usize) {
        Arc::make_mut(&mut self.0).resize(length, 0);
    }
}

/// What is there when the power comes back: the folders, and the files with their bytes.
#[derive(Hash)]
struct Left<'a> {
    root: &'a str,
    folders: Vec<&'a str>,
    files: Vec<(&'a str, &'a [u8])>,
}

impl Left<'_> {
    /// Equal for two moments of which the next run cannot tell one from the other.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Makes it real in this folder.
    fn write(&self, path: &Path) {
        clear(path);
        let inside = |name: &str| path.join(name.strip_prefix(self.root).unwrap().trim_start_matches('/'));
        self.folders.iter().for_each(|folder| fs::create_dir_all(inside(folder)).unwrap());
        self.files.iter().for_each(|(name, bytes)| fs::write(inside(name), bytes).unwrap());
    }
}

/// The disk: numbered files, and the names that lead to them; each as the program sees it and as it lasts.
#[derive(Clone, Default)]
struct Disk {
    seen: Vec<Bytes>,
    lasting: Vec<Bytes>,
    names: BTreeMap<String, usize>,
    lasting_names: BTreeMap<String, usize>,
    folders: BTreeSet<String>,
    lasting_folders: BTreeSet<String>,
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Disk {
    /// A disk on which everything below the folder lasts.
    fn of(root: &Path) -> Self {
        let (mut disk, mut open) = (Self::default(), Vec::new());
        if root.exists() {
            open.push(root.to_owned());
        }
        while let Some(folder) = open.pop() {
            disk.folders.insert(folder.to_str().unwrap().to_owned());
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap().path();
                if entry.is_dir() {
                    open.push(entry);
                } else {
                    disk.names.insert(entry.to_str().unwrap().to_owned(), disk.seen.len());
                    disk.seen.push(Bytes(Arc::new(fs::read(&entry).unwrap())));
                }
            }
        }
        disk.lasting = disk.seen.clone();
        disk.lasting_names = disk.names.clone();
        disk.lasting_folders = disk.folders.clone();
        disk
    }

    fn apply(&mut self, call: &Call) {
        match call {
            Call::Create { path, truncate } => {
                let number = *self.names.entry(path.clone()).or_insert_with(|| {
                    self.seen.push(Bytes::default());
                    self.lasting.push(Bytes::default());
                    self.seen.len() - 1
                });
                if *truncate {
                    self.seen[number].resize(0);
                }
            }
            Call::Write { path, at, bytes } => {
                if let Some(number) = self.names.get(path) {
                    self.seen[*number].write(at.unwrap(), bytes);
                }
            }
            Call::Truncate { path, length } => {
                if let Some(number) = self.names.get(path) {
                    self.seen[*number].resize(*length);
                }
            }
            Call::Rename { from, to } => {
                if let Some(number) = self.names.remove(from) {
                    self.names.insert(to.clone(), number);
                }
            }
            Call::Unlink { path } => drop(self.names.remove(path)),
            Call::MakeFolder { path } => drop(self.folders.insert(path.clone())),
            Call::Sync { .. } | Call::SyncAll { .. } => {}
        }
    }

    /// Makes lasting what `then` shows: the disk as it was when the sync began.
    fn sync(&mut self, then: &Self, path: Option<&str>) {
        match path {
            None => {
                self.lasting[..then.seen.len()].clone_from_slice(&then.seen);
                self.lasting_names = then.names.clone();
                self.lasting_folders = then.folders.clone();
            }
            Some(folder) if then.folders.contains(folder) => {
                self.lasting_names.retain(|name, _| parent(name) != folder);
                let new = then.names.iter().filter(|(name, _)| parent(name) == folder);
                let new: BTreeMap<String, usize> = new.map(|(name, number)| (name.clone(), *number)).collect();
                // A renaming lasts at both its ends or at none (POSIX): where the new name lasts, the old one is gone.
                let renamed: BTreeSet<usize> = new.values().copied().collect();
                self.lasting_names.retain(|name, number| !renamed.contains(number) || then.names.contains_key(name));
                self.lasting_names.extend(new);
                let new = then.folders.iter().filter(|name| parent(name) == folder);
                self.lasting_folders.extend(new.cloned());
            }
            Some(file) => {
                if let Some(number) = then.names.get(file) {
                    self.lasting[*number] = then.seen[*number].clone();
                }
            }
        }
    }

    /// What of the archive is there when the power comes back.
    fn left<'a>(&'a self, root: &'a str, luck: Luck) -> Left<'a> {
        let (names, folders) = match luck {
            Luck::Names | Luck::Everything => (&self.names, &self.folders),
            _ => (&self.lasting_names, &self.lasting_folders),
        };
        let bytes = if matches!(luck, Luck::Bytes | Luck::Everything) { &self.seen } else { &self.lasting };
        // A folder is reached only through those above it.
        let reachable = |folder: &str| {
            let mut at = folder;
            while at.len() > root.len() {
                if !folders.contains(at) {
                    return false;
                }
                at = parent(at);
            }
            at == root && folders.contains(root)
        };
        let folders = folders.iter().filter(|folder| reachable(folder)).map(String::as_str).collect();
        // What SQLite shares between processes is made anew.
        let there = names.iter().filter(|(name, _)| reachable(parent(name)) && !name.ends_with("-shm"));
        let files = there.map(|(name, number)| (name.as_str(), bytes[*number].0.as_slice())).collect();
        Left { root, folders, files }
    }
}

/// The disk after each of the calls.
fn history(before: Disk, calls: &[Call]) -> Vec<Disk> {
    let mut history = vec![before];
    for call in calls {
        let mut disk = history[history.len() - 1].clone();
        disk.apply(call);
        match call {
            Call::Sync { path, begun } => disk.sync(&history[*begun], Some(path)),
            Call::SyncAll { begun } => disk.sync(&history[*begun], None),
            _ => {}
        }
        history.push(disk);
    }
    history
}

#[test]
fn a_power_failure_loses_nothing_that_was_noted() {
    let scene = Scene::new();
    let path = scene.path("power");
    let root = path.to_str().unwrap().to_owned();
    let mut random = Random(0xB1AC_0007);
    let (mut operations, mut failures, noted) = (0, 0, AtomicUsize::new(0));
    for from in [From::Nothing, From::OldArchive, From::Damaged] {
        scene.begin(from, &path);
        let mut before = Disk::of(&path);
        let Some(calls) = run(&scene.command_from(from, &path), &scene.path("strace")) else {
            return skip("a_power_failure_loses_nothing_that_was_noted", "it needs strace: apt-get install strace");
        };
        let of_archive = |call: &Call| match call {
            Call::Create { path, .. }
            | Call::Write { path, .. }
            | Call::Truncate { path, .. }
            | Call::Rename { from: path, .. }
            | Call::Unlink { path }
            | Call::MakeFolder { path } => path.starts_with(&root),
            Call::Sync { .. } | Call::SyncAll { .. } => true,
        };
        // The folder that the archive lies in was there before.
        before.folders.insert(parent(&root).to_owned());
        before.lasting_folders.insert(parent(&root).to_owned());
        assert!(calls.iter().filter(|call| of_archive(call)).count() > 30, "strace tells too little: {calls:?}");
        let history = history(before, &calls);
        let changing: Vec<usize> = (0..calls.len()).filter(|at| of_archive(&calls[*at])).map(|at| at + 1).collect();
        operations += changing.len();
        let (mut jobs, mut tried) = (Vec::new(), HashSet::new());
        for (at, when) in changing.iter().enumerate() {
            for luck in [Luck::Nothing, Luck::Names, Luck::Bytes, Luck::Everything] {
                let is_taken = all() || at + 1 == changing.len() || random.below(40) == 0;
                // Many moments leave the same behind.
                if is_taken && tried.insert(history[*when].left(&root, luck).fingerprint()) {
                    jobs.push((*when, luck));
                }
            }
        }
        failures += jobs.len();
        in_parallel(&jobs, AT_ONCE, |at, (when, luck)| {
            let path = scene.path(&format!("power{at}"));
            history[*when].left(&root, *luck).write(&path);
            let what = format!(
                "power failed from {from:?} after call {when} {:.200}, {luck:?} lasts",
                format!("{:?}", calls[*when - 1])
            );
            // A file that was damaged before is noted as well.
            if from != From::Damaged {
                noted.fetch_add(assert_noted(&scene, from, &path, &what), Ordering::Relaxed);
            }
            scene.assert_mended(from, &path, &what);
            clear(&path);
        });
        assert_lasts(&scene, from, &path, &history[history.len() - 1], &format!("{from:?}"));
    }
    let noted = noted.into_inner();
    clear(&path);
    println!("power: {operations} operations, {failures} failures, {noted} noted messages were there, nothing lost");
}

/// Each message that the database notes is there, whole.
fn assert_noted(scene: &Scene, from: From, path: &Path, what: &str) -> usize {
    if !path.join(".imap-backup.sqlite").exists() {
        return 0;
    }
    let files = crate::archive::files(path);
    let noted = crate::archive::noted(path);
    for (folder, file) in &noted {
        let key = crate::archive::stable(&format!("{folder}/cur/{file}"));
        let found = files.iter().find(|(name, _)| crate::archive::stable(name) == key);
        let Some((_, bytes)) = found else { panic!("{what}: {folder}/{file} is noted and not there") };
        assert!(Some(bytes) == scene.bytes_of(from, folder, file), "{what}: {folder}/{file} is noted and not whole");
    }
    noted.len()
}

/// What a run that ended well has made lasts without any luck.
fn assert_lasts(scene: &Scene, from: From, path: &Path, disk: &Disk, what: &str) {
    disk.left(path.to_str().unwrap(), Luck::Nothing).write(path);
    let (is, must) = (crate::archive::files(path), scene.expected(from).files());
    let missing: Vec<&String> = must.keys().filter(|name| !is.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{what}: a run that ended well has left these to luck: {missing:?}");
    // What SQLite removes at the end may come back, and does no harm.
    let extra: Vec<&String> = is.keys().filter(|name| !must.contains_key(*name) && !name.contains("sqlite-")).collect();
    assert!(extra.is_empty(), "{what}: a run that ended well has not removed these for good: {extra:?}");
    let whole = must.iter().all(|(name, bytes)| is[name] == *bytes);
    assert!(whole, "{what}: a run that ended well is not on the disk in full");
    assert_eq!(crate::archive::rows(path), scene.expected(from).rows());
}

/// A run is killed, another one comes to its end, and then the power fails: the second one must not trust that what it found
/// lasts.
#[test]
fn a_power_failure_after_a_killed_run_loses_nothing() {
    let scene = Scene::new();
    let path = scene.path("killed-power");
    let mut random = Random(0x0FF);
    let (mut rounds, mut noted) = (0, 0);
    for from in [From::Nothing, From::OldArchive] {
        scene.begin(from, &path);
        let mut before = Disk::of(&path);
        let Some(calls) = run(&scene.command_from(from, &path), &scene.path("strace")) else {
            return skip("a_power_failure_after_a_killed_run_loses_nothing", "it needs strace: apt-get install strace");
        };
        let root = parent(path.to_str().unwrap()).to_owned();
        before.folders.insert(root.clone());
        before.lasting_folders.insert(root);
        let first = history(before, &calls);
        for (when, then) in first.iter().enumerate() {
            if random.below(if all() { 4 } else { 60 }) != 0 {
                continue;
            }
            then.left(path.to_str().unwrap(), Luck::Everything).write(&path);
            let calls = run(&scene.command_from(from, &path), &scene.path("strace")).unwrap();
            let second = history(then.clone(), &calls);
            assert_lasts(
                &scene,
                from,
                &path,
                &second[second.len() - 1],
                &format!("{from:?}, killed after call {when}"),
            );
            // And on its way there, too.
            for (at, then) in second.iter().enumerate() {
                if random.below(60) != 0 {
                    continue;
                }
                then.left(path.to_str().unwrap(), Luck::Nothing).write(&path);
                let what = format!("{from:?}, killed after call {when}, and the power failed after call {at}");
                noted += assert_noted(&scene, from, &path, &what);
                scene.assert_mended(from, &path, &what);
            }
            rounds += 1;
        }
    }
    clear(&path);
    println!("power after a kill: {rounds} rounds, {noted} noted messages were there, nothing lost");
}
