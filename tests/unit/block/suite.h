/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The parts of this suite. Each returns how many of its tests failed, and adds to *count. */
#pragma once

int queue_tests(int *count);
int message_tests(int *count);
int ring_tests(int *count);
int disk_tests(int *count);
int overlay_tests(int *count);
int link_tests(int *count);
