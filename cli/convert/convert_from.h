#pragma once
/* Other programs' configurations, printed as a policy. Each returns 0, or 1 with what cannot be converted on stderr. */
#include <stdio.h>

/* A systemd unit: User=, ExecStart=, AmbientCapabilities=, CapabilityBoundingSet=, NoNewPrivileges=. */
int ck_convert_from_systemd(const char *file, FILE *stream);

/* pam_cap's capability.conf: one rule for each of its lines. */
int ck_convert_from_pam_cap(const char *file, FILE *stream);

/* An OpenRC service script or its conf.d file: command=, command_user=, capabilities=, no_new_privs=. */
int ck_convert_from_openrc(const char *file, FILE *stream);
