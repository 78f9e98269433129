# Variants: the same tests under sanitizers and with coverage, each in a directory of its own.

SANITIZE := -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: asan ubsan cover
asan: deps-test
	$(MAKE) B=build-asan OPT="-O1 -g" HARDEN="-fPIE" EXTRA="-fsanitize=address $(SANITIZE)" check

ubsan: deps-test
	$(MAKE) B=build-ubsan OPT="-O1 -g" HARDEN="-fPIE" EXTRA="-fsanitize=undefined $(SANITIZE)" check

# Lines and branches the tests reach, by file, the least covered first. The sandboxed child leaves
# with _exit, so its work is counted through the unit tests, the replays and the fault driver only.
cover: deps-test
	$(MAKE) B=build-cover OPT="-O0 -g" HARDEN="-fPIE" EXTRA="--coverage" check
	@find build-cover/obj/src -name '*.gcda' | xargs -r gcov -n -b 2>/dev/null | \
	  awk '/^File .src/ { gsub(/\x27/, "", $$2); f = $$2 } \
	       /^Lines executed/ && f { split($$2, a, ":"); l = a[2] } \
	       /^Branches executed/ && f { split($$2, a, ":"); printf "%8s lines %8s branches  %s\n", l, a[2], f; f = "" } \
	       /^No branches/ && f { printf "%8s lines        - branches  %s\n", l, f; f = "" }' | sort -n

# ---- fuzzing: libFuzzer over every harness (tests/fuzz.mk replays the corpora without it) ----------
FUZZ_SECONDS ?= 600
FUZZ_FLAGS   := -fsanitize=fuzzer-no-link,address,undefined $(SANITIZE)

$(B)/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LIB_LIBS)

.PHONY: fuzz fuzz-build fuzz-merge fuzz-binaries
fuzz-binaries: $(addprefix $(B)/fuzz/,$(HARNESSES))

fuzz-build: deps-test
	$(MAKE) B=build-fuzz CC=clang OPT="-O1 -g" HARDEN="-fPIE" EXTRA="$(FUZZ_FLAGS)" fuzz-binaries
	$(MAKE) fixtures

fuzz: fuzz-build
	@B=build-fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh fuzz

# Keeps the smallest set of inputs that reaches what all found inputs reach.
fuzz-merge: fuzz-build
	@B=build-fuzz tests/fuzz/run.sh merge
