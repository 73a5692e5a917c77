#pragma once
/* What is better than a capability: narrower, and known to the administrator. A table; nothing is looked at. */

/* Returns NULL where nothing is. `call` is one that was granted it. */
const char *ck_learn_advice(unsigned cap, const char *call);
