//! A Python process that does what it is told, line by line; `python/bot.py` is its other end.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// The process.
pub(crate) struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What Python answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The value, or the exception as `Name: message`.
    pub(crate) result: Result<Value, String>,
    /// How long the bot itself waited for its database.
    pub(crate) took_ms: f64,
}

impl Python {
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/blackbox/python/bot.py");
        let mut child = Command::new("python3")
            .args(["-B", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bots of these tests need python3");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// Gives a command and does not wait for the answer.
    pub(crate) fn send(&mut self, command: &Value) {
        writeln!(self.input, "{command}").expect("the bot's process takes commands");
    }

    pub(crate) fn receive(&mut self) -> Reply {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the bot's process answers");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no answer but `{line}`"));
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let result = match answer.get("ok") {
            Some(value) => Ok(value.clone()),
            None => Err(format!("{}: {}", text("error"), text("message"))),
        };
        Reply { result, took_ms: answer["ms"].as_f64().unwrap() }
    }

    pub(crate) fn try_ask(&mut self, command: &Value) -> Reply {
        self.send(command);
        self.receive()
    }

    /// Gives a command that must not fail.
    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        self.try_ask(command).result.unwrap_or_else(|error| panic!("the bot failed at {command}: {error}"))
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
