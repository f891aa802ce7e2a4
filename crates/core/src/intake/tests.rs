use proptest::prelude::*;

use super::*;

/// A ledger of nothing but what the rules look at.
#[derive(Debug, Clone, Default)]
struct Books {
    seen: BTreeMap<Identity, Seen>,
    purses: BTreeMap<PurseId, There>,
}

impl Books {
    /// An identity that is seen in a purse, opened in these assets.
    fn knows(mut self, who: &str, purse: i64, opened: &[&str]) -> Self {
        let opened = opened.iter().map(|name| name.parse().unwrap()).collect();
        self.seen.insert(who.parse().unwrap(), Seen { purse: PurseId(purse), opened });
        self.purses.entry(PurseId(purse)).or_default().identities.push(who.parse().unwrap());
        self
    }

    fn has(mut self, purse: i64, asset: &str, units: i64) -> Self {
        let balances = &mut self.purses.entry(PurseId(purse)).or_default().balances;
        balances.insert(asset.parse().unwrap(), Amount::new(units));
        self
    }

    fn rules(&self, foreign: &ForeignPurse) -> Result<Vec<Taken>, LeftOut> {
        let purse = known_purse(foreign, &self.seen)?;
        let there = purse.map(|purse| self.purses[&purse].clone()).unwrap_or_default();
        take_over(foreign, &self.seen, &there)
    }

    /// Does what the rules say.
    fn take(&mut self, foreign: &ForeignPurse) -> Result<Vec<Taken>, LeftOut> {
        let taken = self.rules(foreign)?;
        let next = PurseId(self.purses.keys().last().map_or(1, |last| last.0 + 1));
        let purse = known_purse(foreign, &self.seen)?.unwrap_or(next);
        let there = self.purses.entry(purse).or_default();
        for Taken { identity, asset, amount } in &taken {
            let seen = self.seen.entry(identity.clone()).or_insert_with(|| {
                there.identities.push(identity.clone());
                Seen { purse, opened: BTreeSet::new() }
            });
            assert!(seen.opened.insert(asset.clone()), "{identity} is opened twice in {asset}");
            let balance = there.balances.entry(asset.clone()).or_default();
            *balance = balance.checked_add(*amount).unwrap();
        }
        Ok(taken)
    }

    fn sum(&self, asset: &AssetName) -> i64 {
        self.purses.values().filter_map(|there| there.balances.get(asset)).map(|amount| amount.units()).sum()
    }
}

fn foreign(identities: &[&str], balances: &[(&str, i64)]) -> ForeignPurse {
    let balance = |&(asset, units): &(&str, i64)| (asset.parse().unwrap(), Amount::new(units));
    ForeignPurse {
        identities: identities.iter().map(|text| text.parse().unwrap()).collect(),
        balances: balances.iter().map(balance).collect(),
    }
}

fn told(taken: &[Taken]) -> Vec<String> {
    taken.iter().map(|one| format!("{} {} {}", one.identity, one.amount, one.asset)).collect()
}

#[test]
fn the_coins_enter_once() {
    let both = ["telegram:1", "discord:2"];
    let empty = Books::default;
    let cases: [(&str, Books, ForeignPurse, &[&str]); 9] = [
        (
            "nobody is known",
            empty(),
            foreign(&both, &[("coins", 150), ("xp", 7)]),
            &["telegram:1 150 coins", "discord:2 0 coins", "telegram:1 7 xp", "discord:2 0 xp"],
        ),
        ("a debt", empty(), foreign(&["discord:2"], &[("coins", -5)]), &["discord:2 -5 coins"]),
        ("nothing", empty(), foreign(&["discord:2"], &[("coins", 0)]), &["discord:2 0 coins"]),
        (
            "everyone is opened in everything, whatever they have by now",
            empty().knows(both[0], 4, &["coins"]).knows(both[1], 4, &["coins"]).has(4, "coins", 30),
            foreign(&both, &[("coins", 150)]),
            &[],
        ),
        (
            "one is attached, with the same coins",
            empty().knows("discord:2", 4, &["coins"]).has(4, "coins", 150),
            foreign(&both, &[("coins", 150)]),
            &["telegram:1 0 coins"],
        ),
        (
            "one is attached, without the other asset",
            empty().knows("discord:2", 4, &["coins"]).has(4, "coins", 150),
            foreign(&both, &[("coins", 150), ("xp", 7)]),
            &["telegram:1 0 coins", "discord:2 7 xp", "telegram:1 0 xp"],
        ),
        (
            "an asset that was left out before",
            empty().knows(both[0], 4, &["coins"]).knows(both[1], 4, &["coins"]).has(4, "coins", 30),
            foreign(&both, &[("coins", 150), ("xp", 7)]),
            &["telegram:1 7 xp", "discord:2 0 xp"],
        ),
        (
            "linked, and one of them not attached in this asset",
            empty().knows(both[0], 4, &["coins"]).knows(both[1], 4, &["xp"]).has(4, "coins", 150),
            foreign(&both, &[("coins", 150)]),
            &["discord:2 0 coins"],
        ),
        (
            "someone else is in the purse too",
            empty().knows("vk:9", 4, &["coins"]).knows("discord:2", 4, &[]).has(4, "coins", 150),
            foreign(&["discord:2"], &[("coins", 150)]),
            &["discord:2 0 coins"],
        ),
    ];
    for (case, books, foreign, expected) in cases {
        assert_eq!(told(&books.rules(&foreign).unwrap()), expected, "{case}");
    }
}

