# What `onepurse show` and `onepurse link` say
purse = purse
identities = identities
entries = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
redeemed = { $by } and whoever made the code share a purse now.
unlinked = { $identity } has a purse of their own now, with nothing in it.
forget-dry = Nothing is done (--dry-run). { $identity } would be erased for good.
forget-done = { $identity } is erased for good: nothing here tells any more whose their entries were.
forget-stays = What they had stays with { $others }: { $balances }.
forget-lost = What they had, { $balances }, stays in purse { $purse }, which nobody has then.
forget-row = Their bot still has a row for them, with nothing in it. Delete it there and forget them once more, or they come back with their next coin; what is kept beside it names them till then.
forgotten-one = { $platform }:(forgotten)
linked = { $joins } now shares the purse of { $stays }.

# What `onepurse history` says
seq = #
time = time
identity = identity
asset = asset
delta = change
balance = balance
kind = kind
reason = reason
kind-opening = opening
kind-change = change
kind-bulk = bulk change
kind-repair = repair
kind-link = link
kind-merge = merge
kind-unlink = parted
kind-earn = earned
kind-spend = spent
kind-transfer = transfer
kind-adjust = correction
kind-reversal = reversal
kind-dismissal = dismissed
debts-none = Nobody has less than nothing.
key = key
quarantine-empty = Nothing waits for a decision.
quarantine-advice = Decide with onepurse quarantine release KEY, or dismiss KEY --reason "…"
quarantine-released = { $key } counts now: entry { $seq }.
quarantine-dismissed = { $key } will never count: entry { $seq }.
grant-done = Of { $rows } rows { $given } were given, { $known } had been given before: { $total }.
grant-dry = Of { $rows } rows { $given } would be given: { $total }. Nothing was written.
grant-more = … and { $count } more; --json names all.
bulk-reversed = Undone: { $reversed }; undone before: { $already }.
order-known = It was done before, under this key: entry { $seq }.
history-empty = No entries.
history-more = There is more: --before { $seq }

# What `onepurse demo` tells
demo-title = Two bots, two databases, one balance
demo-folder = folder
demo-telegram = Telegram's database
demo-discord = Discord's database
demo-ledger = the ledger
demo-website = the website
demo-strangers = The bots know nothing of each other, nor of onepurse: what they do below is plain SQL, run by another process.
demo-link = 1. Anna is 456 in Telegram and 123 in Discord. An administrator makes that one purse
demo-earn-telegram = 2. Anna earns 100 coins in Telegram
demo-earn-discord = 3. Anna earns 50 coins in Discord
demo-took = after { $value } ms
demo-one-balance = One balance, wherever one looks.
demo-try = Try it by hand, in another terminal
demo-watch = keep { $value } open in a browser: it follows by itself
demo-own = With your own bots
demo-own-config = write a file onepurse.toml like this one, and run onepurse beside the bots; nothing in them changes:
demo-stays = The website stays until Ctrl+C.
demo-bye = Goodbye. Everything is still in { $value }
demo-go-on = To go on with it:
demo-remove = To remove it:

