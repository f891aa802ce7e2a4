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
