/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit_keys.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CAP(cap) (UINT64_C(1) << (cap))

#define ANOTHER_ROOT "the program lies in a file system of the unit's own, and a rule's path in this one"

static const struct ck_unit_key keys[] = {
    {"User", CK_UNIT_USER, 0, NULL},
    {"ExecStart", CK_UNIT_COMMAND, 0, NULL},
    {"AmbientCapabilities", CK_UNIT_AMBIENT, 0, NULL},
    {"CapabilityBoundingSet", CK_UNIT_BOUNDING, 0, NULL},
    {"NoNewPrivileges", CK_UNIT_NO_NEW_PRIVS, 0, NULL},

    /* systemd.exec(5), "Sandboxing": what each removes from the bounding set. */
    {"PrivateDevices", CK_UNIT_HARDENING, CAP(CAP_MKNOD) | CAP(CAP_SYS_RAWIO), NULL},
    {"ProtectClock", CK_UNIT_HARDENING, CAP(CAP_SYS_TIME) | CAP(CAP_WAKE_ALARM), NULL},
    {"ProtectKernelLogs", CK_UNIT_HARDENING, CAP(CAP_SYSLOG), NULL},
    {"ProtectKernelModules", CK_UNIT_HARDENING, CAP(CAP_SYS_MODULE), NULL},
    /* The same, "NoNewPrivileges=yes is implied": what needs a filter of system calls. */
    {"LockPersonality", CK_UNIT_HARDENING, 0, NULL},
    {"MemoryDenyWriteExecute", CK_UNIT_HARDENING, 0, NULL},
    {"ProtectHostname", CK_UNIT_HARDENING, 0, NULL},
    {"ProtectKernelTunables", CK_UNIT_HARDENING, 0, NULL},
    {"RestrictRealtime", CK_UNIT_HARDENING, 0, NULL},
    {"RestrictSUIDSGID", CK_UNIT_HARDENING, 0, NULL},
    {"RestrictAddressFamilies", CK_UNIT_HARDENING_VALUE, 0, NULL},
    {"RestrictNamespaces", CK_UNIT_HARDENING_VALUE, 0, NULL},
    {"SystemCallArchitectures", CK_UNIT_HARDENING_VALUE, 0, NULL},
    {"SystemCallFilter", CK_UNIT_HARDENING_VALUE, 0, NULL},
    {"SystemCallLog", CK_UNIT_HARDENING_VALUE, 0, NULL},

    {"DynamicUser", CK_UNIT_REFUSED, 0, "its user has no ID of its own that a rule could be for"},
    {"PrivateUsers", CK_UNIT_REFUSED, 0,
     "its capabilities count in a user namespace of the unit's own, and a rule's everywhere"},
    {"SecureBits", CK_UNIT_REFUSED, 0, "a rule does not set securebits"},
    {"RootDirectoryStartOnly", CK_UNIT_PLAIN, 0, NULL},
    {"Root*", CK_UNIT_REFUSED, 0, ANOTHER_ROOT},
    {"MountImages", CK_UNIT_REFUSED, 0, ANOTHER_ROOT},
    {"Extension*", CK_UNIT_REFUSED, 0, ANOTHER_ROOT},
    {"BindPaths", CK_UNIT_BIND, 0, ANOTHER_ROOT},
    {"BindReadOnlyPaths", CK_UNIT_BIND, 0, ANOTHER_ROOT},
};

