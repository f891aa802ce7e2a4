//! Who is let in, and what a browser may do with what it gets.
//!
//! There is no access control yet, so the address is the lock: balances are shown on a loopback address only. There,
//! a page of another site could still reach them by naming this machine in its own DNS (rebinding), so the request
//! must also name a host that no DNS can point here.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Website, failure::Failure};

/// Lets nobody read balances on an address that others can reach.
pub(crate) async fn refuse_remote(State(website): State<Website>, request: Request, next: Next) -> Response {
    if website.address_is_loopback {
        next.run(request).await
    } else {
        Failure::NoAccessControl.into_response()
    }
}

/// Answers on a loopback address only to a host that is one.
pub(crate) async fn refuse_other_hosts(
    State(website): State<Website>,
    request: Request,
    next: Next,
) -> Response {
    if website.address_is_loopback && !names_this_machine(request.headers()) {
        return Failure::WrongHost.into_response();
    }
    next.run(request).await
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
        (Some(host), None) => is_loopback_host(host),
        _ => false,
    }
}

fn is_loopback_host(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let is_loopback_v6 =
        || name.trim_matches(['[', ']']).parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    !host.contains('@')
        && (name.eq_ignore_ascii_case("localhost")
            || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || is_loopback_v6())
}

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Tells browsers to run nothing but our own files, to frame nothing, and to keep no balances.
pub(crate) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_hosts_name_this_machine() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "127.0.0.2:1", "[::1]:8080"]
        {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "example.com:8080",
            "localhost.example.com",
            "127.0.0.1.nip.io",
            "evil@localhost",
            "0.0.0.0",
            "192.168.0.7:8080",
            "[::]:8080",
            "[fe80::1]",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
