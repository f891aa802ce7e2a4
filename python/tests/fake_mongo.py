"""As much of MongoDB as a bot's driver talks to: documents found by equal fields, inserted, replaced, changed by $set and $inc."""

import socketserver
import struct
import threading

import bson

_HEADER = struct.Struct("<iiii")
_REPLY, _QUERY, _MSG = 1, 2004, 2013
_HELLO = {
    "ismaster": True, "isWritablePrimary": True, "helloOk": True, "minWireVersion": 0, "maxWireVersion": 25,
    "maxBsonObjectSize": 2**24, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 1000,
}  # fmt: skip


class FakeMongo:
    """Serves one collection on loopback until it is stopped."""

    def __init__(self):
        self.documents, self._lock = [], threading.Lock()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = "mongodb://127.0.0.1:{}".format(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def coins(self, id):
        with self._lock:
            return next(document["coins"] for document in self.documents if document["_id"] == id)

    def do(self, command):
        """What a command is answered."""
        name = next(iter(command))
        with self._lock:
            return {"ok": 1.0, **getattr(self, f"_{name.lower()}", lambda command: {})(command)}

    def _hello(self, command):
        return _HELLO

    _ismaster = _hello

    def _find(self, command):
        found = self._those(command.get("filter", {}))[: abs(command.get("limit", 0)) or None]
        return {"cursor": {"id": bson.Int64(0), "ns": f"bot.{command['find']}", "firstBatch": found}}

    def _insert(self, command):
        self.documents += command["documents"]
        return {"n": len(command["documents"])}

    def _update(self, command):
        count = 0
        for one in command["updates"]:
            for document in self._those(one["q"])[: None if one.get("multi") else 1]:
                count += 1
                _change(document, one["u"])
        return {"n": count, "nModified": count}

    def _those(self, filter):
        return [one for one in self.documents if all(one.get(key) == value for key, value in filter.items())]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def _change(document, by):
    document.update(by.get("$set", {} if "$inc" in by else by))
    for key, more in by.get("$inc", {}).items():
        document[key] += more


def _handler(mongo):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while len(header := self.rfile.read(_HEADER.size)) == _HEADER.size:
                length, asked, _, code = _HEADER.unpack(header)
                body = self.rfile.read(length - _HEADER.size)
                if code == _QUERY:
                    # Flags, the collection's name, how many to skip and to return, the document.
                    answer = mongo.do(bson.decode(body[body.index(b"\0", 4) + 9 :]))
                    self._send(asked, _REPLY, struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(answer))
                elif code == _MSG:
                    self._send(asked, _MSG, bytes(5) + bson.encode(mongo.do(_command(body))))

        def _send(self, asked, code, body):
            self.wfile.write(_HEADER.pack(_HEADER.size + len(body), 0, asked, code) + body)

    return Handler


def _command(body):
    """The sections of a message: a document, and sequences of documents that belong into it."""
    command, more, at = {}, {}, 4
    while at < len(body):
        kind, at = body[at], at + 1
        (size,) = struct.unpack_from("<i", body, at)
        if kind == 0:
            command = bson.decode(body[at : at + size])
        else:
            name_end = body.index(b"\0", at + 4)
            more[body[at + 4 : name_end].decode()] = bson.decode_all(body[name_end + 1 : at + size])
        at += size
    return {**command, **more}
