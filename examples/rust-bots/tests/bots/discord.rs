//! As much of Discord's API and gateway as a bot needs that has slash commands.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::StatusCode,
    response::Response,
    routing::{get, post, put},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    sync::broadcast::{self, Receiver, Sender},
};

use crate::wait_for;

/// The application, and the bot's own user.
const BOT: &str = "77";

struct Guild {
    /// What is sent through the gateway.
    events: Sender<Value>,
    /// By interaction.
    answers: Mutex<HashMap<String, String>>,
    commands: Mutex<Vec<String>>,
    url: String,
}

pub(crate) struct Discord {
    _runtime: Runtime,
    guild: Arc<Guild>,
    pub(crate) url: String,
}

impl Discord {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let at = listener.local_addr().unwrap();
        let guild = Arc::new(Guild {
            events: broadcast::channel(16).0,
            answers: Mutex::default(),
            commands: Mutex::default(),
            url: format!("ws://{at}/gateway"),
        });
        let router = Router::new()
            .route("/gateway/", get(connect))
            .route("/gateway", get(connect))
            .route("/api/v10/gateway", get(gateway))
            .route("/api/v10/oauth2/applications/@me", get(application))
            .route("/api/v10/applications/{id}/commands", put(register))
            .route("/api/v10/interactions/{id}/{token}/callback", post(answered))
            .with_state(Arc::clone(&guild));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { _runtime: runtime, guild, url: format!("http://{at}") }
    }

    /// What the bot answers to somebody's slash command.
    pub(crate) fn asks(&self, id: u64, command: &str, options: &Value) -> String {
        wait_for("the bot at the gateway, with its commands", || {
            let is_there = self.guild.events.receiver_count() > 0;
            let knows = self.guild.commands.lock().unwrap().iter().any(|name| name == command);
            (is_there && knows).then_some(())
        });
        let interaction = (self.guild.answers.lock().unwrap().len() + 1_000).to_string();
        let event = json!({
            "id": interaction, "application_id": BOT, "type": 2, "token": "token", "version": 1,
            "data": {"id": "5", "name": command, "type": 1, "options": options, "resolved": {"users": users(options)}},
            "channel_id": "9", "user": user(&id.to_string()), "locale": "en-US", "entitlements": [],
            "app_permissions": "0", "authorizing_integration_owners": {}, "context": 1, "attachment_size_limit": 0,
        });
        self.guild.events.send(event).unwrap();
        wait_for(&format!("an answer to {command}"), || {
            self.guild.answers.lock().unwrap().get(&interaction).cloned()
        })
    }
}

fn user(id: &str) -> Value {
    json!({"id": id, "username": "ann", "discriminator": "0", "avatar": null})
}

/// Whoever is named in the options, as Discord tells it along with them.
fn users(options: &Value) -> Value {
    let named = options.as_array().into_iter().flatten().filter(|option| option["type"] == 6);
    named.map(|option| option["value"].as_str().unwrap()).map(|id| (id.to_owned(), user(id))).collect()
}

async fn gateway(State(guild): State<Arc<Guild>>) -> Json<Value> {
    Json(json!({"url": guild.url}))
}

async fn application() -> Json<Value> {
    Json(json!({
        "id": BOT, "name": "purse", "icon": null, "description": "", "bot_public": true, "bot_require_code_grant": false,
        "owner": user("1"), "team": null, "summary": "", "verify_key": "", "flags": 0,
    }))
}

async fn register(State(guild): State<Arc<Guild>>, Json(commands): Json<Vec<Value>>) -> Json<Value> {
    let names = commands.iter().map(|command| command["name"].as_str().unwrap().to_owned());
    *guild.commands.lock().unwrap() = names.collect();
    Json(json!([]))
}

async fn answered(
    State(guild): State<Arc<Guild>>,
    Path((id, _)): Path<(String, String)>,
    Json(answer): Json<Value>,
) -> StatusCode {
    let text = answer["data"]["content"].as_str().unwrap().to_owned();
    guild.answers.lock().unwrap().insert(id, text);
    StatusCode::NO_CONTENT
}

async fn connect(State(guild): State<Arc<Guild>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| {
        // Whoever hangs up is gone.
        let _ = serve(socket, &guild).await;
    })
}

async fn serve(mut socket: WebSocket, guild: &Guild) -> Result<(), axum::Error> {
    let mut events: Option<Receiver<Value>> = None;
    let mut number = 0;
    send(&mut socket, json!({"op": 10, "d": {"heartbeat_interval": 40_000}})).await?;
    loop {
        let event = tokio::select! {
            Some(heard) = socket.recv() => {
                let Message::Text(text) = heard? else { continue };
                let heard: Value = serde_json::from_str(&text).unwrap();
                match heard["op"].as_u64() {
                    Some(1) => send(&mut socket, json!({"op": 11, "d": null})).await?,
                    Some(2) => {
                        events = Some(guild.events.subscribe());
                        number += 1;
                        send(&mut socket, ready(&guild.url, number)).await?;
                    }
                    _ => {}
                }
                continue;
            }
            Some(event) = next(&mut events) => event,
            else => return Ok(()),
        };
        number += 1;
        send(&mut socket, json!({"op": 0, "t": "INTERACTION_CREATE", "s": number, "d": event})).await?;
    }
}

/// The next event for a bot that has said who it is.
async fn next(events: &mut Option<Receiver<Value>>) -> Option<Value> {
    match events {
        Some(events) => events.recv().await.ok(),
        None => std::future::pending().await,
    }
}

fn ready(url: &str, number: u64) -> Value {
    let mut bot = user(BOT);
    bot["bot"] = json!(true);
    let application = json!({"id": BOT, "flags": 0});
    json!({"op": 0, "t": "READY", "s": number, "d": {
        "v": 10, "user": bot, "guilds": [], "session_id": "s", "resume_gateway_url": url, "shard": [0, 1],
        "application": application,
    }})
}

async fn send(socket: &mut WebSocket, what: Value) -> Result<(), axum::Error> {
    socket.send(Message::Text(what.to_string().into())).await
}
