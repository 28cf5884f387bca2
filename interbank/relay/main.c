/* One option and standard input; see relay.h for what it does and command.h for how it is told. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "net/daemon.h"
#include "relay/command.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSE = 2 };

static const char help[] =
    "usage: message-relay --config FILE.json\n"
    "       message-relay --help | --version\n"
    "\n"
    "Stands between the processes of a test network and loses, delays, duplicates, reorders and\n"
    "changes single messages, or cuts links, as it is told. It has the certificates of both sides\n"
    "of each link, so it is a tool for test networks only.\n"
    "\n"
    "Prints {\"ready\":true}, then answers each JSON command on standard input by one line:\n"
    "  {\"do\":\"cut\",\"link\":\"alder>*\",\"how\":\"close|silent\"}  "
    "{\"do\":\"heal\",\"link\":\"*\"}\n"
    "  {\"do\":\"rule\",\"link\":\"*\",\"method\":\"withdrawal.*\",\"which\":\"request|answer\",\n"
    "   \"what\":\"lose|delay|duplicate|reorder|change\",\"times\":1,\"chance_permille\":500,\n"
    "   \"ms\":200,\"copies\":1,\"set\":{\"amount\":1}}\n"
    "  {\"do\":\"end\",\"rule\":1}  {\"do\":\"hits\",\"rule\":1}  "
    "{\"do\":\"wait\",\"rule\":1,\"hits\":1,\"ms\":5000}\n"
    "  {\"do\":\"links\"}  {\"do\":\"now\"}  {\"do\":\"reload\"}\n"
    "\n"
    "The file: {\"seed\":7,\"trace\":FILE,\"root\":FILE,\"crl\":FILE,\"links\":[{\"name\":TEXT,\n"
    "\"listen\":[ADDRESS],\"to\":[ADDRESS],\"server\":{\"certificate\":FILE,\"key\":FILE},\n"
    "\"client\":{\"certificate\":FILE,\"key\":FILE},\"expect\":\"bank|middleware|agent\"}]}\n"
    "\n"
    "Exit code: 0 ended by the end of its input or SIGTERM; 1 failed; 2 wrong use or bad file.\n";

struct program {
    struct tw_loop *loop;
    struct rl_config config;
    struct rl_relay *relay;
    struct rl_desk *desk;
    struct tw_daemon *daemon;
};

static void stop(void *context) {
    const struct program *program = context;
    tw_loop_stop(program->loop);
}

static void reload(void *context) {
    const struct program *program = context;
    struct tw_error error = {0};
    if (!tw_ok(rl_relay_reload(program->relay, &error))) {
        tw_log(TW_LOG_ERROR, "reload refused", TW_STR("reason", error.detail));
    }
}

static enum exit_code complain(enum exit_code code, const char *reason) {
    (void)fprintf(stderr, "message-relay: %s\n", reason);
    return (int)code;
}

static struct tw_status open_all(struct program *program, struct tw_error *ret_error) {
    const struct tw_daemon_options options = {
        .on_terminate = stop, .on_reload = reload, .context = program};
    struct tw_status status =
        tw_loop_new(tw_clock_system(), tw_random_system(), &program->loop, ret_error);
    if (tw_ok(status)) {
        status = tw_daemon_new(program->loop, &options, &program->daemon, ret_error);
    }
    if (tw_ok(status)) {
        status = rl_relay_new(program->loop, &program->config, &program->relay, ret_error);
    }
    if (tw_ok(status)) {
        status = rl_desk_new(program->loop, program->relay, STDIN_FILENO, STDOUT_FILENO, stop,
                             program, &program->desk, ret_error);
    }
    return status;
}

static enum exit_code serve(struct program *program) {
    struct tw_error error = {0};
    enum exit_code code = EXIT_DONE;
    if (!tw_ok(open_all(program, &error))) {
        code = complain(EXIT_MISUSE, error.detail);
    } else if (puts("{\"ready\":true}") < 0 || fflush(stdout) != 0) {
        code = complain(EXIT_FAILED, "standard output cannot be written");
    } else if (!tw_ok(tw_loop_run(program->loop, &error))) {
        code = complain(EXIT_FAILED, error.detail);
    }
    rl_desk_free(program->desk);
    rl_relay_free(program->relay);
    tw_daemon_free(program->daemon);
    tw_loop_free(program->loop);
    return (int)code;
}

int main(int argc, char **argv) {
    const char *first = argc > 1 ? argv[1] : "";
    if (argc == 2 && strcmp(first, "--help") == 0) {
        return fputs(help, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
    }
    if (argc == 2 && strcmp(first, "--version") == 0) {
        return puts("message-relay " TW_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
    }
    if (argc != 3 || strcmp(first, "--config") != 0) {
        (void)fputs(help, stderr);
        return EXIT_MISUSE;
    }
    struct program program = {0};
    struct tw_error error = {0};
    tw_log_start("message-relay", TW_LOG_INFO);
    if (!tw_ok(rl_config_load(argv[2], &program.config, &error))) {
        return (int)complain(EXIT_MISUSE, error.detail);
    }
    enum exit_code code = serve(&program);
    rl_config_free(&program.config);
    return (int)code;
}
