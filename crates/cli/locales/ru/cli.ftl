# Что говорят `onepurse show` и `onepurse link`
purse = кошелёк
identities = аккаунты
entries = { $count ->
    [one] { $count } запись
    [few] { $count } записи
   *[other] { $count } записей
}
redeemed = { $by } и тот, кто получил код, теперь с общим кошельком.
unlinked = У { $identity } теперь свой кошелёк, пустой.
forget-dry = Ничего не сделано (--dry-run). { $identity } был бы стёрт навсегда.
forget-done = { $identity } стёрт навсегда: больше ничто здесь не говорит, чьи это были записи.
forget-stays = Что было, остаётся у { $others }: { $balances }.
forget-lost = Что было ({ $balances }), остаётся в кошельке { $purse }, который теперь ничей.
forget-row = У бота ещё есть строка этого человека, пустая. Удалите её там и повторите, иначе он вернётся со следующей монетой; до тех пор его называет и то, что хранится рядом.
forgotten-one = { $platform }:(удалён)
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
kind-bulk = массовое
kind-repair = возврат
kind-link = связь
kind-merge = слияние
kind-unlink = разрыв
kind-earn = заработок
kind-spend = трата
kind-transfer = перевод
kind-adjust = поправка
kind-reversal = отмена
kind-dismissal = отклонено
debts-none = Ни у кого нет долга.
key = ключ
quarantine-empty = Ничто не ждёт решения.
quarantine-advice = Решение: onepurse quarantine release КЛЮЧ или dismiss КЛЮЧ --reason "…"
quarantine-released = { $key } теперь учтён: запись { $seq }.
quarantine-dismissed = { $key } учтён не будет: запись { $seq }.
grant-done = Строк: { $rows }, выдано: { $given }, было выдано раньше: { $known }; всего { $total }.
grant-dry = Строк: { $rows }, было бы выдано: { $given }; всего { $total }. Ничего не записано.
grant-more = … и ещё { $count }; --json называет все.
bulk-reversed = Отменено: { $reversed }; было отменено раньше: { $already }.
order-known = Это уже сделано под этим ключом: запись { $seq }.
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
demo-bye = До свидания. Всё осталось в { $value }
demo-go-on = Чтобы продолжить:
demo-remove = Чтобы удалить:

