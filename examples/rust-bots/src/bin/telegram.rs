//! A Telegram bot by teloxide: `/balance`, `/daily`, `/pay 456 30`.

use std::env;

use onepurse_replica::wrap::Wrapped;
use rust_bots::{Bank, Failure, commands};
use teloxide::{prelude::*, utils::command::BotCommands};

#[derive(Clone, BotCommands)]
#[command(rename_rule = "lowercase", description = "Coins:")]
enum Command {
    #[command(description = "how much you have")]
    Balance,
    #[command(description = "something once a day")]
    Daily,
    #[command(description = "somebody's id, and how much they get from you", parse_with = "split")]
    Pay { to: u64, coins: i64 },
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (bank, worker) = rust_bots::open("telegram")?;
    let mut bot = Bot::from_env();
    // A Bot API server of one's own, as Telegram offers it.
    if let Ok(url) = env::var("TELEGRAM_API_URL") {
        bot = bot.set_api_url(url.parse()?);
    }
    bot.set_my_commands(Command::bot_commands()).await?;
    let handler = Update::filter_message().filter_command::<Command>().endpoint(answer);
    let dependencies = dptree::deps![bank.clone()];
    Dispatcher::builder(bot, handler)
        .dependencies(dependencies)
        .enable_ctrlc_handler()
        .build()
        .dispatch()
        .await;
    bank.lock().save()?;
    drop((bank, worker));
    Ok(())
}

async fn answer(bot: Bot, message: Message, command: Command, bank: Wrapped<Bank>) -> ResponseResult<()> {
    let Some(user) = &message.from else { return Ok(()) };
    let id = user.id.0;
    let text = match command {
        Command::Balance => commands::balance(&bank, id),
        Command::Daily => commands::daily(&bank, id),
        Command::Pay { to, coins } => commands::pay(&bank, id, to, coins),
    };
    bot.send_message(message.chat.id, text).await?;
    Ok(())
}
