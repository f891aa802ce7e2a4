//! A Discord bot by poise: `/balance`, `/daily`, `/pay`.

use std::{env, sync::Arc};

use onepurse_replica::wrap::Wrapped;
use rust_bots::{Bank, Failure, commands};
use serenity::all as serenity;

type Context<'a> = poise::Context<'a, Wrapped<Bank>, Failure>;

/// How much you have
#[poise::command(slash_command)]
async fn balance(context: Context<'_>) -> Result<(), Failure> {
    context.say(commands::balance(context.data(), context.author().id.get())).await?;
    Ok(())
}

/// Something once a day
#[poise::command(slash_command)]
async fn daily(context: Context<'_>) -> Result<(), Failure> {
    context.say(commands::daily(context.data(), context.author().id.get())).await?;
    Ok(())
}

/// Gives coins of yours to somebody
#[poise::command(slash_command)]
async fn pay(
    context: Context<'_>,
    #[description = "Who gets them"] to: serenity::UserId,
    #[description = "How many"] coins: i64,
) -> Result<(), Failure> {
    context.say(commands::pay(context.data(), context.author().id.get(), to.get(), coins)).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (bank, worker) = rust_bots::open("discord")?;
    let data = bank.clone();
    let framework = poise::Framework::builder()
        .options(poise::FrameworkOptions { commands: vec![balance(), daily(), pay()], ..Default::default() })
        .setup(|context, _, framework| {
            Box::pin(async move {
                poise::builtins::register_globally(context, &framework.options().commands).await?;
                Ok(data)
            })
        })
        .build();
    let mut client = serenity::ClientBuilder::new_with_http(http()?, serenity::GatewayIntents::empty())
        .framework(framework)
        .await?;
    let shards = Arc::clone(&client.shard_manager);
    tokio::select! {
        ended = client.start() => ended?,
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    shards.shutdown_all().await;
    bank.lock().save()?;
    drop((client, bank, worker));
    Ok(())
}

/// Discord, or a proxy before it, which then counts how much may be asked.
fn http() -> Result<serenity::Http, Failure> {
    let http = serenity::HttpBuilder::new(env::var("DISCORD_TOKEN")?);
    Ok(match env::var("DISCORD_API_URL") {
        Ok(url) => http.proxy(url).ratelimiter_disabled(true).build(),
        Err(_) => http.build(),
    })
}
