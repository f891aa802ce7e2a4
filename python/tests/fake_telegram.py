"""As much of Telegram as a bot's library talks to: people write, and the bot is given that by getUpdates and answers."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

BOT = {"id": 1, "is_bot": True, "first_name": "Bank", "username": "bank_bot"}
_POLL_S_MAX = 10.0


class FakeTelegram:
    """Serves on loopback until it is stopped."""

    token = "1:token"

    def __init__(self):
        self._changed = threading.Condition()
        self._updates, self.answers, self.last_answer = [], Counter(), {}
        # What happens while the bot shows somebody that it is typing.
        self.while_typing = lambda user_id: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def write(self, user_id, text):
        """Somebody writes to the bot."""
        with self._changed:
            at = len(self._updates) + 1
            self._updates.append({"update_id": at, "message": _message(at, user_id, text)})
            self._changed.notify_all()

    def call(self, method, args):
        """What a method of the bot API answers."""
        if method == "getMe":
            return BOT
        if method == "getUpdates":
            return self._wait(int(args.get("offset") or 0), min(float(args.get("timeout") or 0), _POLL_S_MAX))
        if method == "sendMessage":
            with self._changed:
                self.answers[int(args["chat_id"])] += 1
                self.last_answer[int(args["chat_id"])] = args["text"]
            return _message(0, int(args["chat_id"]), args["text"])
        if method == "sendChatAction":
            self.while_typing(int(args["chat_id"]))
        return True

    def _wait(self, offset, patience_s):
        until = time.monotonic() + patience_s
        with self._changed:
            while time.monotonic() < until and len(self._updates) < max(offset, 1):
                self._changed.wait(until - time.monotonic())
            return self._updates[max(offset - 1, 0) :]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def _message(at, user_id, text):
    person = {"id": user_id, "is_bot": False, "first_name": "Somebody"}
    chat = {"id": user_id, "type": "private", "first_name": "Somebody"}
    command = {"type": "bot_command", "offset": 0, "length": len(text)}
    return {"message_id": at, "date": 1_770_000_000, "from": person, "chat": chat, "text": text, "entities": [command]}


def _handler(telegram):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            args = dict(parse_qsl(url.query))
            args.update(json.loads(body) if body.startswith("{") else parse_qsl(body))
            result = telegram.call(url.path.split("/")[-1], args)
            answer = json.dumps({"ok": True, "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            try:
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                # Whoever asked has gone meanwhile.
                self.close_connection = True

        do_GET = do_POST

        def log_message(self, *_):
            pass

    return Handler
