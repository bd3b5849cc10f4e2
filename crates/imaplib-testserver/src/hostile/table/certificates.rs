//! Certificates that must not be trusted, by both ways to TLS.

use super::super::outcome::Failure::Tls;
use super::super::scenario::{Certificate, Scenario, Secret};

type Row = (Certificate, &'static [u8], &'static str, [&'static str; 2]);

const BAD: [Row; 10] = [
    (
        Certificate::OtherHost,
        &[39, 40, 41, 47, 49],
        "a certificate for another host",
        ["tls-other-host", "starttls-other-host"],
    ),
    (
        Certificate::CommonNameOnly,
        &[48],
        "a certificate with the host as common name, and another as alternative name",
        ["tls-common-name-only", "starttls-common-name-only"],
    ),
    (
        Certificate::NoAddress,
        &[46],
        "a certificate without the IP address that was asked for",
        ["tls-no-address", "starttls-no-address"],
    ),
    (
        Certificate::NulName,
        &[45],
        "a certificate with a NUL behind the host's name",
        ["tls-nul-name", "starttls-nul-name"],
    ),
    (Certificate::Expired, &[49], "a certificate that has expired", ["tls-expired", "starttls-expired"]),
    (
        Certificate::NotYetValid,
        &[49],
        "a certificate that is not valid yet",
        ["tls-not-yet-valid", "starttls-not-yet-valid"],
    ),
    (
        Certificate::SelfSigned,
        &[41, 43, 49],
        "a certificate signed by itself",
        ["tls-self-signed", "starttls-self-signed"],
    ),
    (
        Certificate::UnknownAuthority,
        &[43, 49],
        "a certificate of an authority that nobody trusts",
        ["tls-unknown-authority", "starttls-unknown-authority"],
    ),
    (
        Certificate::OtherUsage,
        &[49],
        "a certificate for clients, which servers must not use",
        ["tls-other-usage", "starttls-other-usage"],
    ),
    (
        Certificate::SignedByHost,
        &[43, 49],
        "a certificate signed by another host's, which is good but no authority",
        ["tls-signed-by-host", "starttls-signed-by-host"],
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (certificate, attacks, about, [tls, starttls]) in BAD {
        let host = if certificate == Certificate::NoAddress { "127.0.0.1" } else { "localhost" };
        let make = |scenario: Scenario| scenario.host(host).fails(&[Tls]).secret(Secret::Nowhere);
        scenarios.push(make(Scenario::new(tls, attacks, about).tls(certificate)));
        scenarios.push(make(Scenario::new(starttls, attacks, about).starttls().certificate(certificate)));
    }
    scenarios
}
