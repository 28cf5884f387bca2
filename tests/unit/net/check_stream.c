/* net/stream: framing, limits, back-pressure and every way to end, over loopback with real TLS. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/bed.h"
#include "support/peer.h"
#include "support/suite.h"

static struct test_bed bed;
static struct tw_tls *server, *client;
static struct test_host host;
static struct test_peer inside, outside; /* inside is the one under test */
static struct tw_stream_limits limits;

static void set_up_host(void) {
    test_bed_open(&bed);
    server = test_bed_tls(&bed, "tellerwire://bank/90000001", TW_TLS_SERVER);
    client = test_bed_tls(&bed, "tellerwire://terminal/90000001/00000017", TW_TLS_CLIENT);
    test_host_open(&host, &bed, server, &inside, 1);
    limits = (struct tw_stream_limits){.line_max = 1000,
                                       .output_max = 65536,
                                       .handshake_ms = 5000,
                                       .idle_ms = 60000,
                                       .line_ms = 10000};
    host.limits = &limits;
}

static void set_up(void) {
    set_up_host();
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.open);
    test_bed_await(&bed, &outside.open);
}

static void tear_down(void) {
    test_peer_free(&outside);
    test_host_close(&host);
    tw_tls_free(server);
    tw_tls_free(client);
    test_bed_close(&bed);
}

START_TEST(lines_arrive_whole_in_order_without_their_ends) {
    set_up();
    test_peer_say(&outside, "one\ntwo\r\n\nfo");
    test_bed_await_count(&bed, &inside.lines_heard, 3);
    test_peer_say(&outside, "ur\n");
    test_bed_await_count(&bed, &inside.lines_heard, 4);
    ck_assert_str_eq(inside.lines[0], "one");
    ck_assert_str_eq(inside.lines[1], "two");
    ck_assert_str_eq(inside.lines[2], "");
    ck_assert_str_eq(inside.lines[3], "four");
    tear_down();
}
END_TEST

START_TEST(line_split_at_every_byte_is_joined) {
    const char *text = "abc\r\ndef\n";
    set_up();
    for (size_t i = 0; text[i] != '\0'; i++) {
        test_peer_say_bytes(&outside, text + i, 1);
        test_bed_settle(&bed);
    }
    test_bed_await_count(&bed, &inside.lines_heard, 2);
    ck_assert_str_eq(inside.lines[0], "abc");
    ck_assert_str_eq(inside.lines[1], "def");
    tear_down();
}
END_TEST

/* line_max bytes pass, with either line end; one more does not. */
static const struct {
    size_t length;
    const char *end;
    bool fits;
} lengths[] = {{999, "\n", true},     {1000, "\n", true}, {1000, "\r\n", true}, {1002, "\n", false},
               {1002, "\r\n", false}, {5000, "", false},  {100000, "\n", false}};

START_TEST(line_length_is_limited) {
    set_up();
    char *line = malloc(lengths[_i].length);
    memset(line, 'x', lengths[_i].length);
    test_peer_say_bytes(&outside, line, lengths[_i].length);
    test_peer_say(&outside, lengths[_i].end);
    if (lengths[_i].fits) {
        test_bed_await_count(&bed, &inside.lines_heard, 1);
        ck_assert_uint_eq(strlen(inside.lines[0]), lengths[_i].length);
        ck_assert(!inside.too_long);
    } else {
        test_bed_await(&bed, &outside.ended);
        ck_assert(inside.too_long);
        ck_assert_uint_eq(inside.lines_heard, 0);
    }
    free(line);
    tear_down();
}
END_TEST

START_TEST(answers_of_one_turn_leave_in_one_write) {
    set_up();
    for (int i = 0; i < 100; i++) {
        test_peer_say(&inside, "an answer\n");
    }
    test_bed_await_count(&bed, &outside.lines_heard, 100);
    ck_assert_uint_eq(inside.flushed, 1);
    tear_down();
}
END_TEST

