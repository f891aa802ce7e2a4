use serde_json::json;

use crate::community::Community;

#[test]
fn what_is_typed_in_telegram_is_in_the_file_and_in_the_ledger() {
    let community = Community::new();
    let bot = community.start_telegram();
    let telegram = &community.telegram;
    assert_eq!(telegram.asks(456, "/daily"), "You got 100 coins and have 100.");
    assert_eq!(community.in_file("telegram", "456"), Some(100));
    assert_eq!(telegram.asks(456, "/daily"), "You had that today.");
    assert_eq!(telegram.asks(456, "/pay 7 1000"), "That cannot be paid.");
    assert_eq!(telegram.asks(456, "/pay 7 30"), "You paid 30 coins and have 70.");
    community.ledger_comes_to("telegram", "456", 70);
    community.ledger_comes_to("telegram", "7", 30);
    assert_eq!(telegram.asks(7, "/balance"), "You have 30 coins.");
    assert!(bot.interrupt().success());
    assert_eq!(community.in_file("telegram", "7"), Some(30));
}

#[test]
fn a_bot_that_is_killed_goes_on_with_what_it_had() {
    let community = Community::new();
    let bot = community.start_telegram();
    let telegram = &community.telegram;
    assert_eq!(telegram.asks(456, "/daily"), "You got 100 coins and have 100.");
    assert_eq!(telegram.asks(456, "/pay 7 30"), "You paid 30 coins and have 70.");
    bot.kill();
    let _bot = community.start_telegram();
    // Telegram sends again what a bot that was killed has not confirmed.
    telegram.asks(8, "/daily");
    community.ledger_comes_to("telegram", "8", 100);
    let has = community.in_file("telegram", "456").unwrap();
    assert!(has == 70 || has == 40, "{has}");
    community.ledger_comes_to("telegram", "456", has);
    community.ledger_comes_to("telegram", "7", 100 - has);
}

#[test]
fn what_is_typed_in_discord_is_in_the_ledger() {
    let community = Community::new();
    let bot = community.start_discord();
    let discord = &community.discord;
    assert_eq!(discord.asks(789, "daily", &json!([])), "You got 100 coins and have 100.");
    let to_9 = json!([{"name": "to", "type": 6, "value": "9"}, {"name": "coins", "type": 4, "value": 30}]);
    assert_eq!(discord.asks(789, "pay", &to_9), "You paid 30 coins and have 70.");
    assert_eq!(discord.asks(9, "balance", &json!([])), "You have 30 coins.");
    community.ledger_comes_to("discord", "789", 70);
    community.ledger_comes_to("discord", "9", 30);
    assert!(bot.interrupt().success());
}

#[test]
fn both_bots_show_one_balance() {
    let community = Community::new();
    let bots = [community.start_telegram(), community.start_discord()];
    let (telegram, discord) = (&community.telegram, &community.discord);
    telegram.asks(456, "/daily");
    discord.asks(789, "daily", &json!([]));
    community.ledger_comes_to("telegram", "456", 100);
    community.ledger_comes_to("discord", "789", 100);
    community.link("telegram:456", "discord:789");
    community.file_comes_to("telegram", "456", 200);
    community.file_comes_to("discord", "789", 200);
    assert_eq!(telegram.asks(456, "/pay 7 150"), "You paid 150 coins and have 50.");
    community.file_comes_to("discord", "789", 50);
    assert_eq!(discord.asks(789, "balance", &json!([])), "You have 50 coins.");
    for bot in bots {
        assert!(bot.interrupt().success());
    }
    community.ledger_comes_to("discord", "789", 50);
}

#[test]
fn a_bot_that_was_killed_catches_up_with_the_other() {
    let community = Community::new();
    let (telegram, _discord) = (community.start_telegram(), community.start_discord());
    community.telegram.asks(456, "/daily");
    community.discord.asks(789, "daily", &json!([]));
    community.ledger_comes_to("telegram", "456", 100);
    community.ledger_comes_to("discord", "789", 100);
    community.link("telegram:456", "discord:789");
    telegram.kill();
    community.file_comes_to("discord", "789", 200);
    let to_9 = json!([{"name": "to", "type": 6, "value": "9"}, {"name": "coins", "type": 4, "value": 150}]);
    assert_eq!(community.discord.asks(789, "pay", &to_9), "You paid 150 coins and have 50.");
    let _telegram = community.start_telegram();
    community.file_comes_to("telegram", "456", 50);
    community.ledger_comes_to("telegram", "456", 50);
}
