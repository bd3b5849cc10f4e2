//! The certificates of the hostile server.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd, string::Ia5String,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::scenario::Certificate;

/// What the server shows, and the authority that the client is to trust.
pub(super) struct Identity {
    pub(super) ca_pem: String,
    pub(super) config: Arc<rustls::ServerConfig>,
}

impl Identity {
    pub(super) fn of(kind: Certificate) -> io::Result<Self> {
        let trusted = authority()?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let names: &[&str] = match kind {
            Certificate::OtherHost | Certificate::CommonNameOnly => &["elsewhere.example"],
            Certificate::NoAddress => &["localhost"],
            Certificate::NulName => &[],
            _ => &["localhost", "127.0.0.1"],
        };
        let mut wanted = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .map_err(io::Error::other)?;
        let common_name = match kind {
            Certificate::OtherHost => "elsewhere.example",
            Certificate::NulName => "localhost\0.elsewhere.example",
            _ => "localhost",
        };
        wanted.distinguished_name.push(DnType::CommonName, common_name);
        match kind {
            Certificate::NulName => {
                let name = Ia5String::try_from("localhost\0.elsewhere.example").map_err(io::Error::other)?;
                wanted.subject_alt_names.push(SanType::DnsName(name));
            }
            Certificate::Expired => {
                wanted.not_before = date_time_ymd(2001, 1, 1);
                wanted.not_after = date_time_ymd(2002, 1, 1);
            }
            Certificate::OtherUsage => wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            Certificate::NotYetValid => wanted.not_before = date_time_ymd(3001, 1, 1),
            _ => {}
        }
        let mut issuers = Vec::new();
        let certificate = match kind {
            Certificate::SignedByHost => {
                let (host, key_of_host) = (host()?, KeyPair::generate().map_err(io::Error::other)?);
                issuers.push(host.signed_by(&key_of_host, &*trusted).map_err(io::Error::other)?.der().clone());
                wanted.signed_by(&key, &Issuer::from_params(&host, key_of_host))
            }
            Certificate::SelfSigned => wanted.self_signed(&key),
            Certificate::UnknownAuthority => wanted.signed_by(&key, &*authority()?),
            _ => wanted.signed_by(&key, &*trusted),
        };
        let certificate = certificate.map_err(io::Error::other)?.der().clone();
        Ok(Self { ca_pem: trusted.pem(), config: config(certificate, issuers, &key)? })
    }
}

fn authority() -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut authority = CertificateParams::new(Vec::<String>::new()).map_err(io::Error::other)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "imaplib-testserver hostile CA");
    let key = KeyPair::generate().map_err(io::Error::other)?;
    CertifiedIssuer::self_signed(authority, key).map_err(io::Error::other)
}

/// A host that has a certificate of its own.
fn host() -> io::Result<CertificateParams> {
    let mut host = CertificateParams::new(vec!["other.example".to_owned()]).map_err(io::Error::other)?;
    host.distinguished_name.push(DnType::CommonName, "other.example");
    Ok(host)
}

fn config(
    certificate: CertificateDer<'static>,
    issuers: Vec<CertificateDer<'static>>,
    key: &KeyPair,
) -> io::Result<Arc<rustls::ServerConfig>> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert([vec![certificate], issuers].concat(), key)
        .map_err(io::Error::other)?;
    Ok(Arc::new(config))
}
