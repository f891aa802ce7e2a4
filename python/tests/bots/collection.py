"""As much of a document collection as a bot uses: waited for, as pymongo's, and awaited, as motor's."""

import asyncio


class FakeCollection:
    def __init__(self, documents):
        self.documents = documents

    def find(self, filter):
        return [dict(document) for document in self.documents.values()]

    def find_one(self, filter):
        document = self.documents.get(filter["_id"])
        return document and dict(document)

    def update_one(self, filter, update):
        document = self.documents[filter["_id"]]
        document.update(update.get("$set", {}))
        for key, by in update.get("$inc", {}).items():
            document[key] += by

    def __getattr__(self, name):
        """Every other name is a collection below this one."""
        if name.startswith("__"):
            raise AttributeError(name)
        return FakeCollection({})

    def __bool__(self):
        raise NotImplementedError("compare with None instead")


class FakeAsyncCollection:
    def __init__(self, documents):
        self.documents = documents
        self._waited = FakeCollection(documents)

    def find_one(self, filter):
        return self._future(self._waited.find_one, filter)

    def update_one(self, filter, update):
        return self._future(self._waited.update_one, filter, update)

    def _future(self, function, *args):
        async def done():
            await asyncio.sleep(0)
            return function(*args)

        return asyncio.ensure_future(done())
