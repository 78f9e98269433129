# kill: the server, and a runner of 2,000 jobs about foreign certificates, are killed at 200 random
# moments under load; `make check` does it 40 and 12 times. So are lists of certificates that are being
# signed, from the command line and through the server; `make check`: 12 and 6 times.

.PHONY: kill
kill: deps-test all fixtures
	@B=$(B) KILLS=200 tests/e2e/office_kill.py
	@B=$(B) CASES=1000 KILLS=200 tests/e2e/foreign_kill.py
	@B=$(B) CERTIFICATES=1000 KILLS=200 tests/e2e/issue_kill.py
	@B=$(B) CERTIFICATES=100 KILLS=200 tests/e2e/office_issue.py killed_at_random_moments