# What the log of `onepurse run` tells
log-attached = { $platform }: capture is in its database
log-in-step = ✅ Balance sync is on ({ $platform })
log-in-step-again = { $platform }: in step again
log-coins = ✅ Coins synced: { $platform }_id={ $id }, delta={ $delta }
log-change = ✅ Balance of { $asset } synced: { $platform }_id={ $id }, delta={ $delta }
log-opening = Opening balance taken: { $platform }_id={ $id }, { $asset }={ $delta }
log-repair = Stale overwrite repaired: { $platform }_id={ $id }, { $asset } delta={ $delta }
log-inward = { $platform }: row of { $id }, { $asset } { $before } → { $after }
log-inward-held = { $platform }: row of { $id }, { $asset } { $before } → { $after }, held back { $held }
log-inward-refused = { $platform }: row of { $id } cannot be written, { $asset } stays { $before }, held back { $held }; it is tried again. { $reason }
log-stale = { $platform }: the bot wrote exactly what { $id } had before an inbound change of { $lost } { $asset }: by chance, or it overwrote that; `onepurse status` says what to do
log-stale-repaired = { $platform }: the bot put back an old value of { $id }; { $lost } { $asset } are given back
log-bulk = { $platform }: one statement changed many balances at once: { $what }
log-quarantined = { $platform }: an event is in quarantine: { $what }
log-replica-restored = { $platform }: its database was put back from an older copy; it catches up, and nothing is counted twice
log-ledger-restored = { $platform }: the ledger was put back from a backup; what it no longer has is sent again
log-capture-restored = { $platform }: capture was missing, or the table has changed: it was put in anew, and every row is compared: { $what }
log-compared = { $platform }: { $count ->
    [one] { $count } balance differs
   *[other] { $count } balances differ
} from the ledger
log-paused = { $platform } is paused: { $what }. `onepurse resume { $platform }` says what can be answered
log-resumed = { $platform }: resumed
log-warned = { $platform }: transactions run at a strict isolation here ({ $what }): one of the bot's can fail with a serialization failure where an inbound change has just written its row, and then has to be tried again
log-moved = { $platform }: its database has moved, and was found
log-ledger-trouble = The ledger cannot be used: { $reason }. The bots go on; trying again
log-ledger-back = The ledger is back
log-trouble = { $platform }: { $reason }. Trying again
log-ended = { $platform }: its engine has ended in a panic; restart onepurse
log-sidecar-missing = { $why }. It is looked for again and again: a bot makes its sidecar when it starts with create_sync_wrapper
log-sidecar = { $platform }: its bot is wrapped, with the sidecar { $place }
log-no-platform = No platform is configured: there is only the website. Wrapped bots have workers of their own
wrapped-asks = { $platform }: its wrapped bot waits for an answer: { $changed } balances differ and { $gone } people are gone, of { $of }. Nothing is synced until the bot was started once with ONEPURSE_ANSWER=ledger (the ledger is right) or ONEPURSE_ANSWER=count (its store is)
elsewhere = { $platform } is attached at { $place }, which is not in this configuration: it was not looked at
log-beside = { $who }; both at once are merely wasteful
log-listening = The website listens: http://{ $address }
log-stopping = Stopping
log-no-access-control = The website listens on { $address }, not on this machine alone: pages with balances answer 403 until there is access control
difference = { $platform }:{ $id }: { $asset } is { $local } in its database, { $expected } by the ledger
difference-no-row = { $platform }:{ $id }: no row in its database, { $asset } is { $expected } by the ledger
difference-more = … and { $count } more

# A platform's state
state-in-step = in step
state-behind = behind
state-paused = paused
state-refused = refused
state-unreachable = unreachable
state-not-attached = not attached

# What `onepurse status` says
status-ledger = The ledger { $url }: { $state } { $head }
ledger-ok = in order, entries:
ledger-missing = missing
ledger-locked = locked
ledger-unavailable = cannot be used
ledger-not-a-ledger = not a ledger
ledger-damaged = damaged
ledger-newer = written by a newer onepurse
ledger-other-ledger = another ledger
ledger-being-rebuilt = being rebuilt, not whole yet
platform = platform
state = state
pending = pending
held = held
quarantined = quarantined
identities-known = identities
seconds = seconds behind
lag = entries behind
status-debts = { $count ->
    [one] { $count } purse has less than nothing: `onepurse debts`
   *[other] { $count } purses have less than nothing: `onepurse debts`
}
status-resume = `onepurse resume { $platform }` says what can be answered
status-nobody = { $platform }: nobody is working on it (unless with --shared): start `onepurse run`
status-left-alone = { $platform }: what comes in for them waits until their rows are in order. Several rows: leave one. Not a number: correct the row. What the database refuses is tried again every half minute: grant the right that it names.
status-held = { $platform }: { $count ->
    [one] { $count } person has
   *[other] { $count } people have
} another balance than the row can show: the bot's own rules, the column or the floor allow no more and no less. What is held comes into the row once there is room; nothing of it is lost.
status-stale = { $platform }: its bot may overwrite inbound changes with old values: { $exact } times it wrote exactly what stood there just before one, and at most { $bound } times in all. If it adds and subtracts in the database, this is chance: whoever gets 50 here and spends 50 there comes to the old value too. If it writes whole balances that it read before, have it add and subtract, or give its mapping writes = "absolute", which takes every such write for a mistake and gives the coins back: never for a bot that adds and subtracts.

