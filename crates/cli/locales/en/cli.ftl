# What `onepurse show` and `onepurse link` say
purse = purse
identities = identities
entries = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
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
kind-repair = repair
kind-link = link
kind-merge = merge
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
