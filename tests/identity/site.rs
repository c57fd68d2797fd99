//! A server that demands certificates, and callers that have them.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

use crate::support::office::Office;
use crate::support::server::{BINARY, Launch, Server};
use crate::support::told::told;

/// One caller of each role, and a shared system.
pub const CALLERS: [&str; 9] = [
    "registrar/26734",
    "registrar/00001",
    "mission/dsq-tokyo",
    "population_authority/c06",
    "justice_department/79-stp",
    "subscriber/bhxh",
    "auditor/thanh-tra",
    "operator/van-hanh",
    "gateway/cong-79",
];

/// A folder with certificates and a policy, and one for the data.
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// With certificates for [`CALLERS`], made by the command for that.
    pub fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        site.certs(&CALLERS);
        site.allow_gateway();
        site
    }

    /// Runs `dinhdanh certs` on the folder.
    pub fn certs(&self, arguments: &[&str]) {
        let mut command = Command::new(BINARY);
        command
            .arg("certs")
            .arg("--out")
            .arg(self.certificates())
            .args(arguments);
        let made = command.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Lets the shared system act for one office.
    fn allow_gateway(&self) {
        let policy = self.read("policy.toml");
        self.write("policy.toml", &policy.replace("offices = []", "offices = [\"26734\"]"));
    }

    pub fn certificates(&self) -> PathBuf {
        self.folder.path().join("certs")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.certificates().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// Puts a file in its place, whole.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file("aside"), text).unwrap();
        std::fs::rename(self.file("aside"), self.file(name)).unwrap();
    }

    /// Shuts these fingerprints out, and nobody else.
    pub fn deny(&self, fingerprints: &[String]) {
        let policy = self.read("policy.toml");
        let rest = policy.lines().filter(|line| !line.starts_with("denied"));
        let rest: Vec<_> = rest.collect();
        self.write(
            "policy.toml",
            &format!("denied = {fingerprints:?}\n{}", rest.join("\n")),
        );
    }

    pub fn data(&self) -> PathBuf {
        let data = self.folder.path().join("data");
        std::fs::create_dir_all(&data).unwrap();
        data
    }

    /// A server by TLS, on a free port.
    pub fn launch(&self) -> Launch {
        let path = |name| self.file(name).to_str().unwrap().to_owned();
        Launch::on(&self.data())
            .saying(&["serve", "--listen", "127.0.0.1:0"])
            .set("TLS_CERTIFICATE", &path("server.pem"))
            .set("TLS_KEY", &path("server.key"))
            .set("TLS_CLIENT_CA", &path("ca.pem"))
            .set("POLICY", &path("policy.toml"))
    }

    /// The certificate and key of a caller, by the name of their files.
    pub fn identity(&self, name: &str) -> Identity {
        Identity::from_pem(self.read(&format!("{name}.pem")), self.read(&format!("{name}.key")))
    }

    /// A connection that presents this, or nothing.
    pub async fn connect(&self, server: &Server, identity: Option<Identity>) -> Channel {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.read("ca.pem")));
        if let Some(identity) = identity {
            tls = tls.identity(identity);
        }
        let endpoint = Endpoint::from_shared(format!("https://{}", server.address())).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.expect("a connection")
    }

    /// A caller with a certificate, by the name of its files; it says nothing of itself.
    pub async fn caller(&self, server: &Server, name: &str) -> Office {
        Office::nameless(self.connect(server, Some(self.identity(name))).await)
    }
}

/// A number that was never given: asking for it tells who may ask.
pub const UNKNOWN: &str = "079325999999";

/// What a caller is told that asks for a number nobody has.
pub async fn asks(caller: &Office) -> Status {
    caller.get(UNKNOWN).await.expect_err("there is no such number")
}

/// Sees that a call was refused because nobody knows who calls, for this reason.
pub fn no_identity(status: &Status, reason: &str) {
    assert_eq!(
        told(status).what(),
        (Code::Unauthenticated, "NO_IDENTITY"),
        "{status:?}"
    );
    assert!(status.message().contains(reason), "{}: not {reason}", status.message());
}

/// Whether a call got past the question who calls.
pub fn is_known(status: &Status) -> bool {
    status.code() == Code::NotFound
}
