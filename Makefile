# Every command of the project. Python 3.11 or newer and make are all that is needed; the first command sets up the rest.
# Variables: MODE=local|docker  EMULATOR=both|ministack|localstack  FOLLOW=1  S=<box>  F=<function>  REDRIVE=1  B=<benchmark>
# FOGBANK_*_PORT  FOGBANK_HOME
.DEFAULT_GOAL := help
.PHONY: help up demo dlq rydes producer consumer sql bench chaos test check audit down clean ps logs doctor new-lab lock
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

RUN  = @sh stack/venv.sh requirements.txt && exec .venv/bin/python -m
PROVE = @sh stack/venv.sh requirements-dev.txt && exec .venv/bin/python -m

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

up: ## start everything, wait until it is healthy, print the addresses (FOLLOW=1: stay and show the logs)
	$(RUN) stack up

demo: ## the main job: 200 simulated gamers play a match for 30 s (ARGS="--gamers 50 --seconds 10")
	$(RUN) stack demo $(ARGS)

dlq: ## what could not be counted, and why (REDRIVE=1: give it a second try)
	$(RUN) stack dlq

bench: ## figures beside their limits, a few minutes (B=ingest: one of them, at full length)
	$(PROVE) bench $(B) $(ARGS)

chaos: ## faults on purpose, and whether anything was lost (ARGS="--seeds 20", ARGS="--seed 7" replays one)
	$(RUN) chaos $(ARGS)

test: ## everything that proves the project: lint, types, unit, contract and end-to-end tests on both targets
	$(PROVE) stack test

check: ## format, lint, types, unit tests: under a minute
	$(PROVE) stack check

audit: ## known holes in what is installed, as PyPI tells them; anything it says nothing of fails too
	@sh stack/venv.sh requirements.txt && at=$$(mktemp -d) && trap 'rm -r "$$at"' EXIT && .venv/bin/python -m venv "$$at" \
	  && "$$at/bin/pip" install --quiet pip-audit \
	  && "$$at/bin/pip-audit" --strict --require-hashes --disable-pip -r requirements.txt

down: ## stop everything, keep the state
	$(RUN) stack down

clean: ## stop everything, forget all state
	$(RUN) stack clean

ps: ## what runs, and whether it is healthy
	$(RUN) stack ps

logs: ## what the boxes say (S=worker: that one; F=AlienAttackScoreboard: that function; FOLLOW=0: do not wait for more)
	$(RUN) stack logs

doctor: ## what is wrong with this machine, and how to mend it
	$(RUN) stack doctor

rydes: ## Wild Rydes: where a module of the workshop begins (MODULE=3; without it, the finished lab)
	$(RUN) stack lab wild_rydes.modules $(MODULE)

producer: ## Wild Rydes: a unicorn that reports into the stream, until Ctrl-C (ARGS="-name Rocinante -msgs 20")
	$(RUN) stack lab wild_rydes.producer $(ARGS)

consumer: ## Wild Rydes: what arrives in the stream, until Ctrl-C (ARGS="-stream wildrydes-summary")
	$(RUN) stack lab wild_rydes.consumer $(ARGS)

sql: ## ask what is kept in S3 (Q="SELECT name, sum(distance) FROM raw GROUP BY name"; D=wildrydes: its database)
	$(RUN) stack sql

new-lab: ## a lab of your own, from labs/_template (NAME=rain-gauge)
	$(RUN) labs.new_lab $(NAME)

lock: ## for maintainers: pin the dependencies anew (UPGRADE=1: to their newest versions)
	$(RUN) stack lock
