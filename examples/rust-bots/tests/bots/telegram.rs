//! As much of Telegram's Bot API as a bot needs that polls.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime, sync::Notify};

use crate::wait_for;

/// As long as nobody says anything.
const POLL: Duration = Duration::from_millis(500);

#[derive(Default)]
struct Chats {
    updates: Mutex<Vec<Value>>,
    sent: Mutex<Vec<(u64, String)>>,
    said: Notify,
}

pub(crate) struct Telegram {
    _runtime: Runtime,
    chats: Arc<Chats>,
    pub(crate) url: String,
}

impl Telegram {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let chats = Arc::new(Chats::default());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{bot}/{method}", post(answer)).with_state(Arc::clone(&chats));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { _runtime: runtime, chats, url }
    }

    /// What the bot answers to somebody who types this.
    pub(crate) fn asks(&self, id: u64, text: &str) -> String {
        let heard = || self.chats.sent.lock().unwrap().iter().filter(|(to, _)| *to == id).count();
        let before = heard();
        self.says(id, text);
        wait_for(&format!("an answer to {text}"), || {
            let sent = self.chats.sent.lock().unwrap();
            sent.iter().filter(|(to, _)| *to == id).nth(before).map(|(_, text)| text.clone())
        })
    }

    fn says(&self, id: u64, text: &str) {
        let mut updates = self.chats.updates.lock().unwrap();
        let number = updates.len() + 1;
        let command = text.split(' ').next().unwrap().len();
        updates.push(json!({
            "update_id": number,
            "message": {
                "message_id": number,
                "date": 1_700_000_000,
                "chat": {"id": id, "type": "private", "first_name": "Ann"},
                "from": {"id": id, "is_bot": false, "first_name": "Ann"},
                "text": text,
                "entities": [{"type": "bot_command", "offset": 0, "length": command}],
            },
        }));
        self.chats.said.notify_one();
    }
}

async fn answer(
    State(chats): State<Arc<Chats>>,
    Path((_, method)): Path<(String, String)>,
    body: String,
) -> Json<Value> {
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let result = match method.as_str() {
        "GetMe" => json!({
            "id": 42, "is_bot": true, "first_name": "Purse", "username": "purse_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "can_connect_to_business": false,
            "has_main_web_app": false,
        }),
        "GetUpdates" => updates(&chats, asked["offset"].as_u64().unwrap_or(0)).await,
        "SendMessage" => {
            let (id, text) = (asked["chat_id"].as_u64().unwrap(), asked["text"].as_str().unwrap());
            chats.sent.lock().unwrap().push((id, text.to_owned()));
            let chat = json!({"id": id, "type": "private", "first_name": "Ann"});
            json!({"message_id": 1, "date": 1_700_000_000, "chat": chat, "text": text})
        }
        _ => json!(true),
    };
    Json(json!({"ok": true, "result": result}))
}

async fn updates(chats: &Chats, offset: u64) -> Value {
    let new = || {
        let updates = chats.updates.lock().unwrap();
        let new = updates.iter().filter(|update| update["update_id"].as_u64().unwrap() >= offset);
        new.cloned().collect::<Vec<_>>()
    };
    if new().is_empty() {
        // Nobody may have said anything: then it is asked again.
        let _ = tokio::time::timeout(POLL, chats.said.notified()).await;
    }
    json!(new())
}
