#!/bin/sh
# Runs the shards of a plan in a shared folder: sbatch slurm.sh. Slurm starts a task that was killed again, for the same shard.
#SBATCH --job-name=audit
#SBATCH --array=0-15
#SBATCH --requeue
#SBATCH --open-mode=append
# Exit code 4 is a finding: the merged result decides.
npx --yes clojars-fetch audit run --plan plan.jsonl.gz --list example=example.inventory --shard auto --shards 16 --output "part-$SLURM_ARRAY_TASK_ID.jsonl" || [ $? -eq 4 ]
