# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# How a job of any of the schedulers starts the program on all that it was given; sourced, never run.

# launch_here: sets ranks and launch, as find_launch does, for this machine.
launch_here() {
  # Without these nproc says how many CPUs this process may have.
  ranks=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
  launch=(mpirun -np "$ranks")
  # nproc counts hardware threads, mpirun's slots are cores unless told otherwise.
  if [[ $(cat /sys/devices/system/cpu/smt/active 2>/dev/null) == 1 ]]; then
    launch+=(--use-hwthread-cpus)
  fi
}

# cpus_of_nodes LIST: how many there are in all. Slurm writes 72(x2),36 for two nodes of 72 and one of 36.
cpus_of_nodes() {
  awk -v RS=, -F '[(x)]+' '{ cpus += $1 * ($2 > 0 ? $2 : 1) } END { print cpus }' <<<"$1"
}

# find_launch: sets, from what the scheduler says,
#
#   ranks    how many slots this allocation has
#   launch   what starts one rank on each of them, as an array
#   job      the job's name for its scheduler, the same after a restart; `local` where there is none, and the
#            machine is the allocation
#   task     which task of a job array this is; empty where there is no array
# shellcheck disable=SC2034  # for the scripts that source this file
find_launch() {
  task=''
  if [[ -n ${FLUX_URI:-} ]]; then
    job=$(flux job id --to=dec "$(flux getattr jobid)") # not as f2oLkTLb, which has few digits for a seed
    ranks=$(flux resource list --states=up --no-header --format='{ncores}')
    launch=(flux run --ntasks="$ranks")
  elif [[ -n ${SLURM_JOB_ID:-} ]]; then
    job=$SLURM_JOB_ID task=${SLURM_ARRAY_TASK_ID:-}
    ranks=${SLURM_NTASKS:-$(cpus_of_nodes \
      "${SLURM_JOB_CPUS_PER_NODE:-"${SLURM_CPUS_ON_NODE}(x$SLURM_JOB_NUM_NODES)"}")}
    launch=(srun --mpi=pmix --ntasks="$ranks")
    if [[ ${FIBO_LAUNCHER:-srun} != srun ]]; then launch=("$FIBO_LAUNCHER" -np "$ranks"); fi
  elif [[ -n ${PBS_NODEFILE:-} ]]; then
    job=$PBS_JOBID task=${PBS_ARRAY_INDEX:-} ranks=$(wc -l <"$PBS_NODEFILE")
    launch=(mpirun -np "$ranks" --hostfile "$PBS_NODEFILE")
  elif [[ -n ${LSB_DJOB_NUMPROC:-} ]]; then
    job=$LSB_JOBID ranks=$LSB_DJOB_NUMPROC
    if ((${LSB_JOBINDEX:-0} > 0)); then task=$LSB_JOBINDEX job+=.$task; fi
    launch=(mpirun -np "$ranks" --hostfile "$LSB_DJOB_HOSTFILE")
  elif [[ -n ${SGE_O_WORKDIR:-} ]]; then
    job=$JOB_ID ranks=$NSLOTS
    if [[ ${SGE_TASK_ID:-undefined} != undefined ]]; then task=$SGE_TASK_ID job+=.$task; fi
    launch=(mpirun -np "$ranks")
  else
    job=local
    launch_here
  fi
}
