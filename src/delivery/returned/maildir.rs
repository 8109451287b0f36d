// SPDX-License-Identifier: EUPL-1.2
//! A Maildir that mails come back to: `new` holds what nobody has read, `cur` what somebody has.
//!
//! Reads files of `new`, the oldest first, and moves each to `cur` when it has been dealt with: seen, or flagged where
//! nobody could make sense of it. A file that was not moved is read again.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::AsyncReadExt as _;

use crate::delivery::returned::LONGEST_MAIL;

/// The folder.
#[derive(Debug, Clone)]
pub struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    /// The Maildir in `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The names of the mails that nobody has read, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the folder `new` cannot be read.
    pub async fn list(&self, limit: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut entries = fs::read_dir(self.folder.join("new")).await?;
        while let Some(entry) = entries.next_entry().await? {
            names.extend(
                entry
                    .file_name()
                    .into_string()
                    .ok()
                    .filter(|name| !name.starts_with('.')),
            );
        }
        // Names begin with the time of delivery in seconds, of ten digits until the year 2286.
        names.sort_unstable();
        names.truncate(limit);
        Ok(names)
    }

    /// The mail called `name`, as far as it is read; `None` if another program has moved it meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = unless_gone(fs::File::open(self.folder.join("new").join(name)).await)? else {
            return Ok(None);
        };
        let mut content = Vec::new();
        file.take(LONGEST_MAIL as u64).read_to_end(&mut content).await?;
        Ok(Some(content))
    }

    /// Moves the mail called `name` to those that were read; flagged for a person to look at unless `understood`.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub async fn file(&self, name: &str, understood: bool) -> io::Result<()> {
        let cur = self.folder.join("cur");
        fs::create_dir_all(&cur).await?;
        let unique = name.split(":2,").next().unwrap_or(name);
        let flags = if understood { "S" } else { "FS" };
        let moved = fs::rename(
            self.folder.join("new").join(name),
            cur.join(format!("{unique}:2,{flags}")),
        );
        unless_gone(moved.await).map(drop)
    }
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
