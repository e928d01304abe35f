# SPDX-License-Identifier: MIT
#
# The report of jobs/accept.sh from the --stats files of its rounds, KIND-ROUND.json, in which each rank is
# a line of its own. Variables: rounds (complete ones), elapsed (seconds), expected (how many ranks were started),
# percent and slow_fails, as there. Exit code 1 where a value was wrong, a rank was lost, is missing or idle, or, with
# slow_fails, is slow.

# field(NAME): of the JSON object on this line; the quotes of a text stay.
function field(name,    text) {
  if (!match($0, "\"" name "\":[^,}]*")) return ""
  text = substr($0, RSTART, RLENGTH)
  sub(/^[^:]*:/, "", text)
  return text
}

# median(N): of sorted[1] to sorted[N], which it sorts. Of two in the middle the larger: where one half of the ranks
# is slow, it is beside the other half.
function median(n,    i, j, value) {
  for (i = 2; i <= n; ++i) {
    value = sorted[i]
    for (j = i - 1; j >= 1 && sorted[j] > value; --j) sorted[j + 1] = sorted[j]
    sorted[j + 1] = value
  }
  return sorted[int(n / 2) + 1]
}

function name_of(rank) { return "rank " rank "@" host_of[rank] }

FNR == 1 {
  kind = FILENAME
  sub(/^.*\//, "", kind)
  sub(/-.*/, "", kind)
  kinds[kind] = 1
}

/"makespan_s":/ { makespan += field("makespan_s") }

/^ *\{"rank":[0-9]+,"key":/ {
  ++wrong
  wrong_rank[wrong] = field("rank")
  wrong_key[wrong] = field("key")
}

/^ *\{"rank":[0-9]+,"host":/ {
  rank = field("rank") + 0
  host = field("host")
  gsub(/"/, "", host)
  host_of[rank] = host
  if (!(host in ranks_on)) hosts[++host_count] = host
  if (!(rank in seen)) {
    seen[rank] = 1
    ++ranks_on[host]
    ++rank_count
    if (rank > last_rank) last_rank = rank
  }
  keys[kind, rank] += field("keys")
  computing[kind, rank] += field("computing_s")
  host_keys[host] += field("keys")
  checked += field("keys")
  if (field("lost") != "null") {
    ++failures[host]
    ++failed
    lost[rank] = field("lost")
  }
}

END {
  if (rank_count == 0) {
    print "no rank has left a record"
    exit 1
  }
  for (i = 1; i <= wrong; ++i) {
    ++failures[host_of[wrong_rank[i]]]
    ++failed
  }
  # How fast a rank is beside the median of all, in the kind of keys in which it is slower.
  for (kind in kinds) {
    n = 0
    for (rank in seen) {
      if (has_speed(kind, rank)) sorted[++n] = keys[kind, rank] / computing[kind, rank]
      else if (rounds > 0 && !(rank in lost)) useless[rank] = computing[kind, rank] > 0
    }
    if (n == 0) continue
    middle = median(n)
    for (rank in seen) {
      if (!has_speed(kind, rank)) continue
      speed = keys[kind, rank] / computing[kind, rank] / middle
      if (!(rank in relative) || speed < relative[rank]) relative[rank] = speed
    }
  }

  printf "%d rounds in %d s on %d ranks of %d %s, %d values checked\n\n", rounds, elapsed, rank_count, host_count, host_count == 1 ? "host" : "hosts", checked
  printf "%-24s %6s %10s %9s %9s  %-28s %s\n", "host", "ranks", "keys/s", "checks", "failures", "fastest", "slowest"
  for (i = 1; i <= host_count; ++i) {
    host = hosts[i]
    fastest = slowest = ""
    for (rank = 0; rank <= last_rank; ++rank) {
      if (host_of[rank] != host || !(rank in relative)) continue
      if (fastest == "" || relative[rank] > relative[fastest]) fastest = rank
      if (slowest == "" || relative[rank] < relative[slowest]) slowest = rank
    }
    printf "%-24s %6d %10.1f %9d %9d  %-28s %s\n", host, ranks_on[host], (makespan > 0 ? host_keys[host] / makespan : 0), host_keys[host], failures[host], shown(fastest), shown(slowest)
  }
  print ""
  if (rounds > 0 && rank_count < expected) {
    printf "missing: %d ranks of %d have reported\n", rank_count, expected
    ++failed
  }
  for (rank = 0; rank <= last_rank; ++rank) {
    if (rank in lost) printf "lost: %s: %s\n", name_of(rank), lost[rank]
    if (rank in useless) {
      if (useless[rank]) printf "wrong: %s computed nothing that was right\n", name_of(rank)
      else printf "idle: %s computed no key\n", name_of(rank)
      ++failed
    }
    if (rank in relative && 1 / relative[rank] > 1 + percent / 100) {
      printf "slow: %s takes %.0f %% longer than the median\n", name_of(rank), 100 * (1 / relative[rank] - 1)
      ++slow
    }
  }
  for (i = 1; i <= wrong; ++i) printf "wrong: %s computed a wrong F(%s)\n", name_of(wrong_rank[i]), wrong_key[i]
  if (failed > 0 || (slow > 0 && slow_fails != "")) exit 1
}

function has_speed(kind, rank) { return keys[kind, rank] > 0 && computing[kind, rank] > 0 }

function shown(rank) { return rank == "" ? "" : sprintf("rank %d (%+.1f %%)", rank, 100 * (relative[rank] - 1)) }
