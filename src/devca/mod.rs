//! An authority for development: it makes certificates for a server and its callers, and a policy that lists them.
//!
//! Its key lies in a file beside the certificates it signs, which nobody should do in earnest.

mod error;
mod files;
mod policy;

use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};

pub use self::error::DevCaError;
use self::files::{read, write_key, write_text};
use crate::tls::Name;

/// The days during which certificates are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    from: Date,
    until: Date,
}

impl Validity {
    /// For so many days, and since yesterday: the clocks of others may be behind.
    ///
    /// # Errors
    /// [`DevCaError::Days`] if that goes beyond the calendar.
    pub fn days(today: Date, days: u32) -> Result<Self, DevCaError> {
        let from = today.checked_sub(1.day()).map_err(|_| DevCaError::Days)?;
        let until = today.checked_add(i64::from(days).days());
        Ok(Self {
            from,
            until: until.map_err(|_| DevCaError::Days)?,
        })
    }

    fn set(self, params: &mut CertificateParams) {
        let time = |day: Date| date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs());
        params.not_before = time(self.from);
        params.not_after = time(self.until);
    }
}

/// An authority in a folder.
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    validity: Validity,
}

impl Authority {
    /// The authority of a folder, made if there is none.
    ///
    /// # Errors
    /// [`DevCaError`].
    pub fn of(folder: &Path, validity: Validity) -> Result<Self, DevCaError> {
        files::make_folder(folder)?;
        let (certificate, key) = (folder.join("ca.pem"), folder.join("ca.key"));
        if !certificate.exists() {
            let mut params = CertificateParams::default();
            validity.set(&mut params);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            name(&mut params, "dinhdanh development CA");
            let pair = KeyPair::generate()?;
            write_key(&key, &pair.serialize_pem())?;
            write_text(&certificate, &params.self_signed(&pair)?.pem())?;
        }
        let pair = KeyPair::from_pem(&read(&key)?)?;
        Ok(Self {
            folder: folder.to_owned(),
            issuer: Issuer::from_ca_cert_pem(&read(&certificate)?, pair)?,
            validity,
        })
    }

    /// Whether there is a certificate for a server.
    pub fn has_server(&self) -> bool {
        self.folder.join("server.pem").exists()
    }

    /// Makes a certificate for a server of these names and addresses. Answers the file it is in.
    ///
    /// # Errors
    /// [`DevCaError`].
    pub fn sign_server(&self, names: &[String]) -> Result<PathBuf, DevCaError> {
        let mut params = CertificateParams::new(names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params, "server")
    }

    /// Makes a certificate for a caller. Answers the file it is in.
    ///
    /// # Errors
    /// [`DevCaError`].
    pub fn sign_caller(&self, caller: &Name) -> Result<PathBuf, DevCaError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(caller.uri())?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let path = caller.path();
        self.sign(params, &path.replace('/', "-"))
    }

    /// Writes a policy that lists these callers, unless the folder holds one. Answers its file if it was written.
    ///
    /// # Errors
    /// [`DevCaError`].
    pub fn write_policy(&self, callers: &[Name]) -> Result<Option<PathBuf>, DevCaError> {
        let file = self.folder.join("policy.toml");
        if file.exists() {
            return Ok(None);
        }
        write_text(&file, &policy::of(callers)?)?;
        Ok(Some(file))
    }

    fn sign(&self, mut params: CertificateParams, file: &str) -> Result<PathBuf, DevCaError> {
        self.validity.set(&mut params);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        name(&mut params, file);
        let pair = KeyPair::generate()?;
        write_key(&self.folder.join(format!("{file}.key")), &pair.serialize_pem())?;
        let certificate = self.folder.join(format!("{file}.pem"));
        write_text(&certificate, &params.signed_by(&pair, &self.issuer)?.pem())?;
        Ok(certificate)
    }
}

fn name(params: &mut CertificateParams, common: &str) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
}
