// SPDX-License-Identifier: EUPL-1.2
//! An authority and a certificate for this machine, made anew for each run.
//!
//! The program under measure trusts it as it trusts any authority of the system: `SSL_CERT_FILE` names the file, so that
//! it needs no setting of its own for this.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// The files of one run.
pub struct Files {
    /// The authority, for those who connect.
    pub authority: PathBuf,
    /// The certificate, for the sink.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Files {
    /// Where they are in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            authority: folder.join("authority.pem"),
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        }
    }
}

/// Makes authority, certificate and key in `folder`.
///
/// # Errors
/// When the folder cannot be written to.
pub fn make(folder: &Path) -> Result<()> {
    let files = Files::of(folder);
    std::fs::create_dir_all(folder)?;
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "informa bench authority");
    std::fs::write(files.authority, authority.self_signed(&authority_key)?.pem())?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    std::fs::write(files.certificate, certificate.signed_by(&key, &issuer)?.pem())?;
    std::fs::write(files.key, key.serialize_pem())?;
    Ok(())
}