START_TEST(half_close_is_heard_and_answers_still_go_out) {
    set_up();
    test_peer_say(&outside, "question\n");
    test_bed_await_count(&bed, &inside.lines_heard, 1);
    test_peer_end(&outside);
    test_bed_await(&bed, &inside.ended);
    ck_assert(!inside.unfinished);
    test_peer_say(&inside, "answer\n");
    tw_stream_end(inside.stream, NULL);
    test_bed_await_count(&bed, &outside.lines_heard, 1);
    ck_assert_str_eq(outside.lines[0], "answer");
    test_bed_await(&bed, &inside.closed);
    test_bed_await(&bed, &outside.ended);
    tear_down();
}
END_TEST

START_TEST(tcp_half_close_without_goodbye_is_a_half_close_too) {
    set_up();
    test_peer_say(&outside, "question\nrest");
    test_bed_await_count(&bed, &inside.lines_heard, 1);
    ck_assert_int_eq(shutdown(SSL_get_fd(tw_stream_session(outside.stream)), SHUT_WR), 0);
    test_bed_await(&bed, &inside.ended);
    ck_assert(inside.unfinished);
    test_peer_say(&inside, "answer\n");
    test_bed_await_count(&bed, &outside.lines_heard, 1);
    tear_down();
}
END_TEST

/* The kernel resets a connection that is closed with unread input; the answer must survive. */
START_TEST(last_answer_arrives_though_more_input_was_sent) {
    set_up();
    char *flood = malloc(200000);
    memset(flood, 'x', 200000);
    test_peer_say(&outside, "question\n");
    test_bed_await_count(&bed, &inside.lines_heard, 1);
    test_peer_say_bytes(&outside, flood, 200000);
    test_peer_say(&inside, "answer\n");
    tw_stream_end(inside.stream, NULL);
    test_bed_await_count(&bed, &outside.lines_heard, 1);
    test_bed_await(&bed, &outside.ended);
    tw_stream_close(outside.stream, NULL);
    test_bed_await(&bed, &inside.closed);
    free(flood);
    tear_down();
}
END_TEST

START_TEST(slow_handshake_is_cut) {
    set_up_host();
    struct tw_address address;
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%d", test_host_port(&host));
    ck_assert(tw_ok(tw_address_parse(text, &address, NULL)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address.storage, address.length), 0);
    test_bed_await_count(&bed, &host.accepted, 1);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(write(fd, "\x16", (size_t)_i), _i); /* silent, or a byte a second */
        test_bed_advance(&bed, 1200);
        test_bed_settle(&bed);
        ck_assert(!inside.closed || (_i == 1 && i > 0));
    }
    test_bed_advance(&bed, 1200);
    test_bed_await(&bed, &inside.closed);
    ck_assert(!inside.open);
    close(fd);
    tear_down();
}
END_TEST

START_TEST(idle_connection_is_ended_politely) {
    set_up();
    test_bed_advance(&bed, 59000);
    test_bed_settle(&bed);
    test_peer_say(&outside, "still here\n");
    test_bed_await_count(&bed, &inside.lines_heard, 1);
    test_bed_advance(&bed, 59000);
    test_bed_settle(&bed);
    ck_assert(!inside.closed && !outside.ended);
    test_bed_advance(&bed, 2000);
    test_bed_await(&bed, &outside.ended);
    tw_stream_close(outside.stream, NULL);
    test_bed_await(&bed, &inside.closed);
    ck_assert_str_eq(inside.why.detail, "idle");
    tear_down();
}
END_TEST

START_TEST(line_sent_too_slowly_is_cut) {
    set_up();
    for (int i = 0; i < 9; i++) { /* busy enough not to be idle */
        test_peer_say(&outside, "x");
        test_bed_settle(&bed);
        ck_assert(!inside.closed);
        test_bed_advance(&bed, 1100);
    }
    test_bed_await(&bed, &inside.closed);
    ck_assert_str_eq(inside.why.detail, "a line took too long");
    tear_down();
}
END_TEST

START_TEST(time_of_a_line_starts_anew_with_each_line) {
    set_up();
    for (int i = 0; i < 5; i++) {
        test_peer_say(&outside, "beginning");
        test_bed_settle(&bed);
        test_bed_advance(&bed, 6000);
        test_peer_say(&outside, " end\n");
        test_bed_settle(&bed);
    }
    ck_assert_uint_eq(inside.lines_heard, 5);
    ck_assert(!inside.closed);
    tear_down();
}
END_TEST

