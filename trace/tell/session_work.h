#pragma once
/* What the parts of the session share. */
#include <time.h>

#include "../../model/kernel.h"
#include "places.h"
#include "predict.h"
#include "session.h"

#define CK_PATH_SIZE 4096

/* What is known of a thread. */
struct ck_known {
    struct ck_proc proc; /* as it was at the last look */
    char exe[CK_PATH_SIZE];
    char asked[CK_PATH_SIZE]; /* for which file an exec was asked */
    unsigned depth;
    bool is_here;       /* in our own user namespace */
    bool is_setid;      /* its program became root by its set-user-ID bit */
    uint64_t told_mask; /* what its program has used, and that is told */
    struct ck_places places;
    /* Of the call that it is in. */
    struct ck_call_memory memory;
    uint64_t denied_mask;
    uint64_t used_mask;      /* what it was found to have */
    unsigned denied_cap;     /* of these, the one for want of which it fails, if it fails */
    unsigned overflow_count; /* of the session, at its beginning */
};

/* A program that a place speaks of; each once. */
struct ck_program_path {
    struct ck_program_path *next;
    char path[];
};

/* A path by which we get at the file that its exec was asked for. */
void ck_known_place(const struct ck_known *known, pid_t pid, char *ret_path, size_t size);

struct ck_session {
    uint32_t securebits; /* of what was started or attached */
    bool is_weak;        /* we have no CAP_SYS_PTRACE: what we trace gains nothing by an exec */
    struct ck_kernel kernel;
    ck_event_function *tell;
    void *context;
    struct timespec began;
    struct ck_denials *denials; /* NULL where the kernel does not tell them */
    bool tells_used;
    unsigned overflow_count;  /* how often it had told more than there was room for */
    struct ck_tracer *tracer; /* with denials */
    struct ck_program_path *programs;
};

/* An event with what is the same for all of them. */
struct ck_trace_event ck_event_of(const struct ck_session *session, const struct ck_tracee *tracee,
                                  enum ck_trace_kind kind);
