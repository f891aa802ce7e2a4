//! Whose certificate is good enough, by `sslmode`: a server with one that an authority made here signed for `localhost`.

use std::{fs, thread, time::Duration};

use onepurse_postgres::{Address, Error, connect};
use onepurse_servers::{Database, Postgres, Settings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::wait;

/// An authority, and the certificate that it shows of itself.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let shown = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), shown)
}

/// The server gets a certificate, and shows it from now on. It writes the files itself: they have to be its own.
fn give_certificate(database: &Database, issuer: &Issuer<'_, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    for (file, pem) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        database.psql(&format!(
            r"COPY (SELECT regexp_split_to_table('{pem}', '\r?\n')) TO PROGRAM 'umask 077; cat > {file}'"
        ));
    }
    database.psql("ALTER SYSTEM SET ssl = on");
    database.psql("SELECT pg_reload_conf()");
}

/// Whether the connection is encrypted, or why there is none.
fn is_encrypted(url: &str, host: &str, options: &str) -> Result<bool, Error> {
    let address: Address = format!("{}?{options}", url.replace("127.0.0.1", host)).parse().unwrap();
    wait(async {
        let client = connect(&address).await?;
        let asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(client.query_typed_one(asked, &[]).await?.get(0))
    })
}

/// The server reads its settings again a moment after it was told to.
fn until_encrypted(url: &str) {
    for _ in 0..1_000 {
        if is_encrypted(url, "127.0.0.1", "sslmode=prefer").is_ok_and(|encrypted| encrypted) {
            return;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    panic!("the server does not take its certificate");
}

#[test]
fn an_sslmode_trusts_as_much_as_it_says() {
    // One of its own: everyone else's would have a certificate for the rest of the run.
    let cluster = Postgres::start(Settings::default());
    let database = cluster.database();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let (issuer, shown) = authority();
    let (ours, others) = (folder.path().join("ours.pem"), folder.path().join("others.pem"));
    fs::write(&ours, shown).unwrap();
    fs::write(&others, authority().1).unwrap();
    let (ours, others) = (ours.display(), others.display());

    assert!(!is_encrypted(&url, "127.0.0.1", "sslmode=prefer").unwrap());
    assert!(is_encrypted(&url, "127.0.0.1", "sslmode=require").is_err(), "it has no certificate yet");
    give_certificate(&database, &issuer);
    until_encrypted(&url);

    for (host, options, encrypted) in [
        ("localhost", "sslmode=disable".to_owned(), Some(false)),
        ("127.0.0.1", "sslmode=prefer".to_owned(), Some(true)),
        ("127.0.0.1", "sslmode=require".to_owned(), Some(true)),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={ours}"), Some(true)),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={others}"), None),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ours}"), Some(true)),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={others}"), None),
        ("127.0.0.1", "sslmode=verify-ca".to_owned(), None),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ours}"), Some(true)),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ours}"), None),
        ("localhost", format!("sslmode=verify-full&sslrootcert={others}"), None),
    ] {
        let found = is_encrypted(&url, host, &options);
        assert_eq!(found.as_ref().ok().copied(), encrypted, "{host} with {options}: {found:?}");
    }
    let by_number = format!("sslmode=verify-full&sslrootcert={ours}");
    let told = is_encrypted(&url, "127.0.0.1", &by_number).unwrap_err().to_string();
    assert!(told.contains("not valid for name"), "{told}");
    let nowhere = is_encrypted(&url, "localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem");
    assert!(matches!(nowhere, Err(Error::Roots { .. })), "{nowhere:?}");
}
