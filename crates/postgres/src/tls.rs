use std::{io, path::PathBuf, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// Whose certificate is good enough. The paths name files of certificates; without one, the system's are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Anyone's: the connection is encrypted, but who is at the other end is not known.
    Anyone,
    /// One that the authority signed, whatever name it is for.
    Authority(Option<PathBuf>),
    /// One that the authority signed for this host.
    Name(Option<PathBuf>),
}

impl Trust {
    pub(crate) fn connector(&self) -> Result<MakeRustlsConnect, Error> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Tls(error.to_string()))?;
        let config = match self {
            Self::Name(path) => builder.with_root_certificates(roots(path.as_ref())?),
            Self::Authority(path) => {
                let inner = WebPkiServerVerifier::builder_with_provider(
                    Arc::new(roots(path.as_ref())?),
                    Arc::clone(&provider),
                )
                .build()
                .map_err(|error| Error::Tls(error.to_string()))?;
                let verifier = Arc::new(Lenient { authority: Some(inner), provider });
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
            Self::Anyone => {
                let verifier = Arc::new(Lenient { authority: None, provider });
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }
}

fn roots(path: Option<&PathBuf>) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    let Some(path) = path else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(store);
    };
    let unusable = |source| Error::Roots { path: path.clone(), source };
    let invalid = |what: String| unusable(io::Error::new(io::ErrorKind::InvalidData, what));
    let text = std::fs::read(path).map_err(unusable)?;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
        store.add(certificate).map_err(|error| invalid(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(invalid("there is none in it".to_owned()));
    }
    Ok(store)
}

/// Checks less than `verify-full` asks for: not the name, and without an authority nothing but that the other end holds
/// the key of the certificate that it shows.
#[derive(Debug)]
struct Lenient {
    authority: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};

        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        // The name is what is looked at last, so that a certificate with another one has passed everything else.
        match authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
