//! A bot's calls, one after the other.

use super::super::places::Wrapped as _;
use super::{Bank, arrives, ledger, shows, sync, until, world, wrap};

#[test]
fn what_a_call_did_counts_and_what_came_in_arrives_and_is_saved() {
    let mut world = world();
    let file = Bank::of(&[(456, 100), (7, 5)]);
    let bank = wrap(&world, &file);
    assert_eq!(ledger(&mut world, ["456", "7"]), [100, 5]);
    {
        let mut bank = bank.lock();
        bank.gives(456, -30);
        bank.gives(7, 30);
    }
    bank.lock().gives(8, 50);
    assert_eq!(ledger(&mut world, ["456", "7", "8"]), [70, 35, 50]);
    world.ledger.earn("456", 11);
    arrives(&mut world, &bank, 456, 81);
    until("saved", || file.on_disk().coins[&456] == 81);
    until("settled", || world.bot.open().mark().unwrap() == 0);
    drop(bank);
    assert_eq!(ledger(&mut world, ["456"]), [81]);
    assert_eq!(world.ledger.changes_of("456"), [-30]);
}

#[test]
fn only_whom_a_call_is_about_is_looked_at_and_the_rest_is_found_at_the_end() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10), (2, 20), (3, 30)]));
    {
        let mut bank = bank.lock_for([1]);
        bank.gives(1, 1);
        bank.also(2);
        bank.gives(2, 2);
        bank.gives(3, 3);
        assert!(bank.commit());
    }
    assert_eq!(ledger(&mut world, ["1", "2", "3"]), [11, 22, 30]);
    drop(bank);
    assert_eq!(ledger(&mut world, ["3"]), [33]);
}

#[test]
fn what_came_in_for_somebody_who_was_changed_unseen_keeps_both() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10), (3, 30)]));
    bank.lock_for([1]).gives(3, 3);
    world.ledger.earn("3", 100);
    arrives(&mut world, &bank, 3, 133);
    assert_eq!(ledger(&mut world, ["3"]), [133]);
}

#[test]
fn a_call_that_changes_nothing_writes_nothing() {
    let world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10)]));
    let noted = || world.bot.open().mark().unwrap();
    assert_eq!(noted(), 0);
    bank.lock().gives(1, 0);
    assert_eq!(bank.lock().live.coins[&1], 10);
    assert!(bank.lock().commit());
    assert_eq!(noted(), 0);
    bank.lock().gives(1, 1);
    assert_eq!(noted(), 1);
    // A store that is written out keeps it: it need not be remembered any more.
    bank.lock().save().unwrap();
    until("settled", || noted() == 0);
    let mut guard = bank.lock();
    guard.gives(1, 1);
    guard.save().unwrap();
    drop(guard);
    until("settled", || noted() == 0);
}

#[test]
fn who_leaves_spends_nothing_and_has_it_again_when_they_are_back() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10), (2, 20)]));
    assert_eq!(ledger(&mut world, ["1"]), [10]);
    bank.lock().live.coins.remove(&1);
    assert_eq!(ledger(&mut world, ["1"]), [10]);
    // A bot gives everybody new something to begin with.
    bank.lock().live.coins.insert(1, 5);
    arrives(&mut world, &bank, 1, 10);
    assert_eq!(ledger(&mut world, ["1", "2"]), [10, 20]);
}

#[test]
fn coins_that_a_store_cannot_show_wait() {
    let mut world = world();
    let mut file = Bank::of(&[(1, 10)]);
    file.most = Some(50);
    let bank = wrap(&world, &file);
    sync(&mut world);
    world.ledger.earn("1", 100);
    arrives(&mut world, &bank, 1, 50);
    assert_eq!(ledger(&mut world, ["1"]), [110], "nothing was spent");
    drop(bank);
    let bank = wrap(&world, &file);
    assert_eq!(ledger(&mut world, ["1"]), [110], "nor when it is read again");
    bank.lock().gives(1, -45);
    arrives(&mut world, &bank, 1, 50);
    assert_eq!(ledger(&mut world, ["1"]), [65]);
    bank.lock().gives(1, -25);
    arrives(&mut world, &bank, 1, 40);
    assert_eq!(ledger(&mut world, ["1"]), [40]);
}

#[test]
fn a_bot_that_panics_has_done_what_it_did_and_goes_on() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10)]));
    let clone = bank.clone();
    let panicked = std::thread::spawn(move || {
        let mut bank = clone.lock();
        bank.gives(1, 5);
        std::panic::resume_unwind(Box::new("a bug of the bot"));
    });
    panicked.join().unwrap_err();
    assert_eq!(ledger(&mut world, ["1"]), [15]);
    bank.lock().gives(1, 5);
    assert_eq!((ledger(&mut world, ["1"]), shows(&bank, 1)), ([20], Some(20)));
}

/// More than half of the largest amount.
const A_LOT: i64 = 5_000_000_000_000_000_000;

#[test]
fn a_change_that_is_no_amount_is_left_out_and_harms_nobody_else() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, -A_LOT), (2, 20)]));
    assert_eq!(ledger(&mut world, ["1", "2"]), [-A_LOT, 20]);
    {
        let mut bank = bank.lock();
        bank.live.coins.insert(1, A_LOT);
        bank.gives(2, 2);
    }
    assert_eq!(ledger(&mut world, ["1", "2"]), [-A_LOT, 22]);
    // What it comes to in the end is found by comparing.
    bank.lock().live.coins.insert(1, -5);
    assert_eq!(ledger(&mut world, ["1", "2"]), [-5, 22]);
}