# Что рассказывает журнал `onepurse run`
log-attached = { $platform }: захват изменений включён в её базе
log-in-step = ✅ Синхронизация баланса включена ({ $platform })
log-in-step-again = { $platform }: снова синхронно
log-coins = ✅ Монеты синхронизированы: { $platform }_id={ $id }, delta={ $delta }
log-change = ✅ Баланс { $asset } синхронизирован: { $platform }_id={ $id }, delta={ $delta }
log-opening = Начальный баланс учтён: { $platform }_id={ $id }, { $asset }={ $delta }
log-repair = Устаревшая запись исправлена: { $platform }_id={ $id }, { $asset } delta={ $delta }
log-inward = { $platform }: строка { $id }, { $asset } { $before } → { $after }
log-inward-held = { $platform }: строка { $id }, { $asset } { $before } → { $after }, придержано { $held }
log-inward-refused = { $platform }: строку { $id } не записать, { $asset } остаётся { $before }, придержано { $held }; пробуем снова. { $reason }
log-stale = { $platform }: бот записал для { $id } ровно то, что было до входящего изменения на { $lost } { $asset }: случайно, или затёр его; что делать, скажет `onepurse status`
log-stale-repaired = { $platform }: бот вернул старое значение { $id }; { $lost } { $asset } возвращены
log-bulk = { $platform }: одна команда изменила сразу много балансов: { $what }
log-quarantined = { $platform }: событие в карантине: { $what }
log-replica-restored = { $platform }: её база восстановлена из старой копии; она догоняет, дважды ничего не учтётся
log-ledger-restored = { $platform }: единая база восстановлена из копии; чего в ней нет, отправляется снова
log-capture-restored = { $platform }: захват изменений пропал или таблица изменилась: он поставлен заново, сверяется каждая строка: { $what }
log-compared = { $platform }: { $count ->
    [one] { $count } баланс расходится
    [few] { $count } баланса расходятся
   *[other] { $count } балансов расходятся
} с единой базой
log-paused = { $platform } на паузе: { $what }. Что можно ответить, скажет `onepurse resume { $platform }`
log-resumed = { $platform }: снова в работе
log-warned = { $platform }: транзакции идут здесь со строгой изоляцией ({ $what }): транзакция бота может кончиться ошибкой сериализации там, где входящее изменение только что записало её строку, и её надо повторить
log-moved = { $platform }: её база переехала и найдена
log-ledger-trouble = Единая база недоступна: { $reason }. Боты работают; пробуем снова
log-ledger-back = Единая база снова доступна
log-trouble = { $platform }: { $reason }. Пробуем снова
log-ended = { $platform }: её движок аварийно завершился; перезапустите onepurse
log-sidecar-missing = { $why }. Поищем ещё: бот заводит его, когда запускается с create_sync_wrapper
log-sidecar = { $platform }: её бот обёрнут, файл синхронизации { $place }
log-no-platform = Платформ в конфигурации нет: работает только сайт. У обёрнутых ботов синхронизация своя
wrapped-asks = { $platform }: обёрнутый бот ждёт ответа: разошлось балансов: { $changed }, исчезло людей: { $gone }, из { $of }. Синхронизации не будет, пока бот не запущен один раз с ONEPURSE_ANSWER=ledger (верна единая база) или ONEPURSE_ANSWER=count (верны его данные)
elsewhere = { $platform } подключена в { $place }, чего нет в этой конфигурации: она не сверялась
log-beside = { $who }; вдвоём они лишь делают лишнюю работу
log-listening = Сайт слушает: http://{ $address }
log-stopping = Останавливаемся
log-no-access-control = Сайт слушает { $address }, а не только эту машину: страницы с балансами отвечают 403, пока нет управления доступом
difference = { $platform }:{ $id }: { $asset } в её базе { $local }, в единой { $expected }
difference-no-row = { $platform }:{ $id }: в её базе нет строки, { $asset } в единой { $expected }
difference-more = … и ещё { $count }

# Состояние платформы
state-in-step = синхронно
state-behind = догоняет
state-paused = на паузе
state-refused = отвергнута
state-unreachable = недоступна
state-not-attached = не подключена

# Что говорит `onepurse status`
status-ledger = Единая база { $url }: { $state } { $head }
ledger-ok = в порядке, записей:
ledger-missing = отсутствует
ledger-locked = занята
ledger-unavailable = недоступна
ledger-not-a-ledger = это не единая база
ledger-damaged = повреждена
ledger-newer = записана более новой версией onepurse
ledger-other-ledger = другая единая база
ledger-being-rebuilt = восстанавливается, ещё не целая
platform = платформа
state = состояние
pending = ожидает
held = придержано
quarantined = в карантине
identities-known = аккаунтов
seconds = отстаёт, секунд
lag = отстаёт, записей
status-debts = Кошельков с долгом: { $count }; `onepurse debts` их называет
status-resume = Что можно ответить, скажет `onepurse resume { $platform }`
status-nobody = { $platform }: с ней никто не работает (разве что с --shared): запустите `onepurse run`
status-left-alone = { $platform }: что приходит для них, ждёт, пока строки не в порядке. Несколько строк (several rows): оставьте одну. Не число (not a number): исправьте строку. В чём отказывает база, пробуется снова каждые полминуты: дайте право, которое она называет.
status-held = { $platform }: у { $count ->
    [one] { $count } человека
   *[other] { $count } человек
} баланс не тот, что может показать строка: правила самого бота, столбец или нижняя граница не дают ни больше, ни меньше. Придержанное попадёт в строку, когда будет место; ничего не пропадает.
status-stale = { $platform }: её бот, возможно, затирает входящие изменения старыми значениями: { $exact } раз он записал ровно то, что стояло перед таким изменением, всего не больше { $bound } раз. Если он прибавляет и вычитает в самой базе, это случайность: получив 50 здесь и потратив 50 там, тоже приходят к старому числу. Если он пишет балансы целиком, прочитанные раньше, пусть прибавляет и вычитает, или укажите в настройке writes = "absolute": тогда любая такая запись считается ошибкой, и монеты возвращаются; для бота, который прибавляет и вычитает, это нельзя.

