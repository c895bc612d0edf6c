//! A server over TLS whose certificate is wrong in a way that the name asked for tells.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{acts, read};

/// A server with a certificate for each name under `tls.example`.
pub(crate) struct Secure {
    pub(crate) address: SocketAddr,
    /// The authority that the client is told to trust, as PEM.
    pub(crate) authority: String,
}

impl Secure {
    /// Starts one that lists an organisation for whoever accepts its certificate.
    pub(crate) fn start() -> Self {
        let (authority, known) = authority();
        let (_, unknown) = authority_of("Nobody's authority");
        let names = Names { known, unknown };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(names));
        let (listener, config) = (
            TcpListener::bind("127.0.0.1:0").expect("a port"),
            Arc::new(config),
        );
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                std::thread::spawn(move || drop(answer(stream, config)));
            }
        });
        Self { address, authority }
    }
}

fn answer(stream: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
    use std::io::Write;

    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let asked = read(&mut stream)?;
    let robots = asked.path == "/robots.txt";
    stream.write_all(
        if robots {
            acts::NOT_FOUND.to_vec()
        } else {
            acts::good()
        }
        .as_slice(),
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    authority_of("An authority of the tests")
}

fn authority_of(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    (pem, Issuer::new(params, key))
}

/// Which certificate a name gets.
#[derive(Debug)]
struct Names {
    known: Issuer<'static, KeyPair>,
    unknown: Issuer<'static, KeyPair>,
}

impl ResolvesServerCert for Names {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name()?.to_owned();
        let key = KeyPair::generate().ok()?;
        let other = "other.example".to_owned();
        let name = if asked.starts_with("wrong") {
            other
        } else {
            asked.clone()
        };
        let mut params = CertificateParams::new([name]).ok()?;
        if asked.starts_with("expired") {
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let certificate = match asked.split('.').next()? {
            "self-signed" => params.self_signed(&key),
            "unknown" => params.signed_by(&key, &self.unknown),
            _ => params.signed_by(&key, &self.known),
        };
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let private = rustls::crypto::ring::sign::any_supported_type(&private).ok()?;
        let chain = vec![certificate.ok()?.der().clone()];
        Some(Arc::new(CertifiedKey::new(chain, private)))
    }
}
