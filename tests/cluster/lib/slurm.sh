# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A Slurm of its own inside a machine of its own (machine.sh): four virtual nodes n1 to n4 of two CPUs,
# each a slurmd of this machine. Its munge, state, logs and spool are in $work/slurm. Sourced, never run.

: "${work:=}"  # the test's folder, by enter_own_machine

# start_slurm: returns when all nodes are idle.
start_slurm() {
  need_programs munge munged
  need_programs slurm-wlm slurmctld slurmd sbatch srun scontrol

  local folder=$work/slurm node
  mkdir -p "$folder"/{munge,state,log,run}
  chmod 0755 "$work"
  for node in n1 n2 n3 n4; do mkdir -p "$folder/spool/$node" "$folder/tmp/$node"; done

  (umask 077 && dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none)
  munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
    --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" \
    --num-threads=2 >"$folder/log/munged" 2>&1 &

  cat >"$folder/slurm.conf" <<END
ClusterName=test
SlurmctldHost=cluster(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=30
# A job that comes back waits until the credentials of its last start have expired (cred_expire).
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd-%n
TmpFS=$folder/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=pmix
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=5
SlurmdTimeout=10
InactiveLimit=0
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=n[1-4] NodeHostname=cluster NodeAddr=10.77.0.1 Port=[17001-17004] CPUs=2 RealMemory=4000
PartitionName=work Nodes=n[1-4] Default=YES MaxTime=60 PriorityTier=1
PartitionName=urgent Nodes=n[1-4] MaxTime=60 PriorityTier=2
END
  export SLURM_CONF=$folder/slurm.conf
  # Ranks of two virtual nodes share a machine, and would take each other for neighbours.
  export OMPI_MCA_btl=self,tcp OMPI_MCA_hwloc_base_binding_policy=none
  wait_for 30 "munge" test -S "$folder/munge/socket"
  slurmctld -D >"$folder/log/slurmctld.err" 2>&1 &
  for node in n1 n2 n3 n4; do start_node "$node"; done
  if ! wait_for 60 "four idle nodes" all_nodes_idle; then
    tail -n 20 "$folder"/log/* >&2
    exit 1
  fi
}

# start_node NAME: its slurmd, whose process id is then ${slurmd_of[NAME]}.
declare -A slurmd_of
start_node() {
  slurmd -D -N "$1" >"$work/slurm/log/slurmd-$1.err" 2>&1 &
  # shellcheck disable=SC2034  # for the scripts that source this file
  slurmd_of[$1]=$!
}

all_nodes_idle() {
  [[ $(sinfo --noheader --Node --partition=work --format=%t 2>/dev/null | sort | uniq -c | tr -d ' \n') == 4idle ]]
}

# submit ARGUMENTS OF sbatch...: prints the job's number.
submit() {
  sbatch --parsable "$@"
}

# state_of JOB: PENDING, RUNNING, COMPLETED and so on, as squeue and scontrol tell it.
state_of() {
  squeue --noheader --states=all --jobs="$1" --format=%T
}

# is_in_state JOB STATES: whether it is in one of STATES, a pattern such as RUNNING|COMPLETED.
is_in_state() {
  [[ $(state_of "$1") =~ ^($2)$ ]]
}

# field_of JOB NAME: a field of `scontrol show job`.
field_of() {
  scontrol show job "$1" | grep -o "\b$2=[^ ]*" | head -n 1 | cut -d= -f2
}

readonly over='COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|PREEMPTED|BOOT_FAIL|DEADLINE|OUT_OF_MEMORY'

# wait_for_end JOB SECONDS
wait_for_end() {
  wait_for "$2" "the end of job $1" is_in_state "$1" "$over" || {
    scontrol show job "$1" >&2
    return 1
  }
}