#[test]
fn what_cannot_be_known_is_left_out_by_name() {
    let both = ["telegram:1", "discord:2"];
    for (case, books, name) in [
        (
            "two purses, even of the same coins",
            Books::default().knows(both[0], 3, &["coins"]).knows(both[1], 4, &["coins"]),
            "Apart",
        ),
        (
            "linked otherwise",
            Books::default()
                .knows(both[0], 3, &["coins"])
                .knows("discord:9", 3, &["coins"])
                .has(3, "coins", 150),
            "PlatformTaken",
        ),
        (
            "attached, and other coins by now",
            Books::default().knows(both[0], 3, &["coins"]).has(3, "coins", 149),
            "BalanceDiffers",
        ),
        (
            "linked, and other coins than those that one was not opened in",
            Books::default().knows(both[0], 3, &["coins"]).knows(both[1], 3, &[]).has(3, "coins", 0),
            "BalanceDiffers",
        ),
    ] {
        let refused = books.rules(&foreign(&both, &[("coins", 150)])).unwrap_err();
        assert_eq!(refused.name(), name, "{case}: {refused}");
    }
}

/// Few people, so that purses meet.
fn purses() -> impl Strategy<Value = Vec<ForeignPurse>> {
    let identity = (0..3_usize, 1..4_i32).prop_map(|(platform, id)| {
        format!("{}:{id}", ["telegram", "discord", "website"][platform]).parse::<Identity>().unwrap()
    });
    let identities = prop::collection::btree_map(0..3_usize, identity, 1..=3).prop_map(|all| {
        let mut one_a_platform = BTreeMap::new();
        for identity in all.into_values() {
            one_a_platform.insert(identity.platform.clone(), identity);
        }
        one_a_platform.into_values().collect::<Vec<_>>()
    });
    let asset = prop::sample::select(vec!["coins", "xp"]).prop_map(|name| name.parse::<AssetName>().unwrap());
    let balances = prop::collection::btree_map(asset, (-2..3_i64).prop_map(Amount::new), 1..=2);
    let purse =
        (identities, balances).prop_map(|(identities, balances)| ForeignPurse { identities, balances });
    prop::collection::vec(purse, 1..12)
}

proptest! {
    #[test]
    fn no_coin_is_made_and_a_second_time_changes_nothing(all in purses()) {
        let mut books = Books::default();
        for foreign in &all {
            let before = books.clone();
            let Ok(taken) = books.take(foreign) else { continue };
            for (asset, amount) in &foreign.balances {
                let entered = books.sum(asset) - before.sum(asset);
                prop_assert!(entered == 0 || entered == amount.units(), "{entered} of {amount} {asset}");
                prop_assert!(foreign.identities.iter().all(|who| books.seen[who].opened.contains(asset)));
                let purse = &books.purses[&books.seen[&foreign.identities[0]].purse];
                prop_assert!(taken.is_empty() || taken.iter().all(|one| one.asset != *asset)
                    || purse.balances[asset] == *amount, "whoever comes has what they came with");
            }
            let carries = |one: &&Taken| !one.amount.is_zero();
            let is_known = |one: &Taken| before.seen.contains_key(&one.identity);
            let known = known_purse(foreign, &before.seen).unwrap();
            prop_assert!(known.is_none() || taken.iter().filter(carries).all(is_known), "{taken:?}");
            let platforms: BTreeSet<_> = foreign.identities.iter().map(|who| books.seen[who].purse).collect();
            prop_assert_eq!(platforms.len(), 1);
            prop_assert_eq!(books.take(foreign).unwrap(), vec![]);
        }
    }
}
