# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A Grid Engine of its own inside a machine of its own (machine.sh): one host with four slots, a queue
# `work` and a parallel environment `mpi`. All that it keeps is in $work/ge. Sourced, never run.

: "${work:=}"  # the test's folder, by enter_own_machine

# start_grid_engine: returns when the queue takes jobs.
start_grid_engine() {
  need_programs gridengine-master sge_qmaster
  need_programs gridengine-exec sge_execd
  need_programs gridengine-client qsub qconf qstat

  local folder=$work/ge arch
  arch=$(/usr/share/gridengine/util/arch)
  export SGE_ROOT=$folder/root SGE_CELL=default SGE_QMASTER_PORT=6444 SGE_EXECD_PORT=6445
  mkdir -p "$SGE_ROOT/bin" "$SGE_ROOT/lib" "$SGE_ROOT/utilbin" "$SGE_ROOT/default/common" \
    "$folder/qmaster/job_scripts" "$folder/execd" "$folder/spooldb"
  ln -s /usr/share/gridengine/util "$SGE_ROOT/util"
  for part in bin lib utilbin; do ln -s /usr/lib/gridengine "$SGE_ROOT/$part/$arch"; done
  sed -e "s|/var/spool/gridengine|$folder|" -e 's|spooling_method .*|spooling_method classic|' \
    -e 's|spooling_lib .*|spooling_lib libspoolc|' \
    -e "s|^spooling_params .*|spooling_params $SGE_ROOT/default/common;$folder/qmaster|" \
    /usr/share/gridengine/default-bootstrap >"$SGE_ROOT/default/common/bootstrap"
  echo cluster >"$SGE_ROOT/default/common/act_qmaster"
  chmod 0755 "$work"
  chown -R sgeadmin: "$folder"

  # Jobs of root are refused unless the least user id is 0, and a warning comes so many seconds ahead.
  sed -e 's|^min_uid .*|min_uid 0|' -e 's|^min_gid .*|min_gid 0|' \
    -e "s|/var/spool/gridengine/execd|$folder/execd|" \
    /usr/share/gridengine/default-configuration >"$folder/configuration"
  (
    cd /usr/lib/gridengine || exit
    ./spoolinit classic libspoolc "$SGE_ROOT/default/common;$folder/qmaster" init
    ./spooldefaults configuration "$folder/configuration"
    ./spooldefaults complexes /usr/share/gridengine/util/resources/centry
    ./spooldefaults usersets /usr/share/gridengine/util/resources/usersets
    ./spooldefaults managers sgeadmin root
  ) >"$folder/init.log" 2>&1
  chown -R sgeadmin: "$folder"

  sge_qmaster >"$folder/qmaster.log" 2>&1
  wait_for 60 "the master" qconf -sh >"$folder/qconf.log" 2>&1
  qconf -as cluster >"$folder/qconf.log"
  # The scheduler looks at jobs as they come, not every 15 s.
  qconf -ssconf | sed -e 's|^schedule_interval .*|schedule_interval 0:0:1|' \
    -e 's|^\(flush_[a-z]*_sec\) .*|\1 1|' >"$folder/scheduler"
  qconf -Msconf "$folder/scheduler" >>"$folder/qconf.log"
  sge_execd >"$folder/execd.log" 2>&1
  cat >"$folder/mpi" <<END
pe_name            mpi
slots              4
user_lists         NONE
xuser_lists        NONE
start_proc_args    NONE
stop_proc_args     NONE
allocation_rule    \$fill_up
control_slaves     TRUE
job_is_first_task  FALSE
urgency_slots      min
accounting_summary FALSE
qsort_args         NONE
END
  qconf -Ap "$folder/mpi" >>"$folder/qconf.log"
  qconf -sq | sed -e 's|^qname .*|qname work|' -e 's|^hostlist .*|hostlist cluster|' \
    -e 's|^slots .*|slots 4|' -e 's|^pe_list .*|pe_list mpi make|' -e 's|^notify .*|notify 00:00:10|' \
    -e 's|^shell_start_mode .*|shell_start_mode unix_behavior|' -e 's|^load_thresholds .*|load_thresholds NONE|' \
    >"$folder/queue"
  qconf -Aq "$folder/queue" >>"$folder/qconf.log"
  wait_for 60 "the host's first report" host_reported || { tail "$folder"/*.log "$folder"/*/messages; qhost; exit 1; }
}

host_reported() {
  qhost | awk '$1 == "cluster" && $4 != "-" { found = 1 } END { exit !found }'
}
