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
