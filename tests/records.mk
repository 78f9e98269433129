# The program that tests/e2e/records_kill.py kills.
units: $(B)/tests/records_writer