/* Those that only have a name, by what they are. */
static const struct {
    struct ck_unit_key key;
    const char *const *names; /* NULL behind the last */
} lists[] = {
    {{NULL, CK_UNIT_OTHER_COMMAND, 0, NULL},
     (const char *const[]){"ExecCondition", "ExecReload", "ExecStartPost", "ExecStartPre", "ExecStop", "ExecStopPost",
                           NULL}},
    {{NULL, CK_UNIT_SANDBOX, 0, NULL},
     (const char *const[]){"AppArmorProfile",
                           "BPFProgram",
                           "DeviceAllow",
                           "DevicePolicy",
                           "ExecPaths",
                           "IPAddressAllow",
                           "IPAddressDeny",
                           "IPCNamespacePath",
                           "IPEgressFilterPath",
                           "IPIngressFilterPath",
                           "InaccessibleDirectories",
                           "InaccessiblePaths",
                           "MountAPIVFS",
                           "MountFlags",
                           "NFTSet",
                           "NetworkNamespacePath",
                           "NoExecPaths",
                           "PAMName",
                           "Personality",
                           "PrivateIPC",
                           "PrivateMounts",
                           "PrivateNetwork",
                           "PrivatePIDs",
                           "PrivateTmp",
                           "ProcSubset",
                           "ProtectControlGroups",
                           "ProtectHome",
                           "ProtectProc",
                           "ProtectSystem",
                           "ReadOnlyDirectories",
                           "ReadOnlyPaths",
                           "ReadWriteDirectories",
                           "ReadWritePaths",
                           "RestrictFileSystems",
                           "RestrictNetworkInterfaces",
                           "SELinuxContext",
                           "SmackProcessLabel",
                           "SocketBindAllow",
                           "SocketBindDeny",
                           "TemporaryFileSystem",
                           NULL}},
    {{NULL, CK_UNIT_PLAIN, 0, NULL},
     (const char *const[]){"Allowed*",
                           "BlockIO*",
                           "BusName",
                           "CPU*",
                           "Cache*",
                           "Configuration*",
                           "Coredump*",
                           "DebugInvocation",
                           "DefaultMemory*",
                           "DefaultStartupMemory*",
                           "Delegate",
                           "DelegateSubgroup",
                           "DisableControllers",
                           "Environment*",
                           "ExecSearchPath",
                           "ExitType",
                           "FailureAction",
                           "FileDescriptorStore*",
                           "FinalKillSignal",
                           "Group",
                           "GuessMainPID",
                           "IO*",
                           "IPAccounting",
                           "IgnoreSIGPIPE",
                           "ImportCredential",
                           "KeyringMode",
                           "Kill*",
                           "Limit*",
                           "LoadCredential*",
                           "Log*",
                           "ManagedOOM*",
                           "Memory*",
                           "NUMA*",
                           "Nice",
                           "NonBlocking",
                           "NotifyAccess",
                           "OOM*",
                           "OpenFile",
                           "PIDFile",
                           "PassEnvironment",
                           "PermissionsStartOnly",
                           "RebootArgument",
                           "ReloadSignal",
                           "RemainAfterExit",
                           "RemoveIPC",
                           "Restart*",
                           "Runtime*",
                           "SendSIGHUP",
                           "SendSIGKILL",
                           "SetCredential*",
                           "SetLoginEnvironment",
                           "Slice",
                           "Sockets",
                           "Standard*",
                           "StartLimit*",
                           "Startup*",
                           "State*",
                           "SuccessAction",
                           "SuccessExitStatus",
                           "SupplementaryGroups",
                           "SurviveFinalKillSignal",
                           "Syslog*",
                           "SystemCallErrorNumber",
                           "TTY*",
                           "Tasks*",
                           "Timeout*",
                           "TimerSlackNSec",
                           "Type",
                           "UMask",
                           "USBFunction*",
                           "UnsetEnvironment",
                           "Utmp*",
                           "Watchdog*",
                           "WorkingDirectory",
                           "X-*",
                           NULL}},
};

static const struct ck_unit_key unknown = {"", CK_UNIT_UNKNOWN, 0, NULL};

/* "NAME*" is for all that begin so. */
static bool is_for(const char *pattern, const char *name, bool exactly)
{
    size_t length = strlen(pattern) - 1;

    if (exactly)
        return strcmp(pattern, name) == 0;
    return pattern[length] == '*' && strncmp(pattern, name, length) == 0;
}

static const struct ck_unit_key *look_in(const char *name, bool exactly)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (is_for(keys[i].name, name, exactly))
            return &keys[i];
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (const char *const *listed = lists[i].names; *listed != NULL; listed++) {
            if (is_for(*listed, name, exactly))
                return &lists[i].key;
        }
    }
    return NULL;
}

const struct ck_unit_key *ck_unit_key_find(const char *name)
{
    const struct ck_unit_key *key = look_in(name, true);

    if (key == NULL)
        key = look_in(name, false);
    return key != NULL ? key : &unknown;
}
