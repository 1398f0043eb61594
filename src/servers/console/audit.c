/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "audit.h"

#include "reply.h"

/* `frame` is null where it is no frame that is wrong, `entry` where it is the frame's own record. */
static void finding_reply(const struct audit_finding *f)
{
    reply_text("{\"invariant\":\"INV-%u\",\"domain\":%u", f->invariant, f->domain);
    if (f->frame == AUDIT_NOWHERE)
        reply_text(",\"record\":%lu,\"frame\":null,\"entry\":null", f->entry);
    else if (f->entry == FRAME_WORDS)
        reply_text(",\"record\":null,\"frame\":%lu,\"entry\":null", f->frame);
    else
        reply_text(",\"record\":null,\"frame\":%lu,\"entry\":%lu", f->frame, f->entry);
    reply_text(",\"word\":\"0x%lx\"}", f->word);
}

void audit_reply(const struct link_audit *audit)
{
    const struct audit_sums *sums = &audit->sums;

    reply_text(",\"audit\":{\"found\":%lu,\"milliseconds\":%lu,\"frames\":%lu,\"tables\":%lu,\"leaves\":%lu", audit->found,
               audit->milliseconds, sums->frames, sums->tables, sums->leaves);
    reply_text(",\"shadow_leaves\":%lu,\"device_contexts\":%lu,\"read_again\":%lu,\"never_at_rest\":%lu,\"findings\":[",
               sums->shadows, sums->contexts, sums->again, sums->given_up);
    for (uint32_t i = 0; i < audit->shown && i < LINK_FINDINGS; i++) {
        reply_text("%s", i == 0 ? "" : ",");
        finding_reply(&audit->finding[i]);
    }
    reply_text("]}");
}
