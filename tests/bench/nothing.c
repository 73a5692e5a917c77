/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library in which there is nothing: what it costs to load this one is the floor for any preload. */
