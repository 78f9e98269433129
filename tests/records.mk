# The program that tests/e2e/records_kill.py kills.
units: $(B)/tests/records_writer
# What tests/e2e/foreign_kill.py kills, and what the bench looks at clocks with.
units: $(B)/tests/foreign_runner