# What `onepurse verify` says
verify-checked = Checked: { $entries } entries, { $purses } purses, { $identities } identities in the bots' databases; left out (on their way, or left alone): { $waived }
verify-progress = { $done } of { $all } entries
verify-kept = The head that was kept (entry { $seq }) is in this history.
verify-head = Head, to be kept elsewhere for --against: { $head }
verify-holds = Everything holds.
verify-rest-holds = What was checked holds.
verify-not-attached = { $platform } is not attached: its database was not looked at. `onepurse attach { $platform }` or `onepurse run` puts capture in
verify-fails = { $count ->
    [one] { $count } thing does not hold.
   *[other] { $count } things do not hold.
}
invariant-2 = nothing twice
invariant-3 = conservation
invariant-4 = truth below
invariant-7 = history

# What `onepurse attach` and `onepurse detach` say
attach-done = { $platform }: attached, and in step.
attach-already = { $platform }: attached already.
attach-paused = { $platform }: waits for an answer.
attach-behind = { $platform }: attached; `onepurse run` brings it in step.
attach-openings = { $count ->
    [one] { $count } person was taken in with the balance found there.
   *[other] { $count } people were taken in with the balances found there.
}
attach-ledger-wins = The ledger wins: these rows get its balance (`onepurse attach --count-changes` would have counted them).
attach-counted = Counted: these differences are earned or spent, and reach all platforms.
detach-nothing = { $platform }: not attached.
detach-done = { $platform }: detached; nothing of onepurse is left in its database.
detach-done-there = { $platform }: detached; its triggers and tables are gone from its database.
detach-ledger-stays = The ledger is in the same database and stays: everybody's balances, in the schema onepurse, with the view unified_users. To be rid of it, too: DROP SCHEMA onepurse CASCADE.
detach-lost = { $platform }: detached; { $count ->
    [one] { $count } event never reached
   *[other] { $count } events never reached
} the ledger.

# What `onepurse import` says
import-progress = { $done } of { $all } rows
import-would = Nothing is done (--dry-run). This would be:
import-done = Rows of { $table } ({ $place }): { $rows }
import-new = new purses: { $count }
import-joined = joined to purses that were there: { $count }
import-known = known already, unchanged: { $count }
import-skipped = left out: { $count }
import-nothing = Nothing to do: everything was here already.
import-empty = The table has no rows: there is nothing to take over.
import-empty-file = The file says nothing of anybody: there is nothing to take over.
import-more = … and { $count } more: --json lists all
import-row = row { $row } ({ $who }): { $reason }
import-nobody = nobody
import-people = People in { $place }: { $rows }
import-line = line { $row } ({ $who }): { $reason }
fault-not-readable = this cannot be read: { $value }
fault-no-identity = nothing says whose it is
fault-not-an-identity = `{ $value }` is no identity: write platform:id, like telegram:456
fault-platform-twice = { $one } and { $other } cannot be one person: a purse has one identity of a platform
fault-twice = { $identity } is given a second time, in { $other }: correct the file
fault-no-amount = it says who it is, and not how much
fault-amount-twice = the amount of { $value } is given twice: it could be the same coins, or others; give it once
fault-unknown-asset = `{ $value }` is not counted: put it into the configuration as an [[asset]]
skip-no-identity = none of telegram_id, discord_id and website_email says whose it is
skip-not-a-number = { $column } is `{ $value }`, and that is no number, or too large
skip-too-fine = { $column } is `{ $value }`, and the ledger keeps { $decimals } decimals of it
skip-twice = { $identity } is in row { $other } too: correct the table
skip-apart = { $one } and { $other } are two purses in the ledger already, perhaps with the same coins each: `onepurse link` makes them one and adds up
skip-platform-taken = { $other } cannot join the purse of { $one }: it has one of { $platform } already
skip-balance-differs = the ledger has { $here } { $asset } for them already, the table { $foreign }: which is right cannot be known
skip-rejected = { $message }

