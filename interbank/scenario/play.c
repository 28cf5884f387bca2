/* Frames in place of recursion. A frame holds one list of steps; a block pushes one more, and says
 * what happens when its list is at an end: again with the next round or point, or the load is
 * waited for. */
#include "scenario/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/crowd.h"

#define FRAMES_MAX 12

struct frame {
    const json_t *block; /* NULL: the scenario itself */
    const json_t *steps;
    size_t next, round;
    char *pointer; /* of steps */
    struct scn_crowd *crowd;
};

struct stack {
    size_t depth;
    struct frame frames[FRAMES_MAX];
};

void scn_played_clear(struct scn_played *played) {
    json_decref(played->report);
    free(played->shown);
    free(played->problem);
    *played = (struct scn_played){0};
}

bool scn_play_judge(struct scn_run *run, const json_t *step, struct scn_played *played) {
    SCN_OWNED reason =
        played->problem != NULL ? scn_copy(played->problem) : scn_expect_answer(run, step, played);
    const char *as = scn_text(step, "as");
    if (as != NULL)
        scn_set(run->variables, as,
                played->report != NULL ? json_incref(played->report) : json_object());
    if (scn_interrupted && reason == NULL)
        reason = scn_copy("interrupted");
    scn_report_step_done(run->report, played->shown, reason);
    return reason == NULL;
}

bool scn_play_one(struct scn_run *run, const json_t *step, size_t line, size_t depth) {
    TW_JSON_OWNED json_t *resolved = scn_resolve(run, step);
    const struct scn_verb *verb = scn_verb_find(scn_text(resolved, "do"));
    struct scn_played played = {0};
    SCN_OWNED text = scn_describe(resolved);
    if (scn_text(resolved, "say") != NULL)
        scn_report_say(run->report, scn_text(resolved, "say"));
    scn_report_step(run->report, line, depth, text);
    verb->play(run, resolved, &played);
    bool good = scn_play_judge(run, resolved, &played);
    scn_played_clear(&played);
    return good;
}

/* --- blocks --------------------------------------------------------------------------------- */

static bool is_block(const json_t *step, const char *name) {
    return step != NULL && strcmp(scn_text(step, "do"), name) == 0;
}

static void set_round(struct scn_run *run, const struct frame *frame) {
    if (is_block(frame->block, "repeat"))
        scn_set(run->variables, "round", json_integer((json_int_t)frame->round + 1));
    if (is_block(frame->block, "sweep"))
        scn_set(run->variables, "point",
                json_incref(json_array_get(json_object_get(frame->block, "points"), frame->round)));
}

static bool another_round(const struct frame *frame) {
    if (is_block(frame->block, "repeat"))
        return (int64_t)frame->round + 1 < scn_number(frame->block, "times", 1);
    return is_block(frame->block, "sweep") &&
           frame->round + 1 < json_array_size(json_object_get(frame->block, "points"));
}

static void tell_round(struct scn_run *run, const struct frame *frame) {
    SCN_OWNED text = NULL;
    if (is_block(frame->block, "sweep"))
        text = scn_format("at %s", scn_text_or(run->variables, "point", ""));
    else if (is_block(frame->block, "repeat") && !run->report->quiet)
        text = scn_format("round %zu", frame->round + 1);
    if (text != NULL)
        scn_report_phase(run->report, "%s", text);
}

/* Pushes a frame for a block; parallel and a load without steps need none. */
static bool begin_block(struct scn_run *run, struct stack *stack, const json_t *block,
                        const char *pointer, size_t line) {
    SCN_OWNED text = scn_describe(block);
    struct frame *frame = &stack->frames[stack->depth];
    if (stack->depth == FRAMES_MAX) {
        scn_report_problem(run->report, "blocks are nested too deeply");
        return false;
    }
    scn_report_step(run->report, line, stack->depth - 1, text);
    *frame = (struct frame){.block = block,
                            .steps = json_object_get(block, "steps"),
                            .pointer = scn_format("%s/steps", pointer)};
    char *problem = NULL;
    if (is_block(block, "load"))
        frame->crowd = scn_crowd_begin(run, block, &problem);
    scn_report_step_done(run->report, NULL, problem);
    free(problem);
    stack->depth++;
    set_round(run, frame);
    tell_round(run, frame);
    return !is_block(block, "load") || frame->crowd != NULL;
}

/* The list of the top frame is at its end. */
static bool end_of_list(struct scn_run *run, struct stack *stack) {
    struct frame *frame = &stack->frames[stack->depth - 1];
    if (another_round(frame)) {
        frame->round++;
        frame->next = 0;
        set_round(run, frame);
        tell_round(run, frame);
        return true;
    }
    bool good = true;
    if (frame->crowd != NULL) {
        char *problem = NULL;
        char *shown = NULL;
        scn_report_step(run->report, 0, stack->depth - 2, "the load comes to its end");
        scn_crowd_end(frame->crowd, &shown, &problem);
        scn_report_step_done(run->report, shown, problem);
        good = problem == NULL;
        free(problem);
        free(shown);
    }
    free(frame->pointer);
    stack->depth--;
    return good;
}

static bool play_next(struct scn_run *run, struct stack *stack) {
    struct frame *frame = &stack->frames[stack->depth - 1];
    if (frame->next == json_array_size(frame->steps))
        return end_of_list(run, stack);
    SCN_OWNED pointer = scn_format("%s/%zu", frame->pointer, frame->next);
    const json_t *step = json_array_get(frame->steps, frame->next++);
    size_t line = scn_source_find(&run->scenario->source, pointer).line;
    if (is_block(step, "parallel"))
        return scn_play_parallel(run, step, pointer, stack->depth - 1);
    if (scn_verb_find(scn_text(step, "do"))->play == NULL)
        return begin_block(run, stack, step, pointer, line);
    return scn_play_one(run, step, line, stack->depth - 1);
}

bool scn_play(struct scn_run *run) {
    struct stack stack = {.depth = 1};
    stack.frames[0] = (struct frame){.steps = json_object_get(run->scenario->tree, "steps"),
                                     .pointer = scn_copy("/steps")};
    bool good = true;
    while (stack.depth > 0 && good) {
        good = play_next(run, &stack);
        if (good && scn_now_us() > run->deadline_us) {
            scn_report_problem(run->report, "the time for this scenario is over (--timeout)");
            good = false;
        }
    }
    while (stack.depth > 0) { /* after a failure: a load ends, rounds do not go on */
        struct frame *frame = &stack.frames[--stack.depth];
        char *ignored = NULL;
        if (frame->crowd != NULL)
            scn_crowd_end(frame->crowd, &ignored, &ignored);
        free(ignored);
        free(frame->pointer);
    }
    return good;
}
