//! A certificate authority of our own, and what it signs.

use std::io;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};

/// Certificates in PEM files.
#[derive(Debug)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes them in `folder`: `ca.pem`; `server` for localhost and 127.0.0.1; `wrongname`, `expired`; `client` for the
    /// user alice; each with a `.key`, the authority too. `foreign` is for localhost, signed by another authority.
    ///
    /// # Errors
    /// If they cannot be made or written.
    pub fn make(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        super::open_to_all(folder)?;
        let certificates = Self { folder: folder.to_owned() };
        let authority = authority("Test CA")?;
        std::fs::write(certificates.ca(), authority.pem())?;
        std::fs::write(certificates.key("ca"), authority.key().serialize_pem())?;
        let local = ["localhost", "127.0.0.1"];
        let valid = (2020, 2099);
        certificates.sign("server", &local, valid, &authority, ExtendedKeyUsagePurpose::ServerAuth)?;
        certificates.sign(
            "wrongname",
            &["mail.example.org"],
            valid,
            &authority,
            ExtendedKeyUsagePurpose::ServerAuth,
        )?;
        certificates.sign("expired", &local, (2020, 2021), &authority, ExtendedKeyUsagePurpose::ServerAuth)?;
        certificates.sign("client", &["alice"], valid, &authority, ExtendedKeyUsagePurpose::ClientAuth)?;
        let other = self::authority("Another CA")?;
        certificates.sign("foreign", &local, valid, &other, ExtendedKeyUsagePurpose::ServerAuth)?;
        Ok(certificates)
    }

    /// The certificate of the authority.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The certificate of this name.
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.pem"))
    }

    /// The private key of this name.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key"))
    }

    fn sign(
        &self,
        file: &str,
        names: &[&str],
        years: (i32, i32),
        authority: &CertifiedIssuer<'static, KeyPair>,
        purpose: ExtendedKeyUsagePurpose,
    ) -> io::Result<()> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names.clone()).map_err(io::Error::other)?;
        if let Some(name) = names.first() {
            parameters.distinguished_name.push(DnType::CommonName, name.clone());
        }
        parameters.not_before = date_time_ymd(years.0, 1, 1);
        parameters.not_after = date_time_ymd(years.1, 1, 1);
        parameters.extended_key_usages.push(purpose);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = parameters.signed_by(&key, authority).map_err(io::Error::other)?;
        std::fs::write(self.certificate(file), certificate.pem())?;
        std::fs::write(self.key(file), key.serialize_pem())
    }
}

fn authority(name: &str) -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut parameters = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(2099, 1, 1);
    let key = KeyPair::generate().map_err(io::Error::other)?;
    CertifiedIssuer::self_signed(parameters, key).map_err(io::Error::other)
}
