//! `[[webhook]]`: who is told of what happens in the ledger.

use onepurse_hooks::Webhook;
use toml::Spanned;

use super::{
    Environment,
    fault::{Fault, Located},
    raw::RawWebhook,
};

/// Checks them all; a secret may stand in the environment.
pub(super) fn check(raw: Vec<RawWebhook>, environment: &Environment) -> Result<Vec<Webhook>, Located> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for RawWebhook { name, url, secret, topics } in raw {
        if name.get_ref().is_empty() {
            return Err(Located::new(name.span(), Fault::Empty));
        }
        if webhooks.iter().any(|known| known.name == *name.get_ref()) {
            return Err(Located::new(name.span(), Fault::WebhookTwice(name.into_inner())));
        }
        if !["http://", "https://"].iter().any(|scheme| url.get_ref().starts_with(scheme)) {
            return Err(Located::new(url.span(), Fault::NoWebhookUrl(url.into_inner())));
        }
        let secret = read_secret(&secret, environment)?;
        webhooks.push(Webhook { name: name.into_inner(), url: url.into_inner(), secret, topics });
    }
    Ok(webhooks)
}

fn read_secret(
    secret: &Spanned<String>,
    environment: &Environment,
) -> Result<onepurse_hooks::Secret, Located> {
    let wrong = |fault| Located::new(secret.span(), fault);
    let text = environment.resolve(secret.get_ref()).map_err(|fault| {
        wrong(match fault {
            Fault::NoVariable(name) => Fault::NoSecretVariable(name),
            fault => fault,
        })
    })?;
    text.parse().map_err(|error| wrong(Fault::NoSecret(error)))
}
