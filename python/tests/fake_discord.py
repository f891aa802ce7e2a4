"""As much of Discord as a bot's library talks to: a gateway that tells what people write, and an API that takes the answers."""

import asyncio
import json
import threading
from collections import Counter

from aiohttp import WSMsgType, web

BOT = {"id": "1", "username": "bank", "discriminator": "0", "global_name": None, "avatar": None, "bot": True}
_DISPATCH, _HEARTBEAT, _IDENTIFY, _HELLO, _HEARTBEAT_ACK = 0, 1, 2, 10, 11


class FakeDiscord:
    """Serves on loopback, from a thread of its own, until it is stopped."""

    token = "token"

    def __init__(self):
        self.answers, self.last_answer = Counter(), {}
        # What happens while the bot shows somebody that it is typing.
        self.while_typing = lambda user_id: None
        self._sockets, self._at = [], 0
        self._identified = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.address = self._do(self._serve())

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _serve(self):
        app = web.Application()
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_get("/api/users/@me", _answering(BOT))
        app.router.add_get("/api/oauth2/applications/@me", _answering(_application()))
        app.router.add_post("/api/channels/{channel}/typing", self._typing)
        app.router.add_post("/api/channels/{channel}/messages", self._answered)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return "http://127.0.0.1:{}".format(self._runner.addresses[0][1])

    async def _gateway(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": 5000}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = message.json()
            if said["op"] == _HEARTBEAT:
                await socket.send_json({"op": _HEARTBEAT_ACK})
            elif said["op"] == _IDENTIFY:
                self._sockets.append(socket)
                ready = {
                    "v": 10, "user": BOT, "guilds": [], "session_id": "session", "application": {"id": "1", "flags": 0},
                    "resume_gateway_url": f"{self.address}/gateway/",
                }  # fmt: skip
                await self._tell(socket, "READY", ready)
                self._identified.set()
        return socket

    async def _tell(self, socket, event, what):
        self._at += 1
        await socket.send_json({"op": _DISPATCH, "t": event, "s": self._at, "d": what})

    def write(self, user_id, text):
        """Somebody writes to the bot, in a channel that has their own id."""
        assert self._identified.wait(20), "the bot has not come"
        self._do(self._tell(self._sockets[-1], "MESSAGE_CREATE", self._message(user_id, user_id, text)))

    async def _typing(self, request):
        await self._loop.run_in_executor(None, self.while_typing, int(request.match_info["channel"]))
        return _answer({})

    async def _answered(self, request):
        user_id, text = int(request.match_info["channel"]), (await request.json())["content"]
        self.answers[user_id] += 1
        self.last_answer[user_id] = text
        return _answer(self._message(user_id, 1, text))

    def _message(self, channel, author, text):
        self._at += 1
        return {
            "id": str(self._at), "channel_id": str(channel), "type": 0, "content": text, "pinned": False, "tts": False,
            "author": {**BOT, "id": str(author), "username": f"user{author}", "bot": author == 1},
            "timestamp": "2026-02-09T00:00:00+00:00", "edited_timestamp": None, "mention_everyone": False, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [],
        }  # fmt: skip

    def stop(self):
        self._do(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _answering(what):
    async def answer(request):
        return _answer(what)

    return answer


def _answer(what):
    # The library takes nothing for JSON whose type says more than that.
    return web.Response(body=json.dumps(what).encode(), content_type="application/json")


def _application():
    return {
        "id": "1", "name": "bank", "description": "", "icon": None, "bot_public": True, "bot_require_code_grant": False,
        "verify_key": "0" * 64, "flags": 0, "owner": {**BOT, "id": "2", "bot": False}, "rpc_origins": [], "summary": "",
        "hook": True, "team": None,
    }  # fmt: skip