START_TEST(reader_that_never_reads_is_closed_at_the_output_limit) {
    set_up();
    int fd = SSL_get_fd(tw_stream_session(outside.stream));
    int copy = dup(fd); /* keeps the connection up when its stream goes */

    test_peer_free(&outside);
    char block[4097];
    memset(block, 'x', sizeof block - 1);
    block[sizeof block - 2] = '\n';
    block[sizeof block - 1] = '\0';
    for (int i = 0; i < 10000 && !inside.closed; i++) {
        if (tw_stream_output(inside.stream) == NULL) {
            break;
        }
        test_peer_say(&inside, block);
        if (i % 16 == 0) {
            const bool never = false;
            (void)tw_loop_run_until(bed.loop, &never, tw_loop_now_us(bed.loop) + 100);
        }
    }
    test_bed_await(&bed, &inside.closed);
    ck_assert_str_eq(inside.why.detail, "the peer does not read");
    close(copy);
    tear_down();
}
END_TEST

START_TEST(nothing_is_read_from_a_peer_that_does_not_read) {
    set_up();
    limits.output_max = 65536;
    struct tw_buffer *output = tw_stream_output(inside.stream);
    char *block = malloc(40000);
    memset(block, 'x', 40000);
    ck_assert(tw_buffer_append(output, block, 40000)); /* more than half, not yet sent */
    tw_stream_send(inside.stream);
    ck_assert(tw_buffer_append(output, "\n", 1));
    test_peer_say(&outside, "question\n");
    test_bed_await_count(&bed, &inside.lines_heard, 1); /* read again once it drained */
    test_bed_await_count(&bed, &outside.lines_heard, 1);
    ck_assert_uint_eq(strlen(outside.lines[0]), 40000);
    free(block);
    tear_down();
}
END_TEST

START_TEST(close_is_idempotent_and_heard_once_at_the_end_of_the_turn) {
    set_up();
    struct tw_stream *stream = inside.stream;
    const struct tw_error first = {.code = TW_E_PEER, .detail = "first"};
    const struct tw_error second = {.code = TW_E_IO, .detail = "second"};
    tw_stream_close(stream, &first);
    tw_stream_close(stream, &second);
    tw_stream_end(stream, &second);
    tw_stream_send(stream);
    ck_assert(!inside.closed);
    ck_assert_ptr_null(tw_stream_output(stream));
    test_bed_await(&bed, &inside.closed);
    ck_assert_str_eq(inside.why.detail, "first");
    test_bed_await(&bed, &outside.ended);
    tear_down();
}
END_TEST

START_TEST(refused_connection_is_told) {
    set_up_host();
    int port = test_host_port(&host);
    tw_listener_free(host.listener);
    host.listener = NULL;
    test_peer_connect(&outside, &bed, client, port);
    test_bed_await(&bed, &outside.closed);
    ck_assert_str_eq(outside.why.detail, "Connection refused");
    tear_down();
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = lines_arrive_whole_in_order_without_their_ends},
        {.test = line_split_at_every_byte_is_joined},
        {.test = line_length_is_limited, .rows = COUNT_OF(lengths)},
        {.test = answers_of_one_turn_leave_in_one_write},
        {.test = half_close_is_heard_and_answers_still_go_out},
        {.test = tcp_half_close_without_goodbye_is_a_half_close_too},
        {.test = last_answer_arrives_though_more_input_was_sent},
        {.test = slow_handshake_is_cut, .rows = 2},
        {.test = idle_connection_is_ended_politely},
        {.test = line_sent_too_slowly_is_cut},
        {.test = time_of_a_line_starts_anew_with_each_line},
        {.test = reader_that_never_reads_is_closed_at_the_output_limit},
        {.test = nothing_is_read_from_a_peer_that_does_not_read},
        {.test = close_is_idempotent_and_heard_once_at_the_end_of_the_turn},
        {.test = refused_connection_is_told},
    };
    return test_main("stream", tests, COUNT_OF(tests));
}