# Что говорит `onepurse verify`
verify-checked = Проверено: записей { $entries }, кошельков { $purses }, аккаунтов в базах ботов { $identities }; не сверялись (в пути или оставлены в покое): { $waived }
verify-progress = записей: { $done } из { $all }
verify-kept = Сохранённый конец журнала (запись { $seq }) есть в этой истории.
verify-head = Конец журнала, сохраните его в другом месте для --against: { $head }
verify-holds = Всё сходится.
verify-rest-holds = Что сверено, сходится.
verify-not-attached = { $platform } не подключена: её база не сверялась. Её подключит `onepurse attach { $platform }` или `onepurse run`
verify-fails = { $count ->
    [one] Не сходится { $count } место.
    [few] Не сходятся { $count } места.
   *[other] Не сходятся { $count } мест.
}
invariant-2 = ничего дважды
invariant-3 = сохранение
invariant-4 = правда внизу
invariant-7 = история

# Что говорят `onepurse attach` и `onepurse detach`
attach-done = { $platform }: подключена, синхронно.
attach-already = { $platform }: уже подключена.
attach-paused = { $platform }: ждёт ответа.
attach-behind = { $platform }: подключена; догонит `onepurse run`.
attach-openings = { $count ->
    [one] Принят { $count } человек с тем балансом, что у него был.
    [few] Приняты { $count } человека с теми балансами, что у них были.
   *[other] Принято { $count } человек с теми балансами, что у них были.
}
attach-ledger-wins = Права единая база: эти строки получают её баланс (`onepurse attach --count-changes` учёл бы расхождения).
attach-counted = Учтено: эти расхождения считаются заработанным или потраченным и дойдут до всех платформ.
detach-nothing = { $platform }: не подключена.
detach-done = { $platform }: отключена; от onepurse в её базе ничего не осталось.
detach-done-there = { $platform }: отключена; её триггеров и таблиц onepurse в её базе больше нет.
detach-ledger-stays = Единая база лежит в той же базе и остаётся: балансы всех людей в схеме onepurse и вид unified_users. Если и она не нужна: DROP SCHEMA onepurse CASCADE.
detach-lost = { $platform }: отключена; до единой базы не { $count ->
    [one] дошло { $count } событие
    [few] дошли { $count } события
   *[other] дошли { $count } событий
}.

# Что говорит `onepurse import`
import-progress = строк: { $done } из { $all }
import-would = Ничего не сделано (--dry-run). Было бы так:
import-done = Строк в { $table } ({ $place }): { $rows }
import-new = новых кошельков: { $count }
import-joined = присоединено к тем, что были: { $count }
import-known = уже известно, без изменений: { $count }
import-skipped = пропущено: { $count }
import-nothing = Делать нечего: всё это уже здесь.
import-empty = В таблице нет строк: принимать нечего.
import-empty-file = В файле ни о ком ничего нет: принимать нечего.
import-more = … и ещё { $count }: всё перечислит --json
import-row = строка { $row } ({ $who }): { $reason }
import-nobody = никто
import-people = Людей в { $place }: { $rows }
import-line = строка { $row } ({ $who }): { $reason }
fault-not-readable = это не читается: { $value }
fault-no-identity = не сказано, чьё это
fault-not-an-identity = `{ $value }` не аккаунт: пишите платформа:id, как telegram:456
fault-platform-twice = { $one } и { $other } не могут быть одним человеком: в кошельке один аккаунт платформы
fault-twice = { $identity } указан ещё раз, в { $other }: исправьте файл
fault-no-amount = сказано, кто это, но не сказано, сколько
fault-amount-twice = сколько { $value }, сказано дважды: те же это монеты или другие, неизвестно; укажите один раз
fault-unknown-asset = `{ $value }` не считается: добавьте в настройку как [[asset]]
skip-no-identity = ни telegram_id, ни discord_id, ни website_email не говорят, чья она
skip-not-a-number = { $column } это `{ $value }`: не число или слишком большое
skip-too-fine = { $column } это `{ $value }`, а единая база хранит знаков после запятой: { $decimals }
skip-twice = { $identity } есть и в строке { $other }: исправьте таблицу
skip-apart = { $one } и { $other } уже два кошелька в единой базе, и, возможно, с одними и теми же монетами: `onepurse link` сделает из них один и сложит
skip-platform-taken = { $other } не может войти в кошелёк { $one }: там уже есть кто-то из { $platform }
skip-balance-differs = в единой базе для них уже { $here } { $asset }, в таблице { $foreign }: что верно, узнать нельзя
skip-rejected = { $message }

