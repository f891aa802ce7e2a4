skip = Skip to the content
footer = Balances as the ledger has them. Times are UTC.
live = Live
live-away = Reconnecting…
live-trouble = Not up to date
troubles = Something is not in step
leaderboard = Leaderboard
leaderboard-empty = No purses yet
leaderboard-empty-advice = They appear as soon as a bot’s database that onepurse.toml names has someone in it. How each platform is doing:
leaderboard-beyond = The leaderboard ends before this page
assets = Assets
place = Place
forgotten = (forgotten)
identities = Who
pages = Pages
previous = Previous
next = Next
first-page = To the first page
purse = Purse { $number }
purse-left = Nobody has this purse any more: its identities are in another one now, or were forgotten.
history = History
history-empty = Nothing has happened yet. What a bot gives or takes appears here at once.
history-beyond = The history ends here.
newest = Newest
older = Older
time = Time, UTC
kind = What
where = Where
delta = Change
balance = Balance
asset = Asset
actor = by
bulk = bulk
bulk-advice = Changed together with ten or more balances of this platform
kind-opening = Opening
kind-change = Change
kind-repair = Repair
kind-link = Link
kind-merge = Merge
kind-unlink = Parted
kind-earn = Earned
kind-spend = Spent
kind-transfer = Transfer
kind-adjust = Correction
kind-reversal = Reversal
kind-dismissal = Dismissed
not-found = Not found
not-found-advice = Perhaps the address is mistyped, or the bot has not shown this person yet.
bad-request = This address cannot be understood
bad-request-advice = Something in it is not what is expected there.
no-access-control = Not shown on this address
no-access-control-advice = Access control does not exist yet, so balances are shown on this machine only. Let the website listen on 127.0.0.1.
wrong-host = Not shown under this name
wrong-host-advice = Open the website as localhost or 127.0.0.1.
ledger-unavailable = The ledger cannot be read now
ledger-unavailable-advice = The bots go on working, and nothing is lost. Try again in a moment.
broken = Something is broken here
broken-advice = The reason is in the program’s log.
month = { $number ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
