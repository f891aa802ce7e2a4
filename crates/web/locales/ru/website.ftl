skip = К содержанию
footer = Балансы — как в общей базе. Время — UTC.
live = Обновляется
live-away = Соединяемся снова…
live-trouble = Данные устарели
troubles = Не всё синхронизировано
leaderboard = Таблица лидеров
leaderboard-empty = Кошельков пока нет
leaderboard-empty-advice = Они появятся, как только в базе бота, названной в onepurse.toml, кто-нибудь будет. Как дела у платформ:
leaderboard-beyond = Таблица кончается раньше этой страницы
assets = Что считаем
place = Место
forgotten = (удалён)
identities = Кто
pages = Страницы
previous = Назад
next = Дальше
first-page = К первой странице
purse = Кошелёк { $number }
purse-left = Этот кошелёк больше ничей: его участники теперь в другом или забыты.
history = История
history-empty = Пока ничего не было. Всё, что бот начислит или спишет, сразу появится здесь.
history-beyond = Дальше истории нет.
newest = К новым
older = Раньше
time = Время, UTC
kind = Что
where = Где
delta = Изменение
balance = Баланс
asset = Валюта
actor = от
bulk = разом
bulk-advice = Изменено вместе с десятью и более балансами этой платформы
kind-opening = Начало
kind-change = Изменение
kind-repair = Возврат
kind-link = Связь
kind-merge = Слияние
kind-unlink = Разрыв
kind-earn = Заработок
kind-spend = Трата
kind-transfer = Перевод
kind-adjust = Поправка
kind-reversal = Отмена
kind-dismissal = Отклонено
not-found = Не найдено
not-found-advice = Возможно, в адресе опечатка или бот этого человека ещё не показал.
bad-request = Адрес не понять
bad-request-advice = В нём стоит не то, чего здесь ждут.
no-access-control = По этому адресу не показываем
no-access-control-advice = Прав доступа пока нет, поэтому балансы видны только на этой машине. Пусть сайт слушает 127.0.0.1.
wrong-host = Под этим именем не показываем
wrong-host-advice = Откройте сайт как localhost или 127.0.0.1.
ledger-unavailable = Общая база сейчас недоступна
ledger-unavailable-advice = Боты продолжают работать, ничего не потеряется. Попробуйте чуть позже.
broken = Здесь что-то сломалось
broken-advice = Причина — в журнале программы.
month = { $number ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
}
