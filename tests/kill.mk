# kill: the server is killed at 200 random moments under load; `make check` does it 40 times.

.PHONY: kill
kill: deps-test all fixtures
	@B=$(B) KILLS=200 tests/e2e/office_kill.py
