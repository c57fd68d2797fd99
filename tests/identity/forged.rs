//! Certificates as nobody should make them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType, date_time_ymd};
use tonic::transport::Identity;

use super::site::Site;

/// A good URI.
pub const URI: &str = "spiffe://dinhdanh/registrar/26734";

/// What a certificate is to be; good, unless it is changed.
pub struct Forged {
    params: CertificateParams,
}

impl Forged {
    /// Of this URI.
    pub fn of(uri: &str) -> Self {
        Self::with(&[uri])
    }

    /// Of these URIs.
    pub fn with(uris: &[&str]) -> Self {
        let mut params = CertificateParams::default();
        let uris = uris.iter().map(|uri| SanType::URI(Ia5String::try_from(*uri).unwrap()));
        params.subject_alt_names = uris.collect();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Self { params }
    }

    /// Valid from the first day of one year to that of another.
    pub fn valid(mut self, from: i32, until: i32) -> Self {
        self.params.not_before = date_time_ymd(from, 1, 1);
        self.params.not_after = date_time_ymd(until, 1, 1);
        self
    }

    /// Valid until so many days ago.
    pub fn ended(mut self, days_ago: i64) -> Self {
        let day = |days: i64| {
            let day = Timestamp::now() - SignedDuration::from_hours(24 * days);
            let day = day.to_zoned_datetime(TimeZone::UTC).date();
            date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
        };
        self.params.not_before = day(days_ago + 365);
        self.params.not_after = day(days_ago);
        self
    }

    /// Of a name that is no URI, too.
    pub fn and_name(mut self, name: &str) -> Self {
        let name = SanType::DnsName(Ia5String::try_from(name).unwrap());
        self.params.subject_alt_names.push(name);
        self
    }

    /// For servers.
    pub fn for_servers(mut self) -> Self {
        self.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self
    }

    /// Of names that are only bytes.
    pub fn garbled(mut self) -> Self {
        const SUBJECT_ALT_NAME: [u64; 4] = [2, 5, 29, 17];
        self.params.subject_alt_names.clear();
        let names = CustomExtension::from_oid_content(&SUBJECT_ALT_NAME, vec![0x30, 0x05, 0x86, 0x7f, 1, 2, 3]);
        self.params.custom_extensions.push(names);
        self
    }

    /// Signed by the authority of the site.
    pub fn signed(self, site: &Site) -> Identity {
        let authority = KeyPair::from_pem(&site.read("ca.key")).unwrap();
        self.signed_by(&Issuer::from_ca_cert_pem(&site.read("ca.pem"), authority).unwrap())
    }

    /// Signed by another authority.
    pub fn signed_by(self, issuer: &Issuer<'_, KeyPair>) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = self.params.signed_by(&key, issuer).unwrap();
        Identity::from_pem(certificate.pem(), key.serialize_pem())
    }

    /// Signed by nobody but itself.
    pub fn self_signed(self) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = self.params.self_signed(&key).unwrap();
        Identity::from_pem(certificate.pem(), key.serialize_pem())
    }
}
