/*
 * completion - `satyapan completion bash|zsh`: prints a completion script.
 *
 * One list of words serves both shells; it is kept beside the option tables it repeats, and
 * tests/e2e/cli.py checks that it names every option of every --help text.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

struct words {
    const char *command, *options;
};

static const struct words words[] = {
    {"verify",
     "--profile --trust --untrusted --crl --ocsp --special --distrusted --content --at "
     "--received --grace --offline --password-file --data --fetch-time --kind --applicant --format "
     "--lang --evidence --jobs "
     "--trust-dir --no-sandbox --help"},
    {"replay", "--password-file --help"},
    {"cert", "check show lint --trust --untrusted --at --crl --ocsp --policy --explicit-policy "
             "--inhibit-mapping --inhibit-any-policy --eku --host --ip --email --depth "
             "--partial-chain --purpose --verbose --format --help"},
    {"trust", "list verify status import import-device-keys --source --trust-dir --format "
              "--allow-unpinned --confirmed-by "
              "--confirmed-on --help"},
    {"policy", "--profile --format --lang --help"},
    {"reasons", "--format --help"},
    {"rules", "--lang --format --data --trust-dir --help"},
    {"calendar", "due list load --from --days --as-of --format --data --trust-dir --help"},
    {"revocation",
     "status refresh import --data --trust-dir --url --ca --due --offline --keep --at "
     "--format --quiet --help"},
    {"weblink", "profile --request --jobs --delay --agent --at --known --help"},
    {"issue", "--request --batch --key --pin-file --tsa --level --cert --crl --out --dry-run --yes "
              "--release --data --format --help"},
    {"register",
     "list show status suspend reinstate withdraw supersede amend correct renew-timestamps changes "
     "confirm drop proof checkpoint audit witness export check --number --model --firmware "
     "--holder --on --reason --by --changes --within --limit --dry-run --prepare --latest --key "
     "--witness --proof --register --max-age --earlier --issuer --type --pin-file --tsa --level "
     "--cert --crl --out "
     "--data --format --help"},
    {"serve", "--listen --data --config --trust --demo --offline --help"},
    {"application",
     "new list show set add-model set-model remove-model add-location remove-location submit "
     "return confirm-complete register assign allot-lab record-agreement begin-testing "
     "appoint-assessor "
     "begin-assessment present decide close-conditions withdraw not-consider undo "
     "analyse-change decide-change export timeline --help --data --format"},
    {"document", "add list show version content token --help --data --format"},
    {"file", "list of-version show content set --help --data --format"},
    {"certificate", "draft prepare propose requests request preview export discard approve sign "
                    "signings signing selection list show change changes confirm reject --help "
                    "--data --format"},
    {"decision", "propose confirm reject list waiting --help --data --format"},
    {"verification", "list again report --help --data --format"},
    {"payment", "propose invoice receive list --help --data --format"},
    {"note", "add list --help --data --format"},
    {"foreign", "open set list show check mail poll due timeline attach evidence decide confirm "
                "reject pause resume extend close reopen --help --data --format"},
    {"issuer", "list show import approve reject withdraw --help --data --format"},
    {"statistics", "show states --help --data --format"},
    {"firm", "new list show set --help --data --format"},
    {"lab", "new list show set empanel limit-empanelment --help --data --format"},
    {"officer",
     "list add show set disable enable reset reset-totp certificate --help --data --format"},
    {"person",
     "list add show set disable enable reset reset-totp certificate --help --data --format"},
    {"audit", "verify --data --expect --format --help"},
    {"records", "check sweep index --data --expect --format --help"},
    {"backup", "--data --expect --format --help"},
    {"tls",
     "scan judge compare sign listen device add list show compare --targets --services "
     "--services-at-once --level --policy --trust "
     "--device-keys --trust-dir --name --concurrency --delay --timeout --budget --at --format "
     "--lang --intrusive --evidence --record --from --with-parent --data --firm --model --serial "
     "--firmware --listen --ca-out --ca-only --lab --cases --list-cases --service --repeat "
     "--devices --one-device --wait --first --quiet --declared --key --pin-file --out --help"},
    {"device", "create add list show set attach declare --help --data --format"},
    {"scan", "start upload judge cancel finish release list of-application show service compare "
             "declared report "
             "ca record --help --data --format"},
    {"completion", "bash zsh"},
};

enum { WORDS = sizeof words / sizeof *words };

static void commands(void)
{
    for (size_t i = 0; i < WORDS; i++) {
        (void)printf("%s%s", i ? " " : "", words[i].command);
    }
}

static void values(const char *indent)
{
    (void)printf("%s--profile) values='india-dsc generic' ;;\n"
                 "%s--format) values='text json csv html cbom etsi-xml mdoc file settings' ;;\n"
                 "%s--lang) values='en hi' ;;\n"
                 "%s--kind) values='declaration certificate test-report other' ;;\n"
                 "%s--purpose) values='sign tls-server tls-client any' ;;\n",
                 indent, indent, indent, indent, indent);
}

static void cases(const char *indent)
{
    for (size_t i = 0; i < WORDS; i++) {
        (void)printf("%s%s) words='%s' ;;\n", indent, words[i].command, words[i].options);
    }
}

static void bash(void)
{
    (void)puts(
        "# bash completion for satyapan; source it, or put it into bash-completion/completions");
    (void)puts(
        "_satyapan() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words values=''\n"
        "    if [ \"$COMP_CWORD\" = 1 ]; then");
    (void)printf("        words='");
    commands();
    (void)puts(" --help --version'\n        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
               "        return\n    fi\n    case $prev in");
    values("        ");
    (void)puts("    esac\n    if [ -n \"$values\" ]; then\n"
               "        COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n        return\n    fi\n"
               "    case ${COMP_WORDS[1]} in");
    cases("        ");
    (void)puts("    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") "
               "$(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F _satyapan satyapan");
}

static void zsh(void)
{
    (void)puts("#compdef satyapan\n_satyapan() {\n    local words_list values=''\n"
               "    if (( CURRENT == 2 )); then");
    (void)printf("        compadd ");
    commands();
    (void)puts("\n        return\n    fi\n    case ${words[CURRENT-1]} in");
    values("        ");
    (void)puts(
        "    esac\n    if [[ -n $values ]]; then\n        compadd ${=values}\n        return\n"
        "    fi\n    case ${words[2]} in");
    for (size_t i = 0; i < WORDS; i++) {
        (void)printf("        %s) words_list='%s' ;;\n", words[i].command, words[i].options);
    }
    (void)puts("    esac\n    compadd ${=words_list}\n    _files\n}\n_satyapan \"$@\"");
}

int cmd_completion(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "bash") == 0) {
        bash();
        return EXIT_GOOD;
    }
    if (argc == 2 && strcmp(argv[1], "zsh") == 0) {
        zsh();
        return EXIT_GOOD;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)puts("usage: satyapan completion bash|zsh\n\n"
                   "Example: source <(satyapan completion bash)");
        return EXIT_GOOD;
    }
    complain("completion wants bash or zsh; see satyapan completion --help");
    return EXIT_USAGE;
}
