/*
 * The format of scenario files, as tables: a shape is what an object may have, a step is a shape
 * with a verb. The same tables check a file (check.c), print the reference for people and the JSON
 * Schema for editors (reference.c), so that the three cannot differ. docs/SCENARIOS.md is the
 * guide.
 */
#ifndef SCN_SCHEMA_H
#define SCN_SCHEMA_H

#include "scenario/base.h"

enum scn_kind {
    SCN_TEXT,     /* any text; in a step "$name.member" is what was remembered */
    SCN_NAME,     /* a new name: letters, digits, '-', beginning with a letter */
    SCN_REF,      /* the name of something that is declared */
    SCN_INT,      /* min..max */
    SCN_BOOL,     /*  */
    SCN_MONEY,    /* "60.00" */
    SCN_SIGNED,   /* "-60.00" */
    SCN_DURATION, /* "10s" */
    SCN_DIGITS,   /* min..max digits */
    SCN_CHOICE,   /* one of choices, "a|b|c" */
    SCN_NOTES,    /* {"20.00": 3} */
    SCN_TEXTS,    /* list of texts */
    SCN_REFS,     /* list of names of something */
    SCN_OBJECT,   /* of a shape */
    SCN_LIST,     /* of objects of a shape */
    SCN_MAP,      /* object: names of something, to values of the kind `of` */
    SCN_STEPS,    /* list of steps */
    SCN_FREE,     /* any object: handed through */
};

/* What a name can stand for. */
enum scn_ref {
    SCN_REF_NONE,
    SCN_REF_BANK,
    SCN_REF_TERMINAL,
    SCN_REF_CARD,
    SCN_REF_ACCOUNT,  /* "anna", "anna-savings", "birch/bob"; as a payee also an IBAN or
                         "nobody@birch" */
    SCN_REF_PROCESS,  /* "birch/bank-server-1", "birch/postgres", "agent/settlement-agent-1" */
    SCN_REF_LINK,     /* "alder>birch", "a1>alder", "alder>agent"; '*' stands for any part */
    SCN_REF_VARIABLE, /* "$name", remembered by an earlier step's "as" */
    SCN_REF_POINT,    /* a crash point: middleware/core/crash.def */
    SCN_REF_FAULT,    /* a device fault: atm-client/device/world.h */
};

struct scn_shape;

struct scn_member {
    const char *name;
    enum scn_kind kind;
    bool required;
    enum scn_ref ref; /* REF, REFS; names of a MAP */
    enum scn_kind of; /* MAP: of its values */
    int64_t min, max; /* INT, DIGITS; both 0: not bounded */
    const char *choices;
    const struct scn_shape *shape; /* OBJECT, LIST; MAP of objects */
    const char *about;
};

struct scn_shape {
    const char *name;
    const char *about;
    const struct scn_member *members; /* ended by a NULL name */
};

extern const struct scn_shape scn_scenario_shape;
extern const struct scn_shape scn_state_shape;  /* what can be expected of the network */
extern const struct scn_shape scn_answer_shape; /* and of one step */

struct scn_run;
struct scn_played;

/* A step's verb. */
struct scn_verb {
    const char *name;
    const char *family; /* heading of the reference */
    const struct scn_shape shape;
    /* Plays it: fills the outcome. NULL: the player itself knows (blocks). */
    void (*play)(struct scn_run *run, const json_t *step, struct scn_played *played);
    const char *terminal_verb; /* steps at a terminal: atm-client's own name */
};

const struct scn_verb *scn_verb_find(const char *name);
const struct scn_verb *scn_verb_at(size_t index); /* NULL behind the last */
/* Members that every step may have: do, say, as. */
extern const struct scn_member scn_step_members[];

const struct scn_member *scn_member_find(const struct scn_shape *shape, const char *name);

#endif
