# Что говорят `onepurse show` и `onepurse link`
purse = кошелёк
identities = аккаунты
entries = { $count ->
    [one] { $count } запись
    [few] { $count } записи
   *[other] { $count } записей
}
linked = У { $joins } теперь общий кошелёк с { $stays }.

# Что говорит `onepurse history`
seq = №
time = время
identity = аккаунт
asset = единица
delta = изменение
balance = баланс
kind = вид
reason = причина
kind-opening = начальный
kind-change = изменение
kind-repair = возврат
kind-link = связь
kind-merge = слияние
history-empty = Записей нет.
history-more = Есть ещё: --before { $seq }

# Что рассказывает `onepurse demo`
demo-title = Два бота, две базы, один баланс
demo-folder = папка
demo-telegram = база Telegram-бота
demo-discord = база Discord-бота
demo-ledger = единая база
demo-website = сайт
demo-strangers = Боты не знают ни друг о друге, ни об onepurse: всё, что они делают ниже, это обычный SQL из другого процесса.
demo-link = 1. Анна в Telegram это 456, а в Discord 123. Администратор делает из них один кошелёк
demo-earn-telegram = 2. Анна зарабатывает 100 монет в Telegram
demo-earn-discord = 3. Анна зарабатывает 50 монет в Discord
demo-took = через { $value } мс
demo-one-balance = Баланс один, где бы ни смотреть.
demo-try = Попробуйте сами, в другом терминале
demo-watch = откройте { $value } в браузере: страница обновляется сама
demo-own = С вашими ботами
demo-own-config = напишите такой файл onepurse.toml и запустите onepurse рядом с ботами; в них ничего не меняется:
demo-stays = Сайт работает до Ctrl+C.