# What `onepurse resume` says
resume-not-paused = { $platform } is not paused: there is nothing to answer.
resume-answered = { $platform }: answered with { $answer }. A `onepurse run` that is working goes on by itself; else the next one carries it out.
resume-question = { $platform } is paused: { $question }.
question-mass = of { $of } people, { $changed } show another balance than they should, and { $gone } have lost their row
question-other = { $here } comes under the name of a platform whose database is { $registered }
question-copied = { $here } is a copy of { $registered }, which is still there
answer-mass-ledger = the ledger is right: rows that are there get its balances. Rows that are gone stay gone: their people keep their coins, and have them in the row again once the bot makes it. Nothing is counted.
answer-mass-count = what the bot's database shows is right: every difference becomes an entry and reaches all platforms. People whose row is gone lose what they had, everywhere.
answer-other-ledger = this is the platform's database from now on, and the ledger is right: its rows get the balances of their purses. People whom the ledger does not know open with what they have.
answer-other-count = this is the platform's database from now on, and its rows are right: where they differ from the ledger, that counts as earned or spent, and reaches all platforms.
answer-copied-ledger = the copy is the platform's database from now on, the other one is left behind; the ledger is right: the copy's rows get the balances of their purses.
answer-copied-count = the copy is the platform's database from now on, the other one is left behind; where the copy's rows differ from the ledger, that counts as earned or spent.

# What `onepurse rebuild` says
rebuild-reason = rebuilt from the platforms
rebuild-progress = { $done } of { $all }
rebuild-would = Nothing is done (--dry-run). Purses the ledger would have: { $purses }, shared by several platforms: { $shared }; events entered again: { $events }; in all { $totals }.
rebuild-done = Purses the ledger has: { $purses }, shared by several platforms: { $shared }; events entered again: { $events }; in all { $totals }.
rebuild-heard = { $platform } had heard of everything up to entry { $entry }; identities: { $identities }, events still to be sent: { $pending }.
rebuild-anew = { $platform } was about to be told everything anew, and is believed only where nobody else knows; identities: { $identities }, events still to be sent: { $pending }.
rebuild-behind = { $platform } had heard of everything up to entry { $entry }, others up to { $last }. If it was not in step when the ledger was lost, what it lacks is lost: a link is gone and its coins are there twice, a transfer counts on one side only. Identities: { $identities }, events still to be sent: { $pending }.
rebuild-without = { $platform } was not asked: who is known only there is not in the ledger, and who is linked there counts once more when it is attached to it.
rebuild-doubt = Not certain: { $identity } has { $amount } { $asset }; elsewhere the same purse had { $others }.
rebuild-doubt-pending = Not certain: { $identity } has { $amount } { $asset }; elsewhere the same purse had { $others }. { $pending } that those are still to send may be in it already: compare after the next sync, and correct with onepurse adjust.
rebuild-rejected = The rules reject { $count } events: see onepurse quarantine.
rebuild-gone = What no platform had heard of is gone: entries above those, purses without anybody on a platform, who did what and why before the events that are kept; who was forgotten and still has a row is back, and is to be forgotten once more.
