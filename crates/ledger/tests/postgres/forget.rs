//! What is left in the database of who was forgotten.

use onepurse_ledger::{Forgetting, Links, Redeem, Unlink};

use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

#[test]
fn no_row_has_the_name() {
    let (place, ledger) = Postgres::start();
    let name = identity("telegram:a-name-like-no-other@example.org");
    let external = name.external.as_str();
    ledger.enter(&[change(1, &name.to_string(), 100), change(2, "telegram:7", 7)]);
    wait(ledger.issue_code(name.clone())).unwrap();
    let wrong = Redeem { key: key(9), code: "00000000".parse().unwrap(), by: name.clone() };
    wait(ledger.redeem(wrong)).unwrap_err();
    let everything = || {
        place.database.psql(
            "SELECT query_to_xml('TABLE onepurse.' || table_name, true, false, '') \
        FROM information_schema.tables WHERE table_schema = 'onepurse'",
        )
    };
    assert!(everything().contains(external));
    let unlink = Unlink { key: key(10), identity: name.clone(), actor: None, reason: None };
    wait(ledger.part(unlink)).unwrap();
    wait(ledger.erase(name.clone())).unwrap();
    assert!(!everything().contains(external));
    ledger.assert_sound();
}
