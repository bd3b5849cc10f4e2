//! The folder of a mailbox beside the database: files that are missing, damaged, there twice or not noted.

use std::collections::HashMap;

use imaplib::types::UidSet;

use crate::error::{ArchiveError, Result};
use crate::files::{Files, Identity};
use crate::index::MailboxRow;
use crate::index::lost::Loss;
use crate::index::unproven::Origin;
use crate::maildir::{self, Maildir};
use crate::observer::{Finding, report};
use crate::sync::mailbox::{Job, MailboxSync};
use crate::verify::{self, Depth, Findings};

/// This many files are looked at together.
const BATCH: usize = 1000;

impl Job<'_> {
    /// Whether there is a file for each message of the mailbox, unless it was reported as lost: their names are compared, not
    /// their contents.
    pub(crate) fn has_all_files(&self, row: &MailboxRow) -> Result<bool> {
        if row.uid_validity == 0 {
            return Ok(true);
        }
        let maildir = Maildir::as_it_is(self.archive.root(), &row.dir);
        let explain = |error: std::io::Error| ArchiveError::io("read", maildir.path(), error);
        let mut there: HashMap<u64, Vec<u32>> = HashMap::new();
        for entry in maildir.entries().map_err(explain)? {
            let entry = entry.map_err(explain)?;
            // Not a folder or a link in its place.
            let is_file = entry.file_type().map_err(explain)?.is_file();
            match entry.file_name().to_str().and_then(maildir::identity) {
                Some((validity, uid)) if is_file => there.entry(validity).or_default().push(uid),
                _ => {}
            }
        }
        there.values_mut().for_each(|uids| uids.sort_unstable());
        self.archive.index.are_all_there(row.id, &there)
    }

    /// Moves files back that a mail program has moved to `new`.
    fn move_back(&mut self, site: &mut MailboxSync, files: &mut Files) -> Result<()> {
        let folder = site.maildir.path().to_owned();
        let explain = |error: std::io::Error| ArchiveError::io("update", &folder, error);
        let mut count = 0;
        for name in site.maildir.moved_to_new().map_err(explain)? {
            let Some(identity) = maildir::identity(&name) else { continue };
            if files.get(identity)?.is_some() {
                continue;
            }
            let noted = self.archive.index.file(site.row.id, identity.0, identity.1)?;
            let noted = noted.filter(|noted| maildir::size_in(noted) == maildir::size_in(&name));
            let info = name.split_once(":2,").map_or("", |(_, info)| info);
            let to = noted.unwrap_or_else(|| maildir::with_info(&name, info));
            // What stands in the way is not ours.
            if std::fs::symlink_metadata(site.maildir.current(&to)).is_ok() {
                continue;
            }
            let outcome = site.maildir.move_back(&name, &to).map_err(&explain);
            if site.stuck.note(site.server.uid_validity, identity, outcome)?.is_none() {
                continue;
            }
            files.insert(identity, to)?;
            count += 1;
        }
        if count > 0 {
            site.maildir.sync().map_err(explain)?;
            site.report(self.observer, Finding::MovedBack(count));
        }
        Ok(())
    }

    /// Renames files to the names with the server's flags, where another program has changed them.
    fn restore_names(&mut self, site: &mut MailboxSync, files: &mut Files) -> Result<()> {
        let (mut renamed, mut last) = (0, None);
        loop {
            let batch = files.after(last, BATCH)?;
            let Some((end, _)) = batch.last() else { break };
            last = Some(*end);
            for ((validity, uid), name) in batch {
                let Some(noted) = self.archive.index.file(site.row.id, validity, uid)? else { continue };
                let from = site.maildir.place(&name);
                let to = from.with_file_name(&noted);
                if noted != name && maildir::size_in(&noted) == maildir::size_in(&name) && !to.exists() {
                    let outcome = std::fs::rename(&from, &to).map_err(|error| ArchiveError::io("rename", &from, error));
                    if site.stuck.note(site.server.uid_validity, (validity, uid), outcome)?.is_none() {
                        continue;
                    }
                    files.insert((validity, uid), noted)?;
                    if renamed < verify::MAX_NAMED as u64 {
                        site.report(self.observer, Finding::RenamedFile(&to));
                    }
                    renamed += 1;
                }
            }
        }
        if renamed > 0 {
            site.maildir.sync().map_err(|error| ArchiveError::io("update", site.maildir.path(), error))?;
            site.report(self.observer, Finding::Renamed(renamed));
        }
        self.report.of(&site.name).renamed += renamed;
        Ok(())
    }

    /// Looks at the folder's files: adopts those that the database does not know, and returns which are not whole.
    pub(crate) fn look(&mut self, site: &mut MailboxSync) -> Result<Findings> {
        // Where the database knew the mailbox, a run was interrupted.
        let is_known = site.row.uid_validity != 0;
        let origin = if is_known { Origin::Interrupted } else { Origin::WithoutDatabase };
        let maildir::FolderContents { mut files, twins } = site.maildir.messages_and_twins()?;
        if !twins.is_empty() {
            self.remove_twins(site, &mut files, twins)?;
        }
        self.move_back(site, &mut files)?;
        self.resume_aside(site, &mut files)?;
        let adopted = site.known(&mut self.archive.index).adopt(&files, origin)?;
        self.report.of(&site.name).adopted += adopted;
        if adopted > 0 && origin == Origin::WithoutDatabase && !self.options.is_verifying {
            site.report(self.observer, Finding::FoundByName(adopted));
        }
        if self.options.is_verifying {
            self.restore_names(site, &mut files)?;
        }
        let place = (site.row.id, site.server.uid_validity);
        let depth = if self.options.is_verifying { Depth::Contents } else { Depth::Names };
        let found = verify::examine(&self.archive.index, &site.maildir, place, &files, depth, self.cancel)?;
        if depth == Depth::Contents {
            self.check_sums(&site.name, &site.maildir, site.row.id, &files, &found)?;
            self.report_extra(&site.name, &site.maildir, site.row.id, &files)?;
        }
        site.files = Some(files);
        Ok(found)
    }

    /// Names the files that are not messages of the archive.
    fn report_extra(&mut self, name: &str, maildir: &Maildir, mailbox: i64, files: &Files) -> Result<()> {
        let (mut named, mut count) = (Vec::new(), 0);
        verify::for_each_extra(&self.archive.index, maildir, mailbox, files, |path| {
            count += 1;
            if named.len() < verify::MAX_NAMED {
                named.push(path);
            }
        })?;
        named.sort_unstable();
        named.iter().for_each(|path| report(self.observer, name, Finding::ExtraFile(path)));
        if count > 0 {
            report(self.observer, name, Finding::Extra(count));
        }
        self.report.of(name).extra = count;
        Ok(())
    }

    /// Names the files that are damaged, and notes the sums of those that have none.
    fn check_sums(
        &mut self,
        name: &str,
        maildir: &Maildir,
        mailbox: i64,
        files: &Files,
        found: &Findings,
    ) -> Result<()> {
        for file in &found.files {
            report(self.observer, name, Finding::DamagedFile(&maildir.place(file)));
        }
        // What an attempt before this one has mended is reported too.
        let figures = self.report.of(name);
        figures.damaged = figures.damaged.max(found.damaged.len());
        let filled = verify::fill(&mut self.archive.index, maildir, mailbox, files, self.cancel)?;
        if filled > 0 {
            report(self.observer, name, Finding::SumsNoted(filled));
        }
        Ok(())
    }

    /// Removes the files that a run had replaced and not yet removed: those beside the one that the database notes.
    fn remove_twins(&self, site: &mut MailboxSync, files: &mut Files, twins: Vec<String>) -> Result<()> {
        for twin in twins {
            let Some(identity) = maildir::identity(&twin) else { continue };
            let Some(noted) = self.archive.index.file(site.row.id, identity.0, identity.1)? else { continue };
            let length_of = |file: &str| {
                let path = site.maildir.place(file);
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
            };
            let length = length_of(&noted);
            // If the one that is noted is not whole, the other is better than nothing.
            if length.is_none() || length != maildir::size_in(&noted) {
                continue;
            }
            let other = files.insert(identity, noted.clone())?.filter(|file| *file != noted);
            for file in other.into_iter().chain((twin != noted).then_some(twin)) {
                // One that is whole and another message's is not ours to remove.
                let whole = length_of(&file).is_some() && length_of(&file) == maildir::size_in(&file);
                if whole && length_of(&file) != length {
                    site.report(self.observer, Finding::Foreign(&file));
                    continue;
                }
                let path = site.maildir.place(&file);
                let outcome = std::fs::remove_file(&path).map_err(|error| ArchiveError::io("remove", &path, error));
                site.stuck.note(site.server.uid_validity, identity, outcome)?;
            }
        }
        site.maildir.sync().map_err(|error| ArchiveError::io("update", site.maildir.path(), error))
    }

    /// Reports what is lost: not whole, and gone from the server. Nothing else has it.
    pub(crate) fn report_lost(&mut self, site: &MailboxSync, found: &Findings, gone: &UidSet) -> Result<()> {
        let mut lost = Vec::new();
        for (set, loss) in [(&found.missing, Loss::Missing), (&found.damaged, Loss::Damaged)] {
            let uids = set.intersection(gone);
            // With --mirror a damaged file is to go anyway.
            if uids.is_empty() || (self.options.is_pruning && loss == Loss::Damaged) {
                continue;
            }
            site.report(self.observer, Finding::Lost { uids: &uids, is_there: loss == Loss::Damaged });
            lost.extend(uids.iter().map(|uid| ((site.server.uid_validity, uid.get()), loss)));
        }
        self.lose(&site.name, site.row.id, lost, found)
    }

    fn lose(&mut self, name: &str, mailbox: i64, mut lost: Vec<(Identity, Loss)>, found: &Findings) -> Result<()> {
        if !found.former.is_empty() {
            report(self.observer, name, Finding::FormerLost(found.former.len() as u64));
            lost.extend(&found.former);
        }
        self.report.of(name).lost += lost.len() as u64;
        self.archive.index.set_lost(mailbox, &lost)?;
        self.archive.index.set_found(mailbox, &found.found)
    }

    /// Looks at the files of a mailbox that the server no longer has.
    pub(crate) fn verify_gone(&mut self, row: &MailboxRow) -> Result<()> {
        let depth = if self.options.is_verifying { Depth::Contents } else { Depth::Names };
        if depth == Depth::Names && self.has_all_files(row)? {
            return Ok(());
        }
        let maildir = Maildir::as_it_is(self.archive.root(), &row.dir);
        let files = maildir.messages()?;
        let place = (row.id, row.uid_validity);
        let found = verify::examine(&self.archive.index, &maildir, place, &files, depth, self.cancel)?;
        if depth == Depth::Contents {
            self.check_sums(&row.name, &maildir, row.id, &files, &found)?;
            self.report_extra(&row.name, &maildir, row.id, &files)?;
        }
        let uids = found.all();
        if !uids.is_empty() {
            report(self.observer, &row.name, Finding::GoneLost(&uids));
        }
        let lost = [(&found.missing, Loss::Missing), (&found.damaged, Loss::Damaged)];
        let lost = lost.into_iter().flat_map(|(set, loss)| set.iter().map(move |uid| (uid, loss)));
        let lost = lost.map(|(uid, loss)| ((row.uid_validity, uid.get()), loss)).collect();
        self.lose(&row.name, row.id, lost, &found)
    }

    /// Removes a damaged file once the message is there again under another name.
    pub(crate) fn remove_stale(&self, site: &mut MailboxSync, fetched: &UidSet) -> Result<()> {
        let Some(files) = &site.files else { return Ok(()) };
        let mut removed = false;
        for uid in fetched.iter() {
            let Some(old) = files.get((site.server.uid_validity, uid.get()))? else { continue };
            let new = self.archive.index.file(site.row.id, site.server.uid_validity, uid.get())?;
            let path = site.maildir.place(&old);
            if new.as_ref().is_some_and(|new| *new != old) && maildir::is_file(&path) {
                let outcome = std::fs::remove_file(&path).map_err(|error| ArchiveError::io("remove", &path, error));
                let message = (site.server.uid_validity, uid.get());
                removed |= site.stuck.note(site.server.uid_validity, message, outcome)?.is_some();
            }
        }
        match removed {
            true => site.maildir.sync().map_err(|error| ArchiveError::io("update", site.maildir.path(), error)),
            false => Ok(()),
        }
    }
}