# Что говорит `onepurse resume`
resume-not-paused = { $platform } не на паузе: отвечать не на что.
resume-answered = { $platform }: ответ { $answer } принят. Работающий `onepurse run` продолжит сам; иначе это сделает следующий.
resume-question = { $platform } на паузе: { $question }.
question-mass = людей { $of }: не тот баланс, что должен быть, у { $changed }, строки больше нет у { $gone }
question-other = под именем платформы, база которой { $registered }, теперь { $here }
question-copied = { $here } это копия { $registered }, а та всё ещё на месте
answer-mass-ledger = права единая база: строки, которые есть, получат её балансы. Пропавшие строки не вернутся: люди сохраняют свои монеты и увидят их, когда бот снова создаст строку. Ничего не учитывается.
answer-mass-count = верно то, что в базе бота: каждое расхождение станет записью и дойдёт до всех платформ. Те, чьи строки пропали, теряют всё, что у них было, везде.
answer-other-ledger = теперь это база платформы, и права единая база: строки получат балансы своих кошельков. Кого единая база не знает, начнёт с того, что у него есть.
answer-other-count = теперь это база платформы, и правы её строки: расхождения с единой базой считаются заработанным или потраченным и дойдут до всех платформ.
answer-copied-ledger = теперь база платформы это копия, другая оставлена; права единая база: строки копии получат балансы своих кошельков.
answer-copied-count = теперь база платформы это копия, другая оставлена; расхождения её строк с единой базой считаются заработанным или потраченным.

# Что говорит `onepurse rebuild`
rebuild-reason = восстановлено по платформам
rebuild-progress = { $done } из { $all }
rebuild-would = Ничего не сделано (--dry-run). В книге было бы кошельков: { $purses }, из них общих для нескольких платформ: { $shared }, событий: { $events }, а всего: { $totals }.
rebuild-done = В книге кошельков: { $purses }, из них общих для нескольких платформ: { $shared }, событий: { $events }, а всего: { $totals }.
rebuild-heard = { $platform }: было известно всё до записи { $entry }; людей: { $identities }, событий ещё не отправлено: { $pending }.
rebuild-anew = { $platform }: всё должно было быть рассказано заново, поэтому ей верят лишь там, где больше никто не знает; людей: { $identities }, событий ещё не отправлено: { $pending }.
rebuild-behind = { $platform }: было известно всё до записи { $entry }, другим — до { $last }. Если она не была в такте, когда книга пропала, то чего ей не хватает, того нет: связь пропала, и её монеты есть дважды, перевод учтён с одной стороны. Людей: { $identities }, событий ещё не отправлено: { $pending }.
rebuild-without = { $platform }: не спрошена; кого знает только она, того в книге нет, а кто там связан, будет учтён ещё раз, когда её подключат.
rebuild-doubt = Не наверняка: у { $identity } { $amount } { $asset }; в другом месте у этого кошелька было: { $others }.
rebuild-doubt-pending = Не наверняка: у { $identity } { $amount } { $asset }; в другом месте у этого кошелька было: { $others }. Ещё не отправленные { $pending } могли быть в нём уже учтены: сверьте после следующей синхронизации и поправьте через onepurse adjust.
rebuild-rejected = Правила отвергают событий: { $count }; см. onepurse quarantine.
rebuild-gone = Чего не знала ни одна платформа, того больше нет: записей после названных, кошельков без людей на платформах, и кто что делал и почему до сохранённых событий; кто был забыт, а строка осталась, тот вернулся, и его надо забыть ещё раз.
