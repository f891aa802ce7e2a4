"""What is said to people, in English and Russian."""

from __future__ import annotations

from typing import Dict

_EN: Dict[str, str] = {
    "on": "✅ Balance sync is on ({platform})",
    "recognised": "the platform is {platform}: the library {library} is imported",
    "no_platform": "balance sync is off: say which platform this bot is on, by create_sync_wrapper(db, "
    'platform="telegram") or ONEPURSE_PLATFORM',
    "in_database": "{platform}: the sidecar is in the database {sidecar}",
    "no_ledger": "no ledger is known, so changes are only kept beside the bot: set DATABASE_URL, or run "
    "`onepurse worker` with the sidecar {sidecar}",
    "no_store": "balance sync is off: nothing with {assets} was found in {db}. It looks for a dict of people as in "
    'data["users"] and for get_user(id); or give read=, write= and ids=',
    "failed": "balance sync is off: {error}. The bot goes on without it",
    "no_sidecar": "balance sync is off: {error}. The bot goes on without it. Move that file away and start the bot again: what is in "
    "the ledger and in the bot's own store is enough to go on; or put another place into sidecar= or ONEPURSE_SIDECAR",
    "taken": "balance sync is off for {db}: another object of this program has the sidecar {sidecar}; "
    "give this one its own by sidecar=",
    "proxy": "{db} cannot be wrapped in place ({error}); what refers to it already is not seen",
    "asks": "{platform}: {changed} balances differ and {gone} people are gone, of {of}, since the bot was last seen. "
    "Nothing is synced until you say which is right: start the bot once with ONEPURSE_ANSWER=ledger (the ledger is, "
    "and the bot's store gets it back) or ONEPURSE_ANSWER=count (the store is, and the differences count)",
    "unlisted": "{platform}: everybody cannot be listed yet, and nothing is synced until they can: {error!r}",
    "compared": "{platform}: {new} new, {counted} counted as changed meanwhile, {taken_back} taken back",
    "twice": "there are people twice in the bot's store, and only one balance of each counts: {ids}",
    "trouble": "the sidecar cannot be used now, and is tried again; the bot goes on, and what it does is found by comparing: "
    "{error}. If it stays so: make its folder writable, or put another place into sidecar= or ONEPURSE_SIDECAR",
    "refused": "{platform}: {asset} of {id} cannot be set to {to}, the bot's store shows {shows}; it is tried again later",
    "unwritable": "{platform}: there is no way to write into {db}, so what comes in waits: give write=",
    "internal": "balance sync had trouble and goes on: {error!r}",
    "worker": "the worker cannot be started, and changes are only kept beside the bot: {error}. Write the ledger's URL like "
    "postgres://user:password@host:5432/name or sqlite:///srv/ledger.db",
    "no_url": "no ledger is known: set DATABASE_URL to postgres://user:password@host:5432/name or sqlite:///srv/ledger.db",
    "not_found": "{error}; write it like telegram=/srv/tg/users.json.onepurse; it is looked for again",
    "no_sidecars": "there is no sidecar to sync yet: set ONEPURSE_SIDECARS, or start this where *.onepurse files are",
}

_RU: Dict[str, str] = {
    "on": "✅ Синхронизация баланса включена ({platform})",
    "recognised": "платформа {platform}: подключена библиотека {library}",
    "no_platform": "синхронизация баланса выключена: укажите платформу бота: create_sync_wrapper(db, "
    'platform="telegram") или ONEPURSE_PLATFORM',
    "in_database": "{platform}: файл синхронизации хранится в базе {sidecar}",
    "no_ledger": "общая база не указана, и изменения только копятся рядом с ботом: задайте DATABASE_URL или запустите "
    "`onepurse worker` с файлом {sidecar}",
    "no_store": "синхронизация баланса выключена: в {db} не нашлось {assets}. Ищется словарь людей, как "
    'data["users"], и get_user(id); или задайте read=, write= и ids=',
    "failed": "синхронизация баланса выключена: {error}. Бот работает без неё",
    "no_sidecar": "синхронизация баланса выключена: {error}. Бот работает без неё. Уберите этот файл и запустите бота снова: общей базы "
    "и данных бота достаточно; или задайте другое место: sidecar= или ONEPURSE_SIDECAR",
    "taken": "синхронизация баланса для {db} выключена: файл {sidecar} уже занят другим объектом этой программы; "
    "дайте этому свой: sidecar=",
    "proxy": "{db} нельзя обернуть на месте ({error}); прежние ссылки на него не отслеживаются",
    "asks": "{platform}: с прошлого запуска разошлось балансов: {changed}, исчезло людей: {gone}, из {of}. "
    "Синхронизации не будет, пока вы не скажете, что верно: запустите бота один раз с ONEPURSE_ANSWER=ledger (верна "
    "общая база, и бот получит значения из неё) или ONEPURSE_ANSWER=count (верны данные бота, и разница засчитается)",
    "unlisted": "{platform}: список людей пока не получить, до тех пор синхронизации нет: {error!r}",
    "compared": "{platform}: новых {new}, изменений за это время {counted}, отменено {taken_back}",
    "twice": "в данных бота есть люди дважды, и считается только один баланс каждого: {ids}",
    "trouble": "файл синхронизации сейчас недоступен, попробуем снова; бот работает, а его изменения найдутся сравнением: "
    "{error}. Если так и останется: дайте право писать в его папку или задайте другое место: sidecar= или ONEPURSE_SIDECAR",
    "refused": "{platform}: {asset} у {id} не записать как {to}, у бота {shows}; попробуем позже",
    "unwritable": "{platform}: в {db} нечем записать, и входящее ждёт: задайте write=",
    "internal": "сбой в синхронизации баланса, она продолжается: {error!r}",
    "worker": "не удалось запустить синхронизацию, изменения только копятся рядом с ботом: {error}. Адрес общей базы пишется так: "
    "postgres://user:password@host:5432/name или sqlite:///srv/ledger.db",
    "no_url": "общая база не указана: задайте DATABASE_URL: postgres://user:password@host:5432/name или sqlite:///srv/ledger.db",
    "not_found": "{error}; пишется так: telegram=/srv/tg/users.json.onepurse; поищем ещё",
    "no_sidecars": "синхронизировать пока нечего: задайте ONEPURSE_SIDECARS или запустите там, где лежат файлы *.onepurse",
}


def text(language: str, name: str, **values: object) -> str:
    """The text of this name; English unless the language is Russian."""
    return (_RU if language == "ru" else _EN)[name].format(**values)
